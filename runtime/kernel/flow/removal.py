"""How members leave: a step, or their campaign. Rules of this file:

- Leaving by exit, `end_campaign` or removal takes back the entry's messages, as far as they have not left;
  passing the last step, or `end`, does not.
- A step that a member is taken away from, while it waits there, is counted as cancelled.
- The stay of a contact whose match a split still waits for is kept in its Trial.
"""

from __future__ import annotations

import msgspec

from oncue.runtime.kernel.edges import set_due
from oncue.runtime.kernel.flow.leaving import take_back
from oncue.runtime.kernel.link import LinkedCampaign
from oncue.runtime.kernel.state import Member
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.audit import What

NOT_ENTERED = -2


def label_of(rule: int) -> str:
    """How counts and audit name a rule: ``rule 2``, ``default``."""
    return _LABELS[rule] if rule < len(_LABELS) - 1 else f"rule {rule + 1}"


_LABELS = (*(f"rule {number}" for number in range(1, 33)), "default")  # -1 is the default


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


def vacate(turn: Turn, campaign: LinkedCampaign, member: Member, why: str, how: str = "removed") -> None:
    """Takes a member away from the step at which it waits, if it does so; its wait is cancelled."""
    if member.rule == NOT_ENTERED:
        return
    label = label_of(member.rule)
    turn.count(campaign.unit, member.step, f"pending/{label}", -1)
    turn.count(campaign.unit, member.step, f"cancelled/{label}")
    turn.write("action", campaign.unit, member.step, member.entry, "cancelled", label, why)
    leave_step(turn, campaign, member, how)


def leave_step(turn: Turn, campaign: LinkedCampaign, member: Member, how: str) -> None:
    """The member stands at its step no more; how: released, jumped or removed."""
    turn.write("step.left", campaign.unit, member.step, member.entry, why=how)
    turn.count(campaign.unit, member.step, how)
    member.rule, member.due, member.asked = NOT_ENTERED, None, ""
    if turn.state.due:
        turn.state.due.pop(f"until/{member.order}", None)


def forget(turn: Turn, campaign: LinkedCampaign, member: Member, what: What, why: str) -> None:
    """Strikes a member off and says so."""
    state = turn.state
    state.members = [other for other in state.members if other is not member]
    if campaign.exit_moves:
        state.due.pop(f"exit/{member.order}", None)
    for goal in campaign.goals:
        state.due.pop(goal.due(member), None)
    if state.trials:
        state.trials = [
            msgspec.structs.replace(trial, member=member) if trial.order == member.order else trial
            for trial in state.trials
        ]
    turn.touched.add(f"campaign:{campaign.id}")
    turn.write(what, campaign.unit, entry=member.entry, why=why)
    turn.count(campaign.unit, "", "exited" if what == "campaign.exited" else "ended")
    if member.version:
        turn.count(campaign.unit, "", f"version:{member.version}", -1)
