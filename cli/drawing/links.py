"""What in a workspace has to do with what: a relation for each mention, read off the plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from oncue.schemas import actions as does
from oncue.schemas import triggers as on
from oncue.schemas.parts import Position, Use
from oncue.schemas.plan import Behaviour, Campaign, Plan, Step

Thing = tuple[str, str]  # kind, id: ("campaigns", "spring")


class Link(Struct, frozen=True, order=True):
    """`source` acts on, starts or asks about `target`. `place`: where (a step, a behaviour, a key)."""

    source: Thing
    verb: str
    target: Thing
    place: str
    at: Position
    starts: bool = False  # the source starts the target


def links(plan: Plan) -> list[Link]:
    """Every relation of the workspace, in the order of the plan."""
    return [*_of_campaigns(plan), *_of_assets(plan), *_of_scenarios(plan), *_of_declared(plan)]


def _of_campaigns(plan: Plan) -> Iterator[Link]:
    for name in sorted(plan.campaigns):
        campaign, source = plan.campaigns[name], ("campaigns", name)
        for trigger in campaign.starts:
            yield from _trigger(plan, source, trigger)
        if campaign.exit_when is not None:
            yield from _asks(plan, source, campaign.exit_when, "exit_when")
        for step in campaign.steps:
            yield from _step(plan, source, step, step.id)


def _of_assets(plan: Plan) -> Iterator[Link]:
    for kind, name, behaviour, spec in behaviours(plan):
        for step in spec.actions:
            yield from _step(plan, (kind, name), step, f"on_{behaviour}, {step.id}")


def _of_scenarios(plan: Plan) -> Iterator[Link]:
    for name, spec in sorted(plan.reactivation_scenarios.items()):
        source = ("reactivation_scenarios", name)
        for prompt in spec.prompts:
            yield Link(source, "takes responses from", ("campaigns", prompt), "prompts", spec.at)
        if spec.on is not None:
            yield from _trigger(plan, source, spec.on, "on")
        for place, use in (("crosses", spec.crosses), ("when", spec.when)):
            if use is not None:
                yield from _asks(plan, source, use, place)
        for step in (*([] if spec.insert is None else [spec.insert]), *spec.actions):
            yield from _step(plan, source, step, step.id)


def behaviours(plan: Plan) -> Iterator[tuple[str, str, str, Behaviour]]:
    """(kind, id, behaviour, what it does) of every asset."""
    kinds: dict[str, Any] = {**plan.assets, "emails": plan.emails}
    for kind in sorted(kinds):
        for name in sorted(kinds[kind]):
            for behaviour, spec in kinds[kind][name].behaviours.items():
                yield kind, name, behaviour, spec


def _of_declared(plan: Plan) -> Iterator[Link]:
    for name, segment in sorted(plan.segments.items()):
        yield from _asks(plan, ("segments", name), segment.condition, "condition")
    for name, email in sorted(plan.emails.items()):
        if email.list is not None:
            yield Link(("emails", name), "belongs to", ("lists", email.list), "list", email.at)
    for name, spec in sorted(plan.lists.items()):
        if spec.confirm is not None:
            yield Link(("lists", name), "confirms by", ("emails", spec.confirm), "confirm", spec.at)
    for name, message in sorted(plan.site_messages.items()):
        if message.page is not None:
            yield Link(("site_messages", name), "shown on", ("web_pages", message.page), "page", message.at)


# --- what starts a campaign -----------------------------------------------------------------------


def _trigger(plan: Plan, target: Thing, trigger: on.Trigger, where: str = "starts_when") -> Iterator[Link]:
    """A start is a relation from what starts to the campaign, or the scenario."""
    source, verb = _starter(plan, trigger)
    if source is not None:
        yield Link(source, verb, target, where, trigger.at, starts=True)
    if trigger.when is not None:
        yield from _asks(plan, target, trigger.when, where)


def _starter(plan: Plan, trigger: on.Trigger) -> tuple[Thing | None, str]:
    match trigger:
        case on.OnEvent(asset=str()):
            kind = plan.events[trigger.event].asset_kind
            what = trigger.event.partition(".")[2] or trigger.event
            return ((kind, trigger.asset or ""), f"{what} starts") if kind else (None, "")
        case on.OnSegment():
            verb = "entering" if trigger.change == "enters" else "leaving"
            return ("segments", trigger.segment), f"{verb} starts"
        case on.OnSubscription():
            return ("lists", trigger.list), f"{trigger.change} starts"
        case on.OnDealStage():
            return ("pipelines", trigger.pipeline), f"stage {trigger.stage} starts"
        case on.OnConverted():
            return ("conversions", trigger.conversion), "converted starts"
        case on.OnGoal():
            return ("campaigns", trigger.campaign), f"goal {trigger.goal} {trigger.change} starts"
        case on.OnFailure(campaign=str()):
            return ("campaigns", trigger.campaign or ""), "failure starts"
    return None, ""


# --- what a step does -----------------------------------------------------------------------------


def _step(plan: Plan, source: Thing, step: Step, place: str) -> Iterator[Link]:
    for rule in step.rules:
        yield from _asks(plan, source, rule.when, place)
        yield from _action(plan, source, rule.use, place, step.at)
    yield from _action(plan, source, step.default, place, step.at)


def _action(
    plan: Plan, source: Thing, action: does.Action | None, place: str, at: Position
) -> Iterator[Link]:
    if action is None:
        return
    for verb, target in _touches(plan, source, action):
        yield Link(source, verb, target, place, at)
    for use in _uses(action):
        yield from _asks(plan, source, use, place)


def _uses(action: does.Action) -> Iterator[Use]:
    for name in ("when", "until", "match"):
        use = getattr(action, name, None)
        if isinstance(use, Use):
            yield use


def _touches(plan: Plan, source: Thing, action: does.Action) -> Iterator[tuple[str, Thing]]:
    match action:
        case does.SendEmail():
            yield "sends", ("emails", action.email)
        case does.SendSms(list=str()):
            yield "texts", ("lists", action.list or "")
        case does.SendSiteMessage():
            yield "shows", ("site_messages", action.message)
        case does.SendNotification():
            yield from (("notifies", ("users", user)) for user in action.users)
            yield from (("notifies", ("teams", team)) for team in action.teams)
        case does.Subscribe():
            yield "subscribes to", ("lists", action.list)
        case does.Unsubscribe(list=str()):
            yield "unsubscribes from", ("lists", action.list or "")
        case does.Convert():
            yield "converts", ("conversions", action.conversion)
        case does.AddToAudience():
            yield "adds to", ("audiences", action.audience)
        case does.RemoveFromAudience():
            yield "removes from", ("audiences", action.audience)
        case does.AddToFulfillmentList():
            yield "adds to", ("fulfillment_lists", action.list)
        case does.RecordResponse():
            yield "records responses in", ("campaigns", action.campaign)
        case does.StartCampaign():
            yield "starts", ("campaigns", action.campaign)
        case does.EndCampaign(campaign=str()):
            yield "ends", ("campaigns", action.campaign or "")
        case _:
            yield from _sales(plan, source, action)


def _sales(plan: Plan, source: Thing, action: does.Action) -> Iterator[tuple[str, Thing]]:
    match action:
        case does.AddDeal():
            yield "adds deals to", ("pipelines", action.pipeline)
        case does.UpdateDeal() | does.AddDealNote() | does.AdjustDealScore():
            yield from (("works on", ("pipelines", name)) for name in _pipelines(plan, source, action.deal))
        case does.Math(of="deal"):
            pick = action.deal or does.DealPick()
            yield from (("works on", ("pipelines", name)) for name in _pipelines(plan, source, pick))
    for who in (getattr(action, "owner", None),):
        if isinstance(who, does.Assignee) and who.user is not None:
            yield "gives work to", ("users", who.user)
        elif isinstance(who, does.Assignee) and who.team is not None:
            yield "gives work to", ("teams", who.team)


def _pipelines(plan: Plan, source: Thing, pick: does.DealPick) -> list[str]:
    """The pipelines whose deals may be meant."""
    if pick.pipeline is not None:
        return [pick.pipeline]
    campaign = plan.campaigns.get(source[1]) if source[0] == "campaigns" else None
    found = _added_by(campaign, pick.step) if campaign and pick.step else []
    return found or sorted(plan.pipelines)


def _added_by(campaign: Campaign, name: str) -> list[str]:
    step = next((each for each in campaign.steps if each.id == name), None)
    uses = [rule.use for rule in step.rules] + [step.default] if step else []
    return sorted({use.pipeline for use in uses if isinstance(use, does.AddDeal)})


# --- what a condition asks about ------------------------------------------------------------------


def _asks(plan: Plan, source: Thing, use: Use, place: str) -> Iterator[Link]:
    """What a condition reads, besides fields."""
    for target in dict.fromkeys(_read(plan, msgspec.to_builtins(plan.conditions[use.condition].node))):
        if target != source:
            yield Link(source, "asks about", target, place, use.at)


def _read(plan: Plan, node: object) -> Iterator[Thing]:
    if isinstance(node, dict):
        yield from _named(plan, node)
        for inner in node.values():
            yield from _read(plan, inner)
    elif isinstance(node, list | tuple):
        for inner in node:
            yield from _read(plan, inner)


def _named(plan: Plan, node: dict[str, Any]) -> Iterator[Thing]:
    match node:
        case {"op": "in_segment", "segment": name}:
            yield "segments", name
        case {"op": "in_campaign", "campaign": name}:
            yield "campaigns", name
        case {"op": "subscribed", "list": name}:
            yield "lists", name
        case {"op": "agg", "track": track}:
            kept = plan.tracks[track]
            kind = plan.events[kept.event].asset_kind
            if kind is not None and kept.asset is not None:
                yield kind, kept.asset
