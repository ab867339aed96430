"""F110: a window that ends before it begins is never open."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.resolve.workspace import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Fulfillment actions whose `until` lies before their `from`."""
    for _, behaviour in resolved.behaviours:
        start, until = behaviour.start, behaviour.until
        if start is not None and until is not None and until.text.strip() < start.text.strip():
            message = f"`until` ({until.text}) lies before `from` ({start.text}), so this is never active"
            related = (Related("it begins here", start.span),)
            yield Diagnostic(
                "F110", "error", message, until.span, "swap the two; both days are included", related
            )
