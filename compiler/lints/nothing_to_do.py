"""L124: a campaign without steps, a branch or split without anything in it."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.flow.flat import branches
from oncue.compiler.model import Step
from oncue.compiler.resolve.named import steps_of
from oncue.compiler.resolve.workspace import Resolved

_SPLITTING = {"if": "this branch", "split_paths": "this split", "split_test": "this test"}
_SPLITTING |= {"split_until": "this split"}


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Campaigns and steps that do nothing to anybody."""
    for campaign in resolved.workspace.campaigns.values():
        if not campaign.steps and not campaign.statuses:
            message = f"`{campaign.key.text}` has no steps, so it does nothing"
            hint = "add `steps:` with a list of actions, or `statuses:`"
            yield Diagnostic("L124", "warning", message, campaign.key.span, hint)
    yield from (_idle(step) for step in steps_of(resolved, _SPLITTING) if not _does(step))


def _does(step: Step) -> bool:
    return any(inner for _, inner in branches(step))


def _idle(step: Step) -> Diagnostic:
    what = _SPLITTING[step.kind]
    hint = "add `then:` with a list of steps" if step.kind == "if" else "give its paths steps"
    return Diagnostic("L124", "warning", f"nothing is done in {what}", step.key.span, hint)
