"""Fulfillment actions: what an asset's behaviour does then and there (source 000).

They run in file order, each seeing what the earlier ones changed; of several pages that match one visit, by
page id. An email's open actions fire on the contact's first open of that email, over all its sends. Of a
paused one the messages are held and everything else is done.

One that has to ask another entity keeps those behind it in its list waiting: they go on with the answer. A
message that is deferred is made at its instant; those behind it go on without it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from oncue.runtime.kernel.actions import answered, perform
from oncue.runtime.kernel.flow.failures import action_failed
from oncue.runtime.kernel.flow.removal import label_of
from oncue.runtime.kernel.flow.travel import choose, chosen
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.letters import Answer
from oncue.runtime.kernel.link import Deed, LinkedStep
from oncue.runtime.kernel.state import Errand
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import NO_ACTION, Scene, Verdict, count_name
from oncue.schemas.actions import Action

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Event).decode


def fulfil(turn: Turn, event: Event) -> None:
    """Fires everything that listens to this behaviour of the event's assets."""
    first_only = event.type == "email.open"
    for asset in event.assets:
        if first_only:
            if asset in turn.state.opened:
                continue
            turn.state.opened = turn.state.opened | {asset}
        deed = turn.program.deed(event.type, asset)
        if deed is not None and in_force(turn, deed, event.at):
            _fire(turn, deed, event)


def in_force(turn: Turn, deed: Deed, at: int) -> bool:
    """Whether it is active and the event's own day lies in its window, both ends included."""
    if not deed.spec.active:
        return False
    if deed.first_day is None and deed.last_day is None:
        return True
    day = turn.program.zone.day(at)
    return (deed.first_day is None or deed.first_day <= day) and (
        deed.last_day is None or day <= deed.last_day
    )


def _fire(turn: Turn, deed: Deed, event: Event) -> None:
    turn.write("automation", deed.unit, data={"event": event.id})
    turn.count(deed.unit, "", "fired")
    _act_all(turn, deed, deed.actions, event)


def _act_all(turn: Turn, deed: Deed, steps: Sequence[LinkedStep], event: Event) -> None:
    """The actions in their order, up to one that has to wait for an answer."""
    held = turn.program.is_paused(deed.unit)
    for step in steps:
        if not _act(turn, deed, step, event, held=held):
            return


def _act(turn: Turn, deed: Deed, step: LinkedStep, event: Event, *, held: bool) -> bool:
    """One action; its once-mark is spent when it is done, deferred or held. False: it waits for an answer."""
    mark = f"{deed.unit}/{step.id}" if step.spec.once else ""
    if mark in turn.state.once:
        record(turn, deed.unit, step, "", _ONCE)
        return True
    action, rule = choose(turn, step, event.props, None)
    label = label_of(rule)
    if action is None:
        record(turn, deed.unit, step, label, NO_ACTION)
        return True
    verdict = perform(turn, Scene(deed.unit, step.id, label, event, held=held), action)
    if mark and verdict.result in ("done", "deferred", "held"):
        turn.state.once = turn.state.once | {mark}
    if verdict.ask is None:
        record(turn, deed.unit, step, label, verdict)
    else:
        turn.count(deed.unit, step.id, f"pending/{label}")
    if verdict.move == "stay":
        _put_off(turn, Errand("", deed.unit, step.id, rule, event=_encode(event)), verdict)
    return verdict.ask is None


_ONCE = Verdict(result="skipped", why="once")


# --- what is not over with its event --------------------------------------------------------------


def _put_off(turn: Turn, errand: Errand, verdict: Verdict) -> None:
    """Notes an action that waits: for an answer, with those behind it, or for its instant."""
    if verdict.ask is not None:
        question = turn.ask(*verdict.ask)
        later = msgspec.structs.replace(errand, id=question, after=True, due=None)
    else:
        later = msgspec.structs.replace(errand, id=errand.id or turn.new_id(), due=verdict.due)
    turn.state.errands = [*turn.state.errands, later]


def resume(turn: Turn, answer: Answer) -> None:
    """Goes on with the action that asked, then with those behind it."""
    errand = next((each for each in turn.state.errands if each.id == answer.question), None)
    if errand is None:
        return
    found = _found(turn, errand)
    if found is not None:
        deed, place, action, scene = found
        verdict = answered(turn, scene, action, answer)
        if _go_on(turn, errand, deed.actions[place], scene, verdict) and scene.event is not None:
            _act_all(turn, deed, deed.actions[place + 1 :], scene.event)


def run_errands(turn: Turn) -> None:
    """Performs the deferred actions whose instant has come."""
    for errand in turn.state.errands:
        if errand.due is not None and turn.is_due(errand.due):
            found = _found(turn, errand)
            if found is not None:
                deed, place, action, scene = found
                _go_on(turn, errand, deed.actions[place], scene, perform(turn, scene, action))


def carry_errands(turn: Turn) -> None:
    """A changed plan: what is gone from it is cancelled."""
    for errand in turn.state.errands:
        label = label_of(errand.rule)
        found = _found(turn, errand)
        if found is None:
            turn.state.errands = [each for each in turn.state.errands if each is not errand]
            turn.count(errand.unit, errand.step, f"pending/{label}", -1)
            turn.count(errand.unit, errand.step, f"cancelled/{label}")
            turn.write("action", errand.unit, errand.step, 0, "cancelled", label, "the action is gone")


def _found(turn: Turn, errand: Errand) -> tuple[Deed, int, Action, Scene] | None:
    """Where the errand belongs, by the plan in force; None: it is gone (see `adopt`)."""
    event = _decode(errand.event)
    deed = turn.program.deed(event.type, errand.unit.split("/")[1])
    steps = deed.actions if deed is not None else ()
    place = next((n for n, step in enumerate(steps) if step.id == errand.step), -1)
    action = chosen(steps[place], errand.rule) if place >= 0 else None
    if deed is None or action is None:
        return None
    held = turn.program.is_paused(deed.unit)
    return deed, place, action, Scene(deed.unit, errand.step, label_of(errand.rule), event, held=held)


def _go_on(turn: Turn, errand: Errand, step: LinkedStep, scene: Scene, verdict: Verdict) -> bool:
    """Records what has come of it; False: it has asked again, and those behind it wait on."""
    turn.state.errands = [each for each in turn.state.errands if each is not errand]
    turn.count(scene.unit, scene.step, f"pending/{scene.rule}", -1)
    if verdict.ask is None:
        record(turn, scene.unit, step, scene.rule, verdict)
    else:
        turn.count(scene.unit, scene.step, f"pending/{scene.rule}")
    if verdict.move == "stay":
        _put_off(turn, errand, verdict)
    mark = f"{scene.unit}/{scene.step}" if step.spec.once else ""
    if mark and verdict.result in ("failed", "refused"):
        turn.state.once = turn.state.once - {mark}
    return verdict.ask is None


def record(turn: Turn, unit: str, step: LinkedStep, label: str, verdict: Verdict) -> None:
    """Counts an action that belongs to no member, and says what came of it."""
    data = verdict.data if verdict.due is None else {**verdict.data, "due": verdict.due}
    turn.count(unit, step.id, count_name(verdict, label))
    turn.write("action", unit, step.id, 0, verdict.result, label, verdict.why, data)
    if verdict.result == "failed":
        action_failed(turn, campaign="", step=step.id, kind=step.spec.kind, reason=verdict.why)
