"""L103, L104, L105: segments, emails and lists that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler import model
from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.model.records import Record
from oncue.compiler.resolve.named import acts_of
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.yaml.nodes import Scalar

_NAMING = ("send_email", "send_sms", "subscribe", "unsubscribe")

Used = set[tuple[str, str]]


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """A note for each; a report may want a segment that no campaign uses."""
    used = _used(resolved)
    for name, segment in resolved.workspace.segments.items():
        if ("segments", name) not in used:
            yield _note("L103", segment.key, f"no condition and no trigger uses the segment `{name}`")
    for name, email in resolved.workspace.emails.items():
        if ("emails", name) not in used and not email.behaviours:
            yield _note("L104", email.key, f"nothing sends the email `{name}`")
    for name, each in resolved.workspace.lists.items():
        if ("lists", name) not in used:
            yield _note("L105", each.key, f"no email, action or condition uses the list `{name}`")


def _note(code: str, key: Scalar, message: str) -> Diagnostic:
    return Diagnostic(code, "note", message, key.span, "remove it, if it is not wanted")


def _used(resolved: Resolved) -> Used:
    used: Used = {(use.kind, use.name) for use in resolved.conditions.all_uses()}
    used.update(
        ("lists", email.list.name) for email in resolved.workspace.emails.values() if email.list is not None
    )
    used.update(
        ("emails", each.confirm.name)
        for each in resolved.workspace.lists.values()
        if each.confirm is not None
    )
    for campaign in resolved.workspace.campaigns.values():
        for trigger in campaign.starts:
            used.update(_of_way(trigger.way))
    used.update(_of_act(act) for act in acts_of(resolved, _NAMING))
    return used


def _of_act(act: Record) -> tuple[str, str]:
    if type(act) is model.SendEmail:
        return "emails", act.email.name
    if type(act) in (model.Subscribe, model.Unsubscribe, model.SendSms):
        return "lists", "" if act.list is None else act.list.name  # type: ignore[attr-defined]
    return "", ""


def _of_way(way: model.Way) -> Iterator[tuple[str, str]]:
    if isinstance(way, model.OnSegment):
        yield "segments", way.segment.name
    elif isinstance(way, model.OnSubscription):
        yield "lists", way.list.name
    elif isinstance(way, model.OnEvent) and way.asset is not None and way.event.name.startswith("email."):
        yield "emails", way.asset.name
