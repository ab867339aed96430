"""The forms of values, shared by both halves: what the compiler folds, the runtime must compute alike.

A value has a *shown* form (what somebody wrote) and a *compared* form (what conditions read):

    type      compared form                                     missing
    text      str, outer spaces stripped and casefolded          the empty text (a space is not)
    number    int, the exact decimal times 10**9 (SCALE)         no key
    boolean   bool                                               no key
    date      int, day number (date.toordinal)                   no key
    datetime  int, microseconds since 1970-01-01T00:00Z          no key
    many      list of str, each as text, sorted, no repeats      no key or empty

Numbers are rounded half-even to 9 places after each operation and stay below 10**18 in size; an
operation that goes beyond, divides by zero or meets a missing value (None) gives a missing value.
Durations are int microseconds.
"""

from __future__ import annotations

import re
from typing import Literal

ValueType = Literal["text", "number", "boolean", "date", "datetime", "many"]
Value = bool | int | str | list[str]

PLACES = 9
SCALE = 10**PLACES
LIMIT = 10**18 * SCALE  # the size that a number stays below, in compared form

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

_NUMBER = re.compile(r"([+-]?)([0-9]{1,40})(?:\.([0-9]{1,40}))?\Z")


def compared_text(text: str) -> str:
    """The form in which texts are compared: outer spaces stripped, casefolded."""
    return text.strip().casefold()


def parse_number(text: str) -> int | None:
    """Reads a decimal such as ``-12.5`` into compared form; None if it is no number or too large.

    Places beyond the ninth are rounded half-even.
    """
    match = _NUMBER.match(text)
    if match is None:
        return None
    sign, whole, fraction = match.group(1), match.group(2), match.group(3) or ""
    scaled = round_half_even(int(whole + fraction) * SCALE, 10 ** len(fraction))
    return bounded(-scaled if sign == "-" else scaled)


def format_number(number: int) -> str:
    """Writes a compared number as its shortest decimal: ``12.5``, ``-3``."""
    whole, fraction = divmod(abs(number), SCALE)
    if not fraction:
        return str(-whole if number < 0 else whole)
    sign = "-" if number < 0 else ""
    tail = f"{fraction:09d}".rstrip("0")
    return f"{sign}{whole}.{tail}"


def round_half_even(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` to the nearest integer, ties to even; denominator positive."""
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and quotient & 1):
        quotient += 1
    return quotient


def bounded(number: int) -> int | None:
    """The number, or None where it overflows."""
    return number if -LIMIT < number < LIMIT else None


def add(left: int | None, right: int | None) -> int | None:
    """Sum of two compared numbers; None if either is missing or the sum overflows."""
    return None if left is None or right is None else bounded(left + right)


def subtract(left: int | None, right: int | None) -> int | None:
    """Difference of two compared numbers; None if either is missing or it overflows."""
    return None if left is None or right is None else bounded(left - right)


def multiply(left: int | None, right: int | None) -> int | None:
    """Product of two compared numbers, rounded half-even to 9 places."""
    return None if left is None or right is None else bounded(round_half_even(left * right, SCALE))


def divide(left: int | None, right: int | None) -> int | None:
    """Quotient of two compared numbers, rounded half-even to 9 places; None for division by zero."""
    if left is None or right is None or right == 0:
        return None
    if right < 0:
        left, right = -left, -right
    return bounded(round_half_even(left * SCALE, right))
