"""Local days and times to instants: gaps, overlaps, whole days that are not there."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from oncue.compiler.expr import instants


@pytest.mark.parametrize(
    ("zone", "day", "minutes", "expected"),
    [
        ("America/New_York", "2026-07-01", 0, "2026-07-01T04:00:00"),
        ("America/New_York", "2026-03-08", 150, "2026-03-08T07:00:00"),  # 02:30 is not there: 03:00
        ("America/New_York", "2026-11-01", 90, "2026-11-01T05:30:00"),  # 01:30 comes twice: the first
        ("America/Sao_Paulo", "2018-11-04", 0, "2018-11-04T03:00:00"),  # midnight is not there: 01:00
        ("Pacific/Apia", "2011-12-30", 600, "2011-12-30T10:00:00"),  # the day is not there: the 31st
        ("UTC", "2026-07-01", 1439, "2026-07-01T23:59:00"),
        ("Asia/Kathmandu", "2026-07-01", 0, "2026-06-30T18:15:00"),
        ("No/Where", "2026-07-01", 0, "2026-07-01T00:00:00"),
    ],
)
def test_a_local_time_is_one_instant(zone: str, day: str, minutes: int, expected: str) -> None:
    found = instants.at(date.fromisoformat(day), minutes, instants.zone(zone))
    assert found.astimezone(UTC).replace(tzinfo=None) == datetime.fromisoformat(expected)


def test_instants_are_counted_in_microseconds() -> None:
    assert instants.micros(datetime(1970, 1, 2, tzinfo=UTC)) == 86_400_000_000
    assert instants.micros(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


@pytest.mark.parametrize("day", [date(1000, 1, 1), date(9998, 12, 31)])
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_bounds_of_dates_have_instants_everywhere(day: date, zone: str) -> None:
    found = instants.at(day, 0, instants.zone(zone))
    assert instants.micros(found) // 86_400_000_000 in range(-354_290, 2_932_600)
