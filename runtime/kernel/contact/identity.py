"""Who is who: a contact's key, its beginning, two that turn out to be one, and its end.

A contact's key is the first identifier that it was seen under, ``id:42``, ``email:ana@x.test`` or
``anon:7f``; it never changes. Emails are matched trimmed and casefolded, ids and anonymous ids trimmed.
"""

from __future__ import annotations

from oncue.runtime.kernel.contact.abandoning import abandon
from oncue.runtime.kernel.contact.merging import farewell, unite
from oncue.runtime.kernel.flow.removal import remove
from oncue.runtime.kernel.inputs import Outcome
from oncue.runtime.kernel.intake.border import who_of
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.rounds import settle
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.events import Who
from oncue.schemas.values import Value, compared_text

__all__ = ["begin", "erase", "key_of", "merge", "who_of"]


def key_of(given: Who) -> str:
    """The key of a contact that is first seen under these identifiers; an empty text for none."""
    if given.id and given.id.strip():
        return f"id:{given.id.strip()}"
    if given.email and given.email.strip():
        return f"email:{compared_text(given.email)}"
    if given.anonymous_id and given.anonymous_id.strip():
        return f"anon:{given.anonymous_id.strip()}"
    return ""


def begin(program: Program, given: Who, now: int) -> ContactState:
    """A contact that is not there yet: its first input is its birth, and writes ``contact.created``."""
    fields: dict[str, Value] = {}
    shown: dict[str, str | list[str]] = {}
    for name, text in (("id", given.id), ("email", given.email)):
        if text is not None and text.strip():
            fields[name] = compared = compared_text(text)
            if text.strip() != compared:
                shown[name] = text.strip()
    anonymous = given.anonymous_id.strip() if given.anonymous_id else ""
    return ContactState(
        key=key_of(given),
        created_at=now,
        fields=fields,
        shown=shown,
        anonymous_ids=[anonymous] if anonymous else [],
    )


def merge(program: Program, survivor: ContactState, other: ContactState, now: int) -> Outcome:
    """Unites `other` with the earlier created `survivor`, whose key and values stay. What that changes may
    be an edge, as with any input."""
    turn = Turn(program, survivor, now)
    turn.afresh = True  # stays that were taken over have no timers of their conditions yet
    unite(turn, other)
    turn.write("contact.merged", data={"other": other.key})
    settle(turn)
    return turn.outcome()


def erase(program: Program, state: ContactState, now: int) -> Outcome:
    """The contact's end: every stay ends, every effect that has not left is cancelled, its account strikes it
    off, and its tasks forget it. The state that comes back has only the key; whoever keeps a hash of a
    suppressed address reads it from the old one."""
    turn = Turn(program, state, now)
    for member in turn.state.members.copy():
        if program.has(member.flow):
            remove(turn, program.campaign(member.flow), member, "campaign.ended", "erased")
    abandon(turn, "erased")
    for segment in sorted(state.segments):
        turn.count(f"segments/{segment}", "", "exited")
    farewell(turn)
    outcome = turn.outcome()
    return Outcome(
        state=ContactState(key=state.key, created_at=state.created_at, seq=turn.state.seq),
        cancelled=tuple(state.sent),
        audit=outcome.audit,
        counts=outcome.counts,
        letters=outcome.letters,
    )
