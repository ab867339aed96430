"""`oncue why` over the catalogue's random workspaces: one contact's life, made again from the log alone, is
the life that it had among the others; and what is answered agrees with the audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import msgspec
import pytest

from oncue.runtime.engine.states import decode
from oncue.runtime.hosts import local
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.stores.base import Store
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.why.answer import Answer, Finding
from oncue.runtime.why.case import Case as Asked
from oncue.runtime.why.life import Life
from oncue.runtime.why.questions import QUESTIONS
from oncue.runtime.why.ways import behaviours_of, steps
from oncue.schemas.actions import AddTag, RemoveTag
from oncue.schemas.plan import Plan
from tests.oracle.journey.draw import draw_case
from tests.oracle.journey.pools import BEGIN, TICK, TICKS
from tests.oracle.test_journey_laws import lived
from tests.oracle.test_journeys import END, plan_of, write_lines

EACH = 15
MANY = 300
LIVE = 3
TESTS = 2  # so many run side by side


@contextmanager
def opened(database: Path) -> Iterator[Store]:
    store = SqliteStore(database, write=False)
    try:
        yield store
    finally:
        store.close()


def visible(state: ContactState | None) -> ContactState | None:
    """Without what the log does not tell and nothing is decided by: whose cascade it was, which matches a
    split still counts, and when it looks at them."""
    if state is None:
        return None
    due = {name: instant for name, instant in state.due.items() if not name.startswith("trial/")}
    return msgspec.structs.replace(state, cascade=("", 0, 0), trials=[], due=due, wake=None)


def states(database: Path) -> dict[int, ContactState]:
    with opened(database) as store:
        return {row.id: decode(row.state) for row in store.contacts() if row.state is not None}


def different_lives(seed: str, folder: Path) -> str:
    """Plays a case to its end, and to an instant before; the lives made again are to be those."""
    folder.mkdir()
    case = draw_case(seed)
    plan, source = plan_of(case), write_lines(case, folder / "lines.jsonl")
    middle = BEGIN + (TICKS // 2) * TICK
    local.run(plan, folder / "whole.db", [source], clock="events", until=END)
    local.run(plan, folder / "half.db", [source], clock="events", until=middle)
    with opened(folder / "whole.db") as store:
        for until, played in ((END, "whole.db"), (middle, "half.db")):
            for number, state in states(folder / played).items():
                life = Life(store, number, until)
                if life.doubt is not None:
                    return f"{seed}: {life.key} {life.doubt}"
                if visible(life.state) != visible(state):
                    return f"{seed}: {life.key} at {until}\n{life.state}\n{state}"
    return ""


@pytest.mark.parametrize("part", range(TESTS))
def test_a_life_made_again_is_the_one_that_was_lived(part: int, tmp_path: Path) -> None:
    for number in range(EACH):
        assert not different_lives(f"life {part} {number}", tmp_path / str(number))


def test_a_life_made_again_is_the_one_that_was_lived_by_the_wall_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(LIVE):
        folder = tmp_path / str(number)
        folder.mkdir()
        lived(draw_case(f"lived {number}"), folder, monkeypatch)
        with opened(folder / "live.db") as store:
            until = int(store.meta()["now"] or 0)
            for contact, state in states(folder / "live.db").items():
                life = Life(store, contact, until)
                assert (life.doubt, visible(life.state)) == (None, visible(state))


@pytest.mark.soak
@pytest.mark.parametrize("part", range(TESTS))
def test_many_lives_made_again_are_those_that_were_lived(part: int, tmp_path: Path) -> None:
    for number in range(MANY):
        assert not different_lives(f"life soak {part} {number}", tmp_path / str(number))


# --- answers


def questions(plan: Plan) -> Iterator[tuple[str, str]]:
    yield from (("email", name) for name in plan.emails)
    yield from (("segment", name) for name in plan.segments)
    for name, spec in plan.campaigns.items():
        yield "campaign", name
        yield from (("step", f"{name}/{step.id}") for step in spec.steps)
    for unit, step in steps(plan):
        if not unit.startswith("campaigns/"):
            yield from (("action", unit), ("action", f"{unit}/{step.id}"))
        tags = [action.tag for _, action, _ in behaviours_of(step) if isinstance(action, AddTag | RemoveTag)]
        yield from (("tag", tag) for tag in tags)
    yield from (("score", ""), ("list", "news"))


def truth(asked: Asked, kind: str, name: str) -> bool:
    """What the contact's state and audit say, looked up in a plain way."""
    campaign, _, step = name.partition("/")
    unit, _, action = name.rpartition("/")
    match kind:
        case "segment" | "tag":
            return name in (asked.state.segments if kind == "segment" else asked.state.tags)
        case "campaign":
            return name in asked.state.entered
        case "step":
            return bool(asked.entries("step.entered", f"campaigns/{campaign}", step))
        case "action" if name.count("/") == 2:
            return bool(asked.entries("automation", name))
        case "action":
            return any(entry.result in ("", "done") for _, entry in asked.entries("action", unit, action))
        case "list":
            return "subscribed" in asked.state.subscriptions.get(name, {}).values()
        case "email":
            sent = asked.state.sent.values()
            return any(one.email == name and one.result == "done" and one.due is None for one in sent)
        case _:
            return True


def wrong(answer: Answer, did: bool) -> str:
    if answer.did is not did:
        return f"said {answer.did}"
    if not answer.stories or not all(story.findings for story in answer.stories):
        return "says nothing"
    if any(story.did is not did for story in answer.stories):
        return "contradicts itself"
    codes = {finding.what for story in answer.stories for finding in story.findings}
    if "unknown" in codes:
        return "does not know"
    idle = [story.findings[-1] for story in answer.stories if not did and not stands(story.findings[-1])]
    return f"names what does not hold: {idle}" if idle else ""


# whether the condition of an obstacle holds; those of the others decide nothing by themselves
VERDICTS = {"when": False, "exited": True, "waiting": False, "no_action": False}


def stands(finding: Finding) -> bool:
    """Whether what is said to stand in the way does so: its condition was taken apart, and says the same."""
    part = finding.condition
    if finding.what == "rule":
        return part is not None and part.holds is not finding.text.startswith("its rule did not match")
    if finding.what not in VERDICTS or (part is None and finding.what == "waiting"):
        return finding.what not in ("input", "step", "edge", "campaign.entered")
    return part is not None and part.holds is VERDICTS[finding.what]


def wrong_answers(seed: str, folder: Path) -> str:
    folder.mkdir()
    case = draw_case(seed)
    plan, source = plan_of(case), write_lines(case, folder / "lines.jsonl")
    local.run(plan, folder / "oncue.db", [source], clock="events", until=END)
    with opened(folder / "oncue.db") as store:
        for number, until in product(states(folder / "oncue.db"), (END, BEGIN + (TICKS // 3) * TICK)):
            life = Life(store, number, until)
            for kind, name in questions(plan) if life.state is not None else ():
                asked = Asked(store, life)
                answer = QUESTIONS[kind](asked, name)
                if found := wrong(answer, truth(asked, kind, name)):
                    return f"{seed}: {kind} {name} at {until} {found}: {answer}"
    return ""


@pytest.mark.parametrize("part", range(TESTS))
def test_what_is_answered_agrees_with_what_was_done(part: int, tmp_path: Path) -> None:
    for number in range(EACH):
        assert not wrong_answers(f"answers {part} {number}", tmp_path / str(number))


@pytest.mark.soak
@pytest.mark.parametrize("part", range(TESTS))
def test_what_is_answered_agrees_with_what_was_done_in_many_cases(part: int, tmp_path: Path) -> None:
    for number in range(MANY):
        assert not wrong_answers(f"answers soak {part} {number}", tmp_path / str(number))
