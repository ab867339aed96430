"""F104: an email or text message belongs to a list, so that consent can be asked, or is operational."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.model import SendSms
from oncue.compiler.resolve.named import acts_of
from oncue.compiler.resolve.workspace import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Messages with neither."""
    for email in resolved.workspace.emails.values():
        if not email.listed and not email.operational and email.body is not None:
            message = f"`{email.key.text}` has no list, so nobody can have agreed to get it"
            hint = "add `list:` with the list whose subscribers get it, or `operational: true` for a receipt"
            yield Diagnostic("F104", "error", message, email.key.span, hint)
    for act in acts_of(resolved, ["send_sms"]):
        if isinstance(act, SendSms) and not act.listed and not act.operational:
            message = "this text message has no list, so nobody can have agreed to get it"
            hint = "add `list:` with the list whose subscribers by SMS get it, or `operational: true`"
            yield Diagnostic("F104", "error", message, act.key.span, hint)
