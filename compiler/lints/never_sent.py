"""L146: what listens to an email that nothing sends."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.model import OnEvent, SendEmail
from oncue.compiler.resolve.named import acts_of
from oncue.compiler.resolve.workspace import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """A note for each trigger and each fulfillment action: an event without a send of ours fires nothing."""
    workspace = resolved.workspace
    sent = {act.email.name for act in acts_of(resolved, ["send_email"]) if isinstance(act, SendEmail)}
    sent |= {each.confirm.name for each in workspace.lists.values() if each.confirm is not None}
    unsent = {name: email for name, email in workspace.emails.items() if name not in sent}
    for name, email in unsent.items():
        for behaviour in email.behaviours:
            message = f"nothing sends `{name}`, so this never happens"
            hint = "send it, or remove the email"
            yield Diagnostic("L146", "note", message, behaviour.key.span, hint)
    for campaign in workspace.campaigns.values() if unsent else ():
        for trigger in campaign.starts:
            way = trigger.way
            if isinstance(way, OnEvent) and way.event.name.startswith("email.") and way.asset is not None:
                unheard = unsent.get(way.asset.name)
                if unheard is not None:
                    message = f"nothing sends `{way.asset.name}`, so this starts nobody"
                    related = (Related("the email is defined here", unheard.key.span),)
                    yield Diagnostic("L146", "note", message, way.asset.span, "send it somewhere", related)
