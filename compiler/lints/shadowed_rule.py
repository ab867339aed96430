"""L102: a rule whose condition an earlier rule of the same action has already."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.lints.walk import steps
from oncue.compiler.resolve import Resolved
from oncue.compiler.source import Span


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Rules that never get their turn, because the top-most match decides."""
    for step in steps(resolved):
        seen: dict[str, Span] = {}
        for rule in step.rules if len(step.rules) > 1 else ():
            compiled = resolved.conditions.get(rule.when)
            if compiled is None or rule.when is None:
                continue
            here = rule.when.node.span
            first = seen.setdefault(compiled.text, here)
            if first != here:
                message = "this rule is never used: an earlier rule has the same condition"
                related = (Related("the earlier rule", first),)
                yield Diagnostic(
                    "L102", "warning", message, here, "remove it, or change its condition", related
                )
