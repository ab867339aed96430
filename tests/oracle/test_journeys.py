"""Random workspaces of the whole catalogue with a few contacts: a replay's audit against the interpreter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from oncue.compiler.pipeline import compile_files
from oncue.runtime.hosts import local
from oncue.runtime.views import reports
from oncue.schemas.plan import Plan
from tests.oracle.journey.draw import Case, Person, draw_case
from tests.oracle.journey.house import Fact, House, TooMuchError
from tests.oracle.journey.nodes import Do, Split, every, policies_yaml, yaml_of
from tests.oracle.journey.pools import BEGIN, TICK, TICKS, ZONE
from tests.oracle.journey.sending import Mailbox
from tests.oracle.journey.traveller import Contact
from tests.oracle.tree import decimal
from tests.oracle.world import instant

EACH = 60
MANY = 500
TESTS = 4  # so many run side by side
END = BEGIN + TICKS * TICK

SETTINGS = """\
project: journeys
timezone: America/New_York
fields:
  points: {type: number, min: 0, max: 100}
  plan: {type: text, values: [free, gold]}
  divisor: number
  renewal_date: date
account_fields: {seats: number}
events:
  buy: {total: number}
  ping: {}
"""
DECLARED = """\
lists: {news: {}}
emails:
  promo: {subject: One, body: promo.md, list: news}
  promo-two: {subject: Two, body: promo.md, list: news}
pipelines:
  sales: {stages: [new, demo, offer]}
  renewals: {stages: [due, talks]}
conversions: [signup]
audiences: {vips: {id: "1"}}
site_messages: {offer: {text: Come in, expires: 2 days}}
users:
  ana: {email: ana@house.test}
  bo: {email: bo@house.test}
  cy: {email: cy@house.test, active: false}
teams: {sdr: [ana, bo, cy], empty: [cy]}
"""
SEEN = ("segment.", "campaign.", "step.", "action", "goal.")


def computed(case: Case, draws: dict[tuple[str, str, str], str]) -> list[Fact] | None:
    """What the interpreter says; None where one input causes more than the limits allow."""
    house = House(case.workspace, lambda contact, campaign, step: draws.get((contact, campaign, step), "red"))
    if case.seats is not None:
        house.accounts["acme"] = {"seats": case.seats}
    try:
        for one in case.people:
            contact = house.contacts[one.key] = contact_of(case, house, one)
            contact.arrive(BEGIN)
        events = sorted(enumerate(case.events), key=lambda item: (item[1][1].at, item[0]))
        for tick in range(TICKS + 1):
            now = BEGIN + tick * TICK
            for _, (key, event) in events:
                if event.at == now:
                    house.contacts[key].happen(event)
            house.tick(now)
    except TooMuchError:
        return None
    return house.facts


def contact_of(case: Case, house: House, one: Person) -> Contact:
    own = ZoneInfo(one.zone) if one.zone else ZONE
    mail = Mailbox(ZONE, own, case.workspace.policies, one.reachable)
    contact = Contact(one.key, house, mail, dict(one.fields), one.account, tags=set(one.tags))
    contact.lists = {"news": set(one.channels)}
    return contact


def told(case: Case, folder: Path) -> list[dict[str, Any]]:
    """What a replay writes into its audit."""
    file = write_lines(case, folder / "lines.jsonl")
    local.run(plan_of(case), folder / "oncue.db", [file], clock="events", until=END)
    return list(reports.audit(folder / "oncue.db"))


def write_lines(case: Case, file: Path) -> Path:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines(case)))
    return file


def plan_of(case: Case) -> Plan:
    settings = SETTINGS + policies_yaml(case.workspace.policies)
    files = {"oncue.yaml": settings, "flow.yaml": DECLARED + yaml_of(case.workspace), "promo.md": "Hello."}
    plan, found = compile_files({name: text.encode() for name, text in files.items()})
    assert plan is not None, [d for d in found if d.severity == "error"]
    return plan


def lines(case: Case) -> Iterator[dict[str, Any]]:
    if case.seats is not None:
        yield {"account": "acme", "seats": str(case.seats), "at": iso(BEGIN)}
    for one in case.people:
        yield row(one)
    for number, (key, event) in enumerate(case.events):
        props = {name: int(value) for name, value in event.props.items()}  # type: ignore[arg-type]
        asset = {"asset": event.assets[0]} if event.assets else {}
        given = {"id": f"e{number}", "type": event.type, "contact": key, "at": iso(event.at)}
        yield {**given, **asset, "properties": props}


def row(one: Person) -> dict[str, Any]:
    values = {name: decimal(v) if isinstance(v, Fraction) else str(v) for name, v in one.fields.items()}
    given: dict[str, Any] = {"id": one.key, "at": iso(BEGIN), **values, "tags": sorted(one.tags)}
    if "email" in one.reachable:
        given["email"] = f"{one.key}@flow.test"
    if "sms" in one.reachable:
        given["phone"] = "+15550100"
    if one.zone:
        given["timezone"] = one.zone
    if one.account:
        given["account"] = one.account
    given["subscribed"] = [{"list": "news", "channels": sorted(one.channels)}] if one.channels else []
    return given


def iso(now: int) -> str:
    return datetime.fromtimestamp(now // 1_000_000, UTC).isoformat()


# --- the audit, as facts --------------------------------------------------------------------------


def facts(case: Case, rows: list[dict[str, Any]]) -> list[Fact]:
    quiet = quiet_steps(case)
    return [fact(row) for row in rows if row["what"].startswith(SEEN) and is_compared(row, quiet)]


def is_compared(row: dict[str, Any], quiet: set[str]) -> bool:
    """Of actions, those that do something: waits and branches are told by their steps."""
    if row["what"] != "action":
        return True
    if row.get("result") in ("pending", "deferred", "cancelled"):
        return False
    return row.get("result") == "no_action" or f"{row['unit']} {row['step']}" not in quiet


def quiet_steps(case: Case) -> set[str]:
    """``CAMPAIGN STEP`` of what is no action: waits, branches, splits, jumps and ends."""
    return {
        f"campaigns/{campaign.id} {step.id}"
        for campaign in case.workspace.campaigns
        for step in every(campaign.steps)
        if not isinstance(step, Do) or step.kind == "wait"
    }


def fact(row: dict[str, Any]) -> Fact:
    result = row.get("result", "")
    why = row.get("why", "") if result == "refused" and row["what"] == "action" else ""
    contact = row["contact"].removeprefix("id:")
    moment = instant(datetime.fromisoformat(row["at"]))
    texts = [row.get(name, "") for name in ("unit", "step")]
    return Fact(contact, moment, row["what"], *texts, row.get("entry", 0), result, row.get("rule", ""), why)


def drawn(case: Case, rows: list[dict[str, Any]]) -> dict[tuple[str, str, str], str]:
    """The paths that hashes drew, as the audit tells them: the interpreter knows no hash."""
    splits = {
        (f"campaigns/{campaign.id}", step.id): (campaign.id, step.id)
        for campaign in case.workspace.campaigns
        for step in every(campaign.steps)
        if isinstance(step, Split)
    }
    found: dict[tuple[str, str, str], str] = {}
    for row in rows:
        mark = splits.get((row.get("unit", ""), row.get("step", "")))
        if mark is not None and row["what"] == "action" and row.get("result") == "done":
            found.setdefault((row["contact"].removeprefix("id:"), *mark), row["why"])
    return found


def compare(salt: str, cases: int, folder: Path) -> None:
    for number in range(cases):
        case = draw_case(f"{salt} {number}")
        place = folder / str(number)
        place.mkdir()
        rows = told(case, place)
        expected = computed(case, drawn(case, rows))
        if expected is not None:
            assert facts(case, rows) == expected, yaml_of(case.workspace)


@pytest.mark.parametrize("part", range(TESTS))
def test_a_replay_does_what_the_specification_says(part: int, tmp_path: Path) -> None:
    compare(f"journey {part}", EACH, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(TESTS))
def test_many_replays_do_what_the_specification_says(part: int, tmp_path: Path) -> None:
    compare(f"soak {part}", MANY, tmp_path)
