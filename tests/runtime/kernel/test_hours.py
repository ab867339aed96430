"""When messages may leave: quiet hours and blackout dates, on ordinary days and on those on which the clocks
change. The oracle looks at one minute after the other."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.runtime.kernel.sending.hours import HORIZON, first_time
from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas.plan import QuietHours
from oncue.schemas.values import DAY, MINUTE
from oncue.schemas.zones import rules

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = (
    "UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/Havana",
    "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo",
)  # fmt: skip
NIGHT = QuietHours(21 * 60, 8 * 60, "contact")


@cache
def zone(name: str) -> Zone:
    return Zone(name)


def minutes(text: str) -> int:
    hours, _, rest = text.partition(":")
    return int(hours) * 60 + int(rest)


def hours(text: str) -> QuietHours:
    start, _, end = text.partition(" to ")
    return QuietHours(minutes(start), minutes(end), "contact")


def instant(text: str) -> int:
    """Of an ISO text with an offset."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def local(name: str, at: int) -> str:
    return f"{(EPOCH + timedelta(microseconds=at)).astimezone(rules(name)):%Y-%m-%d %H:%M%z}"


def days(*texts: str) -> frozenset[int]:
    return frozenset(date.fromisoformat(text).toordinal() for text in texts)


def first(name: str, quiet: str, now: str, *blackout: str) -> str:
    """The first time from `now` on, both with their offset, in the zone."""
    found = first_time(zone(name), hours(quiet) if quiet else None, days(*blackout), instant(now))
    assert found is not None
    return local(name, found)


# --- by hand


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-02T20:59:59-05:00", "2026-03-02 20:59-0500"),
        ("2026-03-02T21:00:00-05:00", "2026-03-03 08:00-0500"),
        ("2026-03-03T00:00:00-05:00", "2026-03-03 08:00-0500"),
        ("2026-03-03T07:59:59-05:00", "2026-03-03 08:00-0500"),
        ("2026-03-03T08:00:00-05:00", "2026-03-03 08:00-0500"),
    ],
)
def test_quiet_hours_over_midnight_begin_and_end_on_the_minute(now: str, expected: str) -> None:
    assert first("America/New_York", "21:00 to 08:00", now) == expected


def test_quiet_hours_within_one_day() -> None:
    assert first("UTC", "12:00 to 14:00", "2026-03-02T13:00:00+00:00") == "2026-03-02 14:00+0000"
    assert first("UTC", "12:00 to 14:00", "2026-03-02T11:00:00+00:00") == "2026-03-02 11:00+0000"


def test_quiet_hours_that_end_in_the_gap_of_a_daylight_saving_change_end_after_it() -> None:
    now = "2026-03-08T00:30:00-05:00"
    assert first("America/New_York", "21:00 to 02:30", now) == "2026-03-08 03:00-0400"


def test_quiet_hours_that_begin_in_the_gap_begin_after_it() -> None:
    quiet = "02:15 to 05:00"
    assert first("America/New_York", quiet, "2026-03-08T01:59:00-05:00") == "2026-03-08 01:59-0500"
    assert first("America/New_York", quiet, "2026-03-08T03:00:00-04:00") == "2026-03-08 05:00-0400"


def test_quiet_hours_that_lie_in_the_gap_altogether_are_none_on_that_day() -> None:
    quiet = "02:10 to 02:50"
    assert first("America/New_York", quiet, "2026-03-08T03:00:00-04:00") == "2026-03-08 03:00-0400"


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_end_the_first_time() -> None:
    now = "2026-11-01T00:30:00-04:00"
    assert first("America/New_York", "21:00 to 01:30", now) == "2026-11-01 01:30-0400"
    again = "2026-11-01T01:15:00-05:00"
    assert first("America/New_York", "21:00 to 01:30", again) == "2026-11-01 01:15-0500"


def test_a_night_with_the_repeated_hour_is_an_hour_longer() -> None:
    now = "2026-10-31T21:00:00-04:00"
    found = first_time(zone("America/New_York"), NIGHT, frozenset(), instant(now))
    assert found == instant(now) + 12 * 60 * MINUTE


def test_a_blackout_day_is_over_at_midnight() -> None:
    assert first("UTC", "", "2026-12-25T00:00:00+00:00", "2026-12-25") == "2026-12-26 00:00+0000"
    assert first("UTC", "", "2026-12-24T23:59:59+00:00", "2026-12-25") == "2026-12-24 23:59+0000"


def test_blackout_days_in_a_row_over_the_year_s_end_are_passed_together() -> None:
    found = first("UTC", "", "2026-12-30T12:00:00+00:00", "2026-12-30", "2026-12-31", "2027-01-01")
    assert found == "2027-01-02 00:00+0000"


def test_after_a_blackout_day_quiet_hours_still_hold() -> None:
    found = first("Europe/Berlin", "21:00 to 08:00", "2026-12-25T10:00:00+01:00", "2026-12-25")
    assert found == "2026-12-26 08:00+0100"


def test_after_quiet_hours_a_blackout_day_still_holds() -> None:
    found = first("Europe/Berlin", "21:00 to 08:00", "2026-12-24T22:00:00+01:00", "2026-12-25", "2026-12-26")
    assert found == "2026-12-27 08:00+0100"


def test_a_blackout_day_whose_midnight_falls_into_a_gap_ends_after_it() -> None:
    """On 8 March 2026 the clocks of Havana went from 00:00 to 01:00."""
    assert first("America/Havana", "", "2026-03-07T12:00:00-05:00", "2026-03-07") == "2026-03-08 01:00-0400"


def test_a_time_within_400_days_is_found_and_no_later_one() -> None:
    start = date(2026, 1, 1).toordinal()
    now = instant("2026-01-01T00:00:00+00:00")
    assert first_time(zone("UTC"), None, frozenset(range(start, start + 400)), now) == now + 400 * DAY
    assert first_time(zone("UTC"), None, frozenset(range(start, start + 401)), now) is None
    assert HORIZON == 400 * DAY


def test_quiet_hours_around_the_clock_leave_no_time() -> None:
    assert first_time(zone("UTC"), QuietHours(0, 24 * 60, "UTC"), frozenset(), 0) is None


# --- against the oracle


@cache
def moment(name: str, day: int, minute: int) -> int:
    """The instant of a local time, found by looking: the first at which the wall clock shows it, or, where
    it never does, the first at which it shows a later time of that day or a later day."""
    wall = datetime.combine(date.fromordinal(day), time(), rules(name)) + timedelta(minutes=minute)
    middle = wall.replace(tzinfo=UTC)
    wanted = wall.replace(tzinfo=None)
    for step in range(-27 * 60, 27 * 60):
        at = middle + timedelta(minutes=step)
        shown = at.astimezone(rules(name)).replace(tzinfo=None)
        if shown == wanted or (shown > wanted and step > -27 * 60 and _before(name, at, wanted)):
            return (at - EPOCH) // timedelta(microseconds=1)
    raise AssertionError(wall)


def _before(name: str, at: datetime, wanted: datetime) -> bool:
    """Whether a minute earlier the clock showed less than what is wanted: a gap swallowed it."""
    return (at - timedelta(minutes=1)).astimezone(rules(name)).replace(tzinfo=None) < wanted


def closed(name: str, quiet: QuietHours | None, blackout: frozenset[int], day: int) -> list[tuple[int, int]]:
    """The stretches around a day in which nothing leaves."""
    found = []
    for each in range(day - 2, day + 12):
        if each in blackout:
            found.append((moment(name, each, 0), moment(name, each + 1, 0)))
        if quiet is not None and quiet.start != quiet.end:
            last = each if quiet.start < quiet.end else each + 1
            found.append((moment(name, each, quiet.start), moment(name, last, quiet.end)))
    return found


@settings(max_examples=100, deadline=None)
@given(
    name=st.sampled_from(ZONES),
    day=st.one_of(
        st.sampled_from(
            ["2026-03-08", "2026-11-01", "2026-03-29", "2026-10-25", "2026-04-05", "2018-11-04", "2018-02-18"]
        ),
        st.sampled_from(["2026-04-24", "2026-10-30", "2011-12-30", "2026-12-31", "2026-02-28"]),
    ),
    before=st.integers(-1, 2),
    minute=st.integers(0, 24 * 60 - 1),
    quiet=st.none() | st.builds(QuietHours, st.integers(0, 1439), st.integers(0, 1439), st.just("contact")),
    black=st.sets(st.integers(-1, 4), max_size=4),
)
def test_the_found_time_is_allowed_and_no_earlier_minute_is(
    name: str, day: str, before: int, minute: int, quiet: QuietHours | None, black: set[int]
) -> None:
    start = date.fromisoformat(day).toordinal() - before
    blackout = frozenset(start + each for each in black)
    now = moment(name, start, minute)
    due = first_time(zone(name), quiet, blackout, now)
    assert due is not None
    stretches = closed(name, quiet, blackout, start)
    assert not any(begin <= due < end for begin, end in stretches)
    for at in range(now, due, MINUTE):
        assert any(begin <= at < end for begin, end in stretches), local(name, at)
