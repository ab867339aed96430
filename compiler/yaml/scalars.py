"""Typed readings of scalar texts: what a place that wants a number, a duration or a date makes of one.

Each reader gives None for a text that is no such thing; `why` then says, for the user, what was expected.
"""

from __future__ import annotations

import datetime as dt
import re

from oncue.schemas.values import DAY, HOUR, MINUTE, WEEK, format_number, parse_number

_UNITS = {"minute": MINUTE, "hour": HOUR, "day": DAY, "week": WEEK}
_DURATION = re.compile(r"([+-]?)\s*([0-9]{1,9})\s+([a-z]+)\Z")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z"
)
_CORE_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_CORE_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_CORE_INTEGER = re.compile(r"[-+]?[0-9]{1,40}\Z|0o[0-7]{1,40}\Z|0x[0-9a-fA-F]{1,40}\Z")
_CORE_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?\Z")
_OTHER_BOOLEANS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def number(text: str) -> str | None:
    """The shortest decimal of an exact number: ``+10`` is ``10``, ``1.50`` is ``1.5``."""
    parsed = parse_number(text.strip())
    return None if parsed is None else format_number(parsed)


def boolean(text: str) -> bool | None:
    """YAML 1.2's true and false, and no other word."""
    return _CORE_BOOLEAN.get(text.strip())


def duration(text: str) -> int | None:
    """Microseconds of ``3 days``, ``1 hour``, ``0 minutes``."""
    offset = signed_duration(text)
    return None if offset is None or text.strip()[:1] in "+-" else offset


def signed_duration(text: str) -> int | None:
    """Microseconds of ``-30 days``, ``+2 hours``, ``7 days``."""
    match = _DURATION.match(text.strip())
    if match is None:
        return None
    sign, count, unit = match.groups()
    size = _UNITS.get(unit.removesuffix("s"))
    if size is None or int(count) * size > 36_500 * DAY:
        return None
    return -int(count) * size if sign == "-" else int(count) * size


def time_of_day(text: str) -> int | None:
    """Minutes after midnight of ``09:00``."""
    match = _CLOCK.match(text.strip())
    return None if match is None else int(match[1]) * 60 + int(match[2])


def date(text: str) -> dt.date | None:
    """The day of ``2026-12-31``."""
    try:
        return dt.date.fromisoformat(text.strip()) if _DATE.match(text.strip()) else None
    except ValueError:
        return None


def datetime(text: str) -> dt.datetime | None:
    """The instant of ``2026-03-02T09:00:00-05:00``; without an offset it has no time zone yet."""
    try:
        return dt.datetime.fromisoformat(text.strip()) if _DATETIME.match(text.strip()) else None
    except ValueError:
        return None


def core(text: str, *, plain: bool = True) -> bool | int | float | str | None:
    """What YAML 1.2's core schema makes of a scalar where no type is known; a quoted one stays text."""
    if not plain:
        return text
    if text in _CORE_NULL:
        return None
    if text in _CORE_BOOLEAN:
        return _CORE_BOOLEAN[text]
    if _CORE_INTEGER.match(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return float(text) if _CORE_FLOAT.match(text) else text


# --- why not --------------------------------------------------------------------------------------

_EXPECTED = {
    "number": "a number, such as `12.5`",
    "integer": "a whole number, such as `3`",
    "boolean": "`true` or `false`",
    "duration": "a duration, such as `3 days` (minutes, hours, days or weeks)",
    "signed_duration": "an offset, such as `-30 days` (minutes, hours, days or weeks)",
    "time_of_day": "a time of day, such as `09:00`",
    "date": "a date, such as `2026-12-31`",
    "datetime": "a date and time, such as `2026-12-31T09:00:00-05:00`",
    "text": "a text",
}


def expected(kind: str) -> str:
    """What a place of this kind wants, in words."""
    return _EXPECTED[kind]


def why(kind: str, text: str) -> str:
    """What to write instead of `text`, which is no `kind`; always a full hint."""
    special = _SPECIAL.get(kind)
    advice = special(text.strip()) if special is not None else None
    return advice or f"write {_EXPECTED[kind]}"


def _why_boolean(text: str) -> str | None:
    meant = _OTHER_BOOLEANS.get(text.casefold())
    return f"write `{meant}`: only `true` and `false` are booleans here" if meant else None


def _why_duration(text: str) -> str | None:
    match = re.match(r"([+-]?)\s*([0-9]*)\s*([A-Za-z]*)", text)
    sign, count, unit = match.groups() if match else ("", "", "")
    word = unit.casefold().removesuffix("s")
    if word in ("month", "mo", "year", "yr"):
        return _instead_of_months(sign, count, word)
    if word in ("second", "sec"):
        return "seconds are too fine here; use minutes, such as `1 minute`"
    found = next((name for name in _UNITS if word and name.startswith(word)), None)
    if signed_duration(text) is not None:
        return f"a duration here has no sign: write `{text.lstrip('+- ')}`"
    if _DURATION.match(text) and word in _UNITS:
        return "a duration is at most 36500 days"
    if count and found:
        return f"write `{sign}{count} {found if count == '1' else found + 's'}`"
    if text.isdecimal():
        return f"say of what: `{text} minutes`, `{text} hours`, `{text} days` or `{text} weeks`"
    return None


def _instead_of_months(sign: str, count: str, word: str) -> str:
    days = int(count or "1") * (365 if word in ("year", "yr") else 30) if len(count) < 6 else 30
    noun = "years" if word in ("year", "yr") else "months"
    return f"{noun} vary in length; use days, such as `{sign}{days} days`"


def _why_number(text: str) -> str | None:
    if re.fullmatch(r"[+-]?[0-9]{1,3}([ ,_][0-9]{3})+(\.[0-9]+)?", text):
        return f"write it without separators: `{re.sub('[ ,_]', '', text)}`"
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text):
        return f"write the decimal point: `{text.replace(',', '.')}`"
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text):
        return "a number stays below 10^18 in size"
    return None


def _why_integer(text: str) -> str | None:
    return "write it without decimals, such as `3`" if number(text) is not None else _why_number(text)


def _why_time(text: str) -> str | None:
    match = re.fullmatch(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?\s*(am|pm)?", text.casefold())
    if match is None:
        return None
    hour = int(match[1]) % 12 + (12 if match[3] == "pm" else 0) if match[3] else int(match[1])
    if hour > 23 or int(match[2] or 0) > 59:
        return "a day goes from `00:00` to `23:59`"
    return f'write `"{hour:02d}:{match[2] or "00"}"`'


def _why_date(text: str) -> str | None:
    if _DATE.match(text):
        return "there is no such day in the calendar"
    return "write year-month-day, such as `2026-12-31`" if re.search(r"[0-9]", text) else None


_SPECIAL = {
    "boolean": _why_boolean,
    "duration": _why_duration,
    "signed_duration": _why_duration,
    "number": _why_number,
    "integer": _why_integer,
    "time_of_day": _why_time,
    "date": _why_date,
}
