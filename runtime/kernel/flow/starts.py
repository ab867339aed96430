"""Entering campaigns. A refused entry is recorded, and uses nothing up.

Refused is, in this order: a second entry where `runs: once` (with `entries: many`: a second one of its key);
a trigger of its own `runs: once` that was used; a contact that is inside (with its key); an event without
the `entry_key`; an `exit_when` that holds already.
"""

from __future__ import annotations

import msgspec

from oncue.runtime.kernel.edges import Candidate
from oncue.runtime.kernel.flow.removal import NOT_ENTERED, exits, forget
from oncue.runtime.kernel.flow.travel import run
from oncue.runtime.kernel.flow.triggers import BY_MIGRATION, Start
from oncue.runtime.kernel.funnel.recording import enter
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.link import LinkedCampaign
from oncue.runtime.kernel.state import Member
from oncue.runtime.kernel.turn import MAX_STARTS, Turn, paused
from oncue.schemas.parts import Position
from oncue.schemas.triggers import OnManual


def try_start(turn: Turn, candidate: Candidate) -> None:
    """Lets the contact enter, if the trigger's `when` holds and nothing speaks against it, and run."""
    start, event = candidate.start, candidate.event
    wanted = _wanted(turn, start, event)
    if not wanted and not isinstance(start.trigger, OnManual):
        return
    campaign = turn.program.campaign(start.campaign)
    if turn.starts >= MAX_STARTS:
        turn.write("cascade_limit", campaign.unit, why=f"{MAX_STARTS} starts")
        turn.count(campaign.unit, "", "refused:cascade_limit")
        return
    member = _prospect(turn, campaign, event)
    why = _objection(turn, campaign, start, member) if wanted else "its when does not hold"
    if why:
        turn.write("campaign.refused", campaign.unit, why=why, data={"trigger": start.why})
        turn.count(campaign.unit, "", f"refused:{why}")
        return
    turn.starts += 1
    _enter(turn, campaign, start, member)
    _begin(turn, campaign, member)


def transfer(turn: Turn, campaign: LinkedCampaign, before: Member, step: str) -> Member | None:
    """Lets a member of another campaign go on in this one, before `step`, as an entry of its own with the
    same properties; None: that is refused."""
    start = Start(campaign.id, BY_MIGRATION, OnManual(at=Position(0, 0, 0)))
    key = campaign.spec.entry_key
    prospect = _prospect(turn, campaign, None)
    member = msgspec.structs.replace(
        prospect,
        step=step,
        key=str(before.props.get(key, "")) if key else "",
        props=before.props,
        shown=before.shown,
    )
    why = _objection(turn, campaign, start, member)
    if why:
        turn.write("campaign.refused", campaign.unit, why=why, data={"trigger": start.why})
        turn.count(campaign.unit, "", f"refused:{why}")
        return None
    _enter(turn, campaign, start, member)
    return member


def _wanted(turn: Turn, start: Start, event: Event | None) -> bool:
    """Whether the trigger's `when` holds; whoever enters by hand is told if it does not."""
    when = start.trigger.when
    if when is None:
        return True
    condition = turn.program.condition(when.condition)
    return condition.test(turn.state, turn.now, event.props if event else {}, None)


def _prospect(turn: Turn, campaign: LinkedCampaign, event: Event | None) -> Member:
    """The member that the contact would be."""
    state = turn.state
    key = campaign.spec.entry_key
    return Member(
        campaign=campaign.id,
        entry=state.entered.get(campaign.id, 0) + 1,
        order=state.entries + 1,
        at=turn.now,
        seq=state.seq,
        step=campaign.spec.first or "",
        arrived=turn.now,
        rule=NOT_ENTERED,
        key=str(event.props.get(key, "")) if event and key else "",
        props=dict(event.props) if event else {},
        shown=dict(event.shown) if event else {},
    )


def _objection(turn: Turn, campaign: LinkedCampaign, start: Start, member: Member) -> str:
    """Why the entry is not allowed; an empty text if it is."""
    state, spec = turn.state, campaign.spec
    many = spec.entries == "many"
    if spec.runs == "once" and (_key_mark(member) in state.entered_by if many else member.entry > 1):
        return "runs once"
    if start.trigger.runs == "once" and start.mark in state.entered_by:
        return "this trigger runs once"
    if many and spec.entry_key and not member.key:
        return "no entry key"
    if any(_same_place(other, member, many=many) for other in state.members):
        return "already inside"
    if campaign.exit is not None and campaign.exit.test(state, turn.now, {}, member):
        return "exit_when holds already"
    return ""


def _same_place(other: Member, member: Member, *, many: bool) -> bool:
    return other.campaign == member.campaign and (not many or other.key == member.key)


def _key_mark(member: Member) -> str:
    return f"{member.campaign}={member.key}"


def _enter(turn: Turn, campaign: LinkedCampaign, start: Start, member: Member) -> None:
    state = turn.state
    state.entries += 1
    state.entered[campaign.id] = member.entry
    if start.trigger.runs == "once":
        state.entered_by = state.entered_by | {start.mark}
    if campaign.spec.entries == "many" and campaign.spec.runs == "once":
        state.entered_by = state.entered_by | {_key_mark(member)}
    state.members.append(member)
    turn.touched.add(f"campaign:{campaign.id}")
    turn.write("campaign.entered", campaign.unit, entry=member.entry, why=start.why)
    turn.count(campaign.unit, "", "entered")
    if campaign.spec.statuses:
        enter(turn, campaign.id, f"{campaign.unit}/{member.entry}")


def _begin(turn: Turn, campaign: LinkedCampaign, member: Member) -> None:
    """Its first steps; in a paused campaign it stands before them."""
    if not member.step:
        forget(turn, campaign, member, "campaign.ended", "last step")
    elif paused(turn.program, member):
        exits(turn, campaign, member)
    else:
        turn.unsure.add(member.order)
        run(turn, campaign, member)
