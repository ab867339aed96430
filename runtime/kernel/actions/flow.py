"""Steps that decide where and when a member goes on: waits, if, goto, goal, end."""

from __future__ import annotations

from oncue.runtime.kernel.flow.goals import reached, skipped
from oncue.runtime.kernel.flow.waits import end_of
from oncue.runtime.kernel.state import Member
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import DONE, Scene, Verdict
from oncue.schemas.actions import End, Goal, Goto, If, WaitAt, WaitDate, WaitFor, WaitUntil
from oncue.schemas.values import DAY

BUDGET = 10  # passes of one goto by one member in any 24 hours

_END = Verdict(move="end")


def wait(turn: Turn, scene: Scene, action: WaitFor | WaitAt) -> Verdict:
    """For a duration, or until the next such local time."""
    return _until(turn, end_of(turn.program, turn.state, action, turn.now))


def wait_date(turn: Turn, scene: Scene, action: WaitDate) -> Verdict:
    """Until the contact's date. One already past, or a contact without one, passes at once, or, with
    `if_past: end`, ends the member."""
    due = end_of(turn.program, turn.state, action, turn.now)
    if due is not None and due > turn.now:
        return Verdict(move="stay", due=due)
    why = "no date" if due is None else "already past"
    if action.if_past == "end":
        return Verdict(why=why, move="end", ending="if_past")
    return Verdict(why=why)


def wait_until(turn: Turn, scene: Scene, action: WaitUntil) -> Verdict:
    """Until the condition holds, or its limit; one that holds already passes at once."""
    member = _member(scene)
    condition = turn.program.condition(action.until.condition)
    if condition.test(turn.state, turn.now, {}, member):
        return DONE
    if action.at_most == 0:
        return timed_out(action)
    return Verdict(move="stay", due=end_of(turn.program, turn.state, action, turn.now))


def timed_out(action: WaitUntil) -> Verdict:
    """The limit of a wait was reached."""
    if action.on_timeout is None:
        return Verdict(why="timeout")
    return Verdict(why="timeout", move="branch", to=action.on_timeout)


def _until(turn: Turn, due: int | None) -> Verdict:
    return DONE if due is None or due <= turn.now else Verdict(move="stay", due=due)


def if_(turn: Turn, scene: Scene, action: If) -> Verdict:
    """Takes the branch that the condition says."""
    holds = turn.program.condition(action.when.condition).test(turn.state, turn.now, {}, _member(scene))
    return Verdict(why="then" if holds else "else", move="branch", to=action.then if holds else action.else_)


def goto(turn: Turn, scene: Scene, action: Goto) -> Verdict:
    """Goes to the step, as often as the budget and the step's own limit allow; then the member ends."""
    member = _member(scene)
    recent = [at for at in member.gotos.get(scene.step, ()) if at > turn.now - DAY]
    if action.at_most is not None and member.visits.get(scene.step, 0) > action.at_most:
        return _spent("goto at_most")
    if len(recent) >= BUDGET:
        return _spent("goto budget")
    member.gotos[scene.step] = [*recent, turn.now]
    return Verdict(move="jump", to=action.step)


def _spent(why: str) -> Verdict:
    return Verdict(result="refused", why=why, move="end", ending=why)


def goal(turn: Turn, scene: Scene, action: Goal) -> Verdict:
    """Passed by whoever meets it on arrival or has achieved it before; unmet, it says how to go on."""
    member = _member(scene)
    if scene.step in member.goals:
        return Verdict(why="achieved before")
    if turn.program.condition(action.when.condition).test(turn.state, turn.now, {}, member):
        return reached(turn, member, scene.step, action.name)
    if action.unmet == "wait" and action.at_most != 0:
        return Verdict(move="stay", due=end_of(turn.program, turn.state, action, turn.now))
    return unmet(turn, scene, action)


def unmet(turn: Turn, scene: Scene, action: Goal) -> Verdict:
    """The member leaves the goal behind without having achieved it."""
    skipped(turn, _member(scene), scene.step, action.name)
    if action.unmet == "end":
        return Verdict(why="unmet", move="end", ending="goal unmet")
    return Verdict(why="timeout" if action.unmet == "wait" else "unmet")


def end(turn: Turn, scene: Scene, action: End) -> Verdict:
    """The member's flow is over."""
    return _END


def _member(scene: Scene) -> Member:
    if scene.member is None:
        raise TypeError(f"a flow step in {scene.unit}")  # the compiler lets none in
    return scene.member
