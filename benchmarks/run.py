"""Runs the benchmarks, each file in a process of its own, and prints one Markdown table.

python benchmarks/run.py                    all of them
python benchmarks/run.py startup timers     some
python benchmarks/run.py --write            and writes docs/benchmarks.md
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from measuring import Row, table

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
FILES = (
    "conditions", "durable", "delivery", "timers", "campaigns", "journey", "validate", "startup", "memory",
    "lists", "differences", "funnel", "suite",
)  # fmt: skip

HEAD = """# Benchmarks

What oncue is measured against, side by side in one run. `make bench` measures everything;
`python benchmarks/run.py --write` writes this page anew, and each file in `benchmarks/` runs alone, too.
Ratios carry over from machine to machine, times do not.

"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the benchmarks and prints one Markdown table.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(FILES)}")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--small", action="store_true", help="tiny sizes: only shows that they work")
    given = parser.parse_args()
    if unknown := set(given.names) - set(FILES):
        parser.error(f"no benchmark named {', '.join(sorted(unknown))}")
    rows = [row for name in given.names or FILES for row in measured(name, given.small)]
    print(table(rows))
    if given.write:
        PAGE.write_text(page(rows), encoding="utf-8")
    return 0 if all(row.ok is not False for row in rows) else 1


def measured(name: str, small: bool) -> list[Row]:
    """One file's rows; words about progress go to standard error."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    command = [sys.executable, str(HERE / f"{name}.py"), "--json", *(["--small"] if small else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        return [Row(name, "failed", "", False, f"exit code {done.returncode}")]
    return [Row(*row) for row in json.loads(done.stdout.splitlines()[-1])]


def page(rows: list[Row]) -> str:
    python = f"Python {platform.python_version()}"
    machine = f"Measured on {os.cpu_count()} cores ({platform.machine()}), {python}."
    return f"{HEAD}{machine}\n\n{table(rows)}\n"


if __name__ == "__main__":
    sys.exit(main())
