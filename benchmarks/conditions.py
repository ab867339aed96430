"""A typical condition of five clauses, as oncue's generated Python and as others evaluate it.

First against a hand-written Python function over the same stored contact, with the same semantics. Then
against other engines (`pip install 'oncue[bench]'`), each of which gets the whole contact as its own kind of
data and must give the same answers. The visits of the pricing page are a kept count; a second round counts
the visits of the last 30 days inside the condition.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from measuring import Row, alone, at_least, at_most, medians

from oncue.compiler.expr.catalog import Catalog, Place
from oncue.compiler.expr.compile import compile_condition
from oncue.runtime.kernel.conditions import functions as conditions
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas.builtins import CONTACT_FIELDS, EVENTS
from oncue.schemas.values import DAY, HOUR, SCALE

NOW = 1_780_000_000_000_000
CLAUSES = 'score >= 50 and country in ["US", "CA", "MX"] and tagged "webinar"'
KEPT = f'{CLAUSES} and (email ends with "@acme.com" or did web_page.visit of pricing at least 3 times)'
INSIDE = KEPT.replace("3 times)", "3 times in last 30 days)")
SPAN = 30 * DAY
REPEATS = 20  # of the quick side, where the other one takes its time

Data = dict[str, Any]
Ask = Callable[[Data], bool]


# --- ours, and by hand ----------------------------------------------------------------------------


def compiled(text: str) -> tuple[conditions.CompiledCondition, str]:
    """The condition ready to be asked, and the id of its track."""
    pages = {"web_pages": frozenset({"pricing"})}
    none: frozenset[str] = frozenset()
    catalog = Catalog("America/New_York", CONTACT_FIELDS, EVENTS, pages, none, none, none)
    lowered, issues = compile_condition(text, catalog, Place())
    assert lowered is not None, issues
    tracks = {track.id: track for track in lowered.tracks}

    def segment(name: str) -> conditions.CompiledCondition:
        raise AssertionError(name)

    ready = conditions.compile_condition(
        lowered.node, tracks=tracks, segments=segment, zone=Zone("America/New_York")
    )
    return ready, next(iter(tracks))


def by_hand(track: str) -> conditions.Test:
    """The fastest that a careful person would write for KEPT."""
    countries = frozenset({"us", "ca", "mx"})
    enough = 50 * SCALE

    def test(state: ContactState, now: int, event: Any, member: Any) -> bool:
        fields = state.fields
        return (
            fields.get("score", 0) >= enough
            and fields.get("country") in countries
            and "webinar" in state.tags
            and (fields.get("email", "").endswith("@acme.com") or state.counts.get(track, 0) >= 3)
        )

    return test


# --- the contacts ---------------------------------------------------------------------------------


def people(number: int) -> list[Data]:
    """Contacts as plain data, texts as they are compared; some values are missing."""
    draw = random.Random(7)
    return [person(place, draw) for place in range(number)]


def person(place: int, draw: random.Random) -> Data:
    plain: Data = {
        name: f"{name} {place}"
        for name in ("id", "phone", "first_name", "last_name", "company", "job_title", "address", "city")
    }
    visits = sorted(NOW - draw.randrange(90 * 24) * HOUR for _ in range(draw.randrange(12)))
    plain |= {"state": "ny", "postal_code": "10001", "timezone": "america/new_york", "status": "open"}
    if draw.random() < 0.95:
        plain["score"] = draw.choice([10, 49, 50, 65, 80, 95])
    if draw.random() < 0.95:
        plain["country"] = draw.choice(["us", "us", "ca", "mx", "de"])
    if draw.random() < 0.95:
        plain["email"] = f"p{place}@{draw.choice(['acme.com', 'mail.test', 'x.test'])}"
    plain["tags"] = draw.sample(["customer", "newsletter", "partner", "trial", "2026"], 3)
    plain["tags"] += ["webinar"] if draw.random() < 0.75 else []
    pages = [draw.choice(["pricing", "pricing", "docs"]) for _ in visits]
    plain["events"] = [
        {"type": "web_page.visit", "asset": page, "at": at} for at, page in zip(visits, pages, strict=True)
    ]
    plain["pricing_visits"] = pages.count("pricing")
    return plain


def stored(plain: Data, kept: str, inside: str) -> ContactState:
    """The contact as the kernel keeps it."""
    fields = {name: value for name, value in plain.items() if isinstance(value, str)}
    if "score" in plain:
        fields["score"] = plain["score"] * SCALE
    visits = [event for event in plain["events"] if event["asset"] == "pricing"]
    return ContactState(
        key=f"id:{plain['id']}",
        created_at=0,
        fields=fields,
        tags=set(plain["tags"]),
        counts={kept: len(visits)},
        rows={inside: [[event["at"], place] for place, event in enumerate(visits)]},
    )


# --- the other engines ----------------------------------------------------------------------------


def cel(inside: bool) -> Ask:
    from cel_expr_python import cel as engine

    count = f'c.events.filter(v, v.asset == "pricing" && v.at > {NOW - SPAN}).size()'
    text = (
        'has(c.score) && c.score >= 50 && has(c.country) && c.country in ["us", "ca", "mx"]'
        ' && "webinar" in c.tags && ((has(c.email) && c.email.endsWith("@acme.com"))'
        f" || {count if inside else 'c.pricing_visits'} >= 3)"
    )
    environment = engine.NewEnv(variables={"c": engine.Type.DYN})
    expression = environment.compile(text)
    return lambda contact: bool(expression.eval(data={"c": contact}).value())


def zen(inside: bool) -> Ask:
    import zen as engine

    count = f'count(events, #.asset == "pricing" and #.at > {NOW - SPAN})'
    text = (
        '(score ?? 0) >= 50 and (country ?? "") in ["us", "ca", "mx"] and contains(tags, "webinar")'
        f' and (endsWith(email ?? "", "@acme.com") or {count if inside else "pricing_visits"} >= 3)'
    )
    expression = engine.compile_expression(text)
    return lambda contact: bool(expression.evaluate(contact))


def rule_engine(inside: bool) -> Ask:
    import rule_engine as engine

    count = f'([v for v in events if v["asset"] == "pricing" and v["at"] > {NOW - SPAN}]).length'
    text = (
        'score != null and score >= 50 and country in ["us", "ca", "mx"] and "webinar" in tags'
        ' and ((email != null and email.ends_with("@acme.com"))'
        f" or {count if inside else 'pricing_visits'} >= 3)"
    )
    rule = engine.Rule(text, context=engine.Context(default_value=None))
    return lambda contact: bool(rule.matches(contact))


def json_logic(inside: bool) -> Ask:
    import json_logic as engine

    engine.add_operation("ends_with", lambda text, end: text.endswith(end))
    recent = [{"==": [{"var": "asset"}, "pricing"]}, {">": [{"var": "at"}, NOW - SPAN]}]
    visits = {"filter": [{"var": "events"}, {"and": recent}]}
    count = {"reduce": [visits, {"+": [1, {"var": "accumulator"}]}, 0]}
    rule = {
        "and": [
            {">=": [{"var": ["score", 0]}, 50]},
            {"in": [{"var": "country"}, ["us", "ca", "mx"]]},
            {"in": ["webinar", {"var": "tags"}]},
            {
                "or": [
                    {"ends_with": [{"var": ["email", ""]}, "@acme.com"]},
                    {">=": [count if inside else {"var": "pricing_visits"}, 3]},
                ]
            },
        ]
    }
    return lambda contact: bool(engine.jsonLogic(rule, contact))


PEERS: dict[str, Callable[[bool], Ask]] = {
    "cel-expr-python": cel,
    "zen-engine": zen,
    "rule-engine": rule_engine,
    "json-logic-qubit": json_logic,
}


# --- measuring ------------------------------------------------------------------------------------


def measure(small: bool) -> list[Row]:
    crowd = people(20 if small else 400)
    kept, kept_track = compiled(KEPT)
    inside, inside_track = compiled(INSIDE)
    contacts = [stored(plain, kept_track, inside_track) for plain in crowd]
    return [
        *against_hand(kept, kept_track, contacts, small),
        *against_peers("kept count", kept, contacts, crowd, False, small),
        *against_peers("visits counted inside", inside, contacts, crowd, True, small),
    ]


def against_hand(
    ready: conditions.CompiledCondition, track: str, contacts: list[ContactState], small: bool
) -> Iterator[Row]:
    """The generated function against the hand-written one."""
    hand = by_hand(track)
    expected = [hand(contact, NOW, {}, None) for contact in contacts]
    assert expected == [ready.test(contact, NOW, {}, None) for contact in contacts]
    assert 0 < sum(expected) < len(expected)
    repeats = 2 if small else 100
    works = [asking(ready.test, contacts, repeats), asking(hand, contacts, repeats)]
    ours, theirs = medians(3 if small else 41, works)
    calls = repeats * len(contacts)
    detail = f"{ours / calls * 1e6:.3f} against {theirs / calls * 1e6:.3f} microseconds"
    yield at_most("condition, against hand-written Python", ours / theirs, 1.3, detail)


def asking(test: conditions.Test, contacts: list[ContactState], repeats: int) -> Callable[[], None]:
    def work() -> None:
        nothing: Data = {}
        for _ in range(repeats):
            for contact in contacts:
                test(contact, NOW, nothing, None)

    return work


def against_peers(
    name: str,
    ready: conditions.CompiledCondition,
    contacts: list[ContactState],
    crowd: list[Data],
    inside: bool,
    small: bool,
) -> Iterator[Row]:
    """Each engine's time in ours; an engine that is not installed is named."""
    expected = [ready.test(contact, NOW, {}, None) for contact in contacts]
    for peer, build in PEERS.items():
        label = f"condition, {name}, ahead of {peer}"
        try:
            ask = build(inside)
        except ImportError:
            yield Row(label, "not installed", "", None, "pip install 'oncue[bench]'")
            continue
        assert [ask(plain) for plain in crowd] == expected, f"{peer} answers otherwise"
        works = [asking(ready.test, contacts, REPEATS), all_of(ask, crowd)]
        ours, theirs = medians(3 if small else 9, works)
        ours /= REPEATS
        detail = f"{theirs / len(crowd) * 1e6:.1f} microseconds"
        if inside:
            yield Row(label, f"{theirs / ours:.0f}", "", None, detail)
        else:
            yield at_least(label, theirs / ours, 10, detail)


def all_of(ask: Ask, crowd: list[Data]) -> Callable[[], None]:
    def work() -> None:
        for plain in crowd:
            ask(plain)

    return work


if __name__ == "__main__":
    alone(measure)
