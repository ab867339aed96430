"""L101: a step that nobody comes to, because an `end` or a `goto` stands before it."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.flow.flat import Flow, leaves, unreachable
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.yaml.nodes import Scalar


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """The first of each run of such steps."""
    for flow in resolved.flows.values():
        if not flow.clashes and any(leaves(flat) for flat in flow.steps.values()):
            for flat in unreachable(flow):
                yield _diagnostic(flat.step.key, _before(flow, flat.previous))


def _before(flow: Flow, previous: str | None) -> Scalar | None:
    return None if previous is None else flow.steps[previous].step.key


def _diagnostic(key: Scalar, before: Scalar | None) -> Diagnostic:
    related = () if before is None else (Related("nobody goes on from here", before.span),)
    return Diagnostic(
        "L101", "warning", "nobody comes to this step", key.span, "remove it, or jump to it", related
    )
