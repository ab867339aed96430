"""What the history is asked for: how counts, first and last instants and the values of properties hang
together.

A *set* is a track seen through a window. Of each set there is a count, and where it is not empty an
earliest and a latest instant. One set may lie in another: a narrower window, one asset of all, a `where`
that says more. Then it counts no more, and its instants and extremes lie between the other's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import permutations

import z3  # type: ignore[import-untyped]
from msgspec import Struct

from oncue.compiler.proofs.solver.times import Term, Times
from oncue.schemas import conditions as c
from oncue.schemas.values import SCALE

Implies = Callable[
    [c.CondNode | None, c.CondNode | None], bool
]  # whether one `where` says all that another does


class Asked(Struct, frozen=True):
    """An aggregate's terms; not of a count."""

    node: c.Agg
    missing: Term
    value: Term


class Events(Struct, frozen=True):
    """A set: `count` (whole, times SCALE), `first` and `last` mean something where it is above 0."""

    track: c.Track
    span: c.Span
    where: c.CondNode | None
    count: Term
    first: Term
    last: Term
    asked: list[Asked]


class History:
    """All sets of one question."""

    def __init__(self, tracks: Mapping[str, c.Track], times: Times) -> None:
        self.tracks = tracks
        self.times = times
        self.sets: dict[tuple[object, ...], Events] = {}
        self._rules: list[Term] = []

    def asked(self, node: c.Agg, missing: Term, value: Term) -> None:
        """Notes an aggregate."""
        track = self.tracks.get(node.track)
        if track is None:
            return
        key = (node.track, node.span, node.where)
        if key not in self.sets:
            self.sets[key] = self._made(track, node, len(self.sets))
        events = self.sets[key]
        if node.fn == "count":
            self._rules.append(events.count == value)
        elif node.prop is None:
            self._rules.append((events.count == 0) == missing)
            wanted = events.first if node.fn == "first" else events.last
            self._rules.append(z3.Implies(z3.Not(missing), value == wanted))
        else:
            events.asked.append(Asked(node, missing, value))

    def _made(self, track: c.Track, node: c.Agg, number: int) -> Events:
        count, first, last = (z3.Int(f"{name} {number}") for name in ("count", "first", "last"))
        events = Events(track, node.span, node.where, count, first, last, [])
        some = count > 0
        self._rules += [count >= 0, count % SCALE == 0, z3.Implies(some, first <= last)]
        self._rules.append(z3.Implies(count == SCALE, first == last))
        self._rules.append(z3.Implies(some, z3.And(self._inside(events, first), self._inside(events, last))))
        return events

    def _inside(self, events: Events, instant: Term) -> Term:
        """Whether an instant lies in the window and after the constant day."""
        span, now = events.span, self.times.now
        found = [z3.BoolVal(True)]
        if events.track.since is not None:
            found.append(instant >= events.track.since)
        if span.kind == "last":
            found += [now - span.micros < instant, instant <= now]
        if span.kind == "since_day":
            found.append(instant >= self.times.day(span.day, span.minutes))
        return z3.And(found)

    # --- what holds of all of them

    def rules(self, implies: Implies) -> list[Term]:
        """What holds of the sets, each alone and beside the others."""
        found = list(self._rules)
        for events in self.sets.values():
            found += _alone(events)
        for one, other in permutations(self.sets.values(), 2):
            if _kept(one, other, implies):
                found += self._beside(one, other)
        return found

    def _beside(self, one: Events, other: Events) -> list[Term]:
        """Of two sets with the same events but for their windows, or with fewer in the one."""
        some = one.count > 0
        both = z3.And(some, self._covers(other, one.first), self._covers(other, one.last))
        found = [
            z3.Implies(
                z3.And(some, self._covers(other, one.first)),
                z3.And(other.count > 0, other.first <= one.first),
            ),
            z3.Implies(
                z3.And(some, self._covers(other, one.last)), z3.And(other.count > 0, other.last >= one.last)
            ),
            z3.Implies(both, one.count <= other.count),
        ]
        for each in one.asked:
            for its in other.asked:
                if (
                    each.node.prop == its.node.prop
                    and each.node.fn == its.node.fn
                    and each.node.fn in ("min", "max")
                ):
                    order = its.value <= each.value if each.node.fn == "min" else its.value >= each.value
                    found.append(
                        z3.Implies(z3.And(both, z3.Not(each.missing)), z3.And(z3.Not(its.missing), order))
                    )
        return found

    def _covers(self, events: Events, instant: Term) -> Term:
        """Whether an event at that instant, of which everything else fits, is surely in the set."""
        if events.span.kind == "start":
            return z3.BoolVal(False)
        return self._inside(events, instant)


def _alone(events: Events) -> list[Term]:
    found = []
    for each in events.asked:
        if each.node.fn == "sum":
            found.append(z3.Implies(events.count == 0, z3.And(z3.Not(each.missing), each.value == 0)))
        else:
            found.append(z3.Implies(events.count == 0, each.missing))
    for one, other in permutations(events.asked, 2):
        if (
            one.node.prop == other.node.prop
            and one.node.fn == "min"
            and other.node.fn in ("max", "first", "last")
        ):
            found += [one.missing == other.missing, z3.Implies(z3.Not(one.missing), one.value <= other.value)]
        if one.node.prop == other.node.prop and one.node.fn in ("first", "last") and other.node.fn == "max":
            found += [one.missing == other.missing, z3.Implies(z3.Not(one.missing), one.value <= other.value)]
    return found


def _kept(one: Events, other: Events, implies: Implies) -> bool:
    """Whether every event of the one is of the other, but for the windows."""
    mine, its = one.track, other.track
    same_step = its.step is None or (its.step, its.campaign) == (mine.step, mine.campaign)
    same = mine.event == its.event and its.asset in (None, mine.asset) and same_step
    starts = other.span.kind != "start" or one.span.kind == "start"
    where = implies(mine.where, its.where) and implies(one.where, other.where)
    return same and starts and where
