"""How a member travels through a campaign. Rules of this file:

- A member stands before its step (`rule` NOT_ENTERED), or is at it and waits. Entering a step counts it as
  entered, chooses the rule and does its behaviour, once; then the member leaves the step, or waits at it.
- Of each step: entered = at it + released + jumped + removed; and each rule's entries = done + pending +
  cancelled + refused + failed, apart from those counted as no_action.
- Before each step the member's own `exit_when` is looked at. A member of a paused campaign takes no step.
- Leaving by exit or removal takes back the entry's messages; passing the last step, or `end`, does not.
"""

from __future__ import annotations

from oncue.runtime.kernel.actions import answered, perform
from oncue.runtime.kernel.actions.flow import timed_out
from oncue.runtime.kernel.edges import set_due
from oncue.runtime.kernel.failures import action_failed
from oncue.runtime.kernel.leaving import take_back
from oncue.runtime.kernel.link import LinkedCampaign, LinkedStep
from oncue.runtime.kernel.state import Member
from oncue.runtime.kernel.turn import MAX_STEPS, Turn, paused
from oncue.runtime.kernel.verdicts import DONE, NO_ACTION, Scene, Verdict, count_name
from oncue.schemas.actions import Action, WaitAt, WaitDate, WaitFor, WaitUntil
from oncue.schemas.audit import Result, What
from oncue.schemas.values import Value

NOT_ENTERED = -2
DEFAULT = -1
WAITS = (WaitFor, WaitAt, WaitDate, WaitUntil)


def look_at(turn: Turn, member: Member) -> None:
    """A member's place in a round: its exit, then its wait; one that moves runs until it waits or ends."""
    campaign = turn.program.campaign(member.campaign)
    if _may_exit(turn, campaign, member) and exits(turn, campaign, member):
        return
    if paused(turn.program, member) and member.asked not in turn.answers:
        return
    if member.rule != NOT_ENTERED:
        step = campaign.steps[member.step]
        verdict = _wait_over(turn, campaign, step, member)
        if verdict is None or not _finish(turn, campaign, step, member, verdict, waited=True):
            return
    if not paused(turn.program, member):  # an answer is taken there too
        run(turn, campaign, member)


def run(turn: Turn, campaign: LinkedCampaign, member: Member) -> None:
    """Lets a member that stands before a step go on until it waits or ends."""
    while not exits(turn, campaign, member):
        if turn.steps >= MAX_STEPS:
            _strand(turn, campaign, member)
            return
        turn.steps += 1
        if not _take(turn, campaign, member):
            return


def _strand(turn: Turn, campaign: LinkedCampaign, member: Member) -> None:
    """The input has caused too much: the member stands, and goes on at the next input."""
    if member.order not in turn.stranded:
        turn.stranded.add(member.order)
        turn.write("cascade_limit", campaign.unit, member.step, member.entry, why=f"{MAX_STEPS} steps")


# --- leaving --------------------------------------------------------------------------------------


def exits(turn: Turn, campaign: LinkedCampaign, member: Member) -> bool:
    """Judges `exit_when`; if it holds, the member leaves here and now."""
    condition = campaign.exit
    if condition is None:
        return False
    if condition.test(turn.state, turn.now, {}, member):
        remove(turn, campaign, member, "campaign.exited", "exit_when")
        return True
    if campaign.exit_moves:
        set_due(turn, f"exit/{member.order}", condition.next(turn.state, turn.now, {}, member))
    return False


def remove(turn: Turn, campaign: LinkedCampaign, member: Member, what: What, why: str) -> None:
    """Takes a member out, wherever it stands, and takes back its messages as far as they have not left."""
    vacate(turn, campaign, member, why)
    take_back(turn, member.campaign, member.entry, why)
    forget(turn, campaign, member, what, why)


def vacate(turn: Turn, campaign: LinkedCampaign, member: Member, why: str) -> None:
    """Takes a member away from the step at which it waits, if it does so; its wait is cancelled."""
    if member.rule == NOT_ENTERED:
        return
    label = label_of(member.rule)
    turn.count(campaign.unit, member.step, f"pending/{label}", -1)
    turn.count(campaign.unit, member.step, f"cancelled/{label}")
    turn.write("action", campaign.unit, member.step, member.entry, "cancelled", label, why)
    _leave_step(turn, campaign, member, "removed")


def forget(turn: Turn, campaign: LinkedCampaign, member: Member, what: What, why: str) -> None:
    """Strikes a member off and says so."""
    turn.state.members = [other for other in turn.state.members if other is not member]
    if campaign.exit_moves:
        turn.state.due.pop(f"exit/{member.order}", None)
    turn.touched.add(f"campaign:{campaign.id}")
    turn.write(what, campaign.unit, entry=member.entry, why=why)
    turn.count(campaign.unit, "", "exited" if what == "campaign.exited" else "ended")


def _may_exit(turn: Turn, campaign: LinkedCampaign, member: Member) -> bool:
    condition = campaign.exit
    return condition is not None and _stirred(turn, condition.needs, f"exit/{member.order}")


def _stirred(turn: Turn, needs: frozenset[str], name: str) -> bool:
    """Whether a condition of a member may have changed since it was last looked at."""
    if turn.afresh or not needs.isdisjoint(turn.fresh) or not needs.isdisjoint(turn.touched):
        return True
    return "clock" in needs and turn.state.due.get(name, turn.now + 1) <= turn.now


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


def label_of(rule: int) -> str:
    """How counts and audit name a rule: ``rule 2``, ``default``."""
    return _LABELS[rule] if rule < len(_LABELS) - 1 else f"rule {rule + 1}"


_LABELS = (*(f"rule {number}" for number in range(1, 33)), "default")  # -1 is the default


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
    label = label_of(member.rule)
    turn.count(campaign.unit, member.step, f"pending/{label}")
    if verdict.ask is not None:
        member.asked = turn.ask(*verdict.ask)
        return
    _note_wait(turn, campaign, member, verdict)
    if isinstance(action, WaitUntil):
        _watch(turn, member, action)


def _note_wait(turn: Turn, campaign: LinkedCampaign, member: Member, verdict: Verdict) -> None:
    member.due = verdict.due
    data: dict[str, Value] = {} if verdict.due is None else {"due": verdict.due}
    result: Result = "deferred" if verdict.result == "deferred" else "pending"
    label = label_of(member.rule)
    turn.write("action", campaign.unit, member.step, member.entry, result, label, verdict.why, data)


def _watch(turn: Turn, member: Member, action: WaitUntil) -> None:
    condition = turn.program.condition(action.until.condition)
    if "clock" in condition.needs:
        set_due(turn, f"until/{member.order}", condition.next(turn.state, turn.now, {}, member))


def _wait_over(turn: Turn, campaign: LinkedCampaign, step: LinkedStep, member: Member) -> Verdict | None:
    """How a member's wait ends with this input; None: it goes on."""
    action = chosen(step, member.rule)
    if member.asked:
        return _told(turn, campaign, step, member, action)
    if isinstance(action, WaitUntil):
        condition = turn.program.condition(action.until.condition)
        if _stirred(turn, condition.needs, f"until/{member.order}"):
            if condition.test(turn.state, turn.now, {}, member):
                return DONE
            _watch(turn, member, action)
        return timed_out(action) if member.due is not None and turn.is_due(member.due) else None
    if member.due is not None and not turn.is_due(member.due):
        return None
    if action is None or isinstance(action, WAITS):
        return DONE
    return _again(turn, campaign, member, perform(turn, _scene(campaign, member), action))


def _told(
    turn: Turn, campaign: LinkedCampaign, step: LinkedStep, member: Member, action: Action | None
) -> Verdict | None:
    """Goes on with the answer to its question, if this input brings it."""
    answer = turn.answers.pop(member.asked, None)
    if answer is None:
        return None
    member.asked = ""
    if action is None:
        return DONE  # a changed plan has taken the action away
    return _again(turn, campaign, member, answered(turn, _scene(campaign, member), action, answer))


def _again(turn: Turn, campaign: LinkedCampaign, member: Member, verdict: Verdict) -> Verdict | None:
    """The action asks once more, or is deferred once more; or (not None) it is over."""
    if verdict.move != "stay":
        return verdict
    if verdict.ask is not None:
        member.due = None
        member.asked = turn.ask(*verdict.ask)
    else:
        _note_wait(turn, campaign, member, verdict)
    return None


def _scene(campaign: LinkedCampaign, member: Member) -> Scene:
    return Scene(campaign.unit, member.step, label_of(member.rule), None, member)


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
    _leave_step(turn, campaign, member, "jumped" if verdict.move == "jump" else "released")
    if verdict.move == "end":
        forget(turn, campaign, member, "campaign.ended", verdict.ending)
        return False
    to = verdict.to or step.spec.next
    if to is None:
        forget(turn, campaign, member, "campaign.ended", "last step")
        return False
    member.step, member.arrived = to, turn.now
    return True


def _leave_step(turn: Turn, campaign: LinkedCampaign, member: Member, how: str) -> None:
    turn.write("step.left", campaign.unit, member.step, member.entry, why=how)
    turn.count(campaign.unit, member.step, how)
    member.rule, member.due, member.asked = NOT_ENTERED, None, ""
    if turn.state.due:
        turn.state.due.pop(f"until/{member.order}", None)
