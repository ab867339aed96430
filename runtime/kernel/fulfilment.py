"""Fulfillment actions: what an asset's behaviour does then and there (source 000).

They run in file order, each seeing what the earlier ones changed; of several pages that match one visit, by
page id. An email's open actions fire on the contact's first open of that email, over all its sends. Of a
paused one the messages are held and everything else is done.
"""

from __future__ import annotations

from oncue.runtime.kernel.actions import perform
from oncue.runtime.kernel.failures import action_failed
from oncue.runtime.kernel.flow import choose, label_of
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.link import Deed, LinkedStep
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import NO_ACTION, Scene, Verdict, count_name


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
    held = turn.program.is_paused(deed.unit)
    for step in deed.actions:
        _act(turn, deed, step, event, held=held)


def _act(turn: Turn, deed: Deed, step: LinkedStep, event: Event, *, held: bool) -> None:
    """One action; its once-mark is spent when it is done, deferred or held."""
    mark = f"{deed.unit}/{step.id}" if step.spec.once else ""
    if mark in turn.state.once:
        _record(turn, deed, step, "", _ONCE)
        return
    action, rule = choose(turn, step, event.props, None)
    label = label_of(rule)
    if action is None:
        _record(turn, deed, step, label, NO_ACTION)
        return
    verdict = perform(turn, Scene(deed.unit, step.id, label, event, held=held), action)
    if mark and verdict.result in ("done", "deferred", "held"):
        turn.state.once = turn.state.once | {mark}
    _record(turn, deed, step, label, verdict)


_ONCE = Verdict(result="skipped", why="once")


def _record(turn: Turn, deed: Deed, step: LinkedStep, label: str, verdict: Verdict) -> None:
    turn.count(deed.unit, step.id, count_name(verdict, label))
    turn.write("action", deed.unit, step.id, 0, verdict.result, label, verdict.why, verdict.data)
    if verdict.result == "failed":
        action_failed(turn, campaign="", step=step.id, kind=step.spec.kind, reason=verdict.why)
