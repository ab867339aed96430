"""Sees what an engine does and notes it as facts: counted by week, and contact by contact for later.

Notes are sorted by a hash of the contact's key, so that two runs can be laid side by side in bounded memory;
those of one contact are in the order in which they came about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from oncue.runtime.backtest.facts import Fact
from oncue.runtime.reading.sorting import Record, Sorter

Weeks = dict[int, Counter[Fact]]


class Note(NamedTuple):
    """What one input did to a contact (or, without a key, to nobody's). `score`: a decimal."""

    key: str
    at: int
    facts: list[Fact]
    score: str | None = None


_encode = msgspec.msgpack.Encoder().encode
read_note = msgspec.msgpack.Decoder(Note).decode


def place_of(key: str) -> int:
    """Where a contact's notes stand among those of the others."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) >> 1


class Witness:
    """`renamed`: what a fact is called in the comparison. `week_of`: the number of an instant's week, and
    where that week ends; None: all is one week. `asleep`: nothing is noted."""

    def __init__(
        self, renamed: Callable[[Fact], Fact] | None = None,
        week_of: Callable[[int], tuple[int, int]] | None = None,
    ) -> None:  # fmt: skip
        self.weeks: Weeks = {}
        self.asleep = False
        self._renamed = renamed
        self._week_of = week_of
        self._week_ends = -1
        self._counts: Counter[Fact] = self.weeks.setdefault(0, Counter()) if week_of is None else Counter()
        self._sorter = Sorter()
        self._order = 0

    def note(self, key: str, at: int, facts: list[Fact], score: str | None = None) -> None:
        """Takes a note."""
        if self.asleep:
            return
        if self._renamed is not None:
            facts = [self._renamed(fact) for fact in facts]
        if self._week_of is not None and at >= self._week_ends:
            week, self._week_ends = self._week_of(at)
            self._counts = self.weeks.setdefault(week, Counter())
        counts = self._counts
        for fact in facts:
            counts[fact] += 1
        self._order += 1
        self._sorter.add((place_of(key), self._order, _encode((key, at, facts, score))))

    def notes(self) -> Iterator[Record]:
        """All notes by their contacts' places, once."""
        return self._sorter.records()

    def close(self) -> None:
        """Forgets the notes."""
        self._sorter.close()
