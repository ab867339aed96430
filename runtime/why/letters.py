"""Letters that a contact got, from what it wrote down of them. The log keeps no letters, only what came of
them: of an answer the action that it ended, of a completed task the event. What cannot be told from that is
None; what is guessed wrong here shows, since everything is compared with the log (see `life`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oncue.runtime.kernel.flow.removal import label_of
from oncue.runtime.kernel.letters import Answer, Body, Letter, TaskClosed
from oncue.runtime.kernel.state import ContactState
from oncue.schemas.audit import AuditEntry
from oncue.schemas.values import Value

KindOf = Callable[[str, str], str]  # unit, step -> action key

_SPLITS = ("split_test", "split_until")


def letter_of(state: ContactState, kind_of: KindOf, entries: Sequence[AuditEntry]) -> Letter | None:
    """The letter that made the contact write these entries."""
    body = _answer(state, kind_of, entries) or _closed(entries)
    return None if body is None else letter(state, body)


def letter(state: ContactState, body: Body) -> Letter:
    """A letter to the contact; it belongs to the cascade that the contact began."""
    origin, starts, steps = state.cascade
    return Letter(f"contact/{state.key}", "", body, starts, steps, origin)


def _closed(entries: Sequence[AuditEntry]) -> TaskClosed | None:
    for entry in entries:
        if entry.what == "event" and entry.unit == "task.completed":
            return TaskClosed(str(entry.data.get("task", "")), "", str(entry.data.get("id", "")))
    return None


def _answer(state: ContactState, kind_of: KindOf, entries: Sequence[AuditEntry]) -> Answer | None:
    """The answer to a question that the contact waits for."""
    asked = _asked(state)
    for entry in entries:
        question = asked.get((entry.unit, entry.step, entry.entry, entry.rule))
        if entry.what == "action" and question is not None:
            return _of_action(question, kind_of(entry.unit, entry.step), entry, entries)
    return None


def _asked(state: ContactState) -> dict[tuple[str, str, int, str], str]:
    """The questions of members, fulfillment actions and scenarios, by unit, step, entry and rule."""
    asked = {
        (f"campaigns/{member.campaign}", member.step, member.entry, label_of(member.rule)): member.asked
        for member in state.members
        if member.asked
    }
    asked |= {(each.unit, each.step, 0, label_of(each.rule)): each.id for each in state.errands if each.after}
    for question, each in state.funnel.asked.items() if state.funnel is not None else ():
        asked[f"reactivation_scenarios/{each.scenario}", each.step, 0, label_of(each.rule)] = question
    return asked


def _of_action(question: str, kind: str, entry: AuditEntry, entries: Sequence[AuditEntry]) -> Answer:
    if entry.result == "failed":
        return Answer(question, "failed", entry.why, data=entry.data)
    if kind in _SPLITS:
        return Answer(question, value=entry.why)
    owner = _owner(entry, entries)
    return Answer(question, value=owner) if owner else Answer(question, why=entry.why, data=entry.data)


def _owner(entry: AuditEntry, entries: Sequence[AuditEntry]) -> str:
    """Whose turn it was, where a team was asked."""
    here = [each for each in entries if (each.unit, each.step) == (entry.unit, entry.step)]
    for each in here:
        given: Value = each.data.get("owner", "")
        if given:
            return given[1] if isinstance(given, list) else str(given)
    return ""
