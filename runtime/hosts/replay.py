"""The inputs of a replay in the order of their own instants, in bounded memory.

A contact row without an instant is handled before the first event, at that event's instant. Lines are read
once: what cannot be placed in time is refused then, everything else is sorted on disk and read back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType

import msgspec
from msgspec import Struct

from oncue.runtime.engine.engine import Engine
from oncue.runtime.errors import InputError, OutputError
from oncue.runtime.hosts.intake import Intake
from oncue.runtime.kernel.link import Program
from oncue.runtime.reading.admission import Refusal, Work, instant_of
from oncue.runtime.reading.inputs import Line
from oncue.runtime.reading.sorting import Record, sort

_MEMORY = 32 << 20
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[str, int, bytes, bool]).decode


class Turn(Struct, frozen=True):
    """From the instant `at` on something else goes: `turned` is called when all that came earlier is handled,
    timers too, and before anything of that instant."""

    at: int
    turned: Callable[[], None]


def play(
    intake: Intake, sources: Sequence[str | Path], until: int | None = None, turn: Turn | None = None
) -> None:
    """Plays inputs in the order of their own instants, then lets time pass until `until`, or until the last
    one's instant. With a `turn`, contact rows without an instant have been there before it."""
    engine, stopped = intake.engine, intake.stopped
    at_latest, begins = (None, 0) if turn is None else (turn.at - 1, turn.at)
    with Timeline(engine.program, intake.refuse, engine.now, at_latest) as timeline:
        total = timeline.read(intake.counted(sources))
        for late, lines in groupby(timeline.lines(until), lambda each: each[0] >= begins):
            if late and turn is not None:
                _turned(engine, turn)
                turn = None
            while not stopped() and (group := list(islice(lines, engine.batch))):
                engine.handle([work for at, line in group for work in _placed(intake, at, line)])
                intake.told(len(group), total)
            if stopped():
                return
    if turn is not None:
        _turned(engine, turn)
    end = until if until is not None else timeline.last
    if end is not None:
        engine.fire(end)
        engine.reach(end)


def _turned(engine: Engine, turn: Turn) -> None:
    engine.fire(turn.at - 1)
    engine.finish()
    turn.turned()


def _placed(intake: Intake, at: int, line: Line) -> Iterator[Work]:
    for work in intake.admitted([line], None):
        work.now = at
        yield work


class Timeline:
    """`refuse` takes what has no place in time. `last`: the instant of the last line given out, or None.
    `start`: no line is placed before it (a database's last instant). `at_latest`: contact rows without an
    instant are handled then, if the first event comes later."""

    def __init__(
        self,
        program: Program,
        refuse: Callable[[Line, Refusal], None],
        start: int,
        at_latest: int | None = None,
    ) -> None:
        self.last: int | None = None
        self._at_latest = at_latest
        self._program = program
        self._refuse = refuse
        self._start = start
        self._first: int | None = None  # the first event's instant
        self._sorted: Iterator[Record] = iter(())
        self._undated = SpooledTemporaryFile(_MEMORY)  # noqa: SIM115 -- lives as long as the timeline
        self._number = 0

    def read(self, lines: Iterable[Line]) -> int:
        """Reads every line; gives the number of those that have a place."""
        self._sorted = sort(self._dated(lines))
        first = self._next()
        if first is not None:
            self._sorted = _chain(first, self._sorted)
        if self._at_latest is not None and (self._first is None or self._first > self._at_latest):
            self._first = self._at_latest
        if self._first is None and self._undated.tell():
            if not self._start:
                raise InputError(
                    "a replay of contact rows alone does not say when: give them an `at`, or add the events"
                )
            self._first = self._start
        return self._number

    def _next(self) -> Record | None:
        try:
            return next(self._sorted, None)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise OutputError(f"sorting the input needs room for a second copy of it: {reason}") from None

    def _dated(self, lines: Iterable[Line]) -> Iterator[Record]:
        for line in lines:
            at = instant_of(self._program, line)
            if isinstance(at, Refusal):
                self._refuse(line, at)
                continue
            self._number += 1
            payload = _pack((line.file, line.number, line.data, line.row))
            if at is None:
                self._undated.write(len(payload).to_bytes(4, "little") + payload)
                continue
            if not line.row and b'"type"' in line.data and (self._first is None or at < self._first):
                self._first = at
            yield at, self._number, payload

    def lines(self, until: int | None) -> Iterator[tuple[int, Line]]:
        """(instant, line) in order, up to `until`."""
        undated = self._undated.tell() > 0
        for at, _, payload in self._sorted:
            if undated and self._first is not None and at >= self._first:
                undated = False
                yield from self._without(until)
            if until is not None and at > until:
                break
            self.last = at
            yield at, _line(payload)
        if undated:
            yield from self._without(until)

    def __enter__(self) -> Timeline:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undated.close()

    def _without(self, until: int | None) -> Iterator[tuple[int, Line]]:
        first = self._first
        if first is None or (until is not None and first > until):
            return
        self.last = first
        self._undated.seek(0)
        while size := self._undated.read(4):
            yield first, _line(self._undated.read(int.from_bytes(size, "little")))


def _chain(first: Record, rest: Iterator[Record]) -> Iterator[Record]:
    yield first
    yield from rest


def _line(payload: bytes) -> Line:
    return Line(*_unpack(payload))
