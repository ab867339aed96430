"""The CSV of a fulfillment list, beside Python's csv module: the same rows, already read, into one text.

Ours looks at each cell for what a spreadsheet would take for a formula, and gives line by line.
"""

from __future__ import annotations

import csv
import io

from measuring import Row, alone, at_least, medians

from oncue.runtime.kernel.entities.csv_lines import lines

PAGE = 500
Cells = list[str]


def measure(small: bool) -> list[Row]:
    number = 1_000 if small else 1_000_000
    rows = [
        [f"First{place}", f"Last, {place % 7}", "12 Main Street", "Springfield", f"{place:07}"]
        for place in range(number)
    ]
    bare, ours = medians(3, [lambda: plain(rows), lambda: neutralised(rows)])
    detail = f"{number:,} rows of 5 cells: {ours:.2f} s, the csv module {bare:.2f} s"
    return [at_least("CSV of a batch, neutralised: speed beside Python's csv", bare / ours, 0.5, detail)]


def plain(rows: list[Cells]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def neutralised(rows: list[Cells]) -> None:
    for start in range(0, len(rows), PAGE):
        lines(rows[start : start + PAGE])


if __name__ == "__main__":
    alone(measure)
