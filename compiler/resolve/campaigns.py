"""A campaign's names: its triggers, its entry key, the ids of its steps, and what each step speaks of."""

from __future__ import annotations

from oncue.compiler import model
from oncue.compiler.diagnostics import Related
from oncue.compiler.expr.catalog import Place
from oncue.compiler.flow.flat import Flat, Flow, acts
from oncue.compiler.model import Campaign, Ref, Step, Trigger
from oncue.compiler.model.triggers import event_of
from oncue.compiler.resolve.actions import act
from oncue.compiler.resolve.conditions import mentions_event
from oncue.compiler.resolve.deals import stage_of_one
from oncue.compiler.resolve.funnel import members
from oncue.compiler.resolve.lookup import Lookup
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.resolve.steps import NAMING, goal_names, known_goal, known_step, named_steps

_NOWHERE = Place()


def campaign(look: Lookup, each: Campaign, flow: Flow) -> None:
    """Resolves a campaign."""
    for start in each.starts:
        start_trigger(look, start)
    entry = tuple(sorted({event for start in each.starts if (event := event_of(start.way)) is not None}))
    _entry_key(look, each, entry)
    place = Place(campaign=each.key.text, entry=entry, steps=_sends(flow))
    look.conditions.add(each.exit_when, place)
    for flat in flow.steps.values():
        step(look, flat.step, place)
        for behaviour in acts(flat.step) if flat.step.kind in NAMING else ():
            named_steps(look, behaviour, flow)
    for second, first in flow.clashes:
        _clash(look, second, first.step)
        step(look, second.step, place)
    goal_names(look, flow)
    members(look, each)


# --- the way in -----------------------------------------------------------------------------------


def start_trigger(look: Lookup, start: Trigger) -> None:
    """What a trigger names, and its condition."""
    way, place = start.way, _NOWHERE
    if type(way) is model.OnEvent:
        if _event(look, way):
            place = look.event_place(way.event.name)
        elif mentions_event(start.when):
            return  # a condition about an unknown event would only repeat the mistake
    elif type(way) is model.OnSegment:
        look.name(way.segment)
    elif type(way) is model.OnSubscription:
        look.name(way.list)
    elif type(way) is model.OnDate:
        look.date(way.field)
    elif type(way) is model.OnDealStage:
        stage_of_one(look, way.stage, way.pipeline)
    elif type(way) is model.OnConverted:
        look.name(way.conversion)
    elif type(way) is model.OnGoal:
        known_goal(look, way)
    elif type(way) is model.OnFailure:
        _failure(look, way)
    elif type(way) is model.OnField and look.name(way.field) and way.to is not None:
        look.value(way.field, way.to)
    inner = None if type(way) is model.OnEvent else event_of(way)
    look.conditions.add(start.when, place if inner is None else look.event_place(inner))


def _event(look: Lookup, way: model.OnEvent) -> bool:
    """Whether the event is known; looks up its asset too."""
    if not look.name(way.event):
        return False
    kind = look.catalog.events[way.event.name].asset_kind
    if way.asset is not None and kind is None:
        message = f"`{way.event.name}` belongs to no asset"
        look.error("N205", way.asset, message, f"leave out `of {way.asset.name}`")
    elif way.asset is not None and kind is not None:
        look.name(Ref(kind, way.asset.name, way.asset.node, way.asset.start))
    return True


def _failure(look: Lookup, way: model.OnFailure) -> None:
    if way.campaign is not None and look.name(way.campaign) and way.step is not None:
        known_step(look, way.step, look.flows[way.campaign.name], f"`{way.campaign.name}`")


def _entry_key(look: Lookup, each: Campaign, entry: tuple[str, ...]) -> None:
    key = each.entry_key
    if key is None:
        if each.entries == "many":
            hint = "add `entry_key:` with the property that tells entries apart"
            look.error(
                "F114", each.key, f"`{each.key.text}` allows many entries, but has no `entry_key`", hint
            )
        return
    if each.entries == "one":
        hint = "add `entries: many`, or leave it out"
        look.error("F114", key, "`entry_key` without `entries: many`", hint)
    events = look.catalog.events
    known = {name for event in entry if event in events for name in events[event].properties}
    if key.name not in known and all(event in events for event in entry):
        hint = (
            did_you_mean(key.name, known, "properties") if entry else "only an `event` trigger has properties"
        )
        message = f"no event that starts this campaign has a property `{key.name}`"
        look.error("N204", key, message, hint, fix=meant(key.name, known))


# --- steps ----------------------------------------------------------------------------------------


def _sends(flow: Flow) -> dict[str, frozenset[str]]:
    """The steps that send a message, and which emails each may send."""
    return {
        name: frozenset(act.email.name for act in acts(flat.step) if type(act) is model.SendEmail)
        for name, flat in flow.steps.items()
        if flat.step.kind == "send_email"
    }


def _clash(look: Lookup, second: Flat, first: Step) -> None:
    step = second.step
    if step.id is not None and first.id is not None:
        where = (Related("it is taken here", first.id.span),)
        message = f"a second step `{second.id}` in this campaign"
        look.error("F112", step.id, message, "rename one of them", where)
        return
    named, other = (step, first) if step.id is not None else (first, step)
    where = (Related(f"this step is called `{second.id}` by itself", other.key.span),)
    message = f"`{second.id}` is already the name of another step"
    look.error("F113", named.id or named.key, message, "give one of the two another id", where)


def step(look: Lookup, each: Step, place: Place) -> None:
    """A step's or fulfillment action's rules and behaviours."""
    for rule in each.rules:
        look.conditions.add(rule.when, place)
    for behaviour in acts(each):
        act(look, behaviour, place)
