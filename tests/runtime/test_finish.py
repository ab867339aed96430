"""`on_change: finish`: those inside at a change go on as if the plan had never changed, those who come later
as if the new plan had always been there."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from oncue.runtime.clock import show
from oncue.runtime.engine.states import decode
from oncue.runtime.hosts.local import run
from oncue.runtime.plans import adoption
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import reports
from oncue.schemas.plan import Plan
from tests.runtime import changing, shop

DAY = 24 * 60 * shop.MINUTE


def changed_steps(dice: random.Random) -> list[str]:
    """Steps gone, moved, longer, of another kind, new; no condition asks about them from elsewhere."""
    steps = [step for step in changing.STEPS if dice.random() > 0.25]
    if dice.random() < 0.5:
        dice.shuffle(steps)
    steps = [step.replace("days", dice.choice(["days", "hours", "weeks"])) for step in steps]
    if dice.random() < 0.4:
        steps = [step.replace("{id: a, wait: 1 day}", "{id: a, add_note: a}") for step in steps]
    return [*steps, "- {id: z, wait: 1 day}"]


def changed(dice: random.Random) -> Plan:
    exits = dice.choice(["", "    exit_when: score > 90\n"])
    return changing.plan(changed_steps(dice), exits=changing.FINISH + exits)


def moves(folder: Path) -> dict[tuple[str, int], list[tuple[Any, ...]]]:
    """What became of each entry into the campaign, by contact and entry: instants, steps, results."""
    found: dict[tuple[str, int], list[tuple[Any, ...]]] = {}
    for each in shop.audit(folder):
        if each.get("unit") == "campaigns/flow" and each.get("entry"):
            told = tuple(each.get(name) for name in ("at", "what", "step", "result", "rule", "why"))
            found.setdefault((each["contact"], each["entry"]), []).append(told)
    return found


def inside(folder: Path) -> Counter[str]:
    """Members by the flow that they travel."""
    store = SqliteStore(folder / "x.db", write=False)
    try:
        states = [decode(row.state) for row in store.contacts() if row.state is not None]
    finally:
        store.close()
    return Counter(member.flow for state in states for member in state.members)


def older(folder: Path) -> set[str]:
    plan = adoption.plan_of_file(folder / "x.db")
    assert plan is not None
    return set(plan.older)


def check(folder: Path) -> int:
    """The report is right about those inside, and each version that somebody is on is there. Gives how many
    finish on an older one."""
    members, report = inside(folder), reports.report(folder / "x.db")
    (flow,) = (each for each in report.campaigns if each.id == "flow")
    finishing = {name: number for name, number in members.items() if "@" in name}
    assert finishing.keys() <= older(folder)
    assert flow.finishing == sum(finishing.values())
    assert flow.inside == flow.finishing + members["flow"]
    assert all(step.adds_up for step in flow.steps), [step for step in flow.steps if not step.adds_up]
    return flow.finishing


@pytest.mark.parametrize("seed", range(25))
def test_members_go_on_as_if_nothing_had_changed_and_newcomers_as_if_it_had_always_been_so(
    tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    plans = [changing.plan(changing.STEPS), *(changed(dice) for _ in range(3))]
    rows = sorted(changing.rows(dice), key=lambda row: str(row["at"]))
    ends = [shop.START + day * DAY for day in (6, 11, 15, 60)]
    borders, mixed = ["", *map(show, ends)], tmp_path / "mixed"
    finishing = 0
    for nth, plan in enumerate(plans):
        came = [row for row in rows if borders[nth] < row["at"] <= borders[nth + 1]]
        half = len(came) // 2
        shop.replay(mixed, came[:half], plan=plan)
        shop.replay(mixed, came[half:], plan=plan, until=ends[nth])
        finishing += check(mixed)
    assert finishing, "somebody finished on an older version"
    found = moves(mixed)
    assert len(found) > 8
    for nth, plan in enumerate(plans):
        alone = tmp_path / f"alone{nth}"
        shop.replay(alone, rows, plan=plan, until=ends[-1])
        expected = moves(alone)
        for entry, told in found.items():
            if borders[nth] < told[0][0] <= borders[nth + 1]:
                assert told == expected[entry], (nth, entry)


@pytest.mark.parametrize("seed", range(4))
def test_the_log_of_changes_is_replayed_to_the_same_end(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    rows = sorted(changing.rows(dice), key=lambda row: str(row["at"]))
    plans = [changing.plan(changing.STEPS), changed(dice), changed(dice)]
    for nth, plan in enumerate(plans):
        shop.replay(tmp_path / "x", rows[nth * 10 : nth * 10 + 10], plan=plan)
    (tmp_path / "again").mkdir()
    run(plans[-1], tmp_path / "again/x.db", [tmp_path / "x/x.db"], clock="received")
    assert inside(tmp_path / "again") == inside(tmp_path / "x")
    assert moves(tmp_path / "again") == moves(tmp_path / "x")
    assert any("@" in flow for flow in inside(tmp_path / "x"))
