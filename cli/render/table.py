"""Plain tables: columns lined up, numbers to the right, no frames, so that they also work in a pipe."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

GAP = "  "


def width(text: str) -> int:
    """Columns that the text takes at a terminal: wide characters two, combining marks none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def draw(heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> str:
    """A table with a line of heads; columns whose index is in `right` line up at their ends.

    Every row has as many cells as there are heads. Empty without rows.
    """
    if not rows:
        return ""
    cells = [[clean(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(width(row[index]) for row in cells) for index in range(len(heads))]
    return "\n".join(_line(row, widths, right) for row in cells)


def clean(text: str) -> str:
    """One line without control characters: a name that somebody chose must not steer the terminal."""
    return "".join(char if char.isprintable() else _stand_in(char) for char in text)


def _stand_in(char: str) -> str:
    return " " if char.isspace() else "\N{REPLACEMENT CHARACTER}"


def _line(row: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    parts = []
    for index, cell in enumerate(row):
        fill = " " * (widths[index] - width(cell))
        parts.append(fill + cell if index in right else cell + fill)
    return GAP.join(parts).rstrip()
