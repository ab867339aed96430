"""How memberships are written. Rules of this file:

- A contact has one membership in a campaign. A campaign without statuses has none.
- A membership becomes a response with its first responded status, and stays one: a status that is not a
  responded one is not written over it.
- Whether a response qualifies is judged there and then, once. With an active response there already, it is
  `resolved_already_engaged`; else it becomes the active one if it qualifies, or `resolved_no_action`.
- A response in a prompt campaign is put off while scenarios look for an earlier one (see `judging`).
"""

from __future__ import annotations

from msgspec.structs import replace

from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.funnel.listening import prompted, wait
from oncue.runtime.kernel.funnel.records import Membership, Prompt, Waiting
from oncue.runtime.kernel.funnel.stages import funnel_of, keep, reach, say
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.plan import Campaign
from oncue.schemas.values import Value, compared_text

NO_CHANGE = "no change"
RESPONDED = "has responded already"


def record(turn: Turn, campaign: str, status: str, cause: str) -> str:
    """Gives the contact's membership in a campaign a status; what came of it, in a word or two. `cause` is
    the triggering input, for keys."""
    if campaign in turn.program.scenarios.prompts and responds(turn.program.plan.campaigns[campaign], status):
        waiting = prompted(turn, campaign, cause)
        if waiting:
            _put_off(turn, campaign, status, waiting)
            return f"waits for {', '.join(each.scenario for each in waiting)}"
    return write(turn, campaign, status)


def enter(turn: Turn, campaign: str, cause: str) -> None:
    """Entering a campaign's flow makes the contact a member, with the first status; it does not change the
    status of one who is a member already."""
    statuses = turn.program.plan.campaigns[campaign].statuses
    if statuses and campaign not in funnel_of(turn.state).memberships:
        record(turn, campaign, statuses[0].id, cause)


def responds(campaign: Campaign, status: str) -> bool:
    """Whether the status is a responded one."""
    return any(each.id == status and each.responded for each in campaign.statuses)


def _put_off(turn: Turn, campaign: str, status: str, waiting: list[Waiting]) -> None:
    funnel = funnel_of(turn.state)
    number = str(funnel.numbers + 1)
    prompt = Prompt(campaign, status, turn.now, len(waiting))
    turn.state.funnel = replace(
        funnel, numbers=funnel.numbers + 1, prompts={**funnel.prompts, number: prompt}
    )
    turn.write("membership", f"campaigns/{campaign}", result="pending", data={"status": status})
    for each in waiting:
        wait(turn, turn.program.scenario(each.scenario), replace(each, prompt=number))


def write(turn: Turn, campaign: str, status: str) -> str:
    """The same, without regard to scenarios."""
    old = funnel_of(turn.state).memberships.get(campaign)
    if old is not None and old.status == status:
        return NO_CHANGE
    responded = responds(turn.program.plan.campaigns[campaign], status)
    if old is not None and old.result:
        if not responded:
            return RESPONDED
        keep(turn, replace(old, status=status, since=turn.now))
        _note(turn, old, status)
        return "status changed"
    member = begin(turn, campaign, status)
    if not responded:
        keep(turn, member)
        _note(turn, old, status, member)
        return "member" if old is None else "status changed"
    return _respond(turn, member)


def begin(turn: Turn, campaign: str, status: str) -> Membership:
    """The membership with this status, the latest in the order of recording; not yet kept."""
    funnel = funnel_of(turn.state)
    turn.state.funnel = funnel = replace(funnel, written=funnel.written + 1)
    old = funnel.memberships.get(campaign)
    if old is None:
        return Membership(campaign, status, turn.now, turn.now, funnel.written)
    return replace(old, status=status, since=turn.now, order=funnel.written)


def _note(turn: Turn, old: Membership | None, status: str, new: Membership | None = None) -> None:
    member = old or new
    data: dict[str, Value] = {"status": status} if old is None else {"status": status, "from": old.status}
    turn.write("membership", f"campaigns/{member.campaign if member else ''}", data=data)


def as_response(turn: Turn, member: Membership) -> Membership:
    """The membership as a response that comes now: judged whether it qualifies."""
    settings = turn.program.plan.settings.funnel
    qualified = settings is not None and turn.program.condition(settings.qualified_when.condition).test(
        turn.state, turn.now, {}, None
    )
    return replace(reach(turn, member, "responded"), qualified=qualified)


def _respond(turn: Turn, member: Membership) -> str:
    response = as_response(turn, member)
    if funnel_of(turn.state).active:
        result = "resolved_already_engaged"
    elif response.qualified:
        activate(turn, response)
        return "active"
    else:
        result = "resolved_no_action"
    keep(turn, replace(response, result=result))
    turn.count(f"campaigns/{member.campaign}", "", f"response/{result}")
    say(turn, response, result, {"status": response.status, "qualified": response.qualified})
    return result


def activate(turn: Turn, response: Membership, by: str = "") -> None:
    """Makes it the contact's active response: a funnel starts. There is no other one."""
    unit = f"campaigns/{response.campaign}"
    if response.result:
        turn.count(unit, "", f"response/{response.result}", -1)
    turn.count(unit, "", "response/active")
    fresh = replace(
        response, result="active", opportunity=None, won=None, lost=None, ended=None, deal="", by=by
    )
    keep(turn, reach(turn, fresh, "engaged"), active=response.campaign)
    data: dict[str, Value] = {"status": response.status, "qualified": response.qualified}
    say(turn, response, "active", {**data, "scenario": by} if by else data)
    _set_status(turn)


def _set_status(turn: Turn) -> None:
    """What the mode says: `active` always, `hybrid` where the status is missing or inactive."""
    settings = turn.program.plan.settings.funnel
    if settings is None or settings.mode == "passive" or not settings.first:
        return
    status = turn.state.fields.get("status")
    if settings.mode == "hybrid" and status is not None and status not in settings.inactive:
        return
    compared = compared_text(settings.first)
    if changes.set_field(turn, "status", compared, settings.first if settings.first != compared else None):
        turn.write("contact.updated", data={"status": settings.first})
