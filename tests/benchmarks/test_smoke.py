"""Every benchmark runs, with tiny sizes. How long anything takes is never tested."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
PARTS = {"delivery_peers", "journey_script", "measuring", "run", "tree"}  # what the others use
BENCHMARKS = sorted(file.stem for file in FOLDER.glob("*.py") if file.stem not in PARTS)


def run(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_runs_with_tiny_sizes_and_gives_rows(name: str) -> None:
    rows = json.loads(run(f"{name}.py", "--small", "--json").splitlines()[-1])
    assert rows
    for what, measured, _goal, ok, _detail in rows:
        assert what
        assert measured
        assert ok in (True, False, None)


def test_all_benchmarks_are_in_the_table() -> None:
    help_text = " ".join(run("run.py", "--help").split())
    assert [name for name in BENCHMARKS if name not in help_text] == []


def test_the_table_is_markdown_with_goals() -> None:
    lines = run("run.py", "--small", "startup").splitlines()
    assert lines[0].startswith("| what | measured | goal |")
    assert "`oncue validate`" in lines[2]
    assert "at most 2.5" in lines[2]
