"""`migrate`: what becomes of those who are in something that a changed plan has no more.

An entry counts where its left side is gone, or where it is open what goes on for it (see `doubts`); of
several the most exact one: the step, then the path around it, then the campaign. Where `was` says that it
goes on, that counts. Nobody hears of it as of a change of the contact: only what comes later is an edge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from oncue.runtime.kernel.adoption.alignment import paths_of, steps_in
from oncue.runtime.kernel.adoption.versions import base, flows
from oncue.runtime.kernel.flow.removal import remove, vacate
from oncue.runtime.kernel.flow.starts import transfer
from oncue.runtime.kernel.link import LinkedCampaign
from oncue.runtime.kernel.state import Member
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.plan import Campaign, Migration, Plan

WHY = "migrate"
Place = tuple[str, str]  # flow and step, as the old plan has them


def entries_of(old: Plan, new: Plan) -> dict[Place, Migration]:
    """The entry for each step of the old plan's campaigns that has one."""
    found: dict[Place, Migration] = {}
    for flow, campaign in flows(old).items() if new.migrate else ():
        for step, key in _keys(f"campaigns/{base(flow)}", campaign):
            if key in new.migrate:
                found[flow, step] = new.migrate[key]
    return found


def _keys(unit: str, campaign: Campaign) -> Iterator[tuple[str, str]]:
    """Steps and the keys that speak of them, the less exact ones first."""
    for step in campaign.steps:
        yield step.id, unit
    for split in campaign.steps:
        for path in paths_of(split):
            for name in steps_in(campaign.steps, split, path):
                yield name, f"{unit}/{split.id}/{path.name}"
    for step in campaign.steps:
        yield step.id, f"{unit}/{step.id}"


def migrate(turn: Turn, campaign: LinkedCampaign, member: Member, entry: Migration, source: str) -> None:
    """Moves a member, or ends it. `campaign`: the one that it is in, of the new plan or of the old one."""
    why = entry.why or WHY
    to, _, step = (entry.to or "").partition("/")
    if to == member.campaign:
        vacate(turn, campaign, member, why)
        member.step, member.arrived = step, turn.now
        _tell(turn, campaign, member, source)
        return
    remove(turn, campaign, member, "campaign.ended", why)
    if to:
        target = turn.program.campaign(to)
        moved = transfer(turn, target, member, step)
        if moved is not None:
            _tell(turn, target, moved, source)


def _tell(turn: Turn, campaign: LinkedCampaign, member: Member, source: str) -> None:
    turn.write("campaign.moved", campaign.unit, member.step, member.entry, why=WHY, data={"from": source})


def migrate_lists(turn: Turn, gone: Mapping[str, Migration]) -> None:
    """Subscriptions to lists that are gone. On a list that the contact has to do with already, its own word
    stays; whoever ends is unsubscribed."""
    subscriptions = turn.state.subscriptions
    for name in sorted(gone.keys() & subscriptions.keys()):
        before, entry = subscriptions.pop(name), gone[name]
        target = entry.to or name
        there = {} if entry.to is None else subscriptions.get(target, {})
        after = before if entry.to is not None else dict.fromkeys(before, "unsubscribed")
        subscriptions[target] = {**after, **there}
        for channel, status in after.items():
            if channel not in there and before[channel] != "unsubscribed":
                _told_of_list(turn, target, status, channel, name, entry.why or WHY)


def _told_of_list(turn: Turn, list_: str, status: str, channel: str, source: str, why: str) -> None:
    data = {"channel": channel, "from": f"lists/{source}"}
    turn.write("subscription", f"lists/{list_}", result=status, why=why, data=data)  # type: ignore[arg-type]


def gone_lists(old: Plan, new: Plan) -> dict[str, Migration]:
    """The entries for lists that are gone."""
    return _gone("lists", old.lists, new.lists, new)


def gone_fulfillment_lists(old: Plan, new: Plan, renamed: Collection[str]) -> dict[str, Migration]:
    """The entries for fulfillment lists that are gone; `renamed` go on."""
    found = _gone("fulfillment_lists", old.fulfillment_lists, new.fulfillment_lists, new)
    return {name: entry for name, entry in found.items() if name not in renamed}


def _gone(
    kind: str, old: Mapping[str, object], new: Mapping[str, object], plan: Plan
) -> dict[str, Migration]:
    keys = {name: f"{kind}/{name}" for name in old if name not in new}
    return {name: plan.migrate[key] for name, key in keys.items() if key in plan.migrate}
