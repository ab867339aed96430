"""Instants and durations as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from oncue.schemas import zones

_HOUR = 3_600_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local(instant: int, timezone: str) -> str:
    """An instant (microseconds since 1970 UTC) in the zone: `2026-03-02 10:00:00+01:00`."""
    moment = (_EPOCH + timedelta(microseconds=instant)).astimezone(zones.rules(timezone))
    return moment.isoformat(" ", "seconds")


def duration(micros: int) -> str:
    """A time, to the two or three digits that matter: `0.8 ms`, `1.2 s`, `3 min`, `5.5 h`, `12.3 days`."""
    if micros < 1_000_000:
        return f"{micros / 1000:.1f} ms"
    if micros < 120_000_000:
        return f"{micros / 1_000_000:.1f} s"
    if micros < 2 * _HOUR:
        return f"{micros / 60_000_000:,.0f} min"
    return f"{micros / _HOUR:.1f} h" if micros < 48 * _HOUR else f"{micros / (24 * _HOUR):,.1f} days"


def local_text(text: str, timezone: str) -> str:
    """The same for an instant that is given as ISO 8601."""
    return datetime.fromisoformat(text).astimezone(zones.rules(timezone)).isoformat(" ", "seconds")
