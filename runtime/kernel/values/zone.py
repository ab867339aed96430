"""The project's time zone: the only place of the kernel that knows clocks and calendars. Rules of this file:

- An instant is int microseconds since 1970-01-01T00:00Z, a day is `date.toordinal()`, a time of day is
  int minutes after midnight.
- A local time that a change of the clocks leaves out (a gap) is the first valid instant after it; one that
  comes twice (an overlap) is its first occurrence.
- A day is the stretch from its midnight up to the next day's midnight, so days never go back, whatever the
  clocks do around midnight. A day that a zone skipped altogether is empty.
- Beyond the years 1 to 9999 there are no clock changes: plain UTC, so that every function is total.

What is computed is kept in small tables: a run asks for the same few midnights a million times.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from oncue.schemas import zones
from oncue.schemas.values import DAY, MINUTE, SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)
_DAY_MINUTES = 24 * 60
_FIRST, _LAST = 3, date.max.toordinal() - 3  # days whose neighbours datetime can express
_KEPT = 20_000  # table entries before it starts afresh


def parse_day(text: str) -> int:
    """The day of an ISO date such as ``2026-07-01``. Raises ValueError for anything else."""
    return date.fromisoformat(text).toordinal()


def parse_instant(text: str) -> int:
    """The instant of an ISO date and time with offset. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no offset in {text!r}")
    return (moment - _EPOCH) // _MICROSECOND


class Zone:
    """A time zone by its IANA name. Raises `zoneinfo.ZoneInfoNotFoundError` for an unknown one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._zone = zones.rules(name)
        self._instants: dict[int, int] = {}  # day * 1440 + minutes -> instant
        self._latest = (0, 0, 0)  # start, end and number of the day last asked about

    def day(self, instant: int) -> int:
        """The local day of an instant."""
        start, end, day = self._latest
        return day if start <= instant < end else self._find_day(instant)

    def midnight(self, day: int) -> int:
        """The first instant of a local day."""
        return self.at(day, 0)

    def next_midnight(self, instant: int) -> int:
        """The instant after `instant` at which the local day changes."""
        return self.at(self.day(instant) + 1, 0)

    def at(self, day: int, minutes: int) -> int:
        """The instant of a local time of day (1440 minutes: the next day's midnight)."""
        key = day * _DAY_MINUTES + minutes
        instant = self._instants.get(key)
        if instant is None:
            instant = self._find_instant(*divmod(key, _DAY_MINUTES))
            if len(self._instants) >= _KEPT:
                self._instants.clear()
            self._instants[key] = instant
        return instant

    def minute(self, instant: int) -> int:
        """What the wall clock shows at an instant: minutes after midnight, 0 to 1439."""
        local = instant + self._offset(instant)
        return local // MINUTE % _DAY_MINUTES

    def between(self, instant: int, start: int, end: int) -> bool:
        """Whether an instant lies in the local day's [start, end), or past midnight where start is later.

        Both ends are instants of their day (see `at`), so a repeated hour counts once."""
        day = self.day(instant)
        if start < end:
            return self.at(day, start) <= instant < self.at(day, end)
        return start > end and (instant < self.at(day, end) or instant >= self.at(day, start))

    def between_until(self, instant: int, start: int, end: int) -> int:
        """The first instant after `instant` at which `between` changes; start and end differ."""
        day = self.day(instant)
        now = self.between(instant, start, end)
        edge = instant
        for ahead in range(8):  # a gap may swallow an interval, or join two
            for minutes in sorted((start, end)):
                edge = self.at(day + ahead, minutes)
                if edge > instant and self.between(edge, start, end) is not now:
                    return edge
        return edge

    def _find_day(self, instant: int) -> int:
        day = instant // DAY + _EPOCH_DAY  # the day at Greenwich is at most one off
        while self.at(day, 0) > instant:
            day -= 1
        while (end := self.at(day + 1, 0)) <= instant:
            day += 1
        self._latest = (self.at(day, 0), end, day)
        return day

    def _find_instant(self, day: int, minutes: int) -> int:
        local = (day - _EPOCH_DAY) * DAY + minutes * MINUTE
        if not _FIRST < day < _LAST:
            return local
        wall = datetime.fromordinal(day).replace(hour=minutes // 60, minute=minutes % 60, tzinfo=self._zone)
        before, after = _micros(wall), _micros(wall.replace(fold=1))
        if before < after:  # the clocks go forward over this time
            return self._change(local - after, local - before)
        return local - before

    def _change(self, low: int, high: int) -> int:
        """The instant in (low, high] at which the offset becomes that of `high`: a whole second."""
        after = self._offset(high)
        while high - low > SECOND:
            middle = low + (high - low) // (2 * SECOND) * SECOND
            if self._offset(middle) == after:
                high = middle
            else:
                low = middle
        return high

    def _offset(self, instant: int) -> int:
        """Local time minus UTC at an instant, in microseconds."""
        if not _FIRST < instant // DAY + _EPOCH_DAY < _LAST:
            return 0
        return _micros((_EPOCH + timedelta(microseconds=instant)).astimezone(self._zone))


def _micros(wall: datetime) -> int:
    return (wall.utcoffset() or timedelta()) // _MICROSECOND
