"""The behavioural diff of two plans over the CDNOW history, against one replay of it.

The new plan waits seven days instead of fourteen, so nearly half of the customers differ. The replay is the
one of `oncue run`, with its database, its audit and its emails as files; beside it, one that keeps nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from measuring import Row, alone, at_most, medians

from oncue.compiler import workspace
from oncue.runtime.backtest.beside import compared
from oncue.runtime.backtest.playing import play_files
from oncue.runtime.backtest.witness import Witness
from oncue.runtime.hosts import local
from oncue.schemas.plan import Plan

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "cdnow"
ROUNDS = 2
SMALL = 400  # lines of each file


def measure(small: bool) -> list[Row]:
    """The ratios of the times."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = [history(folder, script, small) for script in ("contacts", "events")]
        old, new = (plan(folder / side, wait) for side, wait in (("old", "14 days"), ("new", "7 days")))
        works: list[Callable[[], object]] = [
            lambda: replay(old, folder / "run", sources),
            lambda: compared(old, new, sources, samples=10),
            lambda: play(old, sources),
        ]
        once, two, bare = medians(1 if small else ROUNDS, works)
        rows = sum(source.read_bytes().count(b"\n") for source in sources)
    detail = f"{two:.1f} s and {once:.1f} s; {rows:,} lines"
    name = "two plans compared on the CDNOW history, beside one replay"
    return [
        at_most(name, two / once, 2.5, detail),
        at_most("the same, beside a replay that keeps nothing", two / bare, 2.5, f"{bare:.1f} s"),
    ]


def history(folder: Path, script: str, small: bool) -> Path:
    """One of the example's input files."""
    done = subprocess.run([sys.executable, str(EXAMPLE / f"{script}.py")], stdout=subprocess.PIPE, check=True)
    lines = done.stdout.splitlines(keepends=True)
    path = folder / f"{script}.jsonl"
    path.write_bytes(b"".join(lines[:SMALL] if small else lines))
    return path


def plan(folder: Path, wait: str) -> Plan:
    """The example's plan with that wait."""
    ignored = shutil.ignore_patterns(".oncue", "data", "tests.yaml")
    shutil.copytree(EXAMPLE, folder, ignore=ignored)
    file = folder / "campaigns.yaml"
    file.write_text(file.read_text("utf-8").replace("14 days", wait), "utf-8")
    found = workspace.check(folder, cache=False).plan
    assert found is not None
    return found


def replay(plan: Plan, folder: Path, sources: list[Path]) -> None:
    """`oncue run --clock events` on an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    local.run(plan, folder / "x.db", sources, clock="events")


def play(plan: Plan, sources: list[Path]) -> None:
    """One half of a comparison."""
    witness = Witness()
    play_files(plan, sources, witness)
    witness.close()


if __name__ == "__main__":
    alone(measure)
