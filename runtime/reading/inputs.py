"""Input files as lines with numbers: JSON Lines and CSV, plain or gzip, and standard input.

Reading never fails in the middle of a run: what is wrong with a line is written on the line (`code`,
`message`) and ends in the rejects. Only a file that cannot be opened at all is an InputError, found by
`check` before anything is handled. A line may have MAX_LINE bytes.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec import Struct

from oncue.runtime.errors import InputError

MAX_LINE = 1 << 20
SHOWN = 1_000  # bytes that the rejects keep of a line that is too long
STDIN = "-"
_JSON = frozenset({".jsonl", ".json", ".ndjson"})
_BUFFER = 1 << 18
_BOM = b"\xef\xbb\xbf"


class Line(Struct, gc=False):
    """One line: a JSON object (`data`), or what is wrong with it. A CSV row stands here as the JSON
    object that it means, with `row` set. Line numbers count from 1."""

    file: str
    number: int
    data: bytes
    row: bool = False
    code: str = ""
    message: str = ""


def check(sources: Sequence[str | Path]) -> None:
    """Raises InputError for the first source that cannot be read."""
    for source in sources:
        if str(source) == STDIN:
            continue
        path = Path(source)
        if path.is_dir():
            raise InputError(f"{path} is a folder: name the files in it")
        _form(path)
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise InputError(f"{path} cannot be read: {(error.strerror or '').lower()}") from None


def read(source: str | Path) -> Iterator[Line]:
    """The lines of one source, to its end."""
    if str(source) == STDIN:
        yield from json_lines(sys.stdin.buffer, STDIN)
        return
    path = Path(source)
    with _open(path) as file:
        lines = csv_rows(file, str(path)) if _form(path) == ".csv" else json_lines(file, str(path))
        yield from _with_damage(lines, file, str(path))


def json_lines(file: IO[bytes], name: str) -> Iterator[Line]:
    """JSON Lines. Empty lines are passed over. The last line may lack its end."""
    number = 0
    while data := file.readline(MAX_LINE + 1):
        number += 1
        if len(data) > MAX_LINE and not data.endswith(b"\n"):
            _skip_line(file)
            yield too_long(name, number, data)
            continue
        data = (without_mark(data) if number == 1 else data).strip()
        if data:
            yield Line(name, number, data)


def too_long(name: str, number: int, data: bytes) -> Line:
    """The fault of a line that is longer than MAX_LINE."""
    message = f"the line is longer than {MAX_LINE:,} bytes"
    return Line(name, number, data[:SHOWN], code="bad_line", message=message)


def _skip_line(file: IO[bytes]) -> None:
    while (data := file.readline(MAX_LINE)) and not data.endswith(b"\n"):
        pass


def csv_rows(file: IO[bytes], name: str) -> Iterator[Line]:
    """CSV with a header row. Raises InputError for a header that cannot be used."""
    text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _rows(text, name)
    finally:
        text.detach()  # whoever opened the file closes it


def _rows(text: IO[str], name: str) -> Iterator[Line]:
    rows = csv.reader(text, strict=True)
    try:
        heads = [head.strip() for head in next(rows, [])]
    except csv.Error as error:
        raise InputError(f"{name}:1: the header row cannot be read: {error}") from None
    _check_heads(name, heads)
    while True:
        number = rows.line_num + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield Line(name, number, b"", True, "bad_line", f"no CSV row: {error}")
            continue
        if row is None:
            return
        if row:
            yield _row(name, number, heads, row)


def heads_of(name: str, data: bytes) -> list[str]:
    """The header row of a CSV that comes line by line. Raises InputError."""
    try:
        text = without_mark(data).decode()
    except UnicodeDecodeError:
        raise InputError(f"{name}:1: the header row is not UTF-8: save the file as UTF-8") from None
    try:
        heads = [head.strip() for head in next(csv.reader([text], strict=True), [])]
    except csv.Error as error:
        raise InputError(f"{name}:1: the header row cannot be read: {error}") from None
    _check_heads(name, heads)
    return heads


def one_row(name: str, number: int, heads: Sequence[str], data: bytes) -> Iterator[Line]:
    """A CSV row of one line."""
    text = data.decode("utf-8", "surrogateescape").rstrip("\r")
    try:
        row = next(csv.reader([text], strict=True), None)
    except csv.Error as error:
        yield Line(name, number, data, True, "bad_line", f"no CSV row: {error}")
        return
    if row:
        yield _row(name, number, heads, row)


def without_mark(data: bytes) -> bytes:
    """Without the byte order mark that some programs put first."""
    return data.removeprefix(_BOM)


def first_line(path: Path) -> bytes:
    """The line that a file begins with; as much of it as a line may have."""
    with _open(path) as file:
        try:
            return file.readline(MAX_LINE)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            return b""  # told where the file is read


def is_csv(source: str | Path) -> bool:
    """Whether the source holds CSV. Raises InputError for a name of no known kind."""
    return str(source) != STDIN and _form(Path(source)) == ".csv"


def _check_heads(name: str, heads: Sequence[str]) -> None:
    for place, head in enumerate(heads, 1):
        if not head:
            raise InputError(f"{name}:1: column {place} has no name in the header row")
        if head in heads[: place - 1]:
            raise InputError(f"{name}:1: two columns are called `{head}`")


def _row(name: str, number: int, heads: Sequence[str], row: Sequence[str]) -> Line:
    data = "\x1f".join(row).encode("utf-8", "surrogateescape")
    if any("\udc80" <= char <= "\udcff" for cell in row if not cell.isascii() for char in cell):
        return Line(name, number, data[:SHOWN], True, "bad_line", "the row is not UTF-8")
    if len(row) != len(heads):
        message = f"the row has {len(row)} cells, the header {len(heads)}"
        return Line(name, number, msgspec.json.encode(row), True, "bad_line", message)
    return Line(name, number, msgspec.json.encode(dict(zip(heads, row, strict=True))), True)


def _form(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    form = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else (suffixes or [""])[-1]
    if form in _JSON:
        return ".jsonl"
    if form == ".csv":
        return form
    raise InputError(f"{path}: the name must end in .jsonl, .json or .csv (or these with .gz)")


def _open(path: Path) -> IO[bytes]:
    if path.suffix.lower() == ".gz":
        return io.BufferedReader(_Unpacked(path), _BUFFER)
    return path.open("rb", buffering=_BUFFER)


class _Unpacked(io.RawIOBase):
    """A compressed file. Where it is damaged it ends, after everything before that; `damaged` says so."""

    def __init__(self, path: Path) -> None:
        self._file = gzip.GzipFile(path, "rb")
        self.damaged = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 -- whatever the reader above has
        try:
            data = self._file.read1(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error):
            self.damaged = True
            return 0
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def _with_damage(lines: Iterator[Line], file: IO[bytes], name: str) -> Iterator[Line]:
    """The lines, and one with a fault if the file turned out to be damaged."""
    number = 0
    for line in lines:
        number = line.number
        yield line
    if getattr(getattr(file, "raw", None), "damaged", False):
        yield Line(name, number + 1, b"", False, "bad_line", "the compressed file is damaged from here on")
