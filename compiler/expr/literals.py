"""What literals are worth: types, durations, dates, times, and the hints for literals of the wrong kind."""

from __future__ import annotations

import re
from datetime import date

from oncue.compiler.expr import messages as say
from oncue.compiler.expr import nodes as n
from oncue.compiler.expr.catalog import Issue
from oncue.compiler.expr.types import Type
from oncue.compiler.expr.unparse import unparse
from oncue.schemas.values import DAY, HOUR, MINUTE, PLACES, WEEK, parse_number

LITERALS = (n.Text, n.Number, n.Boolean, n.Date)
UNITS = {"minute": MINUTE, "hour": HOUR, "day": DAY, "week": WEEK}
LONGEST = 36_500 * DAY

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)\Z")


def type_of(node: n.Node) -> Type | Issue:
    """The type of a literal or of a word for a time, or what is wrong with it."""
    if isinstance(node, n.Text):
        return "text"
    if isinstance(node, n.Number):
        return "number" if _number(node.value) is not None else say.bad_number(node, node.value)
    if isinstance(node, n.Boolean):
        return "boolean"
    return _day_type(node) if isinstance(node, (n.Date, n.DayWord)) else "datetime"


def _day_type(node: n.Date | n.DayWord) -> Type | Issue:
    if isinstance(node, n.Date) and day(node.day) is None:
        return say.no_such_day(node, node.day)
    if node.at is None:
        return "date"
    return "datetime" if minutes(node.at) is not None else say.no_such_time(node, node.at)


def _number(text: str) -> int | None:
    return None if len(text.partition(".")[2]) > PLACES else parse_number(text)


def day(text: str) -> date | None:
    """A date as written, ``2026-07-01``, from the year 1000 to 9998 (so that its instants exist in every
    zone); None if there is none."""
    match = _DATE.match(text)
    try:
        found = None if match is None else date(*map(int, match.groups()))
        return found if found is not None and 1000 <= found.year < 9999 else None
    except ValueError:
        return None


def minutes(text: str) -> int | None:
    """Minutes after midnight of ``HH:MM``; None if there is no such time."""
    hour, _, minute = text.partition(":")
    total = int(hour) * 60 + int(minute)
    return total if int(hour) < 24 and int(minute) < 60 else None


def duration(node: n.Duration) -> int | Issue:
    """Microseconds, or what is wrong with the duration."""
    unit = UNITS.get(node.unit)
    if unit is None:
        return say.unknown_unit(node, node.count, node.unit)
    whole = int(node.count) if node.count.isdigit() and len(node.count) < 12 else 0
    if not 0 < whole * unit <= LONGEST:
        return say.bad_count(node, f"{node.count} {node.unit}s", LONGEST // DAY)
    return whole * unit


def mismatch(node: n.Compare, left: str, right: str) -> Issue:
    """The issue for two values that cannot be compared, with the hint that a literal among them asks for."""
    for literal, other in ((node.right, left), (node.left, right)):
        hint = _hint(literal, other)
        if hint:
            return say.mismatch(literal, left, right, hint)
    return say.mismatch(node, left, right, "compare values of one type")


def _hint(literal: n.Node, wanted: str) -> str:
    if isinstance(literal, n.Text):
        bare = literal.value.strip()
        fits = {
            "number": parse_number(bare) is not None,
            "boolean": bare.lower() in ("true", "false"),
            "date": day(bare) is not None,
            "datetime": day(bare) is not None,
        }
        if fits.get(wanted):
            return f"write `{bare.lower()}` without quotes"
        return 'a set of texts is tested with `has "..."`' if wanted == "many" else ""
    if wanted == "text" and isinstance(literal, (n.Number, n.Boolean, n.Date)):
        return f'a text stands in double quotes: `"{unparse(literal)}"`'
    if wanted == "boolean" and isinstance(literal, n.Number):
        return "write `true` or `false`"
    return ""
