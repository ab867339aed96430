"""When messages may leave: quiet hours and blackout dates.

Both are stretches of local time, closed where they begin and open where they end. A local time that a change
of the clocks leaves out is the first valid instant after it; one that comes twice is its first occurrence.
"""

from __future__ import annotations

from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas.plan import QuietHours
from oncue.schemas.values import DAY

HORIZON = 400 * DAY  # how far ahead a better time is looked for


def first_time(zone: Zone, quiet: QuietHours | None, blackout: frozenset[int], now: int) -> int | None:
    """The first instant from `now` on that lies neither in quiet hours nor on a blackout day (day numbers);
    None if there is none within HORIZON."""
    at = now
    while at <= now + HORIZON:
        later = _after_quiet(zone, quiet, at) if quiet is not None else at
        later = _after_blackout(zone, blackout, later)
        if later == at:
            return at
        at = later
    return None


def is_quiet(zone: Zone, quiet: QuietHours | None, at: int) -> bool:
    """Whether the instant lies in quiet hours."""
    return quiet is not None and zone.between(at, quiet.start, quiet.end)


def _after_quiet(zone: Zone, quiet: QuietHours, at: int) -> int:
    if not zone.between(at, quiet.start, quiet.end):
        return at
    return zone.between_until(at, quiet.start, quiet.end)


def _after_blackout(zone: Zone, blackout: frozenset[int], at: int) -> int:
    day = first = zone.day(at)
    while day in blackout:
        day += 1
    return at if day == first else zone.midnight(day)
