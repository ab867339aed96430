"""The oracle's world: a contact, what happened to it, and clocks, in the plainest form there is.

Instants are int microseconds since 1970-01-01T00:00Z, numbers are Fractions, dates `datetime.date`, texts
as written. A missing value is None. Nothing here comes from oncue.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

Value = str | bool | int | Fraction | date | frozenset[str]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def wall(zone: ZoneInfo, now: int) -> datetime:
    """What the clock on the wall shows, with its date."""
    return (_EPOCH + timedelta(microseconds=now)).astimezone(zone)


def day_of(zone: ZoneInfo, now: int) -> date:
    return wall(zone, now).date()


def at(zone: ZoneInfo, day: date, minutes: int = 0) -> int:
    """The instant of a time of day. A time that never comes: the first instant after it; one that comes
    twice: its first occurrence."""
    wanted = datetime.combine(day, time(minutes // 60, minutes % 60))
    found = instant(wanted.replace(tzinfo=zone))
    if wall(zone, found).replace(tzinfo=None) == wanted:
        return found
    before = found - 6 * HOUR  # in a gap: look for the instant at which the clock jumps over the time
    while found - before > 1:
        middle = (found + before) // 2
        if wall(zone, middle).replace(tzinfo=None) < wanted:
            before = middle
        else:
            found = middle
    return found


@dataclass(frozen=True)
class Happening:
    """An event. `assets` are those that it is about; `message` the key of the message it belongs to."""

    type: str
    at: int
    handled: int
    props: dict[str, Value] = field(default_factory=dict)
    assets: tuple[str, ...] = ()
    message: str = ""
    machine: bool = False


@dataclass(frozen=True)
class Stay:
    """The contact's stay in a campaign: when it began, how many events had been handled by then, the
    properties of the event that started it, and the message that each step sent last."""

    campaign: str
    at: int
    handled: int
    props: dict[str, Value]
    messages: dict[str, str]


@dataclass(frozen=True)
class Deal:
    """`values` are all that it says, built-in and custom."""

    values: dict[str, Value]


@dataclass(frozen=True)
class World:
    zone: ZoneInfo
    fields: dict[str, Value]
    tags: frozenset[str]
    lists: dict[str, dict[str, str]]  # list -> channel -> subscribed | pending | unsubscribed
    campaigns: frozenset[str]
    happenings: list[Happening]  # in the order in which they were handled
    event: Happening | None = None  # the one that triggers
    stay: Stay | None = None
    deals: tuple[Deal, ...] = ()  # in the order of their making
    account: dict[str, Value] = field(default_factory=dict)  # empty: of somebody without one, too


def present(value: Value | None) -> Value | None:
    """An empty text, and an empty set of texts, is a missing value; a space is not."""
    return None if value in ("", frozenset()) else value


def same_text(text: str) -> str:
    """Texts are compared without case and outer spaces."""
    return text.strip().casefold()


def rounded(number: Fraction) -> Fraction | None:
    """Half-even to 9 places; beyond 10^18 there is no number."""
    result = Fraction(round(number * 10**9), 10**9)
    return result if abs(result) < 10**18 else None
