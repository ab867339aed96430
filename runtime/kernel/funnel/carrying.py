"""What becomes of a contact's funnel when two contacts turn out to be one, when one is erased, and when the
plan changes.

- Of two memberships in one campaign the active response stays, else a response, else the older one.
- Of two active responses the one that was engaged first stays active, the survivor's where both are as old;
  the other becomes ``resolved_already_engaged``.
- What waits goes on waiting. A scenario that is gone from the plan waits no more; a changed wait counts the
  time that has passed.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from oncue.runtime.kernel.funnel.judging import drop_prompt
from oncue.runtime.kernel.funnel.listening import look_at
from oncue.runtime.kernel.funnel.records import FunnelState, Membership, Waiting
from oncue.runtime.kernel.funnel.stages import active_of, end, funnel_of
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.values import Value


def unite(turn: Turn, other: ContactState) -> None:
    """Takes the other contact's funnel over, before its deals (which are numbered after the survivor's)."""
    theirs = other.funnel
    if theirs is None:
        return
    mine = funnel_of(turn.state)
    loser = _second(active_of(turn.state), active_of(other))
    if loser is not None and loser.campaign == mine.active and loser is active_of(turn.state):
        end(turn, loser, "resolved_already_engaged")
    elif loser is not None:
        theirs = _resolved(turn, theirs, loser)
    memberships = _together(turn, theirs, turn.state.deals_made)
    mine = funnel_of(turn.state)
    turn.state.funnel = replace(
        mine,
        memberships=memberships,
        written=mine.written + theirs.written,
        active=mine.active or theirs.active,
        numbers=mine.numbers + theirs.numbers,
        waiting={**mine.waiting, **_renumbered(turn, theirs, other.key)},
        prompts={
            **mine.prompts,
            **{str(int(number) + mine.numbers): each for number, each in theirs.prompts.items()},
        },
    )
    turn.touched.add("response")


def _second(mine: Membership | None, theirs: Membership | None) -> Membership | None:
    """Of two active responses, the one that was engaged later."""
    if mine is None or theirs is None:
        return None
    return mine if (theirs.engaged or 0) < (mine.engaged or 0) else theirs


def _resolved(turn: Turn, theirs: FunnelState, loser: Membership) -> FunnelState:
    """The other contact's active response is the second one: the same as `end` does to the survivor's."""
    unit = f"campaigns/{loser.campaign}"
    turn.count(unit, "", "response/active", -1)
    turn.count(unit, "", "response/resolved_already_engaged")
    turn.write("response", unit, why="resolved_already_engaged")
    over = replace(loser, result="resolved_already_engaged", ended=turn.now)
    return replace(theirs, active="", memberships={**theirs.memberships, loser.campaign: over})


def _together(turn: Turn, theirs: FunnelState, deals: int) -> dict[str, Membership]:
    """All memberships, in the order in which they were recorded on each side, the survivor's first."""
    mine = funnel_of(turn.state)
    found = dict(mine.memberships)
    for campaign, member in theirs.memberships.items():
        deal = str(deals + int(member.deal)) if member.deal else ""
        moved = replace(member, order=member.order + mine.written, deal=deal)
        present = found.get(campaign)
        if present is None:
            found[campaign] = moved
            continue
        lost = present if _weight(moved) > _weight(present) else moved
        found[campaign] = moved if lost is present else present
        if lost.result:
            turn.count(f"campaigns/{campaign}", "", f"response/{lost.result}", -1)
    return found


def _weight(member: Membership) -> tuple[bool, bool, int]:
    return member.result == "active", bool(member.result), -member.at


def _renumbered(turn: Turn, theirs: FunnelState, key: str) -> dict[str, Waiting]:
    """Their waits; a cause is unique for one contact only."""
    shift, found = funnel_of(turn.state).numbers, {}
    for number, each in theirs.waiting.items():
        name = str(int(number) + shift)
        prompt = str(int(each.prompt) + shift) if each.prompt else ""
        found[name] = replace(each, cause=f"{each.cause}@{key}", prompt=prompt)
        turn.state.due[f"scenario/{name}"] = each.due
    return found


def forget(turn: Turn) -> None:
    """The contact is erased: what is counted as being there is there no more."""
    funnel = funnel_of(turn.state)
    for member in funnel.memberships.values():
        if member.result:
            turn.count(f"campaigns/{member.campaign}", "", f"response/{member.result}", -1)
    for waiting in funnel.waiting.values():
        turn.count(f"reactivation_scenarios/{waiting.scenario}", "", "waiting", -1)


# --- a changed plan -------------------------------------------------------------------------------


def rename(funnel: FunnelState, campaigns: Mapping[str, str], scenarios: Mapping[str, str]) -> FunnelState:
    """The same under the new names."""

    def member(each: Membership) -> Membership:
        campaign = campaigns.get(each.campaign, each.campaign)
        return replace(each, campaign=campaign, by=scenarios.get(each.by, each.by))

    def waiting(each: Waiting) -> Waiting:
        return replace(each, scenario=scenarios.get(each.scenario, each.scenario))

    return replace(
        funnel,
        memberships={campaigns.get(name, name): member(each) for name, each in funnel.memberships.items()},
        active=campaigns.get(funnel.active, funnel.active),
        crossed={scenarios.get(name, name) for name in funnel.crossed},
        waiting={number: waiting(each) for number, each in funnel.waiting.items()},
        prompts={
            number: replace(each, campaign=campaigns.get(each.campaign, each.campaign))
            for number, each in funnel.prompts.items()
        },
    )


def carry(turn: Turn) -> None:
    """By the new plan: waits that go on, or not; what every `crosses` says now, which is no edge."""
    specs = turn.program.plan.reactivation_scenarios
    funnel = funnel_of(turn.state)
    gone = [(number, each) for number, each in funnel.waiting.items() if each.scenario not in specs]
    kept = {number: each for number, each in funnel.waiting.items() if each.scenario in specs}
    kept = {number: replace(each, due=each.at + specs[each.scenario].wait) for number, each in kept.items()}
    crossed = {name for name in funnel.crossed if name in specs}
    if funnel.waiting or len(crossed) < len(funnel.crossed):
        turn.state.funnel = replace(funnel, waiting=kept, crossed=crossed)
    for number, each in kept.items():
        turn.state.due[f"scenario/{number}"] = each.due
    for number, each in gone:
        turn.state.due.pop(f"scenario/{number}", None)
        _cancel(turn, each)
    for name in [each for each in turn.state.due if each.startswith("crosses/")]:
        del turn.state.due[name]
    for name in turn.program.scenarios.crossings.segments:
        look_at(turn, name)


def _cancel(turn: Turn, waiting: Waiting) -> None:
    unit = f"reactivation_scenarios/{waiting.scenario}"
    turn.count(unit, "", "waiting", -1)
    turn.count(unit, "", "cancelled")
    data: dict[str, Value] = {"cause": waiting.cause, "by": waiting.by, "at": waiting.at}
    turn.write("scenario.judged", unit, result="cancelled", why="the scenario is gone", data=data)
    if waiting.prompt:
        drop_prompt(turn, waiting.prompt, used=False)
