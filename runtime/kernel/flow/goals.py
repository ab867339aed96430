"""Goals: a member jumps to one the moment its condition holds. Rules of this file:

- A goal is in reach of a member that stands before it in the order of the file, in whatever branch, or at
  it; one `from: anywhere` is in reach of all. Each is achieved once per entry.
- Of several that hold, the nearest ahead counts; only then those behind, the nearest first.
- Who jumps is taken away from its step, and what its entry has sent is taken back as far as it has not left.
- A goal is skipped, once per entry, by whoever arrives at it and leaves it unmet, and by whoever jumps over
  it. One that was skipped can still be achieved, if a goto leads back before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from oncue.runtime.kernel.conditions.needs import CLOCK
from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.edges import set_due
from oncue.runtime.kernel.flow.leaving import take_back
from oncue.runtime.kernel.flow.removal import vacate
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.link import LinkedCampaign, LinkedGoal
from oncue.runtime.kernel.state import Member
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Verdict
from oncue.schemas.audit import What
from oncue.schemas.values import Value

SKIPPED = " (skipped)"  # after a step in `Member.goals`; no id has a space


def stirred(turn: Turn, campaign: LinkedCampaign, member: Member) -> bool:
    """Whether any of the member's goals may have changed since they were last looked at."""
    if turn.moved(campaign.goal_needs):
        return True
    return CLOCK in campaign.goal_needs and any(
        turn.stirred(goal.condition.needs, goal.due(member)) for goal in campaign.goals if goal.moves
    )


def unclear(turn: Turn, campaign: LinkedCampaign, member: Member) -> bool:
    """Whether a member that stands before a step must look at its goals. Those that nothing has stirred since
    it last did say what they said then; but it sees others once it has gone back or reached one."""
    if member.order in turn.unsure:
        turn.unsure.discard(member.order)
        return True
    return CLOCK in campaign.goal_needs or turn.moved(campaign.goal_needs)


def seek(turn: Turn, campaign: LinkedCampaign, member: Member) -> LinkedGoal | None:
    """The goal that the member reaches now; notes when the others may next hold by time alone."""
    state, now = turn.state, turn.now
    _forget_dues(turn, campaign, member)
    for goal in _in_reach(campaign, member):
        if goal.condition.test(state, now, {}, member):
            turn.unsure.add(member.order)
            return goal
        if goal.moves:
            set_due(turn, goal.due(member), goal.condition.next(state, now, {}, member))
    return None


def _forget_dues(turn: Turn, campaign: LinkedCampaign, member: Member) -> None:
    for goal in campaign.goals:
        if goal.moves:
            turn.state.due.pop(goal.due(member), None)


def _in_reach(campaign: LinkedCampaign, member: Member) -> Iterator[LinkedGoal]:
    """The goals that a member can still reach, in the order in which they count."""
    here = campaign.places[member.step]
    for goal in campaign.goals:
        if goal.place >= here and goal.step not in member.goals:
            yield goal
    for goal in reversed(campaign.goals):
        if goal.place < here and goal.anywhere and goal.step not in member.goals:
            yield goal


def jump(turn: Turn, campaign: LinkedCampaign, member: Member, goal: LinkedGoal) -> None:
    """Takes the member from wherever it stands to the goal's step; it stands before that then."""
    here = campaign.places[member.step]
    if here == goal.place:
        return
    why = f"goal {goal.name}"
    vacate(turn, campaign, member, why, "jumped")
    take_back(turn, member.campaign, member.entry, why)
    pass_over(turn, campaign, member, here, goal.place)
    member.step, member.arrived = goal.step, turn.now


def pass_over(turn: Turn, campaign: LinkedCampaign, member: Member, here: int, there: int) -> None:
    """A jump from one place to another: the goals between are skipped, the one that it begins at too."""
    for goal in campaign.goals:
        if here <= goal.place < there and goal.step not in member.goals:
            skipped(turn, member, goal.step, goal.name)


def reached(turn: Turn, member: Member, step: str, name: str) -> Verdict:
    """The goal is achieved, which is an event."""
    member.goals = member.goals | {step}
    _happen(turn, member, step, name, "goal.achieved")
    return Verdict(why="achieved")


def skipped(turn: Turn, member: Member, step: str, name: str) -> None:
    """The same where it was left behind unmet; only the first time counts."""
    if step + SKIPPED not in member.goals:
        member.goals = member.goals | {step + SKIPPED}
        _happen(turn, member, step, name, "goal.skipped")


def _happen(turn: Turn, member: Member, step: str, name: str, what: What) -> None:
    unit = f"campaigns/{member.campaign}"
    turn.write(what, unit, step, member.entry, data={"goal": name})
    turn.count(unit, step, what.replace(".", ":"))
    props: dict[str, Value] = {"campaign": member.campaign, "goal": name}
    key = f"{what}/{turn.state.key}/{turn.state.seq + 1}"
    changes.raise_event(turn, Event(key, what, turn.now, props=props))
