"""L102: a rule whose condition an earlier rule of the same action has already."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.model import Step
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.source import Span


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Rules that never get their turn, because the top-most match decides."""
    for steps in resolved.lists:
        for step in steps:
            if len(step.rules) > 1:
                yield from _shadowed(resolved, step)


def _shadowed(resolved: Resolved, step: Step) -> Iterator[Diagnostic]:
    seen: dict[str, Span] = {}
    for rule in step.rules:
        compiled = resolved.conditions.get(rule.when)
        if compiled is not None and rule.when is not None:
            here = rule.when.node.span
            first = seen.setdefault(compiled.text, here)
            if first != here:
                message = "this rule is never used: an earlier rule has the same condition"
                related = (Related("the earlier rule", first),)
                yield Diagnostic(
                    "L102", "warning", message, here, "remove it, or change its condition", related
                )
