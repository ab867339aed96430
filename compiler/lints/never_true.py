"""L121, L122, L123: goals, waits, branches and rules whose condition holds for nobody."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.flow.contradictions import Segment, holds_for_nobody
from oncue.compiler.flow.flat import acts
from oncue.compiler.model import Cond, Goal, If, SplitTest, SplitUntil, Step, WaitUntil
from oncue.compiler.resolve.named import steps_of
from oncue.compiler.resolve.workspace import Resolved
from oncue.schemas.conditions import And, CondNode, Const, InSegment, Or

_HINT = "its parts cannot hold together: change one of them"


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Conditions that are sure never to hold, where that makes a step pointless."""
    nobody = _Nobody(resolved)
    for steps in resolved.lists:
        for step in steps:
            for rule in step.rules:
                if rule.when is not None and nobody(rule.when):
                    yield _diagnostic("L123", rule.when, "this rule never applies: its condition never holds")
    for step in steps_of(resolved, _SAID):
        yield from _inside(step, nobody)


_MAY_NEVER = (And, Or, InSegment, Const)  # one test alone holds for somebody

_SAID = {
    "goal": ("L121", "nobody can reach this goal: its condition never holds"),
    "wait": ("L122", "this waits for what can never come: the condition never holds"),
    "if": ("L123", "nobody takes the `then` of this branch: its condition never holds"),
    "split_test": ("L123", "no path can win: `match` never holds"),
    "split_until": ("L123", "this is never decided: `match` never holds"),
}


def _inside(step: Step, nobody: _Nobody) -> Iterator[Diagnostic]:
    code, message = _SAID[step.kind]
    for act in acts(step):
        cond: Cond | None = None
        if isinstance(act, Goal | If):
            cond = act.when
        elif isinstance(act, WaitUntil):
            cond = act.until
        elif isinstance(act, SplitTest | SplitUntil):
            cond = act.match
        if cond is not None and nobody(cond):
            yield _diagnostic(code, cond, message)


def _diagnostic(code: str, cond: Cond, message: str) -> Diagnostic:
    return Diagnostic(code, "warning", message, cond.node.span, _HINT)


class _Nobody:
    """Whether a condition holds for nobody; each compiled condition is looked at once."""

    def __init__(self, resolved: Resolved) -> None:
        self.resolved = resolved
        self.segment: Segment = self._segment
        self.known: dict[int, bool] = {}

    def __call__(self, cond: Cond) -> bool:
        compiled = self.resolved.conditions.get(cond)
        if compiled is None or not isinstance(compiled.node, _MAY_NEVER):
            return False
        key = id(compiled)
        if key not in self.known:
            self.known[key] = holds_for_nobody(compiled.node, self.segment)
        return self.known[key]

    def _segment(self, name: str) -> CondNode | None:
        each = self.resolved.workspace.segments.get(name)
        compiled = None if each is None else self.resolved.conditions.get(each.condition)
        return None if compiled is None else compiled.node
