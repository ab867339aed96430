"""F105: a fulfillment action sends nothing past consent, except a list's own confirmation."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.flow.flat import acts
from oncue.compiler.model import SendEmail, SendSms
from oncue.compiler.resolve.workspace import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Operational emails and text messages among fulfillment actions."""
    emails = resolved.workspace.emails
    confirms = {each.confirm.name for each in resolved.workspace.lists.values() if each.confirm is not None}
    for _, behaviour in resolved.behaviours:
        for step in behaviour.actions:
            for act in acts(step):
                if isinstance(act, SendSms) and act.operational:
                    message = "this text message is operational: a fulfillment action may not pass consent"
                    hint = "give it a `list`, or send it from a campaign"
                    yield Diagnostic("F105", "error", message, act.key.span, hint)
                email = emails.get(act.email.name) if isinstance(act, SendEmail) else None
                if (
                    isinstance(act, SendEmail)
                    and email
                    and email.operational
                    and act.email.name not in confirms
                ):
                    message = f"`{act.email.name}` is operational: a fulfillment action may not pass consent"
                    hint = "give the email a `list`, or send it from a campaign"
                    related = (Related("the email is defined here", email.key.span),)
                    yield Diagnostic("F105", "error", message, act.email.node.span, hint, related)
