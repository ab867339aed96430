"""Names in policies, pipelines, audiences and site messages, and what no two of them may share."""

from __future__ import annotations

from collections.abc import Iterable

from oncue.compiler.diagnostics import Related
from oncue.compiler.model import Workspace
from oncue.compiler.model.places import Audience, Pipeline, Policies
from oncue.compiler.resolve.lookup import Lookup
from oncue.compiler.yaml.nodes import Scalar


def places(look: Lookup, workspace: Workspace) -> None:
    """Looks up what these name."""
    _policies(look, workspace.settings.policies)
    for pipeline in workspace.pipelines.values():
        _stages(look, pipeline)
    for message in workspace.site_messages.values():
        if message.page is not None:
            look.name(message.page)
    _audiences(look, workspace.audiences.values())


def _policies(look: Lookup, policies: Policies | None) -> None:
    if policies is None:
        return
    look.names(policies.alert)
    if policies.quiet_hours is not None:
        look.zone(policies.quiet_hours.timezone, contact=True)


def _stages(look: Lookup, pipeline: Pipeline) -> None:
    first: dict[str, Scalar] = {}
    for stage in pipeline.stages:
        if stage.text in first:
            related = (Related("it stands here first", first[stage.text].span),)
            message = f"a second stage `{stage.text}` in the pipeline `{pipeline.key.text}`"
            look.error("N101", stage, message, "rename one of them", related)
        first.setdefault(stage.text, stage)


def _audiences(look: Lookup, audiences: Iterable[Audience]) -> None:
    """Two audiences with one id or name would be one at Facebook."""
    first: dict[tuple[str, str], Audience] = {}
    for each in audiences:
        there = ("id", each.id) if each.id is not None else ("name", each.name or each.key.text)
        other = first.setdefault(there, each)
        if other is not each:
            message = f"`{each.key.text}` and `{other.key.text}` are the same audience at Facebook"
            related = (Related("the other one is defined here", other.key.span),)
            look.error("N101", each.key, message, "leave one of them out", related)
