"""Inputs from outside, one by one: was it handled before, who is it about, what becomes of it.

An event or a row is a contact's; an account row is an account's; a ``task.completed`` that names no contact
goes to its task, which tells the contact that it belongs to; the bounce of an email with a batch goes to its
fulfillment list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from oncue.runtime.engine.directory import Found, Given
from oncue.runtime.engine.states import Slot
from oncue.runtime.kernel.contact import identity
from oncue.runtime.kernel.inputs import Event, Suppress
from oncue.runtime.kernel.intake.accounts import AccountRow
from oncue.runtime.kernel.letters import CloseTask
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.kernel.step import step
from oncue.runtime.reading.admission import Work, same
from oncue.schemas.audit import AuditEntry
from oncue.schemas.events import Who

if TYPE_CHECKING:
    from oncue.runtime.engine.engine import Engine


class Reception:
    """Takes an engine's inputs from outside."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ids: dict[str, bytes] = {}  # handled in this group

    def forget(self) -> None:
        """The group is over: its ids stand in the database."""
        self._ids.clear()

    def take(self, work: Work, names: Sequence[str], known: dict[str, int]) -> None:
        """Handles one input. `names`: its contact's identifiers; `known`: ids handled before, with their
        rows of the log."""
        if work.ident and self._repeated(work, known):
            return
        engine, given = self._engine, work.input
        engine.now = max(engine.now, work.now)
        if isinstance(given, AccountRow):
            self._of_account(work, given)
        elif isinstance(given, Event) and (email := engine.batches.email(given)) is not None:
            self._remember(work, engine.batches.bounced(email, given, work.body))
            self._count_event(given)
        elif names:
            self._of_contact(work, given, names)
        elif isinstance(given, Event) and given.message:
            message = (
                f"no email with a batch has the key {given.message[:80]!r}, and the line names no contact"
            )
            engine.rejects.add(work.file, work.number, "unknown_message", message, work.body)
        elif isinstance(given, Event):
            self._of_task(work, given)

    # --- of an entity

    def _of_account(self, work: Work, row: AccountRow) -> None:
        """The account gets its new values."""
        engine = self._engine
        name = f"account/{row.account}"
        self._remember(work, engine.post.tell(name, row.change, work.kind, work.body))
        engine.tally.accounts += 1

    def _of_task(self, work: Work, event: Event) -> None:
        """A ``task.completed`` without a contact completes the task that it names."""
        engine, task = self._engine, event.props.get("task", "")
        name = f"task/{task}"
        if engine.entities.get(name).state is None:
            message = f"no task {str(task)[:80]!r} is known, and the line names no contact"
            engine.rejects.add(work.file, work.number, "unknown_task", message, work.body)
            return
        self._remember(work, engine.post.tell(name, CloseTask("event", event.id), work.kind, work.body))
        self._count_event(event)

    # --- of a contact

    def _of_contact(self, work: Work, given: Given, names: Sequence[str]) -> None:
        engine = self._engine
        found = engine.directory.resolve(given, names)
        place = (work.file, work.number, work.body)
        slot = found.slot
        if slot is None:
            if self._unwanted(work):
                message = "nobody is known by this contact"
                engine.rejects.add(work.file, work.number, "unknown_contact", message, work.body)
                return
            slot = self._begin(found)
        elif found.joins is not None:
            slot = engine.merge(slot, found.joins)
        state, before = self._stopped(slot.state, found.input.email_given)
        outcome = engine.step(state, found.input, place)
        if outcome is None:
            if slot.born and not slot.last:
                engine.states.discard(slot)
            return
        self._remember(work, engine.record(slot, outcome, work.kind, work.body, before, found.clashes))
        if type(found.input) is Event:
            self._count_event(found.input)
        else:
            engine.tally.contacts += 1

    def _unwanted(self, work: Work) -> bool:
        settings = self._engine.program.plan.settings
        return type(work.input) is Event and settings.unknown_contacts == "reject"

    def _begin(self, found: Found) -> Slot:
        given, engine = found.input, self._engine
        who = Who(given.id_given or None, given.email_given or None, given.anonymous_given or None)
        return engine.states.new(identity.begin(engine.program, who, engine.now))

    def _stopped(self, state: ContactState, email: str) -> tuple[ContactState, tuple[AuditEntry, ...]]:
        """Suppresses a contact that comes with the address of an erased, suppressed one."""
        engine = self._engine
        if not email or state.suppressed or not engine.erased.is_stopped(email):
            return state, ()
        why = "suppressed before it was erased"
        if state.seq:
            outcome = step(engine.program, state, Suppress(why), engine.now)
            return outcome.state, outcome.audit
        return msgspec.structs.replace(state, suppressed=why), (AuditEntry("suppressed", why=why),)

    # --- what was handled

    def _remember(self, work: Work, seq: int) -> None:
        """The work was handled; `seq`: its row of the log."""
        if work.ident:
            self._ids[work.ident] = work.body
            self._engine.ledger.changes.processed.append((work.ident, seq))

    def _count_event(self, event: Event) -> None:
        engine = self._engine
        engine.tally.events += 1
        for name in event.undeclared:
            engine.tally.miss(event.type, name)
        if event.live and engine.now - event.at > engine.program.plan.settings.trigger_max_age:
            engine.tally.too_old += 1

    def _repeated(self, work: Work, known: dict[str, int]) -> bool:
        ident, engine = work.ident, self._engine
        if ident in self._ids:
            repeated = same(self._ids[ident], work.body)
        elif ident in known:
            repeated = self._was(known[ident], work.body)
        else:
            return False
        if repeated:
            engine.tally.repeated += 1
            return True
        if type(work.input) is not Event:
            return False  # that line of the file says something else now
        message = f"an event with the id {work.input.id!r} and other content was handled before"
        engine.rejects.add(work.file, work.number, "id_conflict", message, work.body)
        return True

    def _was(self, seq: int, line: bytes) -> bool:
        """Whether a row of the log was this line; also one that was emptied since."""
        row = self._engine.store.log_row(seq)
        if row is None or row.body is None:
            return self._engine.erased.said(seq, line)
        return same(row.body, line)
