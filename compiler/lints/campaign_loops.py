"""F121, L120: campaigns that set each other off in a circle, without a wait."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.flow.listeners import listeners
from oncue.compiler.flow.loops import Circle, at_once, indirect, outright
from oncue.compiler.resolve.workspace import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Circles of `start_campaign`, and circles through what campaigns change."""
    hint = "put a `wait` such as `1 day` before one of them"
    heard = listeners(resolved)
    if not heard.things and "start_campaign" not in resolved.kinds:
        return
    done = {name: list(at_once(flow)) for name, flow in resolved.flows.items()}
    for circle in outright(done):
        message = f"campaigns start each other in a circle without a wait: {_way(circle)}"
        if len(circle.way) == 2:
            message = f"`{circle.way[0]}` starts itself without a wait"
        yield Diagnostic("F121", "error", message, circle.places[0].span, hint, _others(circle))
    hint = "let one of them wait, such as `1 day`, or add a `when` to a trigger that ends it"
    for circle in indirect(resolved, heard, done):
        message = f"a loop without a wait: {_way(circle)}"
        yield Diagnostic("L120", "warning", message, circle.places[0].span, hint, _others(circle))


def _way(circle: Circle) -> str:
    return " -> ".join(circle.way)


def _others(circle: Circle) -> tuple[Related, ...]:
    return tuple(Related("and this goes on with it", node.span) for node in circle.places[1:])
