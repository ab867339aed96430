"""The front door: memory, places, joining conditions, uses; and that nothing whatever makes it fall over."""

from __future__ import annotations

import sys

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.compiler.expr import nodes as n
from oncue.compiler.expr.catalog import Issue, Place, Use
from oncue.compiler.expr.compile import Compiled, combine, compile_condition
from oncue.compiler.expr.parse import MAX_LENGTH, MAX_LEVELS
from oncue.compiler.expr.unparse import unparse
from tests.compiler.expr.strategies import conditions, trees
from tests.compiler.expr.workspace import CATALOG, PLACES

CAMPAIGN = PLACES["campaign"]


def compiled(text: str, place: Place = CAMPAIGN) -> Compiled:
    found, issues = compile_condition(text, CATALOG, place)
    assert found is not None, issues
    return found


def errors(text: str, place: Place = CAMPAIGN) -> list[Issue]:
    found, issues = compile_condition(text, CATALOG, place)
    wrong = [issue for issue in issues if issue.severity == "error"]
    assert (found is None) == bool(wrong)
    return wrong


# --- memory ---


def test_equal_texts_are_compiled_once() -> None:
    assert (
        compile_condition("score > 71", CATALOG)[0] is compile_condition("score > 71", CATALOG, CAMPAIGN)[0]
    )


def test_what_depends_on_its_place_is_compiled_for_each() -> None:
    text = "did purchase since start"
    assert errors(text, PLACES["segment"])[0].code == "C041"
    assert compiled(text).tracks[0].members == ("spring-launch",)
    other = Place(campaign="onboarding")
    assert compiled(text, other).tracks[0].members == ("onboarding",)
    assert errors("event.link is set", PLACES["segment"])[0].code == "C040"
    assert errors("event.link is set", PLACES["trigger"]) == []


def test_another_workspace_is_another_matter() -> None:
    small = msgspec.structs.replace(CATALOG, segments=frozenset())
    assert compile_condition("in segment hot-leads", small)[0] is None
    assert compile_condition("in segment hot-leads", CATALOG)[0] is not None


# --- uses ---


def test_every_name_is_a_use_at_its_place() -> None:
    text = (
        'score > 5 and tagged "hot" and in segment hot-leads and subscribed to newsletter by sms and '
        "in campaign onboarding and did web_page.visit of pricing and sum(purchase.total) > 5 and "
        "did email.open of step send"
    )
    uses = compiled(text).uses
    assert [(use.kind, use.name) for use in uses] == [
        ("fields", "score"),
        ("tags", "hot"),
        ("segments", "hot-leads"),
        ("lists", "newsletter"),
        ("campaigns", "onboarding"),
        ("events", "web_page.visit"),
        ("web_pages", "pricing"),
        ("events", "purchase"),
        ("events", "email.open"),
        ("steps", "send"),
    ]
    assert all(text[use.start : use.end].strip('"') == use.name for use in uses)


def test_a_quoted_id_is_used_under_its_name() -> None:
    assert compiled('in segment "hot-leads"').uses == (Use("segments", "hot-leads", 11, 22),)


# --- joining ---


@pytest.mark.parametrize(
    ("kind", "parts", "text"),
    [
        ("and", ["score > 5", 'tagged "x"'], 'score > 5 and tagged "x"'),
        ("and", ['score > 5 or tagged "x"', "vip == true"], '(score > 5 or tagged "x") and vip == true'),
        ("or", ['score > 5 and tagged "x"', "vip == true"], 'score > 5 and tagged "x" or vip == true'),
        ("or", ["score > 5 or score < 2", "score == 3"], "score > 5 or score < 2 or score == 3"),
        ("and", ["not score > 5", "phone is not set"], "not score > 5 and phone is not set"),
        ("and", ["score > 5"], "score > 5"),
    ],
)
def test_all_and_any_join_conditions(kind: str, parts: list[str], text: str) -> None:
    joined = combine(kind, [compiled(part) for part in parts])  # type: ignore[arg-type]
    assert joined.text == text
    assert joined.node == compiled(text).node


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["and", "or"]),
    st.sampled_from(["and", "or"]),
    st.lists(conditions(), min_size=3, max_size=3),
)
def test_a_joined_condition_means_its_text(outer: str, inner: str, parts: list[n.Node]) -> None:
    one, *rest = [compiled(unparse(part)) for part in parts]
    joined = combine(outer, [one, combine(inner, rest)])  # type: ignore[arg-type]
    again = compiled(joined.text)
    assert again.text == joined.text
    assert again.node == joined.node
    assert {track.id for track in again.tracks} <= {track.id for track in joined.tracks}


# --- hostile texts ---

HOSTILE = {
    "ten thousand open brackets": "(" * 10_000,
    "ten thousand nested brackets": "(" * 10_000 + "score > 5" + ")" * 10_000,
    "ten thousand closing brackets": ")" * 10_000,
    "square brackets": "country in " + "[" * 5_000,
    "six thousand nots": "not " * 4_500 + 'tagged "x"',
    "a long sum": " + ".join(["score"] * 2_000) + " > 5",
    "a long product": "1" + " * 1" * 4_000 + " > 5",
    "a megabyte of letters": "a" * 1_000_000,
    "a megabyte of brackets": "(" * 1_000_000,
    "a megabyte of sense": " and ".join(["score > 5"] * 70_000),
    "a megabyte without a quote": '"' + "x" * 1_000_000,
    "nested where": "did purchase where (" * 900,
    "nested aggregates": "count(purchase where " * 900,
    "nothing but quotes": '"' * 9_999,
    "backslashes": '"' + "\\" * 9_999,
    "spaces": " " * 19_000,
    "a long number": "score > " + "9" * 15_000,
    "a long duration": "created_at older than " + "9" * 15_000 + " days",
    "a long date": "created_at > " + "2026-01-01" * 1_500,
    "a long name": "x." * 7_000 + "x == 1",
    "a long id": "in segment " + "x" * 15_000,
    "null": "score > 5\x00",
    "surrogate": "score > \ud800",
    "other digits": "score > ٣",
    "byte order mark": "\ufeffscore > 5",
    "right to left": "\u202escore > 5",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_one_clear_error(name: str) -> None:
    (issue,) = errors(HOSTILE[name])
    assert 0 <= issue.start <= issue.end <= max(len(HOSTILE[name]), 1)
    assert len(issue.message) < 300
    assert issue.hint
    assert len(issue.hint) < 300


def test_a_wide_condition_within_the_limit_is_fine() -> None:
    text = " or ".join(f'country == "c{i}"' for i in range(900))
    assert len(text) < MAX_LENGTH
    assert compiled(text).text == text


def test_a_text_over_the_limit_is_refused_for_its_length() -> None:
    text = "score > 5" + " " * MAX_LENGTH
    assert errors(text)[0].message == f"this condition has {MAX_LENGTH + 9:,} characters; the limit is 20,000"


@pytest.mark.parametrize("form", ["not {}", "(score > 5 and {} or vip == true)", "({})"])
def test_the_deepest_allowed_condition_needs_little_stack(form: str) -> None:
    text = 'tagged "x"'
    while True:
        deeper = form.format(text)
        if compile_condition(deeper, CATALOG)[0] is None:
            break
        text = deeper
    assert errors(deeper)[0].code == "C004"
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(depth() + 6 * MAX_LEVELS)
        assert compile_condition(text + " ", CATALOG)[0] is not None
    finally:
        sys.setrecursionlimit(limit)


def depth() -> int:
    frame, count = sys._getframe(), 0
    while frame is not None:
        frame, count = frame.f_back, count + 1  # type: ignore[assignment]
    return count


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("score>5=\"'()[] and or not in is \\,.:-+*/#&|!did purchase"), max_size=60))
def test_any_text_gives_a_condition_or_errors_in_it(text: str) -> None:
    for issue in errors(text):
        assert 0 <= issue.start <= issue.end <= len(text)
        assert issue.message


@settings(max_examples=200, deadline=None)
@given(trees(), st.sampled_from(sorted(PLACES)))
def test_any_sentence_gives_a_condition_or_errors_in_it(tree: n.Node, place: str) -> None:
    text = unparse(tree)
    for issue in errors(text, PLACES[place]):
        assert 0 <= issue.start < issue.end <= len(text)
        assert issue.message
        assert issue.hint


@settings(max_examples=150, deadline=None)
@given(conditions(), st.data())
def test_a_broken_sentence_gives_a_condition_or_errors_in_it(tree: n.Node, data: st.DataObject) -> None:
    text = unparse(tree)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 5)))
    broken = (
        text[:start] + data.draw(st.sampled_from(["", '"', "(", ")", " = ", " and ", "'", "-"])) + text[end:]
    )
    for issue in errors(broken):
        assert 0 <= issue.start <= issue.end <= len(broken)
