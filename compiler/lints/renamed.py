"""L127: a `was` that carries nothing over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.flow.flat import names
from oncue.compiler.model import Step, Workspace
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.yaml.nodes import Scalar

_Renamed = tuple[str, str | None, Scalar]  # the name it has, the one it had, and where it stands


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """What says to have had a name that another still has, or that another says to have had too."""
    for members in _units(resolved.workspace):
        yield from _among(members)
    for flow in resolved.flows.values():
        yield from _among([(flat.id, flat.step.was, flat.step.key) for flat in flow.steps.values()])
    for _, behaviour in resolved.behaviours:
        yield from _among(_steps(behaviour.actions))


def _units(workspace: Workspace) -> Iterator[list[_Renamed]]:
    kinds: tuple[Mapping[str, Any], ...] = (
        workspace.emails, *workspace.assets.values(), workspace.segments, workspace.campaigns,
        workspace.site_messages, workspace.fulfillment_lists, workspace.reactivation_scenarios,
    )  # fmt: skip
    for kind in kinds:
        yield [(name, each.was, each.key) for name, each in kind.items()]


def _steps(steps: tuple[Step, ...]) -> list[_Renamed]:
    if all(step.was is None for step in steps):
        return []
    return [(name, step.was, step.key) for name, step in zip(names(steps, ""), steps, strict=True)]


def _among(members: list[_Renamed]) -> Iterator[Diagnostic]:
    renamed = [each for each in members if each[1] is not None and each[1] != each[0]]
    here = {name: key for name, _, key in members} if renamed else {}
    first: dict[str | None, Scalar] = {}
    for _, was, key in renamed:
        other = here.get(was or "")
        if other is not None:
            message = f"nothing is carried over: there still is a `{was}`, which keeps what it has"
            related = (Related("it stands here", other.span),)
            yield Diagnostic("L127", "warning", message, key.span, "take the `was` away", related)
        elif first.setdefault(was, key) is not key:
            message = f"only one can have been `{was}`, and another says so too"
            related = (Related("this says so first", first[was].span),)
            hint = "take the `was` away from the one that is new"
            yield Diagnostic("L127", "warning", message, key.span, hint, related)
