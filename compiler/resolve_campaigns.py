"""A campaign's names: its triggers, its entry key, the ids of its steps, and what each step speaks of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncue.compiler import model
from oncue.compiler.conditions import mentions_event
from oncue.compiler.diagnostics import Related
from oncue.compiler.expr.catalog import Place
from oncue.compiler.flow import Flat, Flow, acts, flatten
from oncue.compiler.lookup import Lookup
from oncue.compiler.model import Campaign, Ref, Step, Trigger
from oncue.compiler.names import did_you_mean

_NOWHERE = Place()


def campaign(look: Lookup, each: Campaign) -> Flow:
    """Resolves a campaign and lays out its steps."""
    for start in each.starts:
        _trigger(look, start)
    entry = tuple(sorted({start.way.event.name for start in each.starts if type(start.way) is model.OnEvent}))
    _entry_key(look, each, entry)
    flow = flatten(each.steps)
    place = Place(campaign=each.key.text, entry=entry, steps=_sends(flow))
    look.conditions.add(each.exit_when, place)
    for flat in flow.steps.values():
        step(look, flat.step, place)
        if type(flat.step.default) is model.Goto:
            _goto(look, flat.step.default, flow)
    for second, first in flow.clashes:
        _clash(look, second, first.step)
        step(look, second.step, place)
    return flow


# --- the way in -----------------------------------------------------------------------------------


def _trigger(look: Lookup, start: Trigger) -> None:
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
    elif type(way) is model.OnField and look.name(way.field) and way.to is not None:
        look.value(way.field, way.to)
    look.conditions.add(start.when, place)


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
        look.error("N204", key, message, hint)


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


def _goto(look: Lookup, act: model.Goto, flow: Flow) -> None:
    if act.step.name not in flow.steps:
        hint = did_you_mean(act.step.name, flow.steps, "steps")
        look.error("N208", act.step, f"this campaign has no step `{act.step.name}`", hint)


def step(look: Lookup, each: Step, place: Place) -> None:
    """A step's or fulfillment action's rules and behaviours."""
    for rule in each.rules:
        look.conditions.add(rule.when, place)
    for act in acts(each):
        resolve = _RESOLVE.get(type(act))
        if resolve is not None:
            resolve(look, act, place)


def _wait_date(look: Lookup, act: model.WaitDate, place: Place) -> None:
    look.date(act.field)
    look.zone(act.timezone, contact=True)


def _on_list(look: Lookup, act: model.Subscribe | model.Unsubscribe, place: Place) -> None:
    if act.list is not None:
        look.name(act.list)


_RESOLVE: dict[type[Any], Callable[[Lookup, Any, Place], object]] = {
    model.SendEmail: lambda look, act, place: look.name(act.email),
    model.UpdateContact: lambda look, act, place: look.update(act),
    model.Subscribe: _on_list,
    model.Unsubscribe: _on_list,
    model.If: lambda look, act, place: look.conditions.add(act.when, place),
    model.WaitUntil: lambda look, act, place: look.conditions.add(act.until, place),
    model.WaitAt: lambda look, act, place: look.zone(act.timezone, contact=True),
    model.WaitDate: _wait_date,
}
