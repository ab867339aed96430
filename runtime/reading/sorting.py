"""A stable sort of any number of records by a number, in bounded memory: sorted runs on disk, then a merge.

Records are (number, order, payload) with a unique, rising `order`, so that ties keep the input's order; a
replay sorts by instant. At most CHUNK_BYTES of payload are held while runs are made, and FAN_IN runs are
merged at a time. What fits into one chunk never touches the disk. The files have no names: however the
process ends, nothing of them stays.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO

import msgspec

Record = tuple[int, int, bytes]

CHUNK_BYTES = 64 << 20
FAN_IN = 64
OVERHEAD = 160  # bytes that a record takes besides its payload
_BLOCK = 500  # records of a run that are written, and read, at a time
_BUFFER = 1 << 18
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Record]).decode


def sort(
    records: Iterable[Record], *, chunk_bytes: int = CHUNK_BYTES, folder: Path | None = None
) -> Iterator[Record]:
    """The records by (number, order). `folder` is where runs go, None the system's place for such files."""
    sorter = Sorter(chunk_bytes=chunk_bytes, folder=folder)
    for record in records:
        sorter.add(record)
    yield from sorter.records()


class Sorter:
    """The same for records that come one by one."""

    def __init__(self, *, chunk_bytes: int = CHUNK_BYTES, folder: Path | None = None) -> None:
        self._chunk: list[Record] = []
        self._size = 0
        self._chunk_bytes = chunk_bytes
        self._runs = _Runs(folder)

    def add(self, record: Record) -> None:
        """Takes one record."""
        self._chunk.append(record)
        self._size += OVERHEAD + len(record[2])
        if self._size >= self._chunk_bytes:
            self._runs.add(sorted(self._chunk))
            self._chunk, self._size = [], 0

    def records(self) -> Iterator[Record]:
        """All of them in order, once."""
        try:
            chunk = self._chunk
            chunk.sort()
            yield from heapq.merge(*self._runs.all(), chunk) if self._runs.files else chunk
        finally:
            self.close()

    def close(self) -> None:
        """Lets go of everything."""
        self._chunk = []
        self._runs.close()


class _Runs:
    """Sorted runs on disk; many small ones become fewer long ones."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.files: list[IO[bytes]] = []

    def add(self, records: Iterable[Record]) -> None:
        file = tempfile.TemporaryFile(prefix="oncue-sort-", dir=self.folder, buffering=_BUFFER)  # noqa: SIM115
        self.files.append(file)
        rest = iter(records)
        while block := list(islice(rest, _BLOCK)):
            packed = _pack(block)
            file.write(len(packed).to_bytes(4, "little"))
            file.write(packed)
        if len(self.files) >= FAN_IN:
            self._collapse()

    def _collapse(self) -> None:
        old, self.files = self.files, []
        self.add(heapq.merge(*map(_read, old)))
        for file in old:
            file.close()

    def all(self) -> list[Iterator[Record]]:
        return [_read(file) for file in self.files]

    def close(self) -> None:
        for file in self.files:
            file.close()
        self.files = []


def _read(file: IO[bytes]) -> Iterator[Record]:
    file.seek(0)
    while size := file.read(4):
        yield from _unpack(file.read(int.from_bytes(size, "little")))
