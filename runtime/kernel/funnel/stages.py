"""How an active response goes on and ends. It ends when the contact's status becomes inactive, or its deal is
won or lost; its deal is the first that is added while it is active.

Nothing here changes the contact's fields or deals: those changes come here, there and then.
"""

from __future__ import annotations

from msgspec.structs import replace

from oncue.runtime.kernel.funnel.records import EMPTY, FunnelState, Membership
from oncue.runtime.kernel.state import ContactState, Deal
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.values import SCALE, Value

_SECOND = 1_000_000
_CLOSED = {"won": "resolved_won", "lost": "resolved_lost"}
_BEFORE = {"engaged": "responded", "opportunity": "engaged", "won": "opportunity", "lost": "opportunity"}


def funnel_of(state: ContactState) -> FunnelState:
    """The contact's place in the funnel; an empty one where it has none."""
    return state.funnel or EMPTY


def keep(turn: Turn, membership: Membership, *, active: str | None = None) -> None:
    """Puts a membership in the place of what it was; with `active`, that campaign's is the active one now."""
    funnel = funnel_of(turn.state)
    turn.state.funnel = replace(
        funnel,
        memberships={**funnel.memberships, membership.campaign: membership},
        active=funnel.active if active is None else active,
    )
    turn.touched.add("response")
    turn.touched.add(f"campaign:{membership.campaign}")


def active_of(state: ContactState) -> Membership | None:
    """The contact's active response."""
    funnel = state.funnel
    return funnel.memberships[funnel.active] if funnel is not None and funnel.active else None


def reach(turn: Turn, membership: Membership, stage: str) -> Membership:
    """The response comes to a stage; how long it took since the one before is added up for reports."""
    unit = f"campaigns/{membership.campaign}"
    turn.count(unit, "", f"stage/{stage}")
    before = getattr(membership, _BEFORE[stage]) if stage in _BEFORE else None
    if before is not None:
        turn.count(unit, "", f"seconds/{stage}", (turn.now - before) // _SECOND)
    return replace(membership, **{stage: turn.now})


def say(turn: Turn, membership: Membership, why: str, data: dict[str, Value] | None = None) -> None:
    """Writes what became of a response."""
    turn.write("response", f"campaigns/{membership.campaign}", why=why, data=data)


def status_changed(turn: Turn, old: Value | None, new: Value) -> None:
    """The contact's status has another value; an inactive one ends the active response."""
    settings = turn.program.plan.settings.funnel
    active = active_of(turn.state)
    if active is None or settings is None:
        return
    if new in settings.inactive and old not in settings.inactive:
        end(turn, active, "resolved_inactive")


def deal_added(turn: Turn, deal: Deal) -> None:
    """The first deal that is added while a response is active belongs to it."""
    active = active_of(turn.state)
    if active is None or active.deal:
        return
    keep(turn, replace(reach(turn, active, "opportunity"), deal=deal.id))
    say(turn, active, "opportunity", {"deal": deal.id})


def deal_closed(turn: Turn, deal: Deal) -> None:
    """The active response's deal was won or lost."""
    active = active_of(turn.state)
    if active is None or active.deal != deal.id or deal.status not in _CLOSED:
        return
    if deal.status == "won":
        whole, rest = divmod(deal.value or 0, SCALE)  # in two parts, as every amount that is added up
        turn.count(f"campaigns/{active.campaign}", "", "won value", whole)
        turn.count(f"campaigns/{active.campaign}", "", "won value rest", rest)
    end(turn, reach(turn, active, deal.status), _CLOSED[deal.status])


def end(turn: Turn, active: Membership, result: str) -> None:
    """It is the active response no more."""
    turn.count(f"campaigns/{active.campaign}", "", "response/active", -1)
    turn.count(f"campaigns/{active.campaign}", "", f"response/{result}")
    keep(turn, replace(active, result=result, ended=turn.now), active="")
    say(turn, active, result)
