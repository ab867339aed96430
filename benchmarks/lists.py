"""Fulfillment lists.

The CSV beside Python's csv module: the same rows, already read, into one text. Ours looks at each cell for
what a spreadsheet would take for a formula, and gives line by line.

A whole batch on the embedded host, in a process of its own: contacts read, rows, manifest, emails and task,
one transaction, the file behind its link. What it costs per contact, and its memory, in two sizes.
"""

from __future__ import annotations

import csv
import io
import os
import sqlite3
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from measuring import Row, alone, at_least, at_most, medians

from oncue.compiler.pipeline import compile_files
from oncue.runtime.hosts import local
from oncue.runtime.kernel.entities.csv_lines import lines
from oncue.runtime.kernel.values.zone import parse_instant
from oncue.schemas.plan import Plan

PAGE = 500
Cells = list[str]
FILES = {
    "oncue.yaml": "project: many\ntimezone: UTC\nusers: {ana: {email: ana@house.test}}\n",
    "all.yaml": """
fulfillment_lists:
  box:
    schedule: daily at 09:00
    recipients: [{email: p@v.test, subject: Boxes}]
    columns: [first_name, last_name, address, city, postal_code]
    require: [address]
    task: {owner: ana, due: 3 days}
campaigns:
  ship: {starts_when: [{tag_added: ship}], steps: [add_to_fulfillment_list: box]}
""",
}
FIRST = (
    '{"email":"p0@x.test","first_name":"First","last_name":"Last, Li","address":"12 Main Street",'
    '"city":"Springfield","postal_code":"02134","tags":["ship"],"at":"2026-03-01T10:00:00Z"}\n'
)
EVE, RUN = parse_instant("2026-03-02T08:00:00Z"), parse_instant("2026-03-02T09:00:00Z")


def measure(small: bool) -> list[Row]:
    return [csv_speed(small), *whole_batches(small)]


def csv_speed(small: bool) -> Row:
    number = 1_000 if small else 1_000_000
    rows = [
        [f"First{place}", f"Last, {place % 7}", "12 Main Street", "Springfield", f"{place:07}"]
        for place in range(number)
    ]
    bare, ours = medians(3, [lambda: plain(rows), lambda: neutralised(rows)])
    detail = f"{number:,} rows of 5 cells: {ours:.2f} s, the csv module {bare:.2f} s"
    return at_least("CSV of a batch, neutralised: speed beside Python's csv", bare / ours, 0.5, detail)


def plain(rows: list[Cells]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def neutralised(rows: list[Cells]) -> None:
    for start in range(0, len(rows), PAGE):
        lines(rows[start : start + PAGE])


# --- whole batches


def whole_batches(small: bool) -> list[Row]:
    """The cost of a contact in the larger batch to that in the smaller, and so the memory."""
    few, many = (1_000, 4_000) if small else (10_000, 1_000_000)
    rounds = [batch(few) for _ in range(3)]
    taken, megabytes = sorted(rounds)[1]
    long, much = batch(many)
    detail = f"{few / taken:,.0f} contacts/s in {few:,}, {many / long:,.0f} in {many:,}"
    memory = f"{megabytes:.0f} MB at {few:,}, {much:.0f} MB at {many:,}, the database's own pages included"
    return [
        at_most(f"a batch of {many:,}: cost of a contact", long / many / (taken / few), 1.3, detail),
        at_most(f"a batch of {many:,}: peak memory", much / megabytes, 2, memory),
    ]


def batch(size: int) -> tuple[float, float]:
    """(seconds of the run, peak megabytes) of a batch of so many contacts."""
    with tempfile.TemporaryDirectory(prefix="oncue-batch-") as place:
        folder = Path(place)
        fill(folder, size)
        command = [sys.executable, __file__, "child", str(folder)]
        _, status, usage = os.wait4(os.spawnv(os.P_NOWAIT, sys.executable, command), 0)
        if status:
            raise SystemExit("the run failed")
        return float((folder / "seconds").read_text()), usage.ru_maxrss / 1024


def fill(folder: Path, size: int) -> None:
    """A database in which so many contacts wait: one comes in the ordinary way, the others are its copies."""
    (folder / "in.jsonl").write_text(FIRST)
    local.run(plan(), folder / "x.db", [folder / "in.jsonl"], clock="events", until=EVE)
    base = sqlite3.connect(folder / "x.db")
    last, state = base.execute("SELECT last, state FROM contact").fetchone()
    list_, at = base.execute("SELECT list, at FROM waiting").fetchone()
    people = ((n, f"email:p{n}@x.test", last, state.replace(b"p0@", b"p%d@" % n)) for n in range(2, size + 1))
    with base:
        base.executemany("INSERT INTO contact (id, key, last, state) VALUES (?, ?, ?, ?)", people)
        places = ((list_, n, at) for n in range(2, size + 1))
        base.executemany("INSERT INTO waiting (list, contact, at) VALUES (?, ?, ?)", places)
    base.close()


def plan() -> Plan:
    found, diagnostics = compile_files({name: text.encode() for name, text in FILES.items()})
    assert found is not None, diagnostics
    return found


def child(folder: Path) -> None:
    """The run itself; a first one, in which nothing is due, has everything imported and compiled."""
    made = plan()
    local.run(made, folder / "x.db", [], clock="events", until=EVE)
    begin = perf_counter()
    local.run(made, folder / "x.db", [], clock="events", until=RUN)
    (folder / "seconds").write_text(str(perf_counter() - begin))


if __name__ == "__main__" and sys.argv[1:2] == ["child"]:
    child(Path(sys.argv[2]))
elif __name__ == "__main__":
    alone(measure)
