"""L109: a wait of no length does nothing."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.model import WaitFor
from oncue.compiler.resolve.named import acts_of
from oncue.compiler.resolve.workspace import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Waits of ``0 days`` and the like."""
    for act in acts_of(resolved, ["wait"]):
        if isinstance(act, WaitFor) and act.micros == 0:
            message = "this wait has no length, so everybody passes at once"
            hint = "remove it, or wait for longer"
            yield Diagnostic("L109", "warning", message, act.node.span, hint)
