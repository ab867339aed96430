"""Local days and times to instants, for the dates that a condition names."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from oncue.schemas import zones

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def zone(name: str) -> ZoneInfo:
    """The rules of an IANA time zone; UTC where there is no such zone (which is told elsewhere)."""
    return zones.rules(name if name in zones.names() else "UTC")


def at(day: date, minutes: int, rules: ZoneInfo) -> datetime:
    """The instant of a local day and time. In a gap: the first valid instant after; of two: the first."""
    wall = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=rules)
    late = wall.astimezone(UTC)
    if late.astimezone(rules).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return wall
    early = wall.replace(fold=1).astimezone(UTC)
    return _change(early, late, rules).astimezone(rules)


def _change(early: datetime, late: datetime, rules: ZoneInfo) -> datetime:
    """The instant between two at which the zone's offset changes, to the second."""
    before = early.astimezone(rules).utcoffset()
    while late - early > _SECOND:
        middle = early + (late - early) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(rules).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late


def micros(instant: datetime) -> int:
    """Microseconds since the epoch."""
    return (instant - _EPOCH) // timedelta(microseconds=1)
