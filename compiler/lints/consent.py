"""F104: an email belongs to a list, so that consent can be asked, or is operational."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.resolve import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Emails with neither."""
    for email in resolved.workspace.emails.values():
        if email.list is None and not email.operational and email.body is not None:
            message = f"`{email.key.text}` has no list, so nobody can have agreed to get it"
            hint = "add `list:` with the list whose subscribers get it, or `operational: true` for a receipt"
            yield Diagnostic("F104", "error", message, email.key.span, hint)
