"""L109: a wait of no length does nothing."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.flow.flat import acts
from oncue.compiler.model import WaitFor
from oncue.compiler.resolve.workspace import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Waits of ``0 days`` and the like."""
    waits = (step for steps in resolved.lists for step in steps if step.kind == "wait")
    for step in waits:
        for act in acts(step):
            if isinstance(act, WaitFor) and act.micros == 0:
                message = "this wait has no length, so everybody passes at once"
                hint = "remove it, or wait for longer"
                yield Diagnostic("L109", "warning", message, act.node.span, hint)
