"""Reading a track's rows: the part of them that a window lets through, and what they add up to.

Generated conditions call these. Rows are ``[at, seq, *props]``, sorted by (at, seq); a missing property is
None in its column. ``[at]`` sorts right before every row of that instant, so bisection needs no key.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

from oncue.runtime.kernel.state import ContactState, Member
from oncue.schemas.values import bounded

Rows = Sequence[list[Any]]
Cell = Any  # a value in compared form, or None where it is missing


def totals_key(track: str, name: str) -> str:
    """The key of a running value in `ContactState.totals`; `name` as in `Track.totals`."""
    return f"{track}.{name}"


def _end(rows: Rows, now: int) -> int:
    """How many rows are not ahead of now: nearly always all."""
    end = len(rows)
    return bisect_left(rows, [now + 1]) if end and rows[-1][0] > now else end


def last(rows: Rows, now: int, micros: int) -> Rows:
    """Rows with `at` in (now - micros, now]."""
    end = _end(rows, now)
    return rows[bisect_left(rows, [now - micros + 1], 0, end) : end]


def count_last(rows: Rows, now: int, micros: int) -> int:
    """How many rows `last` gives."""
    end = _end(rows, now)
    return end - bisect_left(rows, [now - micros + 1], 0, end)


def since(rows: Rows, instant: int) -> Rows:
    """Rows with `at` not earlier than `instant`."""
    return rows[bisect_left(rows, [instant]) :]


def start(rows: Rows, member: Member | None) -> Rows:
    """Rows handled after the member's entry whose `at` is not earlier than it; none without a member."""
    if member is None:
        return ()
    seq = member.seq
    return [row for row in since(rows, member.at) if row[1] > seq]


def of_step(member: Member | None, track: str, step: str) -> Rows:
    """Rows of a track that lives in the member; none unless the step's latest pass sent a message."""
    if member is None or step not in member.messages:
        return ()
    return member.rows.get(track, ())


def inside(state: ContactState, campaign: str) -> bool:
    """Whether the contact is a member of the campaign now."""
    return any(member.campaign == campaign for member in state.members)


def belongs(state: ContactState, campaign: str) -> bool:
    """Whether the contact has a status in the campaign."""
    return state.funnel is not None and campaign in state.funnel.memberships


def _values(rows: Rows, column: int) -> list[Cell]:
    return [value for row in rows if (value := row[column]) is not None]


def count(rows: Rows, column: int) -> int:
    """How many rows have a value in the column (column 0: how many rows)."""
    return len(_values(rows, column)) if column else len(rows)


def total(rows: Rows, column: int) -> int | None:
    """The sum of a column of numbers; 0 for none, missing where it overflows."""
    return bounded(sum(_values(rows, column)))


def least(rows: Rows, column: int) -> Cell:
    """The smallest value of a column; missing for none."""
    return min(_values(rows, column), default=None)


def greatest(rows: Rows, column: int) -> Cell:
    """The largest value of a column; missing for none."""
    return max(_values(rows, column), default=None)


def earliest(rows: Rows, column: int) -> Cell:
    """The value of the earliest row that has one (column 0: its instant)."""
    return next((value for row in rows if (value := row[column]) is not None), None)


def latest(rows: Rows, column: int) -> Cell:
    """The value of the latest row that has one (column 0: its instant)."""
    return next((value for row in reversed(rows) if (value := row[column]) is not None), None)


AGGREGATES: dict[str, Callable[[Rows, int], Any]] = {
    "count": count, "sum": total, "min": least, "max": greatest, "first": earliest, "last": latest,
}  # fmt: skip
