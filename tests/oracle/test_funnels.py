"""Random workspaces with a funnel and reactivation scenarios: a replay's audit and what it leaves in the
contacts' states, against the interpreter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from oncue.compiler.pipeline import compile_files
from oncue.runtime import operator
from oncue.runtime.hosts import local
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import reports
from oncue.schemas.plan import Plan
from tests.oracle.funnel.draw import FunnelCase, draw_funnel, draw_united
from tests.oracle.funnel.nodes import machine_yaml, space_yaml
from tests.oracle.funnel.prospect import Prospect
from tests.oracle.journey.draw import Person
from tests.oracle.journey.house import Fact, House, TooMuchError
from tests.oracle.journey.nodes import policies_yaml
from tests.oracle.journey.pools import BEGIN, TICK, TICKS, ZONE
from tests.oracle.journey.sending import Mailbox
from tests.oracle.test_journeys import DECLARED, SETTINGS, fact, iso, quiet_steps, row
from tests.oracle.tree import decimal
from tests.oracle.world import instant

EACH = 60
MANY = 600
TESTS = 4  # so many run side by side
FUNNEL = ("membership", "response", "scenario.set_off", "scenario.judged")
FLOW = ("segment.", "campaign.", "step.", "action", "goal.")
STAGES = ("responded", "engaged", "opportunity", "won", "lost", "ended", "reactivated")


Draw = Callable[[str], FunnelCase]


# --- what the interpreter says


def played(case: FunnelCase) -> House | None:
    """What the interpreter does; None where one input causes more than the limits allow."""
    house = House(case.workspace, lambda contact, campaign, step: "red")
    owner = {one.key: one.key for one in case.people}
    try:
        for one in case.people:
            contact = house.contacts[one.key] = prospect(case, house, one)
            contact.arrive(BEGIN)
        events = sorted(enumerate(case.events), key=lambda item: (item[1][1].at, item[0]))
        for tick in range(TICKS + 1):
            now = BEGIN + tick * TICK
            for _, (key, event) in events:
                if event.at == now:
                    house.contacts[owner[key]].happen(event)
            house.tick(now)
            for at, what, names in case.commands:
                if at == tick:
                    command(house, owner, now, what, names)
    except TooMuchError:
        return None
    return house


def command(house: House, owner: dict[str, str], now: int, what: str, names: tuple[str, ...]) -> None:
    """What an operator says."""
    if what in ("pause", "resume"):
        (house.paused.add if what == "pause" else house.paused.discard)(names[0])
    elif what == "reactivate":
        contact = house.contacts[owner[names[0]]]
        contact.by_hand(next(one for one in contact.space.scenarios if one.id == names[1]), now)
    else:
        one_less(house, owner, now, what, [owner[name] for name in names])


def one_less(house: House, owner: dict[str, str], now: int, what: str, names: list[str]) -> None:
    """Merges two contacts into the older, which is the one with the lower name; or erases one, and what was
    written about everybody who turned out to be that one."""
    first, other = min(names), max(names)
    gone = house.contacts.pop(other)
    if what == "erase":
        house.facts = [fact for fact in house.facts if owner[fact.contact] != other]
        return
    owner.update({name: first for name, key in owner.items() if key == other})
    house.contacts[first].unite(gone, now)


def prospect(case: FunnelCase, house: House, one: Person) -> Prospect:
    own = ZoneInfo(one.zone) if one.zone else ZONE
    mail = Mailbox(ZONE, own, case.workspace.policies, one.reachable)
    contact = Prospect(one.key, house, mail, dict(one.fields), one.account, tags=set(one.tags))
    contact.lists = {"news": set(one.channels)}
    return contact


Left = dict[str, dict[str, tuple[Any, ...]]]  # contact -> campaign -> status, response status, stages


def left_by(house: House) -> Left:
    return {
        key: {
            page.campaign: (page.status, page.response, *(getattr(page, stage) for stage in STAGES))
            for page in contact.book.pages.values()
        }
        for key, contact in house.contacts.items()
    }


# --- what a replay says


def told(case: FunnelCase, folder: Path, **more: Any) -> list[dict[str, Any]]:
    """What a replay writes into its audit."""
    plan, database, since = plan_of(case), folder / "oncue.db", ""
    for tick, what, names in [*case.commands, (TICKS, "", ())]:
        until = BEGIN + tick * TICK
        part = [line for line in lines(case) if since < line["at"] <= iso(until)]
        file = folder / f"lines{tick}.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in part))
        summary = local.run(plan, database, [file], clock="events", until=until, **more)
        assert summary.reasons == {}
        since = iso(until)
        if what in ("pause", "resume"):
            names = (f"reactivation_scenarios/{names[0]}",)
        if what:
            getattr(operator, what)(plan, database, *names)
    return list(reports.audit(database))


def plan_of(case: FunnelCase) -> Plan:
    assert case.workspace.machine is not None
    settings = SETTINGS + policies_yaml(case.workspace.policies) + machine_yaml(case.workspace.machine)
    files = {"oncue.yaml": settings, "flow.yaml": DECLARED + space_yaml(case.workspace), "promo.md": "Hello."}
    plan, found = compile_files({name: text.encode() for name, text in files.items()})
    assert plan is not None, [d for d in found if d.severity == "error"]
    return plan


def lines(case: FunnelCase) -> Iterator[dict[str, Any]]:
    for one in case.people:
        yield row(one)
    for number, (key, event) in enumerate(case.events):
        props = {name: decimal(v) if isinstance(v, Fraction) else v for name, v in event.props.items()}
        if event.type == "buy":
            props = {name: int(value) for name, value in event.props.items()}  # type: ignore[arg-type]
        asset = {"asset": event.assets[0]} if event.assets else {}
        given = {"id": f"e{number}", "type": event.type, "contact": key, "at": iso(event.at)}
        yield {**given, **asset, "properties": props}


def facts(case: FunnelCase, rows: list[dict[str, Any]]) -> list[Fact]:
    quiet = quiet_steps(case)
    return [told_as(row) for row in rows if is_compared(row, quiet)]


def is_compared(row: dict[str, Any], quiet: set[str]) -> bool:
    if row["what"] in FUNNEL:
        return True
    if not row["what"].startswith(FLOW) or row["unit"].startswith("reactivation_scenarios/"):
        return False
    if row["what"] != "action":
        return True
    if row.get("result") in ("pending", "deferred", "cancelled"):
        return False
    return row.get("result") == "no_action" or f"{row['unit']} {row['step']}" not in quiet


def told_as(row: dict[str, Any]) -> Fact:
    """A row of the funnel as the interpreter says it: in one word, what became of it."""
    if row["what"] not in FUNNEL:
        return fact(row)
    word = row.get("why") if row["what"] in ("response", "scenario.judged") else row.get("result")
    moment = instant(datetime.fromisoformat(row["at"]))
    contact = row["contact"].removeprefix("id:")
    return Fact(contact, moment, row["what"], row["unit"], result=word or row["data"]["status"])


def left_in(folder: Path) -> Left:
    """What the contacts' states say of their memberships."""
    store = SqliteStore(folder / "oncue.db", write=False)
    found: Left = {}
    for contact in store.contacts():
        if contact.state is None:  # merged into another, or erased
            continue
        state = msgspec.json.decode(contact.state, type=ContactState)
        pages = state.funnel.memberships.values() if state.funnel is not None else ()
        found[state.key.removeprefix("id:")] = {
            page.campaign: (page.status, page.result, *(getattr(page, stage) for stage in STAGES))
            for page in pages
        }
    store.close()
    return found


def compare(draw: Draw, salt: str, cases: int, folder: Path) -> None:
    for number in range(cases):
        case = draw(f"{salt} {number}")
        house = played(case)
        if house is None:
            continue
        place = folder / str(number)
        place.mkdir()
        rows = told(case, place)
        assert facts(case, rows) == house.facts, machine_yaml(case.workspace.machine) + space_yaml(
            case.workspace
        )
        assert left_in(place) == left_by(house)


@pytest.mark.parametrize("part", range(TESTS))
def test_a_replay_does_what_the_specification_says(part: int, tmp_path: Path) -> None:
    compare(draw_funnel, f"funnel {part}", EACH, tmp_path)


@pytest.mark.parametrize("part", range(TESTS))
def test_contacts_that_are_merged_or_erased_in_between_end_as_it_says(part: int, tmp_path: Path) -> None:
    compare(draw_united, f"united {part}", EACH // 2, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(TESTS))
def test_many_replays_do_what_the_specification_says(part: int, tmp_path: Path) -> None:
    compare(draw_funnel, f"soak {part}", MANY, tmp_path)
    (tmp_path / "united").mkdir()
    compare(draw_united, f"soak united {part}", MANY, tmp_path / "united")
