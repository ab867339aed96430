"""L125, L126: whatever a condition decides that holds for everybody."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.flow.deciding import settled
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.source import Span

_CHANGE = "change the condition"
_RULE = "what stands below it is never used: make this the `default`, or change the condition"
_SAID = {
    "exit": ("nobody stays in this campaign: `exit_when` always holds", _CHANGE),
    "trigger": ("this `when` leaves nobody out: it always holds", f"do without it, or {_CHANGE}"),
    "rule": ("this rule always applies: its condition always holds", _RULE),
    "if": (
        "everybody takes the `then` of this branch: its condition always holds",
        f"do without the branch, or {_CHANGE}",
    ),
    "wait": ("this waits for nothing: the condition always holds", f"do without the wait, or {_CHANGE}"),
    "goal": ("everybody reaches this goal at once: its condition always holds", _CHANGE),
    "split_test": ("everybody matches at once, so the first path wins: `match` always holds", _CHANGE),
    "split_until": ("everybody matches at once: `match` always holds", _CHANGE),
    "scenario": ("this `when` leaves nobody out: it always holds", f"do without it, or {_CHANGE}"),
    "crosses": ("nothing ever crosses: the condition always holds", _CHANGE),
    "segment": ("everybody is in this segment: its condition always holds", _CHANGE),
}


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Conditions that are sure to hold whenever they are asked."""
    # what is always true by itself was told where it was read
    told = [each.span for each in resolved.conditions.diagnostics if each.code == "C051"]
    for each, verdict in settled(resolved):
        if verdict and each.role in _SAID:  # that every response qualifies may be meant
            span = each.cond.node.span
            if not any(_inside_of(other, span) for other in told):
                message, hint = _SAID[each.role]
                code, severity = ("L126", "note") if each.role == "segment" else ("L125", "warning")
                yield Diagnostic(code, severity, message, span, hint)  # type: ignore[arg-type]


def _inside_of(span: Span, outer: Span) -> bool:
    return (
        span.path == outer.path
        and (outer.line, outer.column) <= (span.line, span.column) < (outer.end_line, outer.end_column)
    )  # fmt: skip
