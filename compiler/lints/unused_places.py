"""L131 to L134: pipelines, conversions, audiences and site messages that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from oncue.compiler import model
from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.resolve.named import acts_of, refs_in
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.yaml.nodes import Scalar

_NAMING = frozenset(
    {
        "send_site_message", "convert", "add_to_audience", "remove_from_audience", "add_deal", "update_deal",
        "add_deal_note", "adjust_deal_score", "math",
    }
)  # fmt: skip

Used = set[tuple[str, str]]


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """A note for each."""
    workspace = resolved.workspace
    if not (workspace.pipelines or workspace.conversions or workspace.audiences or workspace.site_messages):
        return
    used = _used(resolved)
    yield from _unused("L131", used, "pipelines", workspace.pipelines, "no deal goes through the pipeline")
    yield from _unused("L132", used, "conversions", workspace.conversions, "nothing counts the conversion")
    yield from _unused("L133", used, "audiences", workspace.audiences, "nothing adds anybody to the audience")
    yield from _unused(
        "L134", used, "site_messages", workspace.site_messages, "nothing sends the site message"
    )


def _unused(
    code: str, used: Used, kind: str, members: Mapping[str, Any], message: str
) -> Iterator[Diagnostic]:
    for name, each in members.items():
        if (kind, name) not in used:
            key: Scalar = each.key
            yield Diagnostic(code, "note", f"{message} `{name}`", key.span, "remove it, if it is not wanted")


def _used(resolved: Resolved) -> Used:
    used: Used = {(use.kind, use.name) for use in resolved.conditions.all_uses()}
    ways = [start.way for each in resolved.workspace.campaigns.values() for start in each.starts]
    for record in (*acts_of(resolved, _NAMING), *ways):
        names = {(ref.kind, ref.name) for ref in refs_in(record)}
        used |= names
        if not any(kind == "pipelines" for kind, _ in names):
            used.update(("pipelines", name) for name in _meant(resolved, record, names))
    return used


def _meant(resolved: Resolved, record: object, names: Used) -> Iterator[str]:
    """The pipelines that somebody means who names none: those of the stage, or the only one."""
    pipelines = resolved.workspace.pipelines
    if isinstance(record, model.AddDeal) and len(pipelines) == 1:
        yield from pipelines
    stages = {name for kind, name in names if kind == "stages"}
    for name, pipeline in pipelines.items():
        if any(stage.text in stages for stage in pipeline.stages):
            yield name
