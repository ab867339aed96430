"""One contact under two plans: which facts are the same, which moved, which became others, which appear or
vanish. Symmetric: the other way round gives the mirror.

- Facts of one kind, place and content at the same instant are the same.
- What is left of them is paired in order, as near in time as may be: it moved.
- What is left of one place (a step's send or result, points, a flow's end, a response) is paired likewise:
  it became another, maybe at another instant.
- The rest of the old plan vanishes, the rest of the new one appears.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from oncue.runtime.backtest.facts import EXIT, RESPONSE, SCORE, SEND, STEP, Fact
from oncue.runtime.backtest.witness import Note

Change = Literal["appears", "vanishes", "moves", "becomes"]

_MANY = 1_000  # pairs of two lists up to the product of their lengths are found exactly
_PLACED = frozenset({SEND, STEP, SCORE, EXIT, RESPONSE})  # kinds of which one fact can take another's place


class Difference(Struct, frozen=True):
    """`old` and `new` are (fact, instant); one of them is None for what appears or vanishes."""

    change: Change
    old: tuple[Fact, int] | None
    new: tuple[Fact, int] | None

    @property
    def at(self) -> int:
        """The earlier of its instants."""
        return min(each[1] for each in (self.old, self.new) if each is not None)


Instants = dict[Fact, list[int]]


def instants(notes: Iterable[Note]) -> Instants:
    """When each fact came about, in order."""
    found: Instants = {}
    for note in notes:
        for fact in note.facts:
            found.setdefault(fact, []).append(note.at)
    return found


def differences(old: Instants, new: Instants) -> list[Difference]:
    """Everything that differs, by instant; at one instant in the order in which things first came about."""
    found: list[Difference] = []
    left_old: dict[tuple[str, str, str], list[tuple[int, Fact]]] = {}
    left_new: dict[tuple[str, str, str], list[tuple[int, Fact]]] = {}
    order = {fact: place for place, fact in enumerate(dict.fromkeys([*old, *new]))}
    for fact in order:
        moved, gone, come = _moved(old.get(fact, []), new.get(fact, []))
        found += [Difference("moves", (fact, before), (fact, after)) for before, after in moved]
        left_old.setdefault(fact[:3], []).extend((at, fact) for at in gone)
        left_new.setdefault(fact[:3], []).extend((at, fact) for at in come)
    for place in left_old:
        found += _rest(place[0], sorted(left_old[place]), sorted(left_new[place]))
    return sorted(
        found, key=lambda each: (each.at, min(order[side[0]] for side in (each.old, each.new) if side))
    )


def _moved(old: list[int], new: list[int]) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Pairs of instants of what moved, and what is left on both sides."""
    if old == new:
        return [], [], []
    counts = Counter(old)
    counts.subtract(new)
    gone = sorted(at for at, number in counts.items() for _ in range(number))
    come = sorted(at for at, number in counts.items() for _ in range(-number))
    pairs = paired(gone, come)
    paired_old, paired_new = {a for a, _ in pairs}, {b for _, b in pairs}
    return (
        [(gone[a], come[b]) for a, b in pairs],
        [at for place, at in enumerate(gone) if place not in paired_old],
        [at for place, at in enumerate(come) if place not in paired_new],
    )


def _rest(kind: str, old: list[tuple[int, Fact]], new: list[tuple[int, Fact]]) -> list[Difference]:
    """What one place has left."""
    pairs = paired([at for at, _ in old], [at for at, _ in new]) if kind in _PLACED else []
    found = [Difference("becomes", old[a][::-1], new[b][::-1]) for a, b in pairs]
    paired_old, paired_new = {a for a, _ in pairs}, {b for _, b in pairs}
    found += [Difference("vanishes", each[::-1], None) for a, each in enumerate(old) if a not in paired_old]
    found += [Difference("appears", None, each[::-1]) for b, each in enumerate(new) if b not in paired_new]
    return found


def paired(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of places of two rising lists, in order: every one of the shorter list has a partner, and the sum
    of their distances is the least there is."""
    if len(old) > len(new):
        return [(a, b) for b, a in paired(new, old)]
    if len(old) == len(new) or len(old) * len(new) > _MANY:
        return [(place, place) for place in range(len(old))]
    return _nearest(old, new)


def _nearest(short: Sequence[int], long: Sequence[int]) -> list[tuple[int, int]]:
    """The least costs of the first so many of both, row by row; then back along the way there."""
    spare = len(long) - len(short)
    costs = [[0] * (spare + 1)]  # costs[i][j]: the first i of short in the first i + j of long
    for i, at in enumerate(short):
        row: list[int] = []
        for j in range(spare + 1):
            here = costs[i][j] + abs(at - long[i + j])
            row.append(min(here, row[-1]) if row else here)
        costs.append(row)
    pairs, j = [], spare
    for i in range(len(short), 0, -1):
        while j and costs[i][j] == costs[i][j - 1]:
            j -= 1
        pairs.append((i - 1, i - 1 + j))
    return pairs[::-1]
