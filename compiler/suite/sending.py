"""What a workspace can send at all."""

from __future__ import annotations

from oncue.compiler import model
from oncue.compiler.flow.flat import acts
from oncue.compiler.resolve.workspace import Resolved


class Sending(model._Record, frozen=True):
    """`known`: ids of emails and site messages; `messages`: those that some action sends, with ``sms``.
    `webhooks`: whether some action calls one."""

    known: frozenset[str]
    messages: frozenset[str]
    webhooks: bool


def sending_of(resolved: Resolved) -> Sending:
    """Looks through every action, and the emails that ask for a confirmation."""
    workspace = resolved.workspace
    found = {each.confirm.name for each in workspace.lists.values() if each.confirm is not None}
    webhooks = False
    for steps in resolved.lists:
        for step in steps:
            for act in acts(step):
                if isinstance(act, model.SendEmail):
                    found.add(act.email.name)
                elif isinstance(act, model.SendSiteMessage):
                    found.add(act.message.name)
                elif isinstance(act, model.SendSms):
                    found.add("sms")
                webhooks = webhooks or isinstance(act, model.Webhook)
    known = frozenset(workspace.emails) | frozenset(workspace.site_messages)
    return Sending(known, frozenset(found), webhooks)
