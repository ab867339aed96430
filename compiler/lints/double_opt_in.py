"""F106, F107, L110: a list with double opt-in needs an operational email that asks for the confirmation."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.resolve.workspace import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Lists whose confirmation is missing, is held back by consent, or is never sent."""
    for each in resolved.workspace.lists.values():
        name = each.key.text
        if each.confirm is None:
            if each.opt_in == "double" and not each.asks:
                hint = "add `confirm:` with the email that asks for the confirmation"
                yield Diagnostic(
                    "F106", "error", f"`{name}` has double opt-in but no `confirm`", each.key.span, hint
                )
            continue
        if each.opt_in == "single":
            message = f"`{name}` has a `confirm`, which is never sent without `opt_in: double`"
            yield Diagnostic(
                "L110", "warning", message, each.confirm.node.span, "add `opt_in: double`, or leave it out"
            )
        email = resolved.workspace.emails.get(each.confirm.name)
        if email is not None and not email.operational and each.opt_in == "double":
            message = f"`{each.confirm.name}` is not operational, so the pending subscriber would not get it"
            related = (Related("the email is defined here", email.key.span),)
            hint = "add `operational: true` to the email"
            yield Diagnostic("F107", "error", message, each.confirm.node.span, hint, related)
