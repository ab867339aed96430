"""When a condition's parts may change by time alone. Generated `next` functions call these.

Every function gives an instant strictly after `now`, or NEVER. It is never later than the first instant at
which the part differs from its value at `now`, as long as no event, field or tag changes; most are exactly
that instant. Earlier is allowed (the condition is then looked at in vain), later never.

The idea of most of them: a clock (now, today, today at 09:00) only goes forward, so against a value that
stands still there are just two places that matter: where the clock reaches the value, and where it passes it.
Which of the two flips a comparison is in `_REACHES` and `_PASSES`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection
from itertools import accumulate
from typing import Any, NamedTuple

from oncue.runtime.kernel.conditions.rows import Cell, Rows, last, since
from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas.values import LIMIT, SCALE, bounded

NEVER = 1 << 62  # microseconds: some 146,000 years from now

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
# `clock ORDER value` may flip where the clock reaches the value, and where it passes it
_REACHES = frozenset(("<", ">=", "==", "!="))
_PASSES = frozenset((">", "<=", "==", "!="))


def holds(order: str, left: Cell, right: Cell) -> bool:
    """A comparison as conditions mean it: with a missing side false, but `!=` true."""
    if left is None or right is None:
        return order == "!="
    return COMPARE[order](left, right)


def instant_or_never(instant: int | None) -> int:
    """What a segment's `next` gives, as the functions here give it."""
    return NEVER if instant is None else instant


# --- clocks against a value that stands still -----------------------------------------------------


def _flip(order: str, now: int, reaches: int, passes: int) -> int | None:
    if order in _REACHES and reaches > now:
        return reaches
    return passes if order in _PASSES and passes > now else None


def now_flips(order: str, now: int, value: int | None) -> int:
    """When `now ORDER value` changes."""
    flip = None if value is None else _flip(order, now, value, value + 1)
    return NEVER if flip is None else flip


def day_flips(order: str, zone: Zone, now: int, offset: int, value: int | None) -> int:
    """When `today + offset ORDER value` changes, value a day."""
    if value is None:
        return NEVER
    day = _flip(order, zone.day(now), value - offset, value - offset + 1)
    return NEVER if day is None else zone.midnight(day)


def time_flips(order: str, zone: Zone, now: int, offset: int, minutes: int, value: int | None) -> int:
    """When `(today + offset) at minutes ORDER value` changes, value an instant."""
    if value is None:
        return NEVER
    reaches = _first_day(zone, minutes, value) - offset
    passes = _first_day(zone, minutes, value + 1) - offset
    day = _flip(order, zone.day(now), reaches, passes)
    return NEVER if day is None else zone.midnight(day)


def _first_day(zone: Zone, minutes: int, instant: int) -> int:
    """The first day whose `minutes` are not before the instant."""
    day = zone.day(instant)
    while zone.at(day, minutes) < instant:
        day += 1
    while zone.at(day - 1, minutes) >= instant:
        day -= 1
    return day


def day_joins(zone: Zone, now: int, offset: int, days: Collection[int]) -> int:
    """When `today + offset in days` changes."""
    day = zone.day(now) + offset
    if day in days:
        while day in days:
            day += 1
        return zone.midnight(day - offset)
    later = [other for other in days if other > day]
    return zone.midnight(min(later) - offset) if later else NEVER


def edges(now: int, value: int | None, opens: int, closes: int) -> int:
    """The first of `value + opens` and `value + closes` after now; opens <= closes."""
    if value is None:
        return NEVER
    if value + opens > now:
        return value + opens
    return value + closes if value + closes > now else NEVER


def day_edges(zone: Zone, now: int, value: int | None, opens: int, closes: int) -> int:
    """As `edges`, in days: the midnight of the first such day after today."""
    day = edges(zone.day(now), value, opens, closes)
    return NEVER if day == NEVER else zone.midnight(day)


# --- windows that rows leave ----------------------------------------------------------------------


class Window(NamedTuple):
    """The rows inside a moving window. `leave` gives, of a row's `at`, when it goes; `enters` is when the
    first row that lies ahead of now comes in."""

    rows: Rows
    leave: Callable[[int], int]
    enters: int


def last_window(rows: Rows, now: int, micros: int) -> Window:
    """The window (now - micros, now]."""
    enters = since(rows, now + 1)[0][0] if rows and rows[-1][0] > now else NEVER
    return Window(last(rows, now, micros), micros.__add__, enters)


def day_window(rows: Rows, now: int, zone: Zone, day: int, minutes: int) -> Window:
    """The window from today + `day` at `minutes` on, without an end."""

    def leave(at: int) -> int:
        return zone.midnight(_first_day(zone, minutes, at + 1) - day)

    return Window(since(rows, zone.at(zone.day(now) + day, minutes)), leave, NEVER)


def count_flips(window: Window, column: int, order: str, bound: int | None) -> int:
    """When `count(column) ORDER bound` changes; `bound` in compared form.

    Without rows ahead a count only falls, so it flips when it falls to one certain number."""
    if window.enters < NEVER:
        return value_changes(window, "count", column)
    rows = [row for row in window.rows if row[column] is not None] if column else window.rows
    falls_to = _falls_to(order, len(rows), bound)
    return NEVER if falls_to is None else window.leave(rows[len(rows) - falls_to - 1][0])


def _falls_to(order: str, number: int, bound: int | None) -> int | None:
    """The largest count below `number` at which the comparison differs from now."""
    if bound is None:
        return None
    floor, rest = divmod(bound, SCALE)
    ceiling = floor + (rest > 0)
    if order in (">=", "<"):
        target = ceiling - 1
    elif order in (">", "<="):
        target = floor
    elif rest:
        return None
    else:
        target = number - 1 if number == floor else floor
    return target if 0 <= target < number else None


def value_flips(window: Window, fn: str, column: int, order: str, bound: Cell) -> int:
    """When `fn(column) ORDER bound` changes, fn not count: rows leave one by one, earliest first."""
    if window.enters < NEVER:
        return value_changes(window, fn, column)
    rows, compare, unequal = window.rows, COMPARE[order], order == "!="
    if bound is None:
        return NEVER
    values = _of_latest(rows, fn, column)
    now = unequal if values[-1] is None else compare(values[-1], bound)
    for left in range(len(rows) - 1, -1, -1):
        value = values[left]
        if (unequal if value is None else compare(value, bound)) is not now:
            return window.leave(rows[len(rows) - left - 1][0])
    return NEVER


def _of_latest(rows: Rows, fn: str, column: int) -> list[Cell]:
    """What the aggregate is of the latest n rows, for n from 0 to all."""
    cells = [row[column] for row in reversed(rows)]
    if fn == "sum":
        sums = list(accumulate([cell or 0 for cell in cells], initial=0))
        return sums if min(sums) > -LIMIT and max(sums) < LIMIT else [bounded(value) for value in sums]
    values: list[Cell] = [None]
    add = _WITH_EARLIER[fn]
    for cell in cells:
        values.append(values[-1] if cell is None else add(values[-1], cell))
    return values


# an aggregate with one more row that has a value, earlier than all that it holds so far
_WITH_EARLIER: dict[str, Callable[[Cell, Cell], Cell]] = {
    "min": lambda value, cell: cell if value is None else min(value, cell),
    "max": lambda value, cell: cell if value is None else max(value, cell),
    "first": lambda value, cell: cell,
    "last": lambda value, cell: cell if value is None else value,
}


def value_changes(window: Window, fn: str, column: int) -> int:
    """When an aggregate itself may change: the first row that counts leaves (of `last`, the last one), or
    one comes in."""
    counting = [row for row in window.rows if row[column] is not None]
    if not counting:
        return window.enters
    return min(window.enters, window.leave(counting[-1 if fn == "last" else 0][0]))
