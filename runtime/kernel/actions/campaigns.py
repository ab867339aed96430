"""Actions on campaigns: starting one for the contact, and ending its stays in others."""

from __future__ import annotations

from oncue.runtime.kernel.flow.leaving import take_back
from oncue.runtime.kernel.flow.removal import remove
from oncue.runtime.kernel.flow.triggers import BY_STEP, Start
from oncue.runtime.kernel.state import Member
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Scene, Verdict
from oncue.schemas.actions import EndCampaign, StartCampaign
from oncue.schemas.parts import Position
from oncue.schemas.triggers import OnManual

_NO_TRIGGER = OnManual(at=Position(0, 0, 0))


def start_campaign(turn: Turn, scene: Scene, action: StartCampaign) -> Verdict:
    """The contact enters with the round's other starts; whether it may, is recorded there."""
    turn.enrolled.append(Start(action.campaign, BY_STEP, _NO_TRIGGER))
    return Verdict(data={"campaign": action.campaign})


def end_campaign(turn: Turn, scene: Scene, action: EndCampaign) -> Verdict:
    """Takes the contact out of a campaign, or of all but the step's own. Its own stay ends too, if it is the
    one that is named."""
    own = scene.member
    ended = [member for member in turn.state.members if member is not own and _is_meant(member, own, action)]
    for member in ended:
        turn.gone.add(member.order)
        remove(turn, turn.program.campaign(member.flow), member, "campaign.ended", "end_campaign")
    if own is not None and own.campaign == action.campaign:
        take_back(turn, own.campaign, own.entry, "end_campaign")
        return Verdict(move="end", ending="end_campaign")
    if not ended:
        return Verdict(why="not inside")
    return Verdict(data={"campaigns": sorted({member.campaign for member in ended})})


def _is_meant(member: Member, own: Member | None, action: EndCampaign) -> bool:
    if action.campaign is not None:
        return member.campaign == action.campaign
    return own is None or member.campaign != own.campaign
