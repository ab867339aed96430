"""The rejects file: one JSON line for each input line that could not be used.

A line that stands there already is not written again, so that a run that was killed and started again gives
the same file. It is made when there is something to write.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import IO

import msgspec
from msgspec import Struct

from oncue.runtime.errors import OutputError


class Rejected(Struct, frozen=True):
    """`reason` is a code, `message` says it in words, `line` is the line as it came (cut if very long)."""

    file: str
    number: int
    reason: str
    message: str
    line: str


class Rejects:
    """Collects rejected lines; `flush` writes them down (before the batch that they belong to commits).
    `path` None: they are only counted."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.reasons: Counter[str] = Counter()
        self._file: IO[bytes] | None = None
        self._known: set[bytes] = set()
        self._waiting: list[Rejected] = []

    @property
    def total(self) -> int:
        """Lines rejected in this run."""
        return sum(self.reasons.values())

    def add(self, file: str, number: int, reason: str, message: str, line: bytes) -> None:
        self.reasons[reason] += 1
        text = line.decode("utf-8", "replace")
        self._waiting.append(Rejected(file, number, reason, message, text))

    def flush(self) -> None:
        """Raises OutputError."""
        if not self._waiting or self.path is None:
            self._waiting.clear()
            return
        try:
            self._write(self.path)
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written: {(error.strerror or '').lower()}") from None

    def _write(self, path: Path) -> None:
        if self._file is None:
            self._file = self._open(path)
        for rejected in self._waiting:
            data = msgspec.json.encode(rejected) + b"\n"
            digest = _digest(data)
            if digest not in self._known:
                self._known.add(digest)
                self._file.write(data)
        self._waiting.clear()
        self._file.flush()

    def _open(self, path: Path) -> IO[bytes]:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
        file.seek(0)
        whole = 0
        for data in file:
            if not data.endswith(b"\n"):  # a process died while writing it
                file.truncate(whole)
                break
            whole += len(data)
            self._known.add(_digest(data))
        file.seek(0, 2)
        return file

    def __enter__(self) -> Rejects:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=8).digest()
