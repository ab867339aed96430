"""L125: rules, branches, exits, waits and goals whose condition holds for everybody."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.flow.certainty import always
from oncue.compiler.flow.flat import acts
from oncue.compiler.model import Cond, Goal, If, Step, WaitUntil
from oncue.compiler.resolve.named import steps_of
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.source import Span
from oncue.schemas.conditions import And, CondNode, Const, InSegment, Not, Or

_RULE = "what stands below it is never used: make this the `default`, or change the condition"
_ASKING = (If, Goal, WaitUntil)
_MAY_ALWAYS = (And, Or, Not, InSegment, Const)  # one test alone fails for somebody
_CHANGE = "change the condition"
_SAID = {
    If: ("everybody takes the `then` of this branch: its condition always holds", "do without the branch"),
    WaitUntil: ("this waits for nothing: the condition always holds", "do without the wait"),
    Goal: ("everybody reaches this goal at once: its condition always holds", _CHANGE),
}


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Conditions that are sure to hold whenever they are asked, where that decides what is done."""
    everybody = _Everybody(resolved)
    for campaign in resolved.workspace.campaigns.values():
        if everybody(campaign.exit_when):
            message = "nobody stays in this campaign: `exit_when` always holds"
            yield _diagnostic(campaign.exit_when, message, _CHANGE)
    for steps in resolved.lists:
        for step in steps:
            for rule in step.rules:
                if everybody(rule.when):
                    yield _diagnostic(
                        rule.when, "this rule always applies: its condition always holds", _RULE
                    )
    for step in steps_of(resolved, ("if", "goal", "wait")):
        yield from _inside(step, everybody)


def _inside(step: Step, everybody: _Everybody) -> Iterator[Diagnostic]:
    for act in acts(step):
        if isinstance(act, _ASKING):
            cond = act.until if isinstance(act, WaitUntil) else act.when
            if everybody(cond):
                message, hint = _SAID[type(act)]
                yield _diagnostic(cond, message, hint if hint == _CHANGE else f"{hint}, or {_CHANGE}")


def _diagnostic(cond: Cond | None, message: str, hint: str) -> Diagnostic:
    assert cond is not None  # noqa: S101  it holds for everybody
    return Diagnostic("L125", "warning", message, cond.node.span, hint)


class _Everybody:
    """Whether a condition holds for everybody; each compiled condition is looked at once."""

    def __init__(self, resolved: Resolved) -> None:
        self.resolved = resolved
        self.known: dict[int, bool] = {}
        # what is always true by itself was told where it was read
        self.told = [each.span for each in resolved.conditions.diagnostics if each.code == "C051"]

    def __call__(self, cond: Cond | None) -> bool:
        compiled = self.resolved.conditions.get(cond)
        if compiled is None or cond is None or not isinstance(compiled.node, _MAY_ALWAYS):
            return False
        key = id(compiled)
        if key not in self.known:
            self.known[key] = always(compiled.node, self._segment)
        return self.known[key] and not any(_inside_of(each, cond.node.span) for each in self.told)

    def _segment(self, name: str) -> CondNode | None:
        each = self.resolved.workspace.segments.get(name)
        compiled = None if each is None else self.resolved.conditions.get(each.condition)
        return None if compiled is None else compiled.node


def _inside_of(span: Span, outer: Span) -> bool:
    return (
        span.path == outer.path
        and (outer.line, outer.column) <= (span.line, span.column) < (outer.end_line, outer.end_column)
    )  # fmt: skip
