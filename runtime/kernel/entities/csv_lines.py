"""Lines of a CSV file by RFC 4180: cells with a comma, a quote or a line break stand in quotes, a quote
inside is doubled, a line ends with CR LF. Spreadsheets take a cell that begins with one of DANGEROUS for a
formula: it gets an apostrophe in front.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence

DANGEROUS = frozenset("=+-@\t\r")
BOM = "\ufeff"

Cells = Sequence[str]


class _Lines:
    """What `csv` writes to: one call for each line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.write = self.lines.append


def lines(rows: Iterable[Cells]) -> list[str]:
    """One line for each row, with its end."""
    sink, dangerous = _Lines(), DANGEROUS
    csv.writer(sink).writerows(
        [f"'{cell}" if cell[:1] in dangerous else cell for cell in row] for row in rows
    )
    return sink.lines


def encoded(text: str) -> bytes:
    """In UTF-8; halves of characters, which no text has, become question marks."""
    return text.encode("utf-8", "replace")
