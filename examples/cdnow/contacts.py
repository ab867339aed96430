"""Writes the customers as contact rows, one JSON object a line, to standard output.

The data has only numbers for customers, so the addresses are made up. Everybody is subscribed.
"""

from __future__ import annotations

import json
import sys

from purchases import purchases


def main() -> None:
    for customer in sorted({row["customer"] for row in purchases()}):
        contact = {"id": customer, "email": f"customer-{customer}@cdnow.test", "subscribed": ["customers"]}
        sys.stdout.write(json.dumps(contact) + "\n")


main()
