"""Conditions on what a contact did: windows at their edges, aggregates, and when they change."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.state import ContactState, Member
from oncue.schemas.conditions import (
    Agg,
    And,
    Arith,
    Cmp,
    Field,
    IsSet,
    OlderThan,
    Prop,
    Span,
    TextTest,
    Track,
    Within,
)
from oncue.schemas.values import DAY, HOUR, LIMIT, SCALE
from tests.runtime.kernel.asking import NOBODY, at, changes, compare, count, holds, lit, number

TOTALS = ("count", "first", "first:total", "last", "last:total", "max:total", "min:total", "sum:total")
KEPT = Track(id="k", event="purchase", totals=TOTALS)
ROWS = Track(id="r", event="purchase", props=("sku", "total"), forever=True)
OPENS = Track(id="o", event="email.open", campaign="c", step="invite")
TRACKS = (KEPT, ROWS, OPENS)
WEEK = Span("last", 7 * DAY)
T = at("2026-05-01T12:00")


def bought(
    *instants: int, totals: tuple[float | None, ...] = (), skus: tuple[str | None, ...] = ()
) -> ContactState:
    rows = [
        [
            instant,
            place + 1,
            skus[place] if skus else None,
            number(total) if totals and (total := totals[place]) is not None else None,
        ]
        for place, instant in enumerate(instants)
    ]
    return ContactState(key="k", created_at=0, rows={"r": sorted(rows, key=lambda row: row[:2])})


def ask(node, state=NOBODY, now=T, member=None):
    return holds(node, state, now, tracks=TRACKS, member=member)


def until(node, state=NOBODY, now=T, member=None):
    return changes(node, state, now, tracks=TRACKS, member=member)


def agg(fn, prop=None, span=WEEK, type_="number", track="r", where=None):
    return Agg(fn, track, type_, prop, span, where)


def test_a_window_is_open_at_its_far_end_and_closed_at_now() -> None:
    once = compare(count("r", WEEK), ">=", lit(1))
    assert ask(once, bought(T), T)
    assert not ask(once, bought(T + 1), T)
    assert ask(once, bought(T), T + 7 * DAY - 1)
    assert not ask(once, bought(T), T + 7 * DAY)
    assert until(once, bought(T), T) == T + 7 * DAY
    assert until(once, bought(T), T + 7 * DAY) is None
    assert until(once, bought(T + 5), T) == T + 5


@pytest.mark.parametrize(
    ("order", "bound", "expected"),
    [  # four rows, at T, T + 1 h, T + 2 h, T + 3 h: the row whose leaving flips the test
        (">=", "4", 0), (">=", "3", 1), (">=", "1", 3), (">=", "0", None), (">=", "5", None),
        (">=", "2.5", 1),
        (">", "3", 0), (">", "0", 3), (">", "4", None), (">", "2.5", 1),
        ("<", "4", 0), ("<", "1", 3), ("<", "5", None), ("<=", "3", 0), ("<=", "0", 3), ("<=", "2.5", 1),
        ("==", "4", 0), ("==", "2", 1), ("==", "0", 3), ("==", "5", None), ("==", "2.5", None),
        ("!=", "4", 0), ("!=", "2", 1), ("!=", "5", None), ("==", "-1", None), (">", "-1", None),
    ],
)  # fmt: skip
def test_a_count_names_the_row_whose_leaving_changes_the_answer(order, bound, expected) -> None:
    state, now = bought(*(T + hour * HOUR for hour in range(4))), T + 4 * HOUR
    node = compare(count("r", WEEK), order, lit(bound))
    flip = None if expected is None else T + expected * HOUR + 7 * DAY
    assert until(node, state, now) == flip
    if flip is not None:
        assert ask(node, state, flip - 1) is ask(node, state, now)
        assert ask(node, state, flip) is not ask(node, state, now)
    turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(order, order)
    assert until(Cmp(turned, "number", lit(bound), count("r", WEEK)), state, now) == flip


@pytest.mark.parametrize(
    ("fn", "prop", "order", "bound", "expected"),
    [  # totals 10, 40, none, 20, an hour apart
        ("sum", "total", ">", "50", 1),
        ("sum", "total", ">=", "60", 1),
        ("sum", "total", "!=", "70", 0),
        ("sum", "total", ">", "0", 3),
        ("sum", "total", ">", "100", None),
        ("max", "total", ">=", "40", 1),
        ("max", "total", ">=", "20", 3),
        ("min", "total", "<", "20", 0),
        ("min", "total", "<=", "20", 3),
        ("first", "total", "==", "10", 0),
        ("last", "total", "==", "20", 3),
        ("count", "total", ">=", "3", 0),
        ("count", "total", ">=", "2", 1),
    ],
)
def test_an_aggregate_names_the_row_whose_leaving_changes_the_answer(
    fn, prop, order, bound, expected
) -> None:
    state = bought(*(T + hour * HOUR for hour in range(4)), totals=(10, 40, None, 20))
    node = compare(agg(fn, prop), order, lit(bound))
    flip = None if expected is None else T + expected * HOUR + 7 * DAY
    assert until(node, state, T + 4 * HOUR) == flip
    if flip is not None:
        assert ask(node, state, flip - 1) is ask(node, state, T + 4 * HOUR)
        assert ask(node, state, flip) is not ask(node, state, T + 4 * HOUR)


def test_sum_and_count_of_nothing_are_zero_and_the_others_missing() -> None:
    for span, track in ((WEEK, "r"), (Span(), "r"), (Span(), "k")):
        assert ask(compare(agg("sum", "total", span, track=track), "==", lit(0)))
        assert ask(compare(count(track, span), "==", lit(0)))
        for fn in ("min", "max", "first", "last"):
            assert not ask(IsSet(agg(fn, "total", span, track=track)))
        assert not ask(IsSet(agg("last", None, span, "datetime", track)))


def test_events_without_the_property_are_passed_over() -> None:
    state = bought(T, T + 1, T + 2, totals=(None, 5, None))
    for fn in ("sum", "min", "max", "first", "last"):
        assert ask(compare(agg(fn, "total"), "==", lit(5)), state, T + 3)
    assert ask(compare(agg("count", "total"), "==", lit(1)), state, T + 3)
    assert ask(compare(count("r", WEEK), "==", lit(3)), state, T + 3)


def test_first_and_last_of_equal_instants_follow_the_order_of_handling() -> None:
    state = bought(T, T, T, skus=("a", "b", "c"))
    for fn, sku in (("first", "a"), ("last", "c")):
        assert ask(compare(agg(fn, "sku", type_="text"), "==", lit(sku, "text"), "text"), state)
    assert ask(TextTest("starts", agg("last", "sku", type_="text"), "C"), state)


@pytest.mark.parametrize("order", [">", "<", "==", "!="])
def test_a_sum_beyond_the_largest_number_is_missing(order) -> None:
    for total, bound in ((LIMIT, 1), (-LIMIT, -1)):
        rows = bought(T)
        rows.rows["r"][0][3] = total
        kept = ContactState(key="k", created_at=0, totals={"k.sum:total": total})
        for state, track in ((rows, "r"), (kept, "k")):
            node = compare(agg("sum", "total", Span(), track=track), order, lit(bound))
            assert ask(node, state) is (order == "!=")
            assert not ask(IsSet(agg("sum", "total", Span(), track=track)), state)


def test_totals_are_read_where_the_track_keeps_them() -> None:
    state = ContactState(
        key="k", created_at=0, counts={"k": 3},
        totals={"k.first": T, "k.last": T + DAY, "k.sum:total": number(60), "k.min:total": number(10),
                "k.max:total": number(40), "k.first:total": [T, number(10)], "k.last:total": [T, number(20)]},
    )  # fmt: skip
    every = Span()
    for fn, expected in (("sum", 60), ("min", 10), ("max", 40), ("first", 10), ("last", 20)):
        for order in ("==", ">=", "<="):
            assert ask(compare(agg(fn, "total", every, track="k"), order, lit(expected)), state)
        assert not ask(compare(agg(fn, "total", every, track="k"), ">", lit(expected)), state)
    assert ask(compare(count("k"), "==", lit(3)), state)
    assert not ask(compare(count("k"), "==", lit("2.5")), state)
    assert ask(compare(Arith("*", count("k"), lit(2)), "==", lit(6)), state)
    last = agg("last", None, every, "datetime", "k")
    assert until(OlderThan("datetime", last, 30 * DAY), state, T + DAY) == T + 31 * DAY
    assert ask(Within("last", "datetime", last, DAY), state, T + DAY)


def test_since_an_instant_includes_it() -> None:
    state = bought(T - 1, T, T + 1)
    assert ask(compare(count("r", Span("since", since=T)), "==", lit(2)), state, T + 9)
    assert until(compare(count("r", Span("since", since=T)), "==", lit(2)), state, T + 9) is None


@pytest.mark.parametrize(
    ("span", "begins"),
    [
        (Span("since_day"), "2026-05-01T00:00"),
        (Span("since_day", day=-1), "2026-04-30T00:00"),
        (Span("since_day", day=-1, minutes=540), "2026-04-30T09:00"),
    ],
)
def test_since_a_moving_day_begins_at_its_local_time_and_changes_at_midnights(span, begins) -> None:
    node = compare(count("r", span), ">=", lit(1))
    inside, outside = bought(at(begins)), bought(at(begins) - 1)
    assert ask(node, inside)
    assert not ask(node, outside)
    assert until(node, inside) == at("2026-05-02T00:00")
    assert not ask(node, inside, at("2026-05-02T00:00"))
    assert until(node, outside) is None
    late = bought(T)
    assert until(node, late) == at("2026-05-02T00:00") - span.day * DAY
    assert until(compare(agg("sum", "total", span), ">", lit(1)), bought(T, totals=(2,))) == until(node, late)


def test_since_start_counts_what_was_handled_after_the_entry_and_is_not_earlier() -> None:
    member = Member("c", 1, 1, at=T, seq=2, step="s", arrived=T)
    node = compare(count("r", Span("start")), "==", lit(2))
    state = ContactState(key="k", created_at=0, rows={"r": [
        [T - 1, 4, None, None],  # handled later, but from before
        [T, 2, None, None],  # the entering event
        [T, 3, None, None],
        [T + 5, 1, None, None],  # ahead of its time, handled before
        [T + 6, 5, None, None],
    ]})  # fmt: skip
    assert ask(node, state, T + 9, member)
    assert ask(compare(count("r", Span("start")), "==", lit(0)), state, T + 9, None)
    assert until(node, state, T + 9, member) is None


def test_a_steps_track_is_empty_unless_its_latest_pass_sent_a_message() -> None:
    node = compare(count("o"), ">=", lit(1))
    member = Member("c", 1, 1, T, 1, "s", T, messages={"invite": "m1"}, rows={"o": [[T, 2]]})
    assert ask(node, member=member)
    assert not ask(node, member=Member("c", 1, 1, T, 1, "s", T, rows={"o": [[T, 2]]}))
    assert not ask(node, member=Member("c", 1, 1, T, 1, "s", T, messages={"invite": "m1"}))
    assert not ask(node, member=None)
    recent = compare(count("o", Span("last", HOUR)), ">=", lit(1))
    assert until(recent, member=member) == T + HOUR


def test_where_compares_rows_with_the_entry() -> None:
    same = compare(Prop("row", "sku", "text"), "==", Prop("entry", "sku", "text"), "text")
    dear = compare(Prop("row", "total", "number"), ">", lit(15))
    state = bought(T, T + 1, T + 2, skus=("a", "b", "a"), totals=(10, 20, 30))
    member = Member("c", 1, 1, T, 0, "s", T, props={"sku": "a"})
    for span in (WEEK, Span(), Span("start")):
        assert ask(compare(agg("count", None, span, where=same), "==", lit(2)), state, T + 3, member)
        assert ask(
            compare(agg("sum", "total", span, where=And((same, dear))), "==", lit(30)), state, T + 3, member
        )
        assert ask(compare(agg("count", None, span, where=same), "==", lit(0)), state, T + 3, None)
    node = compare(agg("count", None, WEEK, where=same), ">=", lit(1))
    assert until(node, state, T + 3, member) == T + 2 + 7 * DAY


def test_arithmetic_on_windows_changes_when_the_first_row_leaves() -> None:
    state = bought(T, T + HOUR)
    node = compare(Arith("-", count("r", WEEK), count("r", Span("last", DAY))), ">=", lit(1))
    assert not ask(node, state, T + HOUR)
    assert until(node, state, T + HOUR) == T + DAY
    assert ask(node, state, T + DAY)


def test_a_window_against_a_window_and_a_field_against_a_count() -> None:
    state = bought(T, T + HOUR)
    state.fields["goal"] = 2 * SCALE
    two = Cmp(">", "number", count("r", WEEK), count("r", Span("last", DAY)))
    assert until(two, state, T + HOUR) == T + DAY
    goal = Cmp("<=", "number", Field("goal", "number"), count("r", WEEK))
    assert until(goal, state, T + HOUR) == T + 7 * DAY
    missing = Cmp("<=", "number", Field("none", "number"), count("r", WEEK))
    assert until(missing, state, T + HOUR) is None


def test_the_last_event_in_a_window_that_is_older() -> None:
    node = OlderThan("datetime", agg("last", None, WEEK, "datetime"), DAY)
    state = bought(T, T + HOUR)
    assert until(node, state, T + HOUR) == T + HOUR + DAY
    assert until(node, state, T + HOUR + DAY) == T + HOUR + 7 * DAY
    assert not ask(node, state, T + HOUR + 7 * DAY)
