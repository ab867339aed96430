"""Peak memory of a replay of 1,000,000 events of 1,000,000 contacts, out of order, in a process of its own.
The cache of decoded contacts and SQLite's page cache have fixed sizes; sorting the input does, too."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path

from measuring import Row, alone

from oncue.compiler.pipeline import compile_files
from oncue.runtime.engine.states import CACHE_CONTACTS
from oncue.runtime.hosts import local
from oncue.schemas.plan import Plan

LIMIT_MB = 600
FILES = {
    "oncue.yaml": "project: many\ntimezone: UTC\nevents:\n  purchase: {total: number}\n",
    "all.yaml": """
segments:
  recent: count(purchase in last 7 days) >= 1
campaigns:
  thanks:
    starts_when: [{event: purchase}]
    steps:
      - wait: 400 days
      - add_tag: old
""",
}


def measure(small: bool) -> list[Row]:
    size = 20_000 if small else 1_000_000
    megabytes, taken = replayed(size)
    detail = f"{size / taken:,.0f} events/s; cache of {CACHE_CONTACTS:,} contacts"
    name = f"peak memory, replay of {size:,} events of {size:,} contacts"
    return [Row(name, f"{megabytes:.0f} MB", f"under {LIMIT_MB} MB", megabytes < LIMIT_MB, detail)]


def replayed(size: int) -> tuple[float, float]:
    """(megabytes, seconds) of a child process that only replays."""
    with tempfile.TemporaryDirectory(prefix="oncue-memory-") as place:
        folder = Path(place)
        write(folder / "events.jsonl", size)
        command = [sys.executable, __file__, "child", str(folder)]
        _, status, usage = os.wait4(os.spawnv(os.P_NOWAIT, sys.executable, command), 0)
        if status:
            raise SystemExit("the replay failed")
        taken = float((folder / "seconds").read_text())
    return usage.ru_maxrss / 1024, taken


def write(path: Path, size: int) -> None:
    """One event each, in no order of contacts or instants."""
    draw = random.Random(1)
    with path.open("w") as file:
        for number in range(size):
            second = draw.randrange(28 * 86_400)
            day, rest = divmod(second, 86_400)
            at = f"2026-01-{day + 1:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"
            file.write(
                f'{{"id":"e{number}","type":"purchase","contact":"c{number * 7919 % size}","at":"{at}",'
                f'"properties":{{"total":{draw.randrange(500)}}}}}\n'
            )


def child(folder: Path) -> None:
    summary = local.run(compiled(), folder / "x.db", [folder / "events.jsonl"], clock="events")
    (folder / "seconds").write_text(str(summary.seconds))


def compiled() -> Plan:
    plan, found = compile_files({name: text.encode() for name, text in FILES.items()})
    if plan is None:
        raise SystemExit(f"the workspace has errors: {found[0]}")
    return plan


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(Path(sys.argv[2]))
    else:
        alone(measure)
