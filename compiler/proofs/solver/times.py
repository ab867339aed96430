"""Now, today and the instants of days: how they lie to each other in any time zone, on any day.

A day that comes later does not begin earlier: since 2011 no zone has turned its clocks back over midnight.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from typing import Any

import z3  # type: ignore[import-untyped]

from oncue.compiler.expr.instants import zone
from oncue.schemas.values import DAY, HOUR

Term = Any  # of z3, which has no types
_SLACK = 26 * HOUR  # between the zones that are furthest apart
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Times:
    """`now`, `today` and `minute` (of the day: the last that has begun), and instants of days by offset and
    minute."""

    def __init__(self, timezone: str) -> None:
        self.zone = zone(timezone)
        self.now = z3.Int("now")
        self.today = z3.Int("today")
        self.minute = z3.Int("minute")
        self.instants: dict[tuple[int, int], Term] = {
            (0, 0): z3.Int("midnight"),
            (1, 0): z3.Int("next midnight"),
        }
        self.placed: list[tuple[Term, Term, Term]] = []  # missing, instant, its day
        self._literals: set[int] = set()

    def day(self, offset: int, at: int | None) -> Term:
        """A day from today, or an instant of it."""
        if at is None:
            return self.today + offset
        return self.instants.setdefault((offset, at), z3.Int(f"instant {offset} {at}"))

    def day_of(self, missing: Term, instant: Term) -> Term:
        """The day of an instant."""
        day = z3.Int(f"day {len(self.placed)}")
        self.placed.append((missing, instant, day))
        return day

    def literal(self, micros: int) -> None:
        """Notes an instant whose day is known."""
        if micros not in self._literals:
            self._literals.add(micros)
            day = (_EPOCH + timedelta(microseconds=micros)).astimezone(self.zone).toordinal()
            self.placed.append((z3.BoolVal(False), z3.IntVal(micros), z3.IntVal(day)))

    def rules(self) -> list[Term]:
        """What holds of all of them."""
        never = z3.BoolVal(False)
        found = [self.minute >= 0, self.minute < 24 * 60, date.min.toordinal() <= self.today]
        found.append(self.today <= date.max.toordinal())
        found += [self.instants[0, 0] <= self.now, self.now < self.instants[1, 0]]
        days = [(never, self.now, self.today)]
        for (offset, at), instant in sorted(self.instants.items(), key=lambda each: each[0]):
            days.append((never, instant, self.today + offset))
            if offset == 0:
                found.append((instant <= self.now) == (self.minute >= at))
        found += [one[1] <= other[1] for one, other in pairwise(days[1:])]
        for one, other in combinations([*days, *self.placed], 2):
            known = z3.Not(z3.Or(one[0], other[0]))
            found.append(z3.Implies(z3.And(known, one[1] <= other[1]), one[2] <= other[2]))
            found.append(z3.Implies(z3.And(known, one[1] >= other[1]), one[2] >= other[2]))
            apart = (
                other[1] - one[1] - (other[2] - one[2]) * DAY
            )  # a day more or less, and what zones make of it
            found.append(z3.Implies(known, z3.And(apart > -DAY - _SLACK, apart < DAY + _SLACK)))
        return found
