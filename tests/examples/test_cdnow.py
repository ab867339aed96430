"""The CDNOW example against the independent script, contact by contact and fact by fact."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from oncue.compiler import workspace
from oncue.runtime.hosts import local
from oncue.runtime.views import reports
from tests.examples.cdnow_oracle import Fact, expected

EXAMPLE = Path(__file__).parents[2] / "examples" / "cdnow"
PURCHASES = EXAMPLE / "data" / "purchases.csv.gz"

Replay = Callable[[int | None, int], Path]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The lines that the example's own scripts write: contacts, and events."""
    return [written_by(script) for script in ("contacts.py", "events.py")]


def written_by(script: str) -> list[str]:
    done = subprocess.run([sys.executable, EXAMPLE / script], capture_output=True, text=True, check=True)
    return done.stdout.splitlines(keepends=True)


@pytest.fixture
def replay(inputs: list[list[str]], tmp_path: Path) -> Replay:
    """Replays the first so many customers (None: all) in batches; gives the database."""

    def replayed(customers: int | None, batch: int) -> Path:
        folder = tmp_path / f"batch-{batch}"
        folder.mkdir()
        files = [folder / "contacts.jsonl", folder / "events.jsonl"]
        for file, lines in zip(files, inputs, strict=True):
            file.write_text("".join(line for line in lines if is_among(line, customers)))
        plan = workspace.check(EXAMPLE, cache=False).plan
        assert plan is not None
        done = local.run(plan, folder / "oncue.db", files, clock="events", batch=batch)
        assert done.rejected == 0
        return folder / "oncue.db"

    return replayed


def is_among(line: str, customers: int | None) -> bool:
    row = json.loads(line)
    return customers is None or int(row.get("contact", row["id"])) <= customers


def fact(row: dict[str, Any]) -> Fact:
    """An audit row as the script writes it."""
    data = row.get("data", {})
    email = data.get("email", "") if row["what"] == "action" else (data.get("assets") or [""])[0]
    columns = [row.get(name, "") for name in ("unit", "step")]
    rest = [row.get(name, "") for name in ("result", "rule", "why")]
    return Fact(datetime.fromisoformat(row["at"]), row["what"], *columns, row.get("entry", 0), *rest, email)


def audit(database: Path) -> dict[str, list[Fact]]:
    """Every contact's facts in order."""
    facts: dict[str, list[Fact]] = {}
    for row in reports.audit(database):
        facts.setdefault(row["contact"].removeprefix("id:"), []).append(fact(row))
    return facts


def same(database: Path, customers: int | None) -> None:
    told, computed = audit(database), expected(PURCHASES, customers)
    assert told.keys() == computed.keys()
    for customer, facts in computed.items():
        assert told[customer] == facts, customer


def test_the_audit_of_the_whole_history_is_what_plain_python_computes(replay: Replay) -> None:
    same(replay(None, 5000), None)


def test_replays_in_batches_of_1_and_100_and_5000_give_the_identical_audit(replay: Replay) -> None:
    databases = [replay(100, batch) for batch in (1, 100, 5000)]
    first, *others = [list(reports.audit(database)) for database in databases]
    assert first
    assert all(other == first for other in others)
    same(databases[0], 100)


@pytest.mark.soak
@pytest.mark.parametrize("batch", [1, 100])
def test_the_whole_history_in_small_batches_gives_the_identical_audit(replay: Replay, batch: int) -> None:
    small, large = replay(None, batch), replay(None, 5000)
    for one, other in zip(reports.audit(small), reports.audit(large), strict=True):
        assert one == other
    same(small, None)
