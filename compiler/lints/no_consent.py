"""L128, L145: messages that stand right behind what takes their consent away, or does not give it yet."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.flow.flat import acts
from oncue.compiler.lints.late_subscribe import Consent, consent_of
from oncue.compiler.model import SendEmail, SendSms, Step, Subscribe, Unsubscribe
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.yaml.nodes import Scalar
from oncue.schemas.builtins import CHANNELS

_PENDING = "whoever is new on `{}` has not confirmed yet, so `{}` is refused"
_GONE = "`{}` is unsubscribed before this, so `{}` is refused"


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """In each list of actions, the messages up to the next step that may take time."""
    for steps in resolved.lists:
        if any(step.kind in ("subscribe", "unsubscribe") for step in steps[:-1]):
            yield from _refused(resolved, steps)


def _refused(resolved: Resolved, steps: tuple[Step, ...]) -> Iterator[Diagnostic]:
    lost: dict[Consent, tuple[str, Scalar]] = {}  # why it is not there, and where that was said
    for step in steps:
        if step.kind in ("subscribe", "unsubscribe"):
            if not step.rules:  # everybody takes it
                _change(resolved, step.default, step.key, lost)
        elif step.kind in ("send_email", "send_sms"):
            for act in acts(step):
                if isinstance(act, SendEmail | SendSms):
                    yield from _message(resolved, act, lost)
        elif step.kind not in _AT_ONCE:
            lost.clear()  # time may pass, or others come by


def _change(resolved: Resolved, act: object, place: Scalar, lost: dict[Consent, tuple[str, Scalar]]) -> None:
    """What a step does to consent."""
    if isinstance(act, Subscribe):
        known = resolved.workspace.lists.get(act.list.name)
        for channel in act.channels:
            if known is not None and known.opt_in == "double":
                lost.setdefault((act.list.name, channel), ("L128", place))
            else:
                lost.pop((act.list.name, channel), None)
    elif isinstance(act, Unsubscribe):
        names = resolved.workspace.lists if act.list is None else [act.list.name]
        channels = act.channels or CHANNELS
        lost.update({(name, channel): ("L145", place) for name in names for channel in channels})


def _message(
    resolved: Resolved, act: SendEmail | SendSms, lost: dict[Consent, tuple[str, Scalar]]
) -> Iterator[Diagnostic]:
    consent, node = consent_of(resolved, act)
    if consent in lost and not _operational(resolved, act):
        code, place = lost[consent]
        shown = node.text if len(node.text) <= 40 else node.text[:37] + "..."
        message = (_PENDING if code == "L128" else _GONE).format(consent[0], shown)
        hint = "wait for the confirmation before it" if code == "L128" else "send it first"
        related = (Related("this is done before", place.span),)
        yield Diagnostic(code, "warning", message, node.span, hint, related)


def _operational(resolved: Resolved, act: SendEmail | SendSms) -> bool:
    if isinstance(act, SendSms):
        return act.operational
    email = resolved.workspace.emails.get(act.email.name)
    return email is not None and email.operational


# after these no time has passed, and nobody has answered
_AT_ONCE = frozenset(
    {"add_tag", "remove_tag", "adjust_score", "update_contact", "add_note", "convert", "math", "assign_owner"}
)
