"""Random conditions: `trees` draws syntax trees of the whole language, right or wrong in type; `conditions`
draws trees that mean something in the tests' workspace, inside its campaign.

Both draw only trees that `parse` could have given: chains are flat, numbers are in shortest form.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from oncue.compiler.expr import nodes as n
from oncue.schemas.values import format_number

Nodes = st.SearchStrategy[n.Node]

_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=6)
_NUMBERS = st.integers(-(10**27) + 1, 10**27 - 1).map(format_number) | st.integers(0, 99).map(str)
_PATHS = st.sampled_from(["score", "a", "event.link", "entry.q", "x_1", "deal.stage", "Ünit", "step", "last"])
_IDS = st.sampled_from(["a", "hot-leads", "step", "x.y", "7", "and"]) | _TEXTS
_DATES = st.dates().map(lambda day: day.isoformat())
_TIMES = st.times().map(lambda time: time.strftime("%H:%M"))
_UNITS = st.sampled_from(["minute", "hour", "day", "week"])
_DAY_WORDS = st.sampled_from(["today", "tomorrow", "yesterday"])


def at(kind: Callable[..., n.Node], *parts: st.SearchStrategy[object]) -> Nodes:
    """A node of a kind, its places left at 0."""
    return st.builds(lambda *found: kind(0, 0, *found), *parts)


TEXT = at(n.Text, _TEXTS)
NUMBER = at(n.Number, _NUMBERS)
BOOLEAN = at(n.Boolean, st.booleans())
DAY = at(n.Date, _DATES, st.none() | _TIMES) | at(n.DayWord, _DAY_WORDS, st.none() | _TIMES)
NAME = at(n.Name, _PATHS)
REF = at(n.Ref, _IDS)
DURATION = at(n.Duration, st.integers(0, 400).map(str), _UNITS)
WINDOW = at(n.InLast, DURATION) | at(n.SinceStart) | at(n.Since, DAY)
TARGET = at(n.Of, REF) | at(n.OfStep, REF)
TIMES = at(
    n.Times, st.sampled_from(["at least", "at most", "exactly"]), at(n.Number, st.integers(0, 9).map(str))
)
LEAF = TEXT | NUMBER | BOOLEAN | DAY | at(n.Now) | NAME

_LIMIT = 8  # leaves of a tree


def trees() -> Nodes:
    """Syntax trees of every form, each as `parse` would give it."""
    return st.recursive(LEAF | _contact_tests(), _grown, max_leaves=_LIMIT)


def _contact_tests() -> Nodes:
    return st.one_of(
        at(n.Tagged, TEXT),
        at(n.Subscribed, REF, st.none() | REF),
        at(n.InSegment, REF),
        at(n.InCampaign, REF),
        at(n.NowBetween, _TIMES, _TIMES),
        at(n.Did, NAME, st.none() | TARGET, st.none(), st.none() | TIMES, st.none() | WINDOW),
    )


def _grown(inner: Nodes) -> Nodes:
    functions = st.sampled_from(["count", "sum", "min", "max", "first", "last"])
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined(n.And, parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined(n.Or, parts)),
        at(n.Not, inner),
        st.builds(
            compared, st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "before", "after"]), inner, inner
        ),
        at(n.In, inner, st.lists(inner, max_size=3).map(tuple)),
        at(n.TextTest, st.sampled_from(["contains", "starts", "ends", "matches"]), inner, inner),
        at(n.IsSet, inner),
        at(n.Has, inner, inner),
        at(n.Within, st.sampled_from(["next", "last"]), inner, DURATION),
        at(n.OlderThan, inner, DURATION),
        at(n.Arith, st.sampled_from("+-*/"), inner, inner),
        at(n.Aggregate, functions, NAME, st.none() | TARGET, st.none() | inner, st.none() | WINDOW),
        at(n.Did, NAME, st.none() | TARGET, inner, st.none() | TIMES, st.none() | WINDOW),
    )


def joined(kind: type[n.And | n.Or], parts: list[n.Node]) -> n.Node:
    """A flat chain, as the parser builds it."""
    flat = [each for part in parts for each in (part.parts if isinstance(part, kind) else (part,))]
    return kind(0, 0, tuple(flat))


def compared(order: str, left: n.Node, right: n.Node) -> n.Node:
    """A comparison; beside a day, `<` and `>` are `before` and `after`."""
    days = (n.Date, n.DayWord, n.Now)
    if isinstance(left, days) or isinstance(right, days):
        order = {"<": "before", ">": "after"}.get(order, order)
    return n.Compare(0, 0, order, left, right)  # type: ignore[arg-type]


# --- conditions that mean something ---------------------------------------------------------------


def _names(*paths: str) -> Nodes:
    return st.sampled_from(paths).map(lambda path: n.Name(0, 0, path))


def _texts(*texts: str) -> Nodes:
    return st.sampled_from(texts).map(lambda text: n.Text(0, 0, text))


_GOOD_DURATION = at(n.Duration, st.integers(1, 400).map(str), _UNITS)
_WHOLE_DAYS = at(n.Duration, st.integers(1, 400).map(str), st.sampled_from(["day", "week"]))
_GOOD_DATES = st.sampled_from(["2026-03-08", "2026-11-01", "2024-02-29"])
_GOOD_DAY = at(n.Date, _GOOD_DATES, st.none() | _TIMES) | at(n.DayWord, _DAY_WORDS, st.none() | _TIMES)
_LITERAL_DAY = at(n.Date, _GOOD_DATES, st.none() | _TIMES)
_GOOD_WINDOW = at(n.InLast, _GOOD_DURATION) | at(n.SinceStart) | at(n.Since, _GOOD_DAY)
_SMALL = at(n.Number, st.sampled_from(["-1.5", "0", "1", "2", "1000000000000"]))
_WORDS = _texts("US", " us ", "straße", "a*c", "\\", '"', " ")
_ORDERS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
_EQUALS = st.sampled_from(["==", "!="])


def conditions() -> Nodes:
    """Conditions without error in the campaign of the tests' workspace."""
    return st.recursive(_good_tests(), _good_logic, max_leaves=5)


def _good_logic(inner: Nodes) -> Nodes:
    chains = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        chains.map(lambda parts: joined(n.And, parts)),
        chains.map(lambda parts: joined(n.Or, parts)),
        at(n.Not, inner),
    )


def _good_tests() -> Nodes:
    row = st.recursive(
        _tests_of(_where_numbers(), _names("sku"), _names("paid_at"), _names("extras")),
        _good_logic,
        max_leaves=3,
    )
    where = st.none() | row
    behaviour = _behaviour(where)
    numbers = _numbers(where)
    own = _tests_of(
        numbers,
        _names("country", "job_title", "entry.sku"),
        _names("trial_ends", "created_at"),
        _names("interests"),
    )
    return st.one_of(own, _time_tests(where), behaviour, _good_contact_tests())


def _where_numbers() -> Nodes:
    return _names("total", "entry.total") | _SMALL


def _numbers(where: st.SearchStrategy[n.Node | None]) -> Nodes:
    fold = at(
        n.Aggregate,
        st.sampled_from(["sum", "min", "max", "first", "last"]),
        _names("purchase.total"),
        st.none(),
        where,
        st.none() | _GOOD_WINDOW,
    )
    count = at(n.Aggregate, st.just("count"), _names("purchase"), st.none(), where, st.none() | _GOOD_WINDOW)
    return _names("score", "employees", "entry.total") | _SMALL | fold | count


def _tests_of(numbers: Nodes, texts: Nodes, instants: Nodes, sets: Nodes) -> Nodes:
    """Tests of values, of which `where` takes the same as the outside."""
    sums = st.recursive(
        numbers, lambda inner: at(n.Arith, st.sampled_from("+-*/"), inner, inner), max_leaves=3
    )
    patterns = _texts("US", "s", "a*", "?", "straSSE")
    return st.one_of(
        at(n.Compare, _ORDERS, sums, sums),
        at(n.Compare, _EQUALS, texts | _WORDS, texts | _WORDS),
        at(n.In, texts | _WORDS, st.lists(_WORDS, min_size=1, max_size=3).map(tuple)),
        at(n.In, sums, st.lists(_SMALL, min_size=1, max_size=3).map(tuple)),
        at(n.TextTest, st.sampled_from(["contains", "starts", "ends", "matches"]), texts | _WORDS, patterns),
        at(n.IsSet, sums | texts | instants | sets | _WORDS),
        at(n.Has, sets, _texts("golf", "chess")),
        st.builds(compared, _ORDERS, instants | _LITERAL_DAY, _LITERAL_DAY),
    )


def _time_tests(where: st.SearchStrategy[n.Node | None]) -> Nodes:
    happened = at(
        n.Aggregate,
        st.sampled_from(["first", "last"]),
        _names("purchase"),
        st.none(),
        where,
        st.none() | _GOOD_WINDOW,
    )
    instants = _names("trial_ends", "created_at") | at(n.Now) | happened
    sides = st.sampled_from(["next", "last"])
    return st.one_of(
        at(n.Within, sides, instants, _GOOD_DURATION),
        at(n.Within, sides, _names("renewal_date"), _WHOLE_DAYS),
        at(n.OlderThan, instants, _GOOD_DURATION),
        at(n.OlderThan, _names("renewal_date"), _WHOLE_DAYS),
        st.builds(compared, _ORDERS, instants | _names("renewal_date") | _GOOD_DAY, _GOOD_DAY),
        at(n.Compare, _EQUALS, _names("vip"), BOOLEAN),
    )


def _behaviour(where: st.SearchStrategy[n.Node | None]) -> Nodes:
    of = at(n.Of, at(n.Ref, st.just("invite"))) | at(n.OfStep, at(n.Ref, st.sampled_from(["send", "again"])))
    click = st.none() | at(n.TextTest, st.just("contains"), _names("link"), _texts("pricing"))
    return st.one_of(
        at(n.Did, _names("purchase"), st.none(), where, st.none() | TIMES, st.none() | _GOOD_WINDOW),
        at(n.Did, _names("email.click"), st.none() | of, click, st.none() | TIMES, st.none() | _GOOD_WINDOW),
    )


def _good_contact_tests() -> Nodes:
    return st.one_of(
        at(n.Tagged, _texts("hot", "hot lead")),
        at(n.Subscribed, at(n.Ref, st.just("newsletter")), st.none() | at(n.Ref, st.just("sms"))),
        at(n.InSegment, at(n.Ref, st.just("hot-leads"))),
        at(n.InCampaign, at(n.Ref, st.just("onboarding"))),
        st.just(n.NowBetween(0, 0, "09:00", "17:00")),
    )
