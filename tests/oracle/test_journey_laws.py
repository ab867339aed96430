"""What holds of every replay of the catalogue's random workspaces, whatever they say."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from oncue.runtime import clock
from oncue.runtime.hosts import local
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import reports
from tests.oracle.journey.draw import Case, draw_case
from tests.oracle.test_journeys import END, lines, plan_of, told, write_lines
from tests.oracle.world import instant

EACH = 25
TESTS = 2  # so many run side by side


@pytest.mark.parametrize("part", range(TESTS))
def test_one_by_one_equals_in_batches(part: int, tmp_path: Path) -> None:
    for number in range(EACH):
        case = draw_case(f"law {part} {number}")
        plan, source = plan_of(case), write_lines(case, tmp_path / f"{number}.jsonl")
        audits = []
        for batch in (1, 7, 1000):
            database = tmp_path / f"{number}-{batch}.db"
            local.run(plan, database, [source], clock="events", until=END, batch=batch)
            audits.append(list(reports.audit(database)))
        assert audits[0] == audits[1] == audits[2]


@pytest.mark.parametrize("part", range(TESTS))
def test_a_member_is_in_one_place_and_leaves_it_or_stands_there(part: int, tmp_path: Path) -> None:
    for number in range(EACH):
        folder = tmp_path / str(number)
        folder.mkdir()
        case = draw_case(f"place {part} {number}")
        assert standing(told(case, folder)) == members(folder / "oncue.db")


@pytest.mark.parametrize("part", range(TESTS))
def test_what_entered_a_step_waits_there_or_left_and_every_entry_has_its_result(
    part: int, tmp_path: Path
) -> None:
    for number in range(EACH):
        folder = tmp_path / str(number)
        folder.mkdir()
        told(draw_case(f"sums {part} {number}"), folder)
        check_sums(folder / "oncue.db")


def standing(rows: list[dict[str, Any]]) -> dict[tuple[str, str, int], str]:
    """Where the audit says that members stand: (contact, campaign, entry) -> step, an empty text before the
    first. Checks each line on the way."""
    places: dict[tuple[str, str, int], str] = {}
    for row in rows:
        unit = row.get("unit", "")
        if not unit.startswith("campaigns/") or not row.get("entry"):
            continue
        stay, what = (row["contact"], unit, row["entry"]), row["what"]
        if what == "campaign.entered":
            assert stay not in places, row
            places[stay] = ""
        elif what == "step.entered":
            assert places[stay] == "", row
            places[stay] = row["step"]
        elif what == "step.left":
            assert places[stay] == row["step"], row
            assert row["why"] in ("released", "jumped", "removed"), row
            places[stay] = ""
        elif what in ("campaign.ended", "campaign.exited"):
            assert places.pop(stay) == "", row
            assert row["why"], row
    return places


def members(database: Path) -> dict[tuple[str, str, int], str]:
    """The same from the contacts' states."""
    store = SqliteStore(database, write=False)
    found = {}
    for row in store.contacts():
        assert row.state is not None
        state = msgspec.json.decode(row.state, type=ContactState)
        for member in state.members:
            found[state.key, f"campaigns/{member.campaign}", member.entry] = member.step
    store.close()
    return found


def check_sums(database: Path) -> None:
    """SPEC section 5: entered = waiting + left, and by present result each entry has one."""
    waiting: dict[tuple[str, str], int] = {}
    for (_, unit, _), step in members(database).items():
        waiting[unit, step] = waiting.get((unit, step), 0) + 1
    store = SqliteStore(database, write=False)
    totals: dict[tuple[str, str], dict[str, int]] = {}
    for (unit, step, name), (total, _) in store.counts().items():
        if unit.startswith("campaigns/") and step:
            totals.setdefault((unit, step), {})[name] = total
    store.close()
    for place, counts in totals.items():
        entered = counts.get("entered", 0)
        left = sum(counts.get(how, 0) for how in ("released", "jumped", "removed"))
        assert entered == waiting.get(place, 0) + left, (place, counts)
        results = sum(n for name, n in counts.items() if name == "no_action" or "/" in name)
        assert entered == results, (place, counts)
        assert all(total >= 0 for total in counts.values()), (place, counts)


LIVE = 5


@pytest.mark.parametrize("part", range(TESTS))
def test_a_replay_says_what_live_runs_said(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Live: a run at each instant at which an input comes or a timer is due, and the clock stands still
    meanwhile."""
    for number in range(LIVE):
        folder = tmp_path / str(number)
        folder.mkdir()
        case = draw_case(f"live {part} {number}")
        replayed = [row for row in told(case, folder) if row["what"] != "handover"]
        live = lived(case, folder, monkeypatch)
        assert [row for row in live if row["what"] != "handover"] == replayed


def lived(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    plan, database, source = plan_of(case), folder / "live.db", folder / "now.jsonl"
    coming: dict[int, list[str]] = {}
    for line in sorted(lines(case), key=lambda line: line["at"]):
        coming.setdefault(instant(datetime.fromisoformat(line["at"])), []).append(json.dumps(line) + "\n")
    now = min(coming)
    while now <= END:
        monkeypatch.setattr(clock, "wall", lambda now=now: now)
        source.write_text("".join(coming.pop(now, [])))
        local.run(plan, database, [source], clock="wall")
        now = min([*coming, *due(database, now), END + 1])
    return list(reports.audit(database))


def due(database: Path, now: int) -> list[int]:
    """When the database wants to be looked at next."""
    store = SqliteStore(database, write=False)
    wake = store.next_wake()
    store.close()
    return [] if wake is None else [max(wake, now + 1)]
