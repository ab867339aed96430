"""L129: a condition that asks an event for a name which none has: a goal, a conversion, a stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from typing import Any

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.expr.compile import Compiled
from oncue.compiler.expr.tracks import walk
from oncue.compiler.flow.deciding import deciding, of_step
from oncue.compiler.model import Cond, Goal, OnEvent, Text
from oncue.compiler.resolve.named import acts_of
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.source import Span
from oncue.compiler.yaml.positions import span_in
from oncue.schemas import conditions as c
from oncue.schemas.values import compared_text


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Each such name, where it stands. What a contact did under a name that is gone stays true, so it is a
    warning."""
    contexts = _contexts(resolved)
    if not contexts and all(track.event not in _EVENTS for track in resolved.prover.forms.tracks.values()):
        return
    for each in deciding(resolved):
        compiled = resolved.conditions.get(each.cond)
        if compiled is not None:
            yield from _told(resolved, each.cond, compiled, contexts.get(id(each.cond), frozenset()))


Events = Set[str]  # the types of which the event may be that starts the entry, or is being handled


def _told(resolved: Resolved, cond: Cond, compiled: Compiled, events: Events) -> Iterator[Diagnostic]:
    for types, prop, name in _compared(compiled, events):
        known = [_KNOWN.get((event, prop)) for event in types]
        names = frozenset[str]().union(*(each(resolved) for each in known if each is not None))
        if known and None not in known and compared_text(name) not in names:
            hint, fix = did_you_mean(name, names), meant(name, names)
            message = f"there is no {prop} `{name}`"
            yield Diagnostic("L129", "warning", message, _place(cond, name), hint, fix=fix and f'"{fix}"')


def _compared(compiled: Compiled, events: Events) -> Iterator[tuple[Events, str, str]]:
    """Texts that a condition compares a property with: of which events it may be, the property, the text."""
    tracks = {track.id: track for track in compiled.tracks}
    for track in tracks.values():
        for node in walk(track.where) if track.event in _EVENTS else ():
            for value, name in _asked(node):
                if isinstance(value, c.Prop):
                    yield {track.event}, value.name, name
    for node in walk(compiled.node):
        for value, name in _asked(node):
            if isinstance(value, c.Prop) and value.of != "row":
                yield events, value.name, name
            elif isinstance(value, c.Agg) and value.prop is not None and value.track in tracks:
                yield {tracks[value.track].event}, value.prop, name


def _asked(node: Any) -> Iterator[tuple[c.ValueNode, str]]:  # noqa: ANN401  any node
    """The value and the texts that a test compares it with."""
    if isinstance(node, c.Cmp) and isinstance(node.right, c.Lit):
        yield node.left, node.right.value
    elif isinstance(node, c.In):
        yield from ((node.value, item) for item in node.items)


def _contexts(resolved: Resolved) -> dict[int, Events]:
    """By condition: the events whose properties it may read as `event.NAME` or `entry.NAME`, where all of
    them are such as have names."""
    found: dict[int, Events] = {}
    triggers = [each.on for each in resolved.workspace.reactivation_scenarios.values() if each.on is not None]
    for name, campaign in resolved.workspace.campaigns.items():
        triggers += campaign.starts
        starting = frozenset(each.way.event.name for each in campaign.starts if isinstance(each.way, OnEvent))
        if starting and starting <= _EVENTS:
            steps = [flat.step for flat in resolved.flows[name].steps.values()]
            conds = [rule.when for step in steps for rule in step.rules]
            conds += [each.cond for step in steps for each in of_step(step)]
            found |= {id(cond): starting for cond in (*conds, campaign.exit_when) if cond is not None}
    for trigger in triggers:
        if isinstance(trigger.way, OnEvent) and trigger.way.event.name in _EVENTS:
            found[id(trigger.when)] = {trigger.way.event.name}
    return found


def _place(cond: Cond, name: str) -> Span:
    """Where the name stands in quotes; the whole condition if it is not found."""
    if isinstance(cond, Text):
        start = cond.node.text.find(f'"{name}"')
        return cond.node.span if start < 0 else span_in(cond.node, start, start + len(name) + 2)
    return next((_place(part, name) for part in cond.parts if _says(part, name)), cond.node.span)


def _says(cond: Cond, name: str) -> bool:
    if isinstance(cond, Text):
        return f'"{name}"' in cond.node.text
    return any(_says(part, name) for part in cond.parts)


def _goals(resolved: Resolved) -> Set[str]:
    return {act.name.text for act in acts_of(resolved, ["goal"]) if isinstance(act, Goal)}


def _stages(resolved: Resolved) -> Set[str]:
    return {stage.text for each in resolved.workspace.pipelines.values() for stage in each.stages}


_KNOWN: dict[tuple[str, str], Callable[[Resolved], Set[str]]] = {
    ("goal.achieved", "goal"): _goals,
    ("goal.skipped", "goal"): _goals,
    ("goal.achieved", "campaign"): lambda resolved: resolved.workspace.campaigns.keys(),
    ("goal.skipped", "campaign"): lambda resolved: resolved.workspace.campaigns.keys(),
    ("action.failed", "campaign"): lambda resolved: resolved.workspace.campaigns.keys(),
    ("converted", "conversion"): lambda resolved: resolved.workspace.conversions.keys(),
    ("deal.stage", "pipeline"): lambda resolved: resolved.workspace.pipelines.keys(),
    ("deal.stage", "stage"): _stages,
    ("list.confirm", "list"): lambda resolved: resolved.workspace.lists.keys(),
    ("email.unsubscribe", "list"): lambda resolved: resolved.workspace.lists.keys(),
}
_EVENTS = {event for event, _ in _KNOWN}
