"""What counts as behaviour: a fact is one thing that a plan did to one contact, told from its audit.

What contacts do themselves comes from the history and is the same for every plan, so it is no fact. Nor is
what only leads to something else: a step that is reached, a wait that begins. A message counts as it leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from typing import NamedTuple

from oncue.schemas.audit import AuditEntry
from oncue.schemas.values import Value, format_number, parse_number

SEND, ENTRY, REFUSAL, EXIT, STEP = "send", "entry", "refusal", "exit", "step"
GOAL, SCORE, TAG, SEGMENT = "goal", "score", "tag", "segment"
SUBSCRIPTION, MEMBERSHIP, RESPONSE, OTHER = "subscription", "membership", "response", "other"
KINDS = (
    SEND, ENTRY, REFUSAL, EXIT, STEP, GOAL, MEMBERSHIP, RESPONSE, SCORE, TAG, SEGMENT, SUBSCRIPTION, OTHER,
)  # fmt: skip


class Fact(NamedTuple):
    """`kind`: one of KINDS. `unit` and `step` say where, as in the audit; a tag's unit is ``tags/TAG``.
    `what` tells facts of one place apart:

    send: the email, or what else left: ``sms``, ``webhook``, ``batch`` ...
    refusal: why. exit: ``exit_when``, or why the flow ended. goal: ``achieved`` or ``skipped``.
    step: the action's result with its reason (a split's path), such as ``done`` or ``refused: no consent``.
    score: the points that an action gave, ``+10`` or ``-5``. tag: ``added`` or ``removed``.
    segment: ``entered`` or ``left``. subscription: the status and its channels. membership: the status in
    the campaign. response: what became of one, of a scenario its outcome. other: the audit's word.
    """

    kind: str
    unit: str
    step: str
    what: str


KindOf = Callable[[str, str], str]  # unit and step (or action) to its action key


def of_entry(entry: AuditEntry, kind_of: KindOf) -> Fact | None:
    """The fact that an audit entry tells, if it tells one."""
    if entry.what == "action":
        return _action(entry, kind_of)
    read = _READ.get(entry.what)
    if read is not None:
        return read(entry)
    if entry.what in _SILENT:
        return None
    return Fact(OTHER, entry.unit, entry.step, _told(entry))


def of_tags(before: Set[str], after: Set[str]) -> Iterator[Fact]:
    """Tags that came and went."""
    for tag in sorted(before ^ after):
        yield Fact(TAG, f"tags/{tag}", "", "added" if tag in after else "removed")


def _action(entry: AuditEntry, kind_of: KindOf) -> Fact | None:
    if entry.result == "pending":
        return None
    if entry.result == "done":
        if "message" in entry.data and "site_message" not in entry.data:
            return None  # what left is a fact of its own
        if "to" in entry.data and kind_of(entry.unit, entry.step) == "adjust_score":
            return Fact(SCORE, entry.unit, entry.step, _points(entry))
    return Fact(STEP, entry.unit, entry.step, _result(entry))


def _points(entry: AuditEntry) -> str:
    """What was added to the score, with its sign."""
    before, after = (_number(entry.data.get(name)) for name in ("from", "to"))
    return f"{'+' if after >= before else ''}{format_number(after - before)}"


def _number(value: Value | None) -> int:
    return (parse_number(value) or 0) if isinstance(value, str) else 0


def _result(entry: AuditEntry) -> str:
    return f"{entry.result}: {entry.why}" if entry.why else entry.result


def _handover(entry: AuditEntry) -> Fact | None:
    return None if entry.result == "done" else Fact(STEP, entry.unit, entry.step, _result(entry))


def _membership(entry: AuditEntry) -> Fact | None:
    if entry.result == "pending":
        return None
    return Fact(MEMBERSHIP, entry.unit, "", str(entry.data.get("status", "")) or entry.result)


def _subscription(entry: AuditEntry) -> Fact:
    channels = entry.data.get("channels")
    shown = f" ({', '.join(channels)})" if isinstance(channels, list) else ""
    return Fact(SUBSCRIPTION, entry.unit, "", f"{entry.result}{shown}")


_IDENTITY = frozenset({"deal", "task", "message", "batch", "id", "at", "due", "since", "event", "account"})


def _told(entry: AuditEntry) -> str:
    """The entry in short, without what only says which one or when."""
    shown = [
        ", ".join(value) if isinstance(value, list) else str(value)
        for name, value in entry.data.items()
        if name not in _IDENTITY
    ]
    parts = [entry.result, entry.why, *shown]
    detail = ", ".join(part for part in parts if part)
    return f"{entry.what}: {detail}" if detail else entry.what


_READ: dict[str, Callable[[AuditEntry], Fact | None]] = {
    "handover": _handover,
    "campaign.entered": lambda entry: Fact(ENTRY, entry.unit, "", ""),
    "campaign.refused": lambda entry: Fact(REFUSAL, entry.unit, "", entry.why),
    "campaign.exited": lambda entry: Fact(EXIT, entry.unit, "", entry.why or "exit_when"),
    "campaign.ended": lambda entry: Fact(EXIT, entry.unit, "", entry.why),
    "goal.achieved": lambda entry: Fact(GOAL, entry.unit, entry.step, "achieved"),
    "goal.skipped": lambda entry: Fact(GOAL, entry.unit, entry.step, "skipped"),
    "segment.entered": lambda entry: Fact(SEGMENT, entry.unit, "", "entered"),
    "segment.left": lambda entry: Fact(SEGMENT, entry.unit, "", "left"),
    "subscription": _subscription,
    "membership": _membership,
    "response": lambda entry: Fact(RESPONSE, entry.unit, "", entry.why),
    "scenario.judged": lambda entry: Fact(RESPONSE, entry.unit, "", _result(entry)),
}
_SILENT = frozenset(
    {
        "contact.created", "contact.updated", "contact.merged", "contact.clash", "event", "automation",
        "step.entered", "step.left", "scenario.set_off",
    }
)  # fmt: skip
