"""When a fulfillment list runs. Local times go by the list's zone (see `zone`): one that a change of the
clocks leaves out is the first valid instant after it, one that comes twice is the first of the two."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas.plan import Schedule


def next_run(schedule: Schedule, zone: Zone, after: int) -> int:
    """The first run later than the instant `after`."""
    day = zone.day(after) - 1  # the day before: clocks that go back may bring its time again
    while True:
        day = _next_day(schedule, day)
        instant = zone.at(day, schedule.minutes)
        if instant > after:
            return instant
        day += 1


def _next_day(schedule: Schedule, day: int) -> int:
    """The first day from `day` on, which may be it, that the schedule names."""
    if schedule.day is None:
        while date.fromordinal(day).weekday() not in schedule.weekdays:
            day += 1
        return day
    given = date.fromordinal(day)
    year, month = given.year, given.month
    while (found := _clamped(year, month, schedule.day)) < day:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def _clamped(year: int, month: int, day: int) -> int:
    return date(year, month, min(day, monthrange(year, month)[1])).toordinal()
