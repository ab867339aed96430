"""What `migrate` names. The left side is of an earlier plan, so only its form is judged, and that nothing
else says where those go; the right side must be there."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Related
from oncue.compiler.flow.flat import Flat
from oncue.compiler.model import SplitPaths, SplitTest, Workspace
from oncue.compiler.model.migrations import Migration, Spot, spot
from oncue.compiler.model.refs import Ref
from oncue.compiler.resolve.lookup import Lookup
from oncue.compiler.resolve.names import SINGULAR, did_you_mean, meant
from oncue.compiler.yaml.nodes import Scalar

_FORMS = "`campaigns/ID`, `campaigns/ID/STEP`, `lists/ID` or `fulfillment_lists/ID`"


def migrations(look: Lookup, workspace: Workspace) -> None:
    """Judges every entry."""
    for each in workspace.settings.migrate:
        source = spot(each.key.text)
        if source is None:
            look.error(
                "N230", each.key, f"`{each.key.text}` is nothing that anybody is in", f"write {_FORMS}"
            )
            continue
        _said_by_was(look, workspace, each, source)
        if each.to is not None:
            _target(look, each.key, source, each.to)


def _target(look: Lookup, key: Scalar, source: Spot, to: Scalar) -> None:
    target = spot(to.text)
    if target is None:
        look.error("N230", to, f"`{to.text}` is nothing to go to", f"write `end`, {_FORMS}")
    elif target.kind != source.kind:
        kinds = f"`{source.kind}` cannot go to `{target.kind}`"
        look.error("N230", to, kinds, f"write `end`, or one of `{source.kind}`")
    elif target == source:
        look.error("N230", to, "they would go where they are", "write where they go, or `end`")
    elif look.name(Ref(target.kind, target.id, to, len(target.kind) + 1)) and target.kind == "campaigns":
        _step(look, to, target)


def _step(look: Lookup, to: Scalar, target: Spot) -> None:
    flow = look.flows[target.id]
    if flow.first is None:
        message = f"the campaign `{target.id}` has no steps, so nobody can stand there"
        look.error("N230", to, message, "name another campaign, or write `end`")
    elif target.step and target.step not in flow.steps:
        start = to.text.index(target.step, len(target.kind) + len(target.id) + 2)
        message = f"the campaign `{target.id}` has no step `{target.step}`"
        hint = did_you_mean(target.step, flow.steps, "steps")
        look.error(
            "N201", Ref("steps", target.step, to, start), message, hint, fix=meant(target.step, flow.steps)
        )


def _said_by_was(look: Lookup, workspace: Workspace, each: Migration, source: Spot) -> None:
    """Where a `was` says that the same thing goes on under another name."""
    where = _follower(look, workspace, source)
    if where is not None:
        name = SINGULAR[source.kind] if not source.step else "step"
        message = f"`{each.key.text}` goes on under another name by `was`, and `migrate` says otherwise"
        related = (Related(f"this {name} says what it was", where.span),)
        look.error("N231", each.key, message, "leave one of the two out", related)


def _follower(look: Lookup, workspace: Workspace, source: Spot) -> Scalar | None:
    if source.step:
        flow = look.flows.get(source.id)
        steps = flow.steps.values() if flow is not None else ()
        return next((flat.step.key for flat in steps if source.step in _was(flat)), None)
    if source.kind == "campaigns":
        return next((each.key for each in workspace.campaigns.values() if each.was == source.id), None)
    if source.kind == "fulfillment_lists":
        return next(
            (each.key for each in workspace.fulfillment_lists.values() if each.was == source.id), None
        )
    return None


def _was(flat: Flat) -> Iterator[str]:
    """What a step was, and the paths of a split."""
    if flat.step.was is not None:
        yield flat.step.was
    act = flat.step.default
    for path in act.paths if isinstance(act, SplitPaths | SplitTest) else ():
        if path.was is not None:
            yield from (f"{name}/{path.was}" for name in (flat.id, flat.step.was) if name)
