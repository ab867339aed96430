"""Growing inputs: files that others append to, and standard input. Nothing here blocks except `wait`.

A line counts when its end has come. A file that was cut or replaced is read again from its beginning. A
compressed file does not grow: it is read once.
"""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from oncue.runtime.reading import inputs
from oncue.runtime.reading.inputs import MAX_LINE, STDIN, Line

_CHUNK = 1 << 18
QUICK = 0.004  # seconds between two looks at growing files while something happens
SLOW = 0.05  # and when nothing has happened for a while


class Tail:
    """One growing input. `ended`: nothing can come any more."""

    def __init__(self, source: str | Path) -> None:
        self.name = str(source)
        self.ended = False
        self._csv = inputs.is_csv(source)
        self._heads: list[str] | None = None
        self._number = 0
        self._rest = b""
        self._skipping = False
        self._file = sys.stdin.fileno() if self.name == STDIN else os.open(self.name, os.O_RDONLY)

    @property
    def handle(self) -> int:
        return self._file

    def poll(self) -> list[Line]:
        """The lines that have come since the last time."""
        try:
            data = os.read(self._file, _CHUNK)
        except BlockingIOError:
            return []
        if not data:
            return self._at_end()
        *whole, self._rest = (self._rest + data).split(b"\n")
        lines = list(self._lines(whole))
        if len(self._rest) > MAX_LINE:
            if not self._skipping:
                lines.append(inputs.too_long(self.name, self._number + 1, self._rest))
            self._skipping, self._rest = True, b""
        return lines

    def _at_end(self) -> list[Line]:
        if self.name == STDIN:
            self.ended = True
            rest, self._rest = self._rest, b""
            return list(self._lines([rest])) if rest else []
        self._reopen_if_replaced()
        return []

    def _reopen_if_replaced(self) -> None:
        here = os.fstat(self._file)
        try:
            there = os.stat(self.name)
        except OSError:
            return
        replaced = (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino)
        if replaced or here.st_size < os.lseek(self._file, 0, os.SEEK_CUR):
            self.close()
            self._file = os.open(self.name, os.O_RDONLY)
            self._number, self._rest, self._heads, self._skipping = 0, b"", None, False

    def _lines(self, whole: Sequence[bytes]) -> Iterator[Line]:
        for data in whole:
            self._number += 1
            if self._skipping:
                self._skipping = False
            elif self._csv:
                yield from self._row(data)
            elif len(data) > MAX_LINE:
                yield inputs.too_long(self.name, self._number, data)
            elif data := (inputs.without_mark(data) if self._number == 1 else data).strip():
                yield Line(self.name, self._number, data)

    def _row(self, data: bytes) -> Iterator[Line]:
        if self._heads is None:
            self._heads = inputs.heads_of(self.name, data)
        else:
            yield from inputs.one_row(self.name, self._number, self._heads, data)

    def close(self) -> None:
        if self.name != STDIN:
            os.close(self._file)


class Tails:
    """All growing inputs of a run."""

    def __init__(self, sources: Sequence[str | Path]) -> None:
        self._tails = [Tail(source) for source in sources if not str(source).endswith(".gz")]
        self._whole = [inputs.read(source) for source in sources if str(source).endswith(".gz")]
        self._pause = QUICK
        self._active = time.monotonic()

    @property
    def ended(self) -> bool:
        """Whether nothing can come any more."""
        return not self._whole and all(tail.ended for tail in self._tails)

    def poll(self, most: int) -> list[Line]:
        """What has come, compressed files first; about `most` lines of those."""
        while self._whole:
            lines = [line for _, line in zip(range(most), self._whole[0], strict=False)]
            if lines:
                return lines
            self._whole.pop(0)
        lines = [line for tail in self._tails if not tail.ended and self._ready(tail) for line in tail.poll()]
        if lines:
            self._active = time.monotonic()
        return lines

    @staticmethod
    def _ready(tail: Tail) -> bool:
        return tail.name != STDIN or bool(select.select([tail.handle], [], [], 0)[0])

    def wait(self, longest: float, bell: int | None = None) -> None:
        """Waits until something may have come (or `bell` becomes readable), but no longer than so many
        seconds."""
        quiet = time.monotonic() - self._active
        pause = max(0.0, min(longest, QUICK if quiet < 1 else SLOW))
        piped = [tail.handle for tail in self._tails if tail.name == STDIN and not tail.ended]
        if bell is not None:
            piped.append(bell)
        if piped:
            select.select(piped, [], [], pause)
        elif pause:
            time.sleep(pause)

    def close(self) -> None:
        for tail in self._tails:
            tail.close()
