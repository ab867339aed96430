"""Writes the purchases as events, one JSON object a line, to standard output.

The file knows days, not times: each event carries a bare date, which oncue reads as midnight in the
project's time zone.
"""

from __future__ import annotations

import json
import sys

from purchases import purchases


def main() -> None:
    for number, row in enumerate(purchases(), 1):
        event = {
            "id": f"purchase-{number}",
            "type": "purchase",
            "contact": row["customer"],
            "at": row["date"],
            "properties": {"total": float(row["dollars"]), "cds": int(row["cds"])},
        }
        sys.stdout.write(json.dumps(event) + "\n")


main()
