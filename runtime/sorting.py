"""A stable sort of any number of records by instant, in bounded memory: sorted runs on disk, then a merge.

Records are (instant, order, payload) with a unique, rising `order`, so that ties keep the input's order. At
most CHUNK_BYTES of payload are held while runs are made, and FAN_IN runs are merged at a time. What fits
into one chunk never touches the disk.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from struct import Struct as Packing
from typing import IO

Record = tuple[int, int, bytes]

CHUNK_BYTES = 64 << 20
FAN_IN = 64
OVERHEAD = 160  # bytes that a record takes besides its payload
_HEAD = Packing("<qqI")
_BUFFER = 1 << 18


def sort(
    records: Iterable[Record], *, chunk_bytes: int = CHUNK_BYTES, folder: Path | None = None
) -> Iterator[Record]:
    """The records by (instant, order). `folder` is where runs go, None the system's place for such files."""
    chunk: list[Record] = []
    size = 0
    with tempfile.TemporaryDirectory(prefix="oncue-sort-", dir=folder) as place:
        runs = _Runs(Path(place))
        for record in records:
            chunk.append(record)
            size += OVERHEAD + len(record[2])
            if size >= chunk_bytes:
                runs.add(sorted(chunk))
                chunk, size = [], 0
        chunk.sort()
        yield from heapq.merge(*runs.all(), chunk) if runs.files else chunk


class _Runs:
    """Sorted runs on disk; many small ones become fewer long ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[Path] = []
        self._made = 0

    def add(self, records: Iterable[Record]) -> None:
        path = self.folder / str(self._made)
        self._made += 1
        with path.open("wb", buffering=_BUFFER) as file:
            for at, order, payload in records:
                file.write(_HEAD.pack(at, order, len(payload)))
                file.write(payload)
        self.files.append(path)
        if len(self.files) >= FAN_IN:
            self._collapse()

    def _collapse(self) -> None:
        old, self.files = self.files, []
        self.add(heapq.merge(*(_read(path) for path in old)))
        for path in old:
            path.unlink()

    def all(self) -> list[Iterator[Record]]:
        return [_read(path) for path in self.files]


def _read(path: Path) -> Iterator[Record]:
    with path.open("rb", buffering=_BUFFER) as file:
        yield from _records(file)


def _records(file: IO[bytes]) -> Iterator[Record]:
    while head := file.read(_HEAD.size):
        at, order, length = _HEAD.unpack(head)
        yield at, order, file.read(length)
