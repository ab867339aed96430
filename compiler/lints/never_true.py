"""L121, L122, L123: goals, waits, rules and all else that a condition decides which holds for nobody."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.flow.deciding import settled
from oncue.compiler.resolve.workspace import Resolved

_HINT = "its parts cannot hold together: change one of them"
_SAID = {
    "goal": ("L121", "nobody can reach this goal: its condition never holds"),
    "wait": ("L122", "this waits for what can never come: the condition never holds"),
    "if": ("L123", "nobody takes the `then` of this branch: its condition never holds"),
    "split_test": ("L123", "no path can win: `match` never holds"),
    "split_until": ("L123", "this is never decided: `match` never holds"),
    "rule": ("L123", "this rule never applies: its condition never holds"),
    "exit": ("L123", "nobody ever leaves by this: `exit_when` never holds"),
    "trigger": ("L123", "this trigger lets nobody in: its `when` never holds"),
    "qualified": ("L123", "no response ever becomes active: `qualified_when` never holds"),
    "scenario": ("L123", "this scenario does nothing: its `when` never holds"),
    "crosses": ("L123", "nothing ever crosses: the condition never holds"),
    "segment": ("L123", "nobody is ever in this segment: its condition never holds"),
}


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Conditions that are sure never to hold."""
    for each, verdict in settled(resolved):
        if not verdict:
            code, message = _SAID[each.role]
            yield Diagnostic(code, "warning", message, each.cond.node.span, _HINT)
