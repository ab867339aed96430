"""What sets scenarios off. A `crosses` is watched as a segment is: its edge is the change from false to true
from one round's beginning to the next.

A scenario judges in the round that sets it off, or when its wait is over. Each triggering input has a wait of
its own: nothing that happens meanwhile shortens or lengthens it.
"""

from __future__ import annotations

from msgspec.structs import replace

from oncue.runtime.kernel.flow.triggers import Start
from oncue.runtime.kernel.funnel.records import EMPTY, Waiting
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.link import LinkedScenario
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.values import Value


def holds(turn: Turn, scenario: LinkedScenario) -> bool:
    """Whether it is for this contact now."""
    return scenario.when is None or scenario.when.test(turn.state, turn.now, {}, None)


def set_off(turn: Turn, name: str, event: Event | None, by: str) -> bool:
    """Something that the scenario listens to has happened; False: it is not for this contact, or paused."""
    scenario = turn.program.scenario(name)
    if turn.program.is_paused(scenario.unit) or not holds(turn, scenario):
        return False
    cause = event.id if event is not None else turn.cause or str(turn.state.seq)
    wait(turn, scenario, _waiting(turn, scenario, cause, by))
    return True


def prompted(turn: Turn, campaign: str, cause: str) -> list[Waiting]:
    """The scenarios that look for an earlier response when the contact responds in the campaign."""
    names = turn.program.scenarios.prompts.get(campaign, ())
    found = [turn.program.scenario(name) for name in names]
    return [
        _waiting(turn, each, cause, f"a response in {campaign}")
        for each in found
        if not turn.program.is_paused(each.unit) and holds(turn, each)
    ]


def _waiting(turn: Turn, scenario: LinkedScenario, cause: str, by: str) -> Waiting:
    return Waiting(scenario.id, turn.now, turn.now + scenario.spec.wait, cause, by)


def wait(turn: Turn, scenario: LinkedScenario, waiting: Waiting) -> None:
    """Lets the scenario judge: at once, in this round, or when its wait is over."""
    if waiting.due <= turn.now:
        turn.judging = (*turn.judging, waiting)
        return
    funnel = turn.state.funnel or EMPTY
    number = funnel.numbers + 1
    turn.state.funnel = replace(funnel, numbers=number, waiting={**funnel.waiting, str(number): waiting})
    turn.state.due[f"scenario/{number}"] = waiting.due
    turn.count(scenario.unit, "", "waiting")
    data: dict[str, Value] = {"cause": waiting.cause, "due": waiting.due}
    turn.write("scenario.set_off", scenario.unit, result="pending", why=waiting.by, data=data)


def reawakens(turn: Turn, old: object, new: object) -> bool:
    """Whether the contact's status went from an inactive to an active one, with no active response."""
    settings, funnel = turn.program.plan.settings.funnel, turn.state.funnel
    if settings is None or (funnel is not None and funnel.active):
        return False
    return old in settings.inactive and new in settings.active


def crossed(turn: Turn) -> list[Start]:
    """The scenarios whose `crosses` has become true since the last round's beginning."""
    watches, state = turn.program.scenarios.crossings, turn.state
    names = set() if watches.needs.isdisjoint(turn.fresh) else watches.touched_by(turn.fresh)
    if "birth" in turn.fresh:
        names.update(watches.at_birth)
    if state.wake is not None and state.wake <= turn.now:
        due = [name for name, due in state.due.items() if due <= turn.now and name.startswith("crosses/")]
        names.update(name.partition("/")[2] for name in due)
    if not names:
        return []
    return [turn.program.starts.crossing[name] for name in sorted(names) if look_at(turn, name)]


def look_at(turn: Turn, name: str) -> bool:
    """Judges one `crosses`, and notes when it may next change by itself; whether it has become true."""
    condition, state = turn.program.scenarios.crossings.segments[name], turn.state
    true = condition.test(state, turn.now, {}, None)
    if "clock" in condition.needs:
        due = condition.next(state, turn.now, {}, None)
        if due is None:
            state.due.pop(f"crosses/{name}", None)
        else:
            state.due[f"crosses/{name}"] = due
    funnel = state.funnel or EMPTY
    if true is (name in funnel.crossed):
        return False
    state.funnel = replace(funnel, crossed=funnel.crossed | {name} if true else funnel.crossed - {name})
    return true
