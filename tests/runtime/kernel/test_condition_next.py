"""`next` is sound: whatever the condition, state and instant, the value does not differ before it.

The check is by force: all instants at which anything might happen (rows and their windows' ends, midnights,
local times, fields and their distances), a microsecond to either side, and some at random.
"""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.runtime.kernel.conditions.functions import compile_condition
from oncue.runtime.kernel.state import ContactState, Member
from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas.conditions import (
    Agg,
    And,
    Arith,
    Cmp,
    Day,
    DayOf,
    Field,
    In,
    InSegment,
    IsSet,
    Lit,
    Not,
    Now,
    NowBetween,
    OlderThan,
    Or,
    Prop,
    Span,
    Tagged,
    TextTest,
    Track,
    Within,
)
from oncue.schemas.values import DAY, HOUR, SCALE
from tests.runtime.kernel.asking import at

# the days on which the clocks change, and 29 February
PLACES = [
    ("America/New_York", "2026-03-07T12:00"),
    ("America/New_York", "2026-10-31T12:00"),
    ("Europe/Berlin", "2024-02-28T12:00"),
    ("America/Sao_Paulo", "2017-10-14T12:00"),
    ("Asia/Beirut", "2022-03-26T12:00"),
    ("Pacific/Apia", "2011-12-28T12:00"),
]
TRACK = Track(id="r", event="purchase", props=("sku", "total"), forever=True)
STEP = Track(id="o", event="email.open", campaign="c", step="invite")
TRACKS = {"r": TRACK, "o": STEP}
MICROS = [HOUR, 26 * HOUR, DAY, 2 * DAY]
MINUTES = [0, 30, 90, 150, 540, 1410]
ORDERS = ["==", "!=", "<", "<=", ">", ">="]

spans = st.one_of(
    st.builds(lambda micros: Span("last", micros), st.sampled_from(MICROS)),
    st.builds(lambda day, minutes: Span("since_day", day=day, minutes=minutes),
              st.sampled_from([-1, 0, 1]), st.sampled_from(MINUTES)),
    st.just(Span()),
    st.just(Span("start")),
)  # fmt: skip
wheres = st.sampled_from(
    [None, None, Cmp("==", "text", Prop("row", "sku", "text"), Prop("entry", "sku", "text"))]
)
tracks = st.sampled_from(["r", "r", "r", "o"])
counts = st.builds(lambda track, span: Agg("count", track, "number", None, span), tracks, spans)
numbers = st.recursive(
    st.one_of(
        counts,
        st.builds(lambda fn, span, where: Agg(fn, "r", "number", "total", span, where),
                  st.sampled_from(["count", "sum", "min", "max", "first", "last"]), spans, wheres),
        st.sampled_from([Field("score", "number"), Field("none", "number")]),
        st.builds(lambda value: Lit("number", str(value)), st.integers(-1, 4)),
    ),
    lambda inner: st.builds(Arith, st.sampled_from("+-*/"), inner, inner),
    max_leaves=3,
)  # fmt: skip
instants = st.one_of(
    st.sampled_from([Field("seen", "datetime"), Field("none", "datetime"), Now()]),
    st.builds(Day, st.sampled_from([-1, 0, 1]), st.sampled_from(MINUTES)),
    st.builds(
        lambda fn, span: Agg(fn, "r", "datetime", None, span), st.sampled_from(["first", "last"]), spans
    ),
)
days = st.one_of(
    st.builds(Day, st.sampled_from([-1, 0, 1])),
    st.builds(DayOf, instants),
    st.sampled_from([Field("renewal", "date"), Field("none", "date")]),
)
texts = st.builds(
    lambda fn, span: Agg(fn, "r", "text", "sku", span), st.sampled_from(["first", "last"]), spans
)
sides = st.sampled_from(["next", "last"])
durations = st.sampled_from(MICROS)
orders = st.sampled_from(ORDERS)


def comparisons(type_: str, values):
    return st.builds(lambda order, left, right: Cmp(order, type_, left, right), orders, values, values)


atoms = st.one_of(
    comparisons("number", numbers),
    comparisons("datetime", instants),
    comparisons("date", days),
    st.builds(lambda side, value, span: Within(side, "datetime", value, span), sides, instants, durations),
    st.builds(lambda side, value, n: Within(side, "date", value, n * DAY), sides, days, st.integers(0, 2)),
    st.builds(lambda value, span: OlderThan("datetime", value, span), instants, durations),
    st.builds(lambda value, count: OlderThan("date", value, count * DAY), days, st.integers(0, 2)),
    st.builds(NowBetween, st.sampled_from(MINUTES), st.sampled_from(MINUTES)),
    st.builds(lambda value: TextTest("contains", value, "a"), texts),
    st.builds(lambda value: In(value, "text", ("a", "b")), texts),
    st.builds(IsSet, st.one_of(numbers, instants, days)),
    st.sampled_from([Tagged("hot"), Tagged("cold"), InSegment("seg")]),
)  # fmt: skip
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(lambda parts: And(tuple(parts)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: Or(tuple(parts)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(Not, inner),
    ),
    max_leaves=5,
)
SEGMENT = Or(
    (
        Tagged("cold"),
        Cmp(">=", "number", Agg("count", "r", "number", None, Span("last", DAY)), Lit("number", "2")),
    )
)


class Life:
    """One contact around one day, drawn from a seed; `instants` is where anything may happen."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)
        name, noon = draw.choice(PLACES)
        self.zone = Zone(name)
        self.begins = at(noon, name)
        near = [self.begins + draw.randrange(-2 * DAY, 3 * DAY) for _ in range(draw.randrange(6))]
        near += draw.sample(near, len(near) // 3)  # some at the same instant
        self.now = draw.choice([*near, self.begins + draw.randrange(2 * DAY)])
        today = self.zone.day(self.begins)
        rows = [[when, place, draw.choice("abc"), draw.choice([None, SCALE, 2 * SCALE])]
                for place, when in enumerate(near)]  # fmt: skip
        seen = draw.choice([*near, self.begins])
        self.state = ContactState(
            key="k", created_at=0, tags={"hot"}, rows={"r": sorted(rows)},
            fields={"score": SCALE, "seen": seen, "renewal": today + draw.randrange(-1, 3)},
        )  # fmt: skip
        self.member = Member(
            "c", 1, 1, self.begins, 2, "s", 0, props={"sku": "a"}, messages={"invite": "m"},
            rows={"o": sorted([when, 9] for when in near[:2])},
        )  # fmt: skip
        self.instants = sorted(self._instants(near, seen, today, draw))

    def _instants(self, near: list[int], seen: int, today: int, draw: random.Random) -> set[int]:
        found = {
            instant + sign * micros
            for instant in (*near, seen)
            for micros in (0, *MICROS)
            for sign in (-1, 1)
        }
        found |= {self.zone.at(today + n, minutes) for n in range(-1, 7) for minutes in MINUTES}
        found |= {self.now + draw.randrange(4 * DAY) for _ in range(30)}
        return {instant + shift for instant in found for shift in (-1, 0, 1) if instant + shift > self.now}


@settings(max_examples=200, deadline=None)
@given(conditions, st.integers(0, 10**6))
def test_nothing_differs_before_next(node, seed) -> None:
    check(node, Life(seed))


@settings(max_examples=150, deadline=None)
@given(atoms, st.integers(0, 10**6))
def test_no_single_test_differs_before_next(node, seed) -> None:
    check(node, Life(seed))


def check(node, life: Life) -> None:
    segment = compile_condition(SEGMENT, tracks=TRACKS, segments=None, zone=life.zone)
    condition = compile_condition(node, tracks=TRACKS, segments=lambda name: segment, zone=life.zone)
    value = condition.test(life.state, life.now, {}, life.member)
    until = condition.next(life.state, life.now, {}, life.member)
    assert until is None or until > life.now
    assert until is None or "clock" in condition.needs
    for instant in life.instants:
        if until is not None and instant >= until:
            break
        assert condition.test(life.state, instant, {}, life.member) is value, (
            instant,
            until,
            condition.source,
        )


def test_waking_at_every_next_sees_every_change() -> None:
    """Asking again at each `next`, and only then, gives the value at every instant, and few wakings."""
    life = Life(11)
    node = And((Cmp(">=", "number", Agg("count", "r", "number", None, Span("last", DAY)), Lit("number", "1")),
                Not(NowBetween(540, 1410))))  # fmt: skip
    condition = compile_condition(node, tracks=TRACKS, segments=None, zone=life.zone)
    now, value, wakings = life.now, condition.test(life.state, life.now, {}, None), 0
    until = condition.next(life.state, now, {}, None)
    for instant in life.instants:
        while until is not None and until <= instant:
            now, wakings = until, wakings + 1
            value = condition.test(life.state, now, {}, None)
            until = condition.next(life.state, now, {}, None)
        assert condition.test(life.state, instant, {}, None) is value
    assert until is None
    assert wakings < 30
