"""What `impact` says of a changed plan is what then happens: random members, random changes."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from oncue.runtime.engine.states import decode
from oncue.runtime.errors import PlanError
from oncue.runtime.hosts.local import run
from oncue.runtime.plans.impact import Impact
from oncue.runtime.plans.reckoning import impact
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import reports
from oncue.schemas.plan import Plan
from tests.runtime import shop
from tests.runtime.changing import STEPS, changed, plan, rows


def members(database: Path) -> Counter[str]:
    store = SqliteStore(database, write=False)
    try:
        states = [decode(row.state) for row in store.contacts() if row.state is not None]
    finally:
        store.close()
    return Counter(f"campaigns/{one.campaign}/{one.step}" for state in states for one in state.members)


def ended(database: Path) -> Counter[str]:
    return Counter(
        each["why"]
        for each in reports.audit(database)
        if each["what"] in ("campaign.ended", "campaign.exited")
    )


def standing(told: Impact) -> Counter[str]:
    """Where they stood, by what is told."""
    found: Counter[str] = Counter()
    for each in told.members:
        found[f"campaigns/{each.campaign}/{each.step}"] += each.number
    return found


def expected(told: Impact) -> tuple[Counter[str], Counter[str]]:
    """Where they stand then, and why stays have ended."""
    places, ends = Counter({"campaigns/new/n": sum(each.enter for each in told.entering)}), Counter[str]()
    for each in told.members:
        if each.what == "end":
            ends[each.why] += each.number
            continue
        to = each.to or f"campaigns/{each.campaign}/{each.step}"
        places[to] += each.number
        if each.why == "migrate" and not to.startswith(f"campaigns/{each.campaign}/"):
            ends["migrate"] += each.number
    return +places, ends


@pytest.mark.parametrize("seed", range(40))
def test_what_is_told_before_is_what_happens(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    shop.replay(tmp_path, rows(dice), plan=plan(STEPS))
    check(tmp_path, changed(dice))


@pytest.mark.parametrize("seed", range(20))
def test_and_so_where_members_finish_and_where_they_come_back(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    came = sorted(rows(dice), key=lambda row: str(row["at"]))
    shop.replay(tmp_path, came[:20], plan=plan(STEPS))
    check(tmp_path, changed(dice, finish=True), *came[20:])
    check(tmp_path, changed(dice, finish=dice.random() < 0.5))


def check(folder: Path, new: Plan, *later: dict[str, Any]) -> None:
    """Puts the plan in force, and has what comes `later` come."""
    database = folder / "x.db"
    told = impact(database, new)
    before, ends = members(database), ended(database)
    assert standing(told) == before, "everybody is told of, once"
    if told.refusals:
        with pytest.raises(PlanError) as refused:
            run(new, database, clock="events")
        assert str(refused.value).splitlines()[1:11] == told.refusals[:10]
        assert members(database) == before
        return
    assert all(each.what != "refused" for each in told.members)
    run(new, database, clock="events")
    assert (members(database), ended(database) - ends) == expected(told)
    sizes = {each.id: each.size for each in reports.report(database).segments}
    for size in told.segments:
        assert sizes[size.unit.partition("/")[2]] == size.now
    shop.replay(folder, later, plan=new)
