"""Conditions on time: true and false exactly at their instants, and `next` naming those instants."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas.conditions import (
    And,
    Day,
    DayOf,
    In,
    InSegment,
    Not,
    Now,
    NowBetween,
    OlderThan,
    Or,
    Tagged,
    Within,
)
from oncue.schemas.values import DAY, HOUR
from tests.runtime.kernel.asking import (
    NOBODY,
    at,
    changes,
    compare,
    compiled,
    contact,
    day,
    field,
    holds,
    lit,
)

T = at("2026-05-01T12:00")
SEEN = contact(seen=T)
SEEN_FIELD = field("seen", "datetime")
RENEWAL = contact(renewal_date=day("2026-03-31"))
RENEWAL_FIELD = field("renewal_date", "date")


def follows(node, state, *steps, zone="America/New_York") -> None:
    """The condition flips at each of these instants, is settled just before it, and `next` says so."""
    zone = Zone(zone)
    instants = [instant for instant, _ in steps]
    for place, (instant, value) in enumerate(steps):
        assert holds(node, state, instant - 1, zone=zone) is not value
        assert holds(node, state, instant, zone=zone) is value
        later = instants[place + 1] if place + 1 < len(steps) else None
        assert changes(node, state, instant - 1, zone=zone) == instant
        assert changes(node, state, instant, zone=zone) == later


def test_within_next_is_open_at_its_instant_and_closed_at_its_distance() -> None:
    follows(Within("next", "datetime", SEEN_FIELD, 30 * DAY), SEEN, (T - 30 * DAY, True), (T, False))


def test_within_last_is_closed_at_its_instant_and_open_at_its_distance() -> None:
    follows(Within("last", "datetime", SEEN_FIELD, 30 * DAY), SEEN, (T, True), (T + 30 * DAY, False))


def test_older_than_begins_at_its_distance_and_stays() -> None:
    follows(OlderThan("datetime", SEEN_FIELD, 90 * DAY), SEEN, (T + 90 * DAY, True))


def test_a_day_is_24_hours_also_when_the_clocks_change() -> None:
    seen = contact(seen=at("2026-03-07T12:00"))
    follows(OlderThan("datetime", SEEN_FIELD, DAY), seen, (at("2026-03-08T13:00"), True))


def test_a_date_is_within_by_local_days_both_ends_included() -> None:
    follows(
        Within("next", "date", RENEWAL_FIELD, 30 * DAY), RENEWAL,
        (at("2026-03-01T00:00"), True), (at("2026-04-01T00:00"), False),
    )  # fmt: skip
    follows(
        Within("last", "date", RENEWAL_FIELD, 30 * DAY), RENEWAL,
        (at("2026-03-31T00:00"), True), (at("2026-05-01T00:00"), False),
    )  # fmt: skip
    follows(OlderThan("date", RENEWAL_FIELD, 90 * DAY), RENEWAL, (at("2026-06-29T00:00"), True))


@pytest.mark.parametrize(
    ("zone", "date", "begins", "ends"),
    [
        ("America/New_York", "2026-03-08", "2026-03-08T05:00Z", "2026-03-09T04:00Z"),
        ("America/New_York", "2026-11-01", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),
        ("Europe/Berlin", "2024-02-29", "2024-02-28T23:00Z", "2024-02-29T23:00Z"),
        ("America/Sao_Paulo", "2017-10-15", "2017-10-15T03:00Z", "2017-10-16T02:00Z"),  # begins at 01:00
        ("Asia/Beirut", "2022-03-27", "2022-03-26T22:00Z", "2022-03-27T21:00Z"),
    ],
)
def test_a_date_is_today_from_its_midnight_to_the_next(zone, date, begins, ends) -> None:
    state = contact(renewal_date=day(date))
    steps = ((at(begins), True), (at(ends), False))
    follows(compare(RENEWAL_FIELD, "==", Day(0), "date"), state, *steps, zone=zone)
    follows(Within("last", "date", RENEWAL_FIELD, 0), state, *steps, zone=zone)
    follows(compare(Day(0), "==", RENEWAL_FIELD, "date"), state, *steps, zone=zone)


@pytest.mark.parametrize(
    ("order", "steps"),
    [
        ("<", [("2026-03-31T00:00", True)]),  # renewal_date before tomorrow
        ("<=", [("2026-03-30T00:00", True)]),
        (">", [("2026-03-30T00:00", False)]),
        (">=", [("2026-03-31T00:00", False)]),
        ("==", [("2026-03-30T00:00", True), ("2026-03-31T00:00", False)]),
        ("!=", [("2026-03-30T00:00", False), ("2026-03-31T00:00", True)]),
    ],
)
def test_a_date_meets_a_moving_day_at_midnights(order, steps) -> None:
    steps = [(at(instant), value) for instant, value in steps]
    follows(compare(RENEWAL_FIELD, order, Day(1), "date"), RENEWAL, *steps)


@pytest.mark.parametrize(
    ("order", "steps"),
    [
        ("<", [("2026-05-02T00:00", True)]),  # seen before today at 09:00
        ("<=", [("2026-05-02T00:00", True)]),
        (">", [("2026-05-02T00:00", False)]),
        ("==", []),
    ],
)
def test_an_instant_meets_a_time_of_a_moving_day(order, steps) -> None:
    node = compare(SEEN_FIELD, order, Day(0, 9 * 60), "datetime")
    follows(node, SEEN, *((at(instant), value) for instant, value in steps))
    exact = contact(seen=at("2026-05-01T09:00"))
    follows(
        compare(SEEN_FIELD, "==", Day(1, 9 * 60), "datetime"), exact,
        (at("2026-04-30T00:00"), True), (at("2026-05-01T00:00"), False),
    )  # fmt: skip


def test_now_meets_an_instant_at_that_instant() -> None:
    follows(compare(SEEN_FIELD, "<", Now(), "datetime"), SEEN, (T + 1, True))
    follows(compare(Now(), ">=", SEEN_FIELD, "datetime"), SEEN, (T, True))
    follows(compare(Now(), "==", SEEN_FIELD, "datetime"), SEEN, (T, True), (T + 1, False))
    node = compare(Now(), ">=", Day(0, 9 * 60), "datetime")
    assert changes(node, NOBODY, at("2026-05-01T08:00")) == at("2026-05-01T09:00")
    assert changes(node, NOBODY, at("2026-05-01T09:00")) == at("2026-05-02T00:00")


def test_an_instant_meets_a_date_as_its_local_day() -> None:
    seen = contact(seen=at("2026-05-01T23:59"))
    node = compare(DayOf(SEEN_FIELD), "==", Day(0), "date")
    follows(node, seen, (at("2026-05-01T00:00"), True), (at("2026-05-02T00:00"), False))
    assert holds(compare(DayOf(SEEN_FIELD), "==", lit("2026-05-01", "date"), "date"), seen)
    assert changes(compare(DayOf(SEEN_FIELD), "<", lit("2026-05-02", "date"), "date"), seen) is None
    follows(
        compare(DayOf(Now()), ">=", lit("2026-05-02", "date"), "date"), NOBODY, (at("2026-05-02T00:00"), True)
    )


def test_today_in_a_list_of_days_changes_at_their_midnights() -> None:
    node = In(Day(0), "date", ("2026-05-03", "2026-05-04", "2026-05-07"))
    follows(
        node, NOBODY,
        (at("2026-05-03T00:00"), True), (at("2026-05-05T00:00"), False),
        (at("2026-05-07T00:00"), True), (at("2026-05-08T00:00"), False),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "start", "end", "steps"),
    [
        ("America/New_York", "09:00", "17:00", "2026-05-01T13:00Z 2026-05-01T21:00Z 2026-05-02T13:00Z"),
        ("America/New_York", "22:00", "06:00", "2026-05-02T02:00Z 2026-05-02T10:00Z 2026-05-03T02:00Z"),
        # 02:00 to 03:00 is left out: the interval begins where the gap ends
        ("America/New_York", "02:30", "05:00", "2026-03-08T07:00Z 2026-03-08T09:00Z 2026-03-09T06:30Z"),
        # 01:00 to 02:00 comes twice and counts once
        ("America/New_York", "01:00", "01:30", "2026-11-01T05:00Z 2026-11-01T05:30Z 2026-11-02T06:00Z"),
        ("America/New_York", "00:30", "02:30", "2026-11-01T04:30Z 2026-11-01T07:30Z 2026-11-02T05:30Z"),
        ("Europe/Berlin", "02:00", "03:00", "2026-10-25T00:00Z 2026-10-25T02:00Z 2026-10-26T01:00Z"),
        # a midnight that is left out
        ("America/Sao_Paulo", "00:00", "08:00", "2017-10-15T03:00Z 2017-10-15T10:00Z 2017-10-16T02:00Z"),
        ("America/Sao_Paulo", "23:00", "00:30", "2017-10-15T02:00Z 2017-10-15T03:00Z 2017-10-16T01:00Z"),
    ],
)  # fmt: skip
def test_now_between_two_local_times_on_every_kind_of_day(zone, start, end, steps) -> None:
    minutes = [int(text[:2]) * 60 + int(text[3:]) for text in (start, end)]
    opens, closes, again = map(at, steps.split())
    node = NowBetween(*minutes)
    for instant, value in ((opens, True), (closes, False)):
        assert holds(node, NOBODY, instant - 1, zone=Zone(zone)) is not value
        assert holds(node, NOBODY, instant, zone=Zone(zone)) is value
    assert changes(node, NOBODY, opens - 1, zone=Zone(zone)) == opens
    assert changes(node, NOBODY, opens, zone=Zone(zone)) == closes
    assert changes(node, NOBODY, closes, zone=Zone(zone)) == again


def test_an_interval_that_a_gap_swallows_whole_does_not_come_that_day() -> None:
    node = NowBetween(2 * 60 + 15, 2 * 60 + 45)
    assert changes(node, NOBODY, at("2026-03-08T00:00")) == at("2026-03-09T02:15")


def test_an_interval_without_length_never_comes() -> None:
    assert not holds(NowBetween(540, 540), NOBODY, at("2026-05-01T09:00"))
    assert changes(NowBetween(540, 540), NOBODY, at("2026-05-01T09:00")) is None


@pytest.mark.parametrize(
    "node",
    [
        Within("next", "datetime", SEEN_FIELD, DAY),
        Within("last", "date", RENEWAL_FIELD, DAY),
        OlderThan("datetime", SEEN_FIELD, DAY),
        OlderThan("date", RENEWAL_FIELD, DAY),
        compare(SEEN_FIELD, "<", Now(), "datetime"),
        compare(RENEWAL_FIELD, "<=", Day(0), "date"),
        compare(SEEN_FIELD, ">", Day(0, 60), "datetime"),
        In(RENEWAL_FIELD, "date", ("2026-01-01",)),
    ],
)
def test_a_time_test_on_a_missing_value_is_false_and_stays_so(node) -> None:
    assert not holds(node, NOBODY, T)
    assert changes(node, NOBODY, T) is None
    assert changes(Not(node), NOBODY, T) is None


def test_time_tests_look_through_computed_values_too() -> None:
    follows(Within("last", "date", DayOf(SEEN_FIELD), DAY), SEEN, (at("2026-05-01T00:00"), True),
            (at("2026-05-03T00:00"), False))  # fmt: skip
    follows(OlderThan("date", DayOf(SEEN_FIELD), DAY), SEEN, (at("2026-05-02T00:00"), True))
    node = Within("next", "datetime", Day(1, 9 * 60), 3 * HOUR)  # tomorrow at 09:00 within next 3 hours
    assert not holds(node, NOBODY, at("2026-05-01T20:00"))
    assert changes(node, NOBODY, at("2026-05-01T20:00")) == at("2026-05-02T00:00")


# --- and, or, not ---------------------------------------------------------------------------------

SOON = OlderThan("datetime", SEEN_FIELD, HOUR)  # true from T + 1 hour
LATE = OlderThan("datetime", SEEN_FIELD, 2 * HOUR)  # true from T + 2 hours
BRIEF = Within("last", "datetime", SEEN_FIELD, 3 * HOUR)  # false from T + 3 hours
TAG = Tagged("hot")  # false for good


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (And((SOON, LATE)), 2 * HOUR),  # both false: the later
        (And((SOON, BRIEF)), HOUR),  # only the false one matters
        (And((Not(SOON), BRIEF)), HOUR),  # both true: the earlier
        (And((TAG, SOON)), None),  # false until something happens
        (Or((TAG, SOON)), HOUR),
        (Or((Not(TAG), SOON)), None),
        (Or((SOON, LATE)), HOUR),
        (Or((Not(SOON), Not(LATE))), 2 * HOUR),
        (Or((SOON, BRIEF)), 3 * HOUR),  # only the true one matters
        (Not(And((SOON, LATE))), 2 * HOUR),
        (And((Or((TAG, SOON)), Not(Or((TAG, LATE))))), HOUR),
        (Not(TAG), None),
        (And((Not(Not(SOON)), Not(TAG))), HOUR),
    ],
)
def test_the_next_change_of_a_combination_follows_the_values_of_its_parts(node, expected) -> None:
    assert changes(node, SEEN, T) == (None if expected is None else T + expected)


def test_the_next_change_of_a_segment_is_its_conditions() -> None:
    node = compiled(And((InSegment("soon"), Not(InSegment("hot")))), segments={"soon": SOON, "hot": TAG})
    assert node.next(SEEN, T, {}, None) == T + HOUR
    assert node.needs == {"field:seen", "tag:hot", "clock"}
    still = compiled(InSegment("hot"), segments={"hot": TAG})
    assert still.next(SEEN, T, {}, None) is None
    assert still.needs == {"tag:hot"}


def test_a_condition_of_fields_alone_never_changes_by_itself() -> None:
    node = compiled(compare(field("score"), ">=", lit(1)))
    assert node.next(NOBODY, T, {}, None) is None
    assert "clock" not in node.needs


def test_a_nest_of_many_moving_parts_works() -> None:
    node = SOON
    for _ in range(300):
        node = Not(And((node, Or((LATE, BRIEF)))))
    assert changes(node, SEEN, T) is not None
