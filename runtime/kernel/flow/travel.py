"""How a member travels through a campaign. Rules of this file:

- A member stands before its step (`rule` NOT_ENTERED), or is at it and waits. Entering a step counts it as
  entered, chooses the rule and does its behaviour, once; then the member leaves the step, or waits at it.
- Of each step: entered = at it + released + jumped + removed; and each rule's entries = done + pending +
  cancelled + refused + failed, apart from those counted as no_action.
- Before each step the member's own goals are looked at, then its `exit_when` (see `goals`, `removal`). A
  member of a paused campaign takes no step.
- A member may wait for an instant, a condition, or the answer of another entity (`asked`).
"""

from __future__ import annotations

from oncue.runtime.kernel.actions import answered, perform
from oncue.runtime.kernel.actions.flow import timed_out, unmet
from oncue.runtime.kernel.edges import set_due
from oncue.runtime.kernel.flow.failures import action_failed
from oncue.runtime.kernel.flow.goals import jump, pass_over, reached, seek, stirred, unclear
from oncue.runtime.kernel.flow.removal import NOT_ENTERED, exits, forget, label_of, leave_step
from oncue.runtime.kernel.link import LinkedCampaign, LinkedGoal, LinkedStep
from oncue.runtime.kernel.state import Member
from oncue.runtime.kernel.turn import MAX_STEPS, Turn, paused
from oncue.runtime.kernel.verdicts import DONE, NO_ACTION, Scene, Verdict, count_name
from oncue.schemas.actions import Action, Goal, WaitAt, WaitDate, WaitFor, WaitUntil
from oncue.schemas.audit import Result
from oncue.schemas.values import Value

DEFAULT = -1
TIMED = (WaitFor, WaitAt, WaitDate)


def look_at(turn: Turn, member: Member) -> None:
    """A member's place in a round: its goals, its exit, then its wait; one that moves runs until it waits or
    ends. In a paused campaign it may exit."""
    campaign = turn.program.campaign(member.flow)
    still = paused(turn.program, member)
    if member.rule != NOT_ENTERED:
        if _moves_on(turn, campaign, member, still=still) and not still:
            run(turn, campaign, member)
    elif not still:
        turn.unsure.add(member.order)
        run(turn, campaign, member)
    elif _may_exit(turn, campaign, member):
        exits(turn, campaign, member)


def run(turn: Turn, campaign: LinkedCampaign, member: Member) -> None:
    """Lets a member that stands before a step go on until it waits or ends."""
    leaves = _leaves if campaign.goals else exits
    while not leaves(turn, campaign, member):
        if turn.steps >= MAX_STEPS:
            _strand(turn, campaign, member)
            return
        turn.steps += 1
        if not _take(turn, campaign, member):
            return


def _leaves(turn: Turn, campaign: LinkedCampaign, member: Member) -> bool:
    """What is looked at before each step: the goals, one of which may be the next step now; the exit."""
    goal = seek(turn, campaign, member) if unclear(turn, campaign, member) else None
    if goal is not None:
        jump(turn, campaign, member, goal)
        return False
    return exits(turn, campaign, member)


def _strand(turn: Turn, campaign: LinkedCampaign, member: Member) -> None:
    """The input has caused too much: the member stands, and goes on at the next input."""
    if member.order not in turn.stranded:
        turn.stranded.add(member.order)
        turn.write("cascade_limit", campaign.unit, member.step, member.entry, why=f"{MAX_STEPS} steps")


def _may_exit(turn: Turn, campaign: LinkedCampaign, member: Member) -> bool:
    condition = campaign.exit
    return condition is not None and turn.stirred(condition.needs, f"exit/{member.order}")


# --- waiting --------------------------------------------------------------------------------------


def _moves_on(turn: Turn, campaign: LinkedCampaign, member: Member, *, still: bool) -> bool:
    """What becomes of a member that waits at its step. True: it stands before another one.

    One that has asked finishes its step first: goals and exits are looked at with the answer."""
    if member.asked:
        return _hear(turn, campaign, member)
    if campaign.goals and not still and stirred(turn, campaign, member):
        goal = seek(turn, campaign, member)
        if goal is not None:
            return _come_to(turn, campaign, member, goal)
    if (_may_exit(turn, campaign, member) and exits(turn, campaign, member)) or still:
        return False
    step = campaign.steps[member.step]
    verdict = _wait_over(turn, campaign, step, member)
    return verdict is not None and _finish(turn, campaign, step, member, verdict, waited=True)


def _come_to(turn: Turn, campaign: LinkedCampaign, member: Member, goal: LinkedGoal) -> bool:
    """The goal's condition holds: the member waits at it, or jumps to it."""
    if goal.step != member.step:
        jump(turn, campaign, member, goal)
        return True
    step = campaign.steps[member.step]
    return _finish(turn, campaign, step, member, reached(turn, member, goal.step, goal.name), waited=True)


def _hear(turn: Turn, campaign: LinkedCampaign, member: Member) -> bool:
    """Goes on with the answer to its question, if this input brings it."""
    answer = turn.answers.pop(member.asked, None)
    if answer is None:
        return False
    member.asked = ""
    step = campaign.steps[member.step]
    action = chosen(step, member.rule)
    if action is None:
        verdict = DONE  # a changed plan has taken the action away
    else:
        verdict = answered(turn, _scene(campaign, member), action, answer)
    if verdict.move == "stay":
        _stay_on(turn, campaign, member, verdict)
        return False
    return _finish(turn, campaign, step, member, verdict, waited=True)


def _wait_over(turn: Turn, campaign: LinkedCampaign, step: LinkedStep, member: Member) -> Verdict | None:
    """How a member's wait ends with this input; None: it goes on."""
    action = chosen(step, member.rule)
    if isinstance(action, WaitUntil):
        return _until(turn, member, action)
    if member.due is None and isinstance(action, Goal) and action.unmet == "wait":
        return None
    if member.due is not None and not turn.is_due(member.due):
        return None
    if action is None or isinstance(action, TIMED):
        return DONE
    scene = _scene(campaign, member)
    verdict = unmet(turn, scene, action) if isinstance(action, Goal) else perform(turn, scene, action)
    if verdict.move != "stay":
        return verdict
    _stay_on(turn, campaign, member, verdict)
    return None


def _until(turn: Turn, member: Member, action: WaitUntil) -> Verdict | None:
    condition = turn.program.condition(action.until.condition)
    if turn.stirred(condition.needs, f"until/{member.order}"):
        if condition.test(turn.state, turn.now, {}, member):
            return DONE
        _watch(turn, member, action)
    return timed_out(action) if member.due is not None and turn.is_due(member.due) else None


def _watch(turn: Turn, member: Member, action: WaitUntil) -> None:
    condition = turn.program.condition(action.until.condition)
    if "clock" in condition.needs:
        set_due(turn, f"until/{member.order}", condition.next(turn.state, turn.now, {}, member))


def _stay_on(turn: Turn, campaign: LinkedCampaign, member: Member, verdict: Verdict) -> None:
    """The member waits where it stands: for an answer, or until it is due."""
    if verdict.ask is not None:
        member.due = None
        member.asked = turn.ask(*verdict.ask)
        return
    member.due = verdict.due
    data = verdict.data if verdict.due is None else {**verdict.data, "due": verdict.due}
    result: Result = "deferred" if verdict.result == "deferred" else "pending"
    label = label_of(member.rule)
    turn.write("action", campaign.unit, member.step, member.entry, result, label, verdict.why, data)


def _scene(campaign: LinkedCampaign, member: Member) -> Scene:
    return Scene(campaign.unit, member.step, label_of(member.rule), None, member)


# --- one step -------------------------------------------------------------------------------------


def choose(
    turn: Turn, step: LinkedStep, props: dict[str, Value], member: Member | None
) -> tuple[Action | None, int]:
    """The behaviour of the top-most rule that matches, else the default; and the rule's index."""
    for place, (condition, action) in enumerate(step.rules):
        if condition.test(turn.state, turn.now, props, member):
            return action, place
    return step.spec.default, DEFAULT


def chosen(step: LinkedStep, rule: int) -> Action | None:
    """The behaviour of the rule that was chosen on arrival."""
    return step.rules[rule][1] if 0 <= rule < len(step.rules) else step.spec.default


def _take(turn: Turn, campaign: LinkedCampaign, member: Member) -> bool:
    """One step of a member. True: it stands before another one."""
    step = campaign.steps[member.step]
    _enter_step(turn, campaign, member)
    action, member.rule = choose(turn, step, {}, member)
    if action is None:
        return _finish(turn, campaign, step, member, NO_ACTION)
    verdict = perform(turn, _scene(campaign, member), action)
    if verdict.move != "stay":
        return _finish(turn, campaign, step, member, verdict)
    _stay(turn, campaign, member, action, verdict)
    return False


def _enter_step(turn: Turn, campaign: LinkedCampaign, member: Member) -> None:
    """Counts the step as entered, and drops what its earlier pass sent."""
    step = member.step
    visit = member.visits[step] = member.visits.get(step, 0) + 1
    member.arrived = turn.now
    if visit > 1:
        member.messages.pop(step, None)
        for track in turn.program.step_tracks.get((campaign.id, step), ()):
            member.rows.pop(track, None)
            turn.touched.add(f"track:{track}")
    turn.write("step.entered", campaign.unit, step, member.entry)
    turn.count(campaign.unit, step, "entered")


def _stay(turn: Turn, campaign: LinkedCampaign, member: Member, action: Action, verdict: Verdict) -> None:
    """The member waits here: until its due instant, until the condition holds, or for an answer."""
    turn.count(campaign.unit, member.step, f"pending/{label_of(member.rule)}")
    _stay_on(turn, campaign, member, verdict)
    if isinstance(action, WaitUntil):
        _watch(turn, member, action)


def _finish(
    turn: Turn,
    campaign: LinkedCampaign,
    step: LinkedStep,
    member: Member,
    verdict: Verdict,
    *,
    waited: bool = False,
) -> bool:
    """Records what came of the step and moves the member on. True: it stands before another step."""
    label = label_of(member.rule)
    if waited:
        turn.count(campaign.unit, step.id, f"pending/{label}", -1)
    turn.count(campaign.unit, step.id, count_name(verdict, label))
    turn.write(
        "action", campaign.unit, step.id, member.entry, verdict.result, label, verdict.why, verdict.data
    )
    if verdict.result == "failed":
        kind = step.spec.kind
        action_failed(turn, campaign=campaign.id, step=step.id, kind=kind, reason=verdict.why)
        if step.spec.on_failure == "end":
            verdict = Verdict(move="end", ending="failure")
    return _move(turn, campaign, step, member, verdict)


def _move(turn: Turn, campaign: LinkedCampaign, step: LinkedStep, member: Member, verdict: Verdict) -> bool:
    jumps = verdict.move == "jump"
    leave_step(turn, campaign, member, "jumped" if jumps else "released")
    if verdict.move == "end":
        forget(turn, campaign, member, "campaign.ended", verdict.ending)
        return False
    to = verdict.to or step.spec.next
    if to is None:
        forget(turn, campaign, member, "campaign.ended", "last step")
        return False
    if jumps and campaign.goals:
        pass_over(turn, campaign, member, campaign.places[step.id] + 1, campaign.places[to])
    if campaign.goals and campaign.places[to] <= campaign.places[step.id]:
        turn.unsure.add(member.order)
    member.step, member.arrived = to, turn.now
    return True
