"""What holds of every replay of a workspace with a funnel, whatever it says."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from oncue.runtime import clock
from oncue.runtime.hosts import local
from oncue.runtime.views import reports
from tests.oracle.funnel.draw import FunnelCase, draw_funnel, draw_united
from tests.oracle.journey.pools import BEGIN, TICK, TICKS
from tests.oracle.test_funnels import STAGES, left_in, lines, plan_of, told
from tests.oracle.test_journey_laws import due
from tests.oracle.world import instant

EACH = 25
LIVE = 5
TESTS = 2  # so many run side by side
END = BEGIN + TICKS * TICK


@pytest.mark.parametrize("part", range(TESTS))
def test_there_are_never_two_active_responses(part: int, tmp_path: Path) -> None:
    """At no moment that the audit tells of, and not in the end."""
    for number in range(EACH):
        folder = tmp_path / str(number)
        folder.mkdir()
        active = actives(told(draw_funnel(f"active {part} {number}"), folder))
        for contact, pages in left_in(folder).items():
            assert active_in(pages) == active.get(contact, [])


@pytest.mark.parametrize("part", range(TESTS))
def test_nor_are_there_after_contacts_were_merged(part: int, tmp_path: Path) -> None:
    for number in range(EACH):
        folder = tmp_path / str(number)
        folder.mkdir()
        told(draw_united(f"merged {part} {number}"), folder)
        assert all(len(active_in(pages)) <= 1 for pages in left_in(folder).values())


def active_in(pages: dict[str, tuple[Any, ...]]) -> list[str]:
    return [name for name, page in pages.items() if page[1] == "active"]


def actives(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Each contact's active response, by the audit: at most one campaign each, at every row."""
    active: dict[str, list[str]] = {}
    for row in rows:
        if row["what"] != "response" or row["why"] == "opportunity":
            continue
        here = active.setdefault(row["contact"].removeprefix("id:"), [])
        campaign = row["unit"].partition("/")[2]
        if row["why"] == "active":
            here.append(campaign)
        elif row["why"] != "resolved_no_action" and campaign in here:
            here.remove(campaign)
        assert len(here) <= 1, row
    return active


@pytest.mark.parametrize("part", range(TESTS))
def test_reactivating_stamps_the_date_and_inserting_does_not(part: int, tmp_path: Path) -> None:
    """The date is the instant of the latest judgement that reactivated or turned the response."""
    reactivated = STAGES.index("reactivated") + 2
    for number in range(EACH):
        folder = tmp_path / str(number)
        folder.mkdir()
        rows = told(draw_funnel(f"dates {part} {number}"), folder)
        dates: dict[tuple[str, str], int] = {}
        for row in rows:
            if row["what"] == "scenario.judged" and row["why"] in ("reactivated", "turned"):
                who = row["contact"].removeprefix("id:")
                dates[who, row["data"]["campaign"]] = instant(datetime.fromisoformat(row["at"]))
        left = left_in(folder)
        found = {
            (who, name): page[reactivated]
            for who, pages in left.items()
            for name, page in pages.items()
            if page[reactivated] is not None
        }
        assert found == dates


@pytest.mark.parametrize("part", range(TESTS))
def test_one_by_one_equals_in_batches(part: int, tmp_path: Path) -> None:
    for number in range(EACH):
        case = draw_funnel(f"law {part} {number}")
        audits = []
        for batch in (1, 7, 1000):
            folder = tmp_path / f"{number}-{batch}"
            folder.mkdir()
            audits.append(told(case, folder, batch=batch))
        assert audits[0] == audits[1] == audits[2]


@pytest.mark.parametrize("part", range(TESTS))
def test_a_replay_says_what_live_runs_said(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Live: a run at each instant at which an input comes or a timer is due. And their log, replayed."""
    for number in range(LIVE):
        folder = tmp_path / str(number)
        folder.mkdir()
        case = draw_funnel(f"live {part} {number}")
        replayed = without_handovers(told(case, folder))
        live = lived(case, folder, monkeypatch)
        assert without_handovers(live) == replayed
        again = folder / "again.db"
        local.run(plan_of(case), again, [folder / "live.db"], clock="received")
        assert list(reports.audit(again)) == live


def without_handovers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["what"] != "handover"]


def lived(case: FunnelCase, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
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
