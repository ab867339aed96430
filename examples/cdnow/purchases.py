"""The rows of data/purchases.csv.gz: one purchase each, in the order of the original file."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).parent / "data" / "purchases.csv.gz"


def purchases() -> Iterator[dict[str, str]]:
    """Each row as ``{customer, date, cds, dollars}``, all texts as they stand in the file."""
    with gzip.open(FILE, "rt", encoding="ascii", newline="") as rows:
        yield from csv.DictReader(rows)
