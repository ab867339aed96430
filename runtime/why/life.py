"""One contact's life, made again from the log, in memory. Rules of this file:

- An entity's outcome depends on its own inputs alone, so that one contact can be replayed without the others:
  its rows of the log, in order, its timers between them, and what happened to everybody (`house`).
- The log keeps what came from outside as it came. It keeps no letters: they are told from what they made the
  contact write (`letters`).
- Everything that the replay writes is compared with what the log has. From the first difference on nothing is
  claimed about the contact's state: `doubt` says where and what.
- Whatever was merged into the contact has a life of its own until then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import chain

import msgspec
from msgspec import Struct

from oncue.runtime.engine.post_office import LETTER
from oncue.runtime.hosts.received import again
from oncue.runtime.kernel.adoption.adopt import adopt
from oncue.runtime.kernel.contact import identity
from oncue.runtime.kernel.inputs import (
    Enrol,
    Event,
    Handover,
    Import,
    Input,
    Outcome,
    Reactivate,
    Suppress,
    Wake,
)
from oncue.runtime.kernel.letters import AccountIs, Join, TaskReopened
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.kernel.step import step
from oncue.runtime.plans import adoption
from oncue.runtime.reading.admission import CONTACT, EVENT, SILENT, Refusal
from oncue.runtime.stores.base import LogRow, Store
from oncue.runtime.why.house import PLAN, RESUME, House, entries_of
from oncue.runtime.why.letters import letter, letter_of
from oncue.schemas.audit import AuditEntry
from oncue.schemas.events import EventLine, Who

STOPPED = "suppressed before it was erased"
_ON_LISTS = (
    "unhold",
    "offlist",
)  # what an operator did to the contact's place on a list: no input of its own
_LINE = msgspec.json.Decoder(EventLine)


class Moment(Struct, frozen=True):
    """One row of the contact's log: the state before it, what came, the state after. `input` None: nothing
    that the kernel takes as an input (a changed plan, a merge, an operator's word to a list)."""

    row: LogRow
    program: Program
    before: ContactState | None
    input: Input | None
    after: ContactState | None
    entries: tuple[AuditEntry, ...]

    @property
    def at(self) -> int:
        return self.row.at


class Doubt(Struct, frozen=True):
    """From this instant on the log does not say enough."""

    at: int
    why: str


class Life:
    """`moments`: the rows, oldest first, up to the instant `until`. `state`: the contact then, None if it was
    not there. `program`: the plan in force then, with what was paused."""

    def __init__(self, store: Store, contact: int, until: int) -> None:
        row = store.load([contact])[0]
        self.contact = contact
        self.key = row.key
        self.until = until
        self.moments: list[Moment] = []
        self.doubt: Doubt | None = None
        self.house = House(store)
        self._store = store
        self._states: dict[int, ContactState] = {}
        self._ahead: dict[int, list[Moment]] = {}  # made before the log's row of it came
        self._rows: dict[int, list[LogRow]] = {}
        self._joined: dict[int, int] = {}  # contact -> the one that it was merged into
        self._live(store.chain(row.last) if row.last else [])
        self._fire_all(until + 1)
        self.moments = [each for each in self.moments if self._whose(each.row.contact) == contact]
        if self.state is not None and self.state.wake is not None and self.state.wake <= until:
            self._doubt(self.state.wake, "a timer of it does something here of which the log has no row")

    @property
    def state(self) -> ContactState | None:
        return self._states.get(self.contact)

    @property
    def program(self) -> Program:
        return self.house.program

    def _live(self, rows: Sequence[LogRow]) -> None:
        self._numbers = {row.contact for row in rows} | {self.contact}
        for row in merge(rows, self.house.rows, key=lambda row: row.seq):
            if row.at > self.until:
                return
            if row.contact:
                self._own(row)
                self._rows.setdefault(row.contact, []).append(row)
            else:
                self._everybodys(row)

    # --- what happened to everybody

    def _everybodys(self, row: LogRow) -> None:
        self._fire_all(row.at)
        numbers = sorted(self._states)
        before = self.program if numbers else None
        self.house.take(row)
        if row.kind == PLAN and before is not None:
            for number in numbers:
                self._adopt(number, before, row)
        elif row.kind == RESUME:
            self._resume(str(msgspec.json.decode(row.body or b"{}").get("unit", "")), row)
        elif (news := self.house.news(row)) is not None:
            for number, state in list(self._states.items()):
                if state.fields.get("account") == news.account:
                    self._hear(number, news, row)

    def _adopt(self, number: int, old: Program, row: LogRow) -> None:
        state = adoption.remembered(old, self.program, self._states[number], self._rows.get(number, []))
        self._take_ahead(number, None, adopt(old, self.program, state, row.at), row)

    def _resume(self, unit: str, row: LogRow) -> None:
        """Members of a campaign that goes on are woken."""
        for number, state in list(self._states.items()):
            if any(f"campaigns/{member.campaign}" == unit for member in state.members):
                wake = Wake(afresh=True)
                self._take_ahead(number, wake, step(self.program, state, wake, row.at), row)

    def _hear(self, number: int, news: AccountIs, row: LogRow) -> None:
        state = self._states[number]
        told = letter(state, news)
        self._take_ahead(number, told, step(self.program, state, told, row.at), row)

    def _take_ahead(self, number: int, given: Input | None, outcome: Outcome, row: LogRow) -> None:
        """Takes up what the log has a row of further on, if it said anything."""
        before, self._states[number] = self._states[number], outcome.state
        if outcome.audit:
            made = Moment(row, self.program, before, given, outcome.state, outcome.audit)
            self._ahead.setdefault(number, []).append(made)
        self._join(number, outcome, row)

    def _join(self, number: int, outcome: Outcome, row: LogRow) -> None:
        """Who comes to an account hears at once what that says."""
        for sent in outcome.letters:
            if isinstance(sent.body, Join):
                told = self.house.account(sent.to.partition("/")[2])
                self._hear(number, msgspec.structs.replace(told, quiet=sent.body.quiet), row)

    # --- timers

    def _fire_all(self, before: int) -> None:
        for number in list(self._states):
            self._fire(number, before)

    def _fire(self, number: int, before: int) -> None:
        """Fires the timers that are due before the instant and say nothing; one that does has its own row."""
        while (wake := self._states[number].wake) is not None and wake < before:
            outcome = step(self.program, self._states[number], Wake(), wake)
            if outcome.audit:
                return
            row = LogRow(0, wake, "wake", number, 0, outcome.state.seq, None, None)
            self._keep(Moment(row, self.program, self._states[number], Wake(), outcome.state, ()))
            self._states[number] = _quiet(outcome.state, wake)

    # --- its own rows

    def _own(self, row: LogRow) -> None:
        number, logged = row.contact, entries_of(row)
        if self.doubt is not None or (row.entries is None and row.body is None):
            self._doubt(row.at, "what happened to it was erased from the log")
            return
        if number in self._states:
            self._fire(number, row.at)
        if self._is_anothers(row) or row.kind in _ON_LISTS:
            state = self._states.get(number)
            self._keep(Moment(row, self.program, state, None, state, logged))
            self._reopen(row, logged)
        elif ahead := self._ahead.get(number):
            made = ahead.pop(0)
            self._compare(row, made.entries, logged)
            self._keep(msgspec.structs.replace(made, row=row, entries=logged))
        elif row.kind == "merge":
            self._merge(row, logged)
        else:
            self._step(row, logged)

    def _is_anothers(self, row: LogRow) -> bool:
        """Whether an entity wrote the row: a task of the contact's."""
        if row.kind == EVENT and row.body is not None:
            return _LINE.decode(row.body).contact is None
        of_letters = row.kind in (LETTER, "alarm", "adopt", "complete", "reopen")
        return of_letters and row.body is not None

    def _reopen(self, row: LogRow, logged: Sequence[AuditEntry]) -> None:
        """The contact hears that a task is open again, and writes nothing down."""
        for entry in logged:
            if entry.what == "task.reopened" and (state := self._states.get(row.contact)) is not None:
                told = letter(state, TaskReopened(str(entry.data.get("task", ""))))
                self._take_ahead(row.contact, told, step(self.program, state, told, row.at), row)

    def _merge(self, row: LogRow, logged: tuple[AuditEntry, ...]) -> None:
        body = msgspec.json.decode(row.body or b"{}")
        survivor, other = (self._states.get(body.get(name, 0)) for name in ("survivor", "other"))
        if survivor is None or other is None:
            self._doubt(row.at, "it was merged with a contact that the log says nothing about")
            return
        outcome = identity.merge(self.program, survivor, other, row.at)
        del self._states[body["other"]]
        self._joined[body["other"]] = body["survivor"]
        self._rows.setdefault(row.contact, []).extend(self._rows.pop(body["other"], []))
        self._rows[row.contact].sort(key=lambda each: each.seq)
        self._arrived(row, survivor, None, outcome, logged)

    def _step(self, row: LogRow, logged: tuple[AuditEntry, ...]) -> None:
        state = self._states.get(row.contact)
        given = self._input(row, state, logged)
        if given is None:
            self._doubt(row.at, f"the log does not say what came ({row.kind})")
            return
        if state is None:
            if not isinstance(given, Event | Import):
                self._doubt(row.at, "the log does not have its beginning")
                return
            state = self._begin(given, row, logged)
        outcome = step(self.program, state, given, row.at)
        missed = row.nth - outcome.state.seq
        if missed:  # inputs without a word: letters, timers at the very instant
            state = msgspec.structs.replace(state, seq=state.seq + missed)
            outcome = step(self.program, state, given, row.at)
        if row.kind == "wake":
            outcome = msgspec.structs.replace(outcome, state=_quiet(outcome.state, row.at))
        self._arrived(row, state, given, outcome, logged)

    def _arrived(
        self, row: LogRow, before: ContactState, given: Input | None, outcome: Outcome,
        logged: tuple[AuditEntry, ...],
    ) -> None:  # fmt: skip
        self._states[row.contact] = outcome.state
        self._compare(row, outcome.audit, logged)
        self._keep(Moment(row, self.program, before, given, outcome.state, logged))
        self._join(row.contact, outcome, row)

    def _begin(self, given: Event | Import, row: LogRow, logged: Sequence[AuditEntry]) -> ContactState:
        who = Who(given.id_given or None, given.email_given or None, given.anonymous_given or None)
        state = identity.begin(self.program, who, row.at)
        return msgspec.structs.replace(state, suppressed=STOPPED) if _stopped(logged) else state

    # --- what came

    def _input(self, row: LogRow, state: ContactState | None, logged: Sequence[AuditEntry]) -> Input | None:
        if row.kind in (EVENT, CONTACT, SILENT):
            return self._line(row, logged)
        if state is None:
            return None
        body = msgspec.json.decode(row.body) if row.body is not None else {}
        match row.kind:
            case "wake":
                return Wake(afresh=state.wake is None or state.wake > row.at)
            case "letter":
                return letter_of(state, self.program.kind_of, logged)
            case "enrol":
                return Enrol(body["campaign"])
            case "reactivate":
                return Reactivate(body["scenario"])
            case "suppress" | "lift":
                return Suppress(body["why"], row.kind == "lift")
            case "handover":
                return msgspec.convert(body, Handover)
            case _:
                return None

    def _line(self, row: LogRow, logged: Sequence[AuditEntry]) -> Event | Import | None:
        work = again(self.program, row, row.body or b"")
        if isinstance(work, Refusal) or not isinstance(work.input, Event | Import):
            return None
        given = self._without_others(work.input)
        if isinstance(given, Event):
            ignored = [
                e.data.get("ignored") for e in logged if e.what == "event" and e.data.get("id") == given.id
            ]
            return msgspec.structs.replace(given, live="too_old" in ignored)
        return given

    def _without_others(self, given: Event | Import) -> Event | Import:
        """The input without identifiers that belong to somebody else (see `directory`)."""
        names = {"email": given.email_given, "anon": given.anonymous_given}
        keys = {kind: f"{kind}:{text.strip().casefold() if kind == 'email' else text.strip()}"
                for kind, text in names.items() if text}  # fmt: skip
        owners = self._store.find(list(keys.values())) if keys else {}
        others = [kind for kind, key in keys.items() if owners.get(key, self.contact) not in self._numbers]
        changes = {f"{'anonymous' if kind == 'anon' else kind}_given": "" for kind in others}
        return msgspec.structs.replace(given, **changes) if changes else given

    # --- against the log

    def _compare(self, row: LogRow, made: Sequence[AuditEntry], logged: Sequence[AuditEntry]) -> None:
        skip = 1 if _stopped(logged) else 0
        found = [each for each in logged[skip:] if each.what != "contact.clash"]
        if found != [each for each in made if each.what != "contact.clash"]:
            self._doubt(row.at, "what the log has written down does not follow from what it keeps")

    def _doubt(self, at: int, why: str) -> None:
        if self.doubt is None:
            self.doubt = Doubt(at, why)

    def _keep(self, moment: Moment) -> None:
        self.moments.append(moment)

    # --- looking

    def _whose(self, number: int) -> int:
        """Whom a contact of the log has become."""
        while number in self._joined:
            number = self._joined[number]
        return number

    def entries(self) -> Iterator[tuple[Moment, AuditEntry]]:
        """Every audit entry with its moment, oldest first."""
        return chain.from_iterable(((each, entry) for entry in each.entries) for each in self.moments)


def _stopped(logged: Sequence[AuditEntry]) -> bool:
    """Whether the contact came with the address of an erased, suppressed one."""
    return bool(logged) and logged[0].what == "suppressed" and logged[0].why == STOPPED


def _quiet(state: ContactState, wake: int) -> ContactState:
    """A timer that would ring for ever waits for the next input instead (see `engine`)."""
    due = state.wake
    return msgspec.structs.replace(state, wake=None) if due is not None and due <= wake else state
