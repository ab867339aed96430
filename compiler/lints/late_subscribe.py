"""L107: a `subscribe` to a message's own list that stands after the message comes too late for it."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.flow import acts
from oncue.compiler.model import SendEmail, Step, Subscribe
from oncue.compiler.nodes import Scalar
from oncue.compiler.resolve import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Subscriptions behind the message that needs them, in one list of actions."""
    for steps in resolved.lists:
        if any(step.kind == "subscribe" for step in steps[1:]):
            yield from _late(resolved, steps)


def _late(resolved: Resolved, steps: tuple[Step, ...]) -> Iterator[Diagnostic]:
    needed: dict[str, Scalar] = {}  # list -> the first message of it without a subscription before
    subscribed: set[str] = set()
    for step in steps:
        for act in acts(step):
            if isinstance(act, SendEmail):
                email = resolved.workspace.emails.get(act.email.name)
                if email is not None and email.list is not None and email.list.name not in subscribed:
                    needed.setdefault(email.list.name, act.email.node)
            elif isinstance(act, Subscribe):
                name = act.list.name
                if name in needed and name not in subscribed:
                    yield _diagnostic(name, act.list.node, needed[name])
                subscribed.add(name)


def _diagnostic(name: str, where: Scalar, message: Scalar) -> Diagnostic:
    text = f"this subscribes to `{name}` only after `{message.text}` is sent, which needs it"
    related = (Related("the message is sent here", message.span),)
    return Diagnostic("L107", "warning", text, where.span, "put `subscribe` before the message", related)
