"""Durations, times and texts as a sentence has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from oncue.schemas.parts import Use
from oncue.schemas.plan import Plan
from oncue.schemas.values import DAY, HOUR, MINUTE, WEEK

_UNITS = ((WEEK, "week"), (DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORKING = (0, 1, 2, 3, 4)


def duration(micros: int) -> str:
    """`3 days`, `2 weeks`, `90 minutes`: the largest unit that it is whole in."""
    if not micros:
        return "no time"
    for size, name in _UNITS:
        if micros % size == 0:
            return count(micros // size, name)
    return f"{micros / 1_000_000:g} seconds"


def count(number: int, noun: str) -> str:
    """`1 day`, `2 days`."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def time_of_day(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def weekdays(days: Iterable[int]) -> str:
    """`Monday and Friday`, `a weekday`."""
    chosen = tuple(sorted(days))
    return "a weekday" if chosen == _WORKING else any_of([_DAYS[day] for day in chosen])


def both(parts: Iterable[str]) -> str:
    """`a, b and c`."""
    return _joined(list(parts), "and")


def any_of(parts: Iterable[str]) -> str:
    """`a, b or c`."""
    return _joined(list(parts), "or")


def _joined(parts: list[str], word: str) -> str:
    return f" {word} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def quoted(text: str) -> str:
    """A text that somebody wrote, on one line, in quotes."""
    return f"“{one_line(text)}”"


def one_line(text: str) -> str:
    """Without line ends and control characters."""
    return "".join(char if char.isprintable() else " " for char in " ".join(text.split()))


def value(shown: str | tuple[str, ...]) -> str:
    """A field's value as it is written."""
    if isinstance(shown, tuple):
        return both(one_line(each) for each in shown) or "nothing"
    return one_line(shown) or "nothing"


def changes(
    sets: Mapping[str, str | tuple[str, ...]], copies: Mapping[str, str], clears: Iterable[str], whose: str
) -> list[str]:
    """What happens to fields: `set plan to firm`, `copy city to source`, `clear phone`. `whose` holds what is
    copied."""
    return [
        *(f"set {name} to {value(shown)}" for name, shown in sets.items()),
        *(f"copy {whose}{source} to {name}" for name, source in copies.items()),
        *(f"clear {name}" for name in clears),
    ]


def address(url: str) -> str:
    """Where a call goes, without what may be secret: user, password, query."""
    if url.startswith("env:"):
        return f"the address in {url.removeprefix('env:')}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address"
    return one_line(f"{parts.scheme}://{host}{port}{parts.path}")


def condition(plan: Plan, use: Use) -> str:
    """A condition's canonical text."""
    return plan.conditions[use.condition].text
