"""L129: a `where` that asks for a name which no such event has: a goal, a conversion, a stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from typing import Any

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.expr.tracks import walk
from oncue.compiler.flow.deciding import deciding
from oncue.compiler.model import Cond, Goal, Text
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
    wrong = {track.id: list(_wrong(resolved, track)) for track in resolved.prover.forms.tracks.values()}
    wrong = {name: found for name, found in wrong.items() if found}
    if not wrong:
        return
    for each in deciding(resolved):
        compiled = resolved.conditions.get(each.cond)
        for track in () if compiled is None else compiled.tracks:
            for prop, name, known in wrong.get(track.id, ()):
                message = f"there is no {prop} `{name}`"
                hint = did_you_mean(name, known)
                span, fix = _place(each.cond, name), meant(name, known)
                yield Diagnostic("L129", "warning", message, span, hint, fix=fix and f'"{fix}"')


_Wrong = tuple[str, str, Set[str]]  # the property, the name asked for, and those that there are


def _wrong(resolved: Resolved, track: c.Track) -> Iterator[_Wrong]:
    for node in walk(track.where) if track.event in _EVENTS else ():
        for prop, name in _asked(node):
            known = _KNOWN.get((track.event, prop))
            if known is not None:
                names = known(resolved)
                if compared_text(name) not in names:
                    yield prop, name, names


def _asked(node: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  any node
    """The property and the texts that a test compares it with."""
    if isinstance(node, c.Cmp) and isinstance(node.left, c.Prop) and isinstance(node.right, c.Lit):
        yield node.left.name, node.right.value
    elif isinstance(node, c.In) and isinstance(node.value, c.Prop):
        yield from ((node.value.name, item) for item in node.items)


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
