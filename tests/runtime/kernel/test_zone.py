"""Local days and times, above all on the days when the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.runtime.kernel.values.zone import Zone, parse_day, parse_instant
from tests.runtime.kernel.asking import at, day

ZONES = [
    "UTC", "America/New_York", "Europe/Berlin", "Asia/Beirut", "America/Sao_Paulo", "Asia/Kolkata",
    "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "Africa/Cairo",
]  # fmt: skip
HOUR = 3_600_000_000


def utc(text: str) -> int:
    return at(text, "UTC")


@pytest.mark.parametrize(
    ("zone", "local", "expected"),
    [
        ("America/New_York", ("2026-03-08", 150), "2026-03-08T07:00"),  # 02:30 is left out: 03:00 EDT
        ("America/New_York", ("2026-03-08", 120), "2026-03-08T07:00"),
        ("America/New_York", ("2026-03-08", 119), "2026-03-08T06:59"),
        ("America/New_York", ("2026-03-08", 180), "2026-03-08T07:00"),
        ("America/New_York", ("2026-11-01", 90), "2026-11-01T05:30"),  # 01:30 comes twice: the first, EDT
        ("America/New_York", ("2026-11-01", 120), "2026-11-01T07:00"),
        ("Europe/Berlin", ("2026-03-29", 150), "2026-03-29T01:00"),
        ("Europe/Berlin", ("2026-10-25", 150), "2026-10-25T00:30"),
        ("America/Sao_Paulo", ("2017-10-15", 0), "2017-10-15T03:00"),  # the day begins at 01:00
        ("America/Sao_Paulo", ("2017-10-15", 30), "2017-10-15T03:00"),
        ("Asia/Beirut", ("2022-03-27", 0), "2022-03-26T22:00"),
        ("America/Sao_Paulo", ("2018-02-17", 1410), "2018-02-18T01:30"),  # 23:30 comes twice
        ("America/Sao_Paulo", ("2018-02-18", 0), "2018-02-18T03:00"),
        ("Australia/Lord_Howe", ("2026-10-04", 135), "2026-10-03T15:30"),  # a gap of half an hour
        ("Pacific/Apia", ("2011-12-30", 600), "2011-12-30T10:00"),  # a day that never was
        ("UTC", ("2026-01-01", 1440), "2026-01-02T00:00"),
    ],
)
def test_a_local_time_is_the_first_valid_instant_after_a_gap_and_the_first_of_two(
    zone, local, expected
) -> None:
    assert Zone(zone).at(day(local[0]), local[1]) == utc(expected)


@pytest.mark.parametrize(
    ("zone", "instant", "expected"),
    [
        ("America/New_York", "2026-01-01T04:59:59.999999", "2025-12-31"),
        ("America/New_York", "2026-01-01T05:00", "2026-01-01"),
        ("America/Sao_Paulo", "2017-10-15T02:59:59.999999", "2017-10-14"),
        ("America/Sao_Paulo", "2017-10-15T03:00", "2017-10-15"),
        ("America/Sao_Paulo", "2018-02-18T02:30", "2018-02-17"),  # the second 23:30
        ("Pacific/Apia", "2011-12-30T09:59:59.999999", "2011-12-29"),
        ("Pacific/Apia", "2011-12-30T10:00", "2011-12-31"),
        ("Europe/Berlin", "2024-02-28T23:00", "2024-02-29"),
    ],
)
def test_the_day_of_an_instant_changes_at_local_midnight(zone, instant, expected) -> None:
    assert Zone(zone).day(utc(instant)) == day(expected)


def test_the_wall_clock_is_read_at_any_instant() -> None:
    zone = Zone("America/New_York")
    assert zone.minute(utc("2026-11-01T05:30")) == zone.minute(utc("2026-11-01T06:30")) == 90
    assert zone.minute(utc("2026-07-01T03:59:59")) == 23 * 60 + 59


instants = st.integers(utc("1990-01-01"), utc("2037-12-31"))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ZONES), instants)
def test_days_are_stretches_that_follow_each_other(name, instant) -> None:
    zone = Zone(name)
    today = zone.day(instant)
    assert zone.midnight(today) <= instant < zone.midnight(today + 1)
    assert zone.next_midnight(instant) == zone.midnight(today + 1)
    assert Zone(name).day(instant) == today, "whatever was asked before"


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ZONES), instants, st.integers(0, 1439))
def test_a_local_time_that_exists_is_shown_by_the_clock_at_its_instant(name, instant, minutes) -> None:
    zone = Zone(name)
    today = zone.day(instant)
    wall = datetime.combine(date.fromordinal(today), datetime.min.time()) + timedelta(minutes=minutes)
    found = zone.at(today, minutes)
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=found)).astimezone(ZoneInfo(name))
    if local.replace(tzinfo=None) != wall:  # a gap: nothing earlier shows the time or a later one
        before = local.astimezone(UTC) - timedelta(microseconds=1)
        assert local.replace(tzinfo=None) > wall > before.astimezone(ZoneInfo(name)).replace(tzinfo=None)
    else:
        assert local.fold == 0


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ZONES), instants, st.integers(0, 1439), st.integers(0, 1439))
def test_the_end_of_now_between_is_where_it_changes_first(name, instant, start, end) -> None:
    zone = Zone(name)
    if start == end:
        assert not zone.between(instant, start, end)
        return
    until = zone.between_until(instant, start, end)
    value = zone.between(instant, start, end)
    assert until > instant
    assert zone.between(until, start, end) is not value
    for part in range(40):
        assert zone.between(instant + (until - 1 - instant) * part // 40, start, end) is value


def test_years_that_no_calendar_has_are_counted_in_utc() -> None:
    zone = Zone("America/New_York")
    far = 400_000 * 366 * 24 * HOUR
    assert zone.midnight(zone.day(far)) <= far < zone.midnight(zone.day(far) + 1)
    assert zone.midnight(zone.day(-far)) <= -far
    for edge in range(1, 8):
        assert zone.midnight(edge) < zone.midnight(edge + 1)
        assert zone.midnight(date.max.toordinal() - edge) < zone.midnight(date.max.toordinal() - edge + 1)


def test_the_tables_do_not_grow_for_ever() -> None:
    zone = Zone("Europe/Berlin")
    for number in range(25_000):
        zone.midnight(700_000 + number)
    assert len(zone._instants) <= 20_000


def test_literals_are_read_strictly() -> None:
    assert parse_day("2024-02-29") == day("2024-02-29")
    assert parse_instant("2026-01-01T00:00:00+01:00") == utc("2025-12-31T23:00")
    with pytest.raises(ValueError, match="no offset"):
        parse_instant("2026-01-01T00:00:00")
    with pytest.raises(ValueError, match="day is out of range"):
        parse_day("2023-02-29")
