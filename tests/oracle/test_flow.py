"""Random small workspaces and histories: the audit of a replay against the obvious interpreter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from oncue.compiler.pipeline import compile_files
from oncue.runtime import reports
from oncue.runtime.hosts import local
from oncue.schemas.plan import Plan
from tests.oracle.flow import TICK, Contact, Fact, TooMuchError
from tests.oracle.flow_draw import BEGIN, TICKS, Case, draw_case
from tests.oracle.workspaces import Do, every, kind_of, yaml_of
from tests.oracle.world import Happening, instant

EACH = 80
MANY = 400
TESTS = 4  # so many run side by side
END = BEGIN + TICKS * TICK

SETTINGS = """\
project: flow
timezone: America/New_York
events:
  buy: {total: number}
  ping: {}
"""
DECLARED = """\
lists: {news: {}}
emails:
  promo: {subject: One, body: promo.md, list: news}
  promo-two: {subject: Two, body: promo.md, list: news}
"""
SEEN = ("segment.", "campaign.", "step.", "action")


def computed(case: Case) -> list[Fact] | None:
    """What the interpreter says; None where one input causes more than the limits allow."""
    contact = Contact(case.workspace, case.email)
    try:
        contact.arrive(BEGIN, case.score, set(case.tags), set(case.lists))
        for tick in range(TICKS + 1):
            now = BEGIN + tick * TICK
            for event in case.events:
                if event.at == now:
                    contact.happen(event)
            contact.wake(now)
    except TooMuchError:
        return None
    return contact.facts


def told(case: Case, folder: Path) -> list[Fact]:
    """What a replay writes into its audit."""
    file = folder / "lines.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines(case)))
    local.run(plan_of(case), folder / "oncue.db", [file], clock="events", until=END)
    rows = reports.audit(folder / "oncue.db")
    return [fact(row) for row in rows if row["what"].startswith(SEEN) and is_compared(case, row)]


def plan_of(case: Case) -> Plan:
    files = {"oncue.yaml": SETTINGS, "flow.yaml": DECLARED + yaml_of(case.workspace), "promo.md": "Hello."}
    plan, found = compile_files({name: text.encode() for name, text in files.items()})
    assert plan is not None, [d for d in found if d.severity == "error"]
    return plan


def lines(case: Case) -> Iterator[dict[str, Any]]:
    row: dict[str, Any] = {"id": "1", "at": iso(BEGIN), "score": str(case.score)}
    if case.email:
        row["email"] = "one@flow.test"
    yield {**row, "tags": sorted(case.tags), "subscribed": sorted(case.lists)}
    for number, event in enumerate(case.events):
        yield line(number, event)


def line(number: int, event: Happening) -> dict[str, Any]:
    props = {name: int(value) for name, value in event.props.items()}  # type: ignore[arg-type]
    asset = {"asset": event.assets[0]} if event.assets else {}
    given = {"id": f"e{number}", "type": event.type, "contact": "1", "at": iso(event.at)}
    return {**given, **asset, "properties": props}


def iso(now: int) -> str:
    return datetime.fromtimestamp(now // 1_000_000, UTC).isoformat()


def is_compared(case: Case, row: dict[str, Any]) -> bool:
    """Of actions, those that do something: waits and branches are told by their steps."""
    if row["what"] == "contact.created":
        return False
    if row["what"] != "action":
        return True
    return row.get("result") == "no_action" or f"{row['unit']} {row['step']}" not in quiet_steps(case)


def quiet_steps(case: Case) -> set[str]:
    """``CAMPAIGN STEP`` of waits, branches and ends."""
    return {
        f"campaigns/{campaign.id} {step.id}"
        for campaign in case.workspace.campaigns
        for step in every(campaign.steps)
        if not isinstance(step, Do) or kind_of(step) == "wait"
    }


def fact(row: dict[str, Any]) -> Fact:
    text = [row.get(name, "") for name in ("unit", "step")]
    rest = [row.get(name, "") for name in ("result", "rule")]
    return Fact(instant(datetime.fromisoformat(row["at"])), row["what"], *text, row.get("entry", 0), *rest)


@pytest.mark.parametrize("part", range(TESTS))
def test_a_replay_does_what_the_specification_says(part: int, tmp_path: Path) -> None:
    compare(f"flow {part}", EACH, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(TESTS))
def test_many_replays_do_what_the_specification_says(part: int, tmp_path: Path) -> None:
    compare(f"soak {part}", MANY, tmp_path)


def compare(salt: str, cases: int, folder: Path) -> None:
    for number in range(cases):
        case = draw_case(f"{salt} {number}")
        expected = computed(case)
        if expected is not None:
            place = folder / str(number)
            place.mkdir()
            assert told(case, place) == expected, yaml_of(case.workspace)
