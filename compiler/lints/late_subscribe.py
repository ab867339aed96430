"""L107: a `subscribe` to a message's own list that stands after the message comes too late for it."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.flow.flat import acts
from oncue.compiler.model import SendEmail, SendSms, Step, Subscribe
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.yaml.nodes import Scalar

Consent = tuple[str, str]  # list and channel

_KINDS = frozenset({"send_email", "send_sms", "subscribe"})
_SENDING = (SendEmail, SendSms)


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Subscriptions behind the message that needs them, in one list of actions."""
    for steps in resolved.lists:
        if any(step.kind == "subscribe" for step in steps[1:]):
            yield from _late(resolved, [step for step in steps if step.kind in _KINDS])


def _late(resolved: Resolved, steps: list[Step]) -> Iterator[Diagnostic]:
    needed: dict[Consent, Scalar] = {}  # the first message that needs it without a subscription before
    subscribed: set[Consent] = set()
    for step in steps:
        for act in acts(step):
            if isinstance(act, _SENDING):
                consent, node = consent_of(resolved, act)
                if consent not in subscribed and consent[0]:
                    needed.setdefault(consent, node)
            elif isinstance(act, Subscribe):
                given = [(act.list.name, channel) for channel in act.channels]
                late = [each for each in given if each in needed and each not in subscribed]
                if late:
                    yield _diagnostic(late[0][0], act.list.node, needed[late[0]])
                subscribed.update(given)


def consent_of(resolved: Resolved, act: SendEmail | SendSms) -> tuple[Consent, Scalar]:
    """Which list's consent a message needs (an empty name: none), and where it is sent."""
    if isinstance(act, SendSms):
        return ("" if act.list is None else act.list.name, "sms"), act.text
    email = resolved.workspace.emails.get(act.email.name)
    where = None if email is None else email.list
    return ("" if where is None else where.name, "email"), act.email.node


def _diagnostic(name: str, where: Scalar, message: Scalar) -> Diagnostic:
    shown = message.text if len(message.text) <= 40 else message.text[:37] + "..."
    text = f"this subscribes to `{name}` only after `{shown}` is sent, which needs it"
    related = (Related("the message is sent here", message.span),)
    return Diagnostic("L107", "warning", text, where.span, "put `subscribe` before the message", related)
