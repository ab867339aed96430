"""F111: a `goto` back without a wait of positive length on the way would never rest."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.flow.flat import restless
from oncue.compiler.model import Goto
from oncue.compiler.resolve.workspace import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Loops without rest: only a period or a recurring time is sure to take time."""
    for flow in resolved.flows.values() if "goto" in resolved.kinds else ():
        for flat, way in () if flow.clashes else restless(flow):
            jump = flat.step.default
            if isinstance(jump, Goto):
                circle = " -> ".join([*way, way[0]])
                target = flow.steps[way[0]].step
                related = (Related("it jumps back to here", target.key.span),)
                hint = "put a `wait` such as `1 day` between them; a date or a condition may take no time"
                yield Diagnostic(
                    "F111", "error", f"a loop without a wait: {circle}", jump.step.node.span, hint, related
                )
