"""L161, L162, L163: scenarios that cannot do what they are for, statuses that nobody gets."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler import model
from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.flow.flat import acts
from oncue.compiler.model.funnel import Funnel, Scenario
from oncue.compiler.resolve.named import acts_of
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.yaml.nodes import Scalar
from oncue.schemas.values import compared_text

_RECORDING = frozenset({"record_response"})


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Warnings about scenarios, a note for each campaign whose statuses nobody gets."""
    workspace = resolved.workspace
    for scenario in workspace.reactivation_scenarios.values():
        yield from _look_back(scenario)
        if workspace.settings.funnel is not None:
            yield from _ends_at_once(scenario, workspace.settings.funnel)
    used = {
        act.campaign.name for act in acts_of(resolved, _RECORDING) if isinstance(act, model.RecordResponse)
    }
    for name, campaign in workspace.campaigns.items():
        if campaign.statuses and not campaign.steps and name not in used:
            message = f"nothing makes anybody a member of `{name}`"
            hint = "remove it, if it is not wanted"
            yield Diagnostic("L163", "note", message, campaign.key.span, hint)


def _look_back(scenario: Scenario) -> Iterator[Diagnostic]:
    if scenario.look_back is not None and 0 < scenario.look_back <= scenario.wait:
        message = "`look_back` is not longer than `wait`, so what came before is never found"
        related = (Related("the wait stands here", scenario.keys["wait"].span),)
        at = scenario.keys["look_back"].span
        yield Diagnostic("L161", "warning", message, at, "give it a longer time", related)


def _ends_at_once(scenario: Scenario, funnel: Funnel) -> Iterator[Diagnostic]:
    inactive = {compared_text(scalar.text): scalar for scalar in funnel.inactive}
    for step in scenario.actions:
        for act in acts(step):
            for field, value in act.set if isinstance(act, model.UpdateContact) else ():
                text = compared_text(value.text) if isinstance(value, Scalar) else ""
                if field.name == "status" and text in inactive:
                    related = (Related("it is inactive by this", inactive[text].span),)
                    message = (
                        f"`{text}` is an inactive status, so the response that became active ends at once"
                    )
                    yield Diagnostic(
                        "L162", "warning", message, value.span, "write an active status", related
                    )
