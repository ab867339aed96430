"""Two plans on the same history: what differs, added up, with some contacts as examples.

The notes of both come sorted by contact and are read side by side, so only one contact is in memory at a
time. One of which both say the same costs no more than that look. The examples are chosen so that every sort
of difference has one before any has two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from itertools import groupby
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from oncue.runtime.backtest.differences import Difference, differences, instants
from oncue.runtime.backtest.facts import KINDS, Fact
from oncue.runtime.backtest.playing import Played
from oncue.runtime.backtest.witness import Note, read_note
from oncue.runtime.reading.sorting import Record


class Side(Struct):
    """One plan's play, and how often each fact came about."""

    played: Played
    counts: dict[Fact, int]


class Line(Struct):
    """What differs in one fact. `old` and `new` count it in the two plays; new = old + appears - vanishes +
    became - becomes. `moves` only changed their instant, by `earliest` to `latest` microseconds (negative:
    earlier). `becomes`: facts of the old plan in whose place the new one has another (`into`: which, and how
    often); `became`: the other way round. `contacts`: how many it concerns."""

    fact: Fact
    old: int
    new: int
    appears: int = 0
    vanishes: int = 0
    moves: int = 0
    becomes: int = 0
    became: int = 0
    contacts: int = 0
    earliest: int | None = None
    latest: int | None = None
    into: dict[str, int] = {}


class Sums(Struct):
    """The same for all facts of a kind."""

    kind: str
    old: int
    new: int
    appears: int = 0
    vanishes: int = 0
    moves: int = 0
    becomes: int = 0


class Sample(Struct):
    """One contact. `scores`: at the end, where the two differ."""

    contact: str
    differences: list[Difference]
    scores: tuple[str, str] | None = None


class Comparison(Struct):
    """`different`: contacts with a difference. `higher`, `lower`: contacts whose score ends so under the new
    plan. `lines`: facts that differ, by unit and step; `sums` all kinds that there are. `samples` by contact;
    `asked`: the contact that was asked for, by its key."""

    old: Played
    new: Played
    different: int = 0
    higher: int = 0
    lower: int = 0
    lines: list[Line] = []
    sums: list[Sums] = []
    samples: list[Sample] = []
    asked: str = ""

    @property
    def same(self) -> bool:
        """Whether nothing differs, also of the lines that the two plans take."""
        return not self.different and (self.old.rejected, self.old.ignored) == (
            self.new.rejected, self.new.ignored,
        )  # fmt: skip


Each = Callable[[Sample], None]
Places = Mapping[tuple[str, str], int]


def compare(
    old: Side, new: Side, olds: Iterable[Record], news: Iterable[Record], *, samples: int = 0,
    asked: str = "", each: Each | None = None, places: Places | None = None,
) -> Comparison:  # fmt: skip
    """Compares two plays by their notes. `samples`: how many contacts to show. `asked`: the key of one that
    is shown in any case. `each` gets every contact that differs, by turns. `places`: where units and steps
    stand in the plans."""
    adding = _Adding(old, new, Picked(samples, asked), places or {})
    for before, after in _side_by_side(olds, news):
        if before != after:
            for sample in _contacts(before, after):
                adding.take(sample)
                if each is not None:
                    each(sample)
    return adding.comparison()


def _side_by_side(
    olds: Iterable[Record], news: Iterable[Record]
) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """The notes that both have at each place; one of them may have none."""
    left, right = groupby(olds, lambda each: each[0]), groupby(news, lambda each: each[0])
    a, b = next(left, None), next(right, None)
    while a is not None or b is not None:
        place = min(each[0] for each in (a, b) if each is not None)
        before, after = _payloads(a, place), _payloads(b, place)
        yield before, after
        if a is not None and a[0] == place:
            a = next(left, None)
        if b is not None and b[0] == place:
            b = next(right, None)


def _payloads(group: tuple[int, Iterator[Record]] | None, place: int) -> list[bytes]:
    return [payload for _, _, payload in group[1]] if group is not None and group[0] == place else []


def _contacts(before: list[bytes], after: list[bytes]) -> Iterator[Sample]:
    """The contacts of one place (almost always one) that differ."""
    olds, news = _by_key(before), _by_key(after)
    for key in dict.fromkeys([*olds, *news]):
        old, new = olds.get(key, []), news.get(key, [])
        found = differences(instants(old), instants(new))
        scores = (_score(old), _score(new))
        if found or scores[0] != scores[1]:
            yield Sample(key, found, scores if scores[0] != scores[1] else None)


def _by_key(payloads: list[bytes]) -> dict[str, list[Note]]:
    found: dict[str, list[Note]] = {}
    for payload in payloads:
        note = read_note(payload)
        found.setdefault(note.key, []).append(note)
    return found


def _score(notes: list[Note]) -> str:
    return next((note.score for note in reversed(notes) if note.score is not None), "")


class _Adding:
    """Sums, and the examples found so far."""

    def __init__(self, old: Side, new: Side, picked: Picked[Sample], places: Places) -> None:
        self._old = old
        self._new = new
        self._lines: dict[Fact, Line] = {}
        self._touched: Counter[Fact] = Counter()
        self._picked = picked
        self._places = places
        self._found = Comparison(old.played, new.played)

    def take(self, sample: Sample) -> None:
        """One contact that differs."""
        found = self._found
        found.different += bool(sample.contact)
        if sample.scores is not None:
            before, after = (float(score or 0) for score in sample.scores)
            found.higher += after > before
            found.lower += after < before
        self._touched.update({fact for each in sample.differences for fact in self._add(each)})
        self._picked.offer(sample, {_sort(each) for each in sample.differences})

    def _add(self, each: Difference) -> Iterator[Fact]:
        old = None if each.old is None else self._line(each.old[0])
        new = None if each.new is None else self._line(each.new[0])
        match each.change:
            case "vanishes" if old is not None:
                old.vanishes += 1
            case "appears" if new is not None:
                new.appears += 1
            case "becomes" if old is not None and new is not None:
                old.becomes += 1
                new.became += 1
                old.into[new.fact.what] = old.into.get(new.fact.what, 0) + 1
        if each.change == "moves" and each.old is not None and each.new is not None and old is not None:
            _shift(old, each.new[1] - each.old[1])
        return (line.fact for line in (old, new) if line is not None)

    def _line(self, fact: Fact) -> Line:
        line = self._lines.get(fact)
        if line is None:
            line = Line(fact, self._old.counts.get(fact, 0), self._new.counts.get(fact, 0), into={})
            self._lines[fact] = line
        return line

    def _order(self, fact: Fact) -> tuple[object, ...]:
        """By unit; what concerns all of it first, then its steps as the plan has them."""
        place = self._places.get((fact.unit, fact.step), len(self._places) if fact.step else -1)
        return fact.unit, place, fact.step, KINDS.index(fact.kind), fact.what

    def comparison(self) -> Comparison:
        """Everything, in its order."""
        found = self._found
        for fact, number in self._touched.items():
            self._lines[fact].contacts = number
        found.lines = sorted(self._lines.values(), key=lambda line: self._order(line.fact))
        found.sums = list(_sums(self._old.counts, self._new.counts, found.lines))
        found.samples, found.asked = self._picked.samples(), self._picked.asked
        return found


def _sort(each: Difference) -> tuple[object, ...]:
    """What is alike in differences of several contacts."""
    return each.change, each.old and each.old[0], each.new and each.new[0]


def _shift(line: Line, by: int) -> None:
    line.moves += 1
    line.earliest = by if line.earliest is None else min(line.earliest, by)
    line.latest = by if line.latest is None else max(line.latest, by)


def _sums(old: Mapping[Fact, int], new: Mapping[Fact, int], lines: list[Line]) -> Iterator[Sums]:
    for kind in KINDS:
        sums = Sums(kind, _of_kind(old, kind), _of_kind(new, kind))
        for line in lines:
            if line.fact.kind == kind:
                sums.appears += line.appears
                sums.vanishes += line.vanishes
                sums.moves += line.moves
                sums.becomes += line.becomes
        if sums.old or sums.new:
            yield sums


def _of_kind(counts: Mapping[Fact, int], kind: str) -> int:
    return sum(number for fact, number in counts.items() if fact.kind == kind)


class _OfContact(Protocol):
    @property
    def contact(self) -> str: ...


_S = TypeVar("_S", bound=_OfContact)


class Picked(Generic[_S]):
    """The examples: contacts with something that no example before them shows come first."""

    def __init__(self, number: int, asked: str = "") -> None:
        self._number = number
        self.asked = asked
        self._it: list[_S] = []
        self._shown: set[object] = set()
        self._first: list[_S] = []
        self._others: list[_S] = []

    def offer(self, sample: _S, shows: Set[object]) -> None:
        """Takes the contact if there is room for it."""
        fresh = shows - self._shown
        if self.asked and sample.contact == self.asked:
            self._it.append(sample)
        elif fresh and len(self._first) < self._number:
            self._shown |= fresh
            self._first.append(sample)
        elif len(self._others) < self._number:
            self._others.append(sample)

    def samples(self) -> list[_S]:
        """The chosen ones, by contact."""
        chosen = (self._first + self._others)[: self._number]
        return sorted(self._it + chosen, key=lambda sample: sample.contact)
