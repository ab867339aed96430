"""The host's own engine on a store that passes: it does everything as in a run, and sends nothing.

What would leave is noted as a fact where it is made, is not rendered, and counts as handed over at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from oncue.runtime.backtest.facts import SEND, Fact, of_entry, of_tags
from oncue.runtime.backtest.witness import Witness
from oncue.runtime.clock import ClockName
from oncue.runtime.engine import tallies
from oncue.runtime.engine.engine import Engine
from oncue.runtime.engine.ledger import Ledger
from oncue.runtime.engine.states import Slot
from oncue.runtime.kernel.contact import identity
from oncue.runtime.kernel.inputs import Effect, Event, Outcome
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.reading.admission import Work
from oncue.runtime.reading.rejects import Rejected, Rejects
from oncue.runtime.stores.base import Store
from oncue.runtime.views.reasons import Failures
from oncue.schemas.audit import AuditEntry
from oncue.schemas.values import format_number

TOLD = 20  # rejected lines that are kept in full


class Refused(Rejects):
    """Lines that could not be used: counted, and the first of them kept."""

    def __init__(self) -> None:
        super().__init__(None)
        self.told: list[Rejected] = []

    def add(self, file: str, number: int, reason: str, message: str, line: bytes) -> None:
        """Takes one."""
        self.reasons[reason] += 1
        if len(self.told) < TOLD:
            self.told.append(Rejected(file, number, reason, message, ""))


class _Watched(Ledger):
    """Shows the witness what goes into the log. `keeps`: the log itself is read later."""

    def __init__(self, seq: int, player: Player, *, reads: bool, keeps: bool) -> None:
        super().__init__(seq, reads=reads)
        self._player = player
        self._keeps = keeps

    def log(
        self, now: int, slot: Slot | None, kind: str, body: bytes | None, entries: tuple[AuditEntry, ...]
    ) -> None:
        """Takes a row."""
        self._player.saw(slot, entries)
        if self._keeps:
            super().log(now, slot, kind, body, entries)
            return
        if self.reads:
            self.count(now, tallies.of_audit(entries))
        super().log(now, slot, kind, None, ())


class Player(Engine):
    """Works on a store that passes. `keeps`: its log is kept whole, which a changed plan needs."""

    def __init__(
        self, store: Store, program: Program, witness: Witness, *, clock: ClockName = "events",
        keeps: bool = False,
    ) -> None:  # fmt: skip
        self.witness = witness
        self.refused = Refused()
        self._keeps = keeps
        self.types: Counter[str] = Counter()  # of events that came
        self.failures = Failures()
        self._kinds: dict[tuple[str, str], str] = {}
        self._changes: list[Fact] = []  # of the outcome that is being recorded
        self._score: str | None = None
        super().__init__(store, program, self.refused, None, clock=clock)

    def _read(self) -> None:
        super()._read()
        self.ledger = _Watched(self.ledger.seq, self, reads=self.ledger.reads, keeps=self._keeps)

    def change_program(self, program: Program) -> None:
        """Goes on with another plan."""
        self._kinds.clear()
        super().change_program(program)

    def key_of(self, who: str) -> str:
        """The key of the contact that somebody calls so; an empty text for nobody."""
        number = self.directory.owner(who) or self.directory.owner(identity.key_of(identity.who_of(who)))
        return self.states.get(number).key if number else ""

    def handle(self, works: Sequence[Work]) -> None:
        """Handles inputs, in order."""
        self.types.update(work.input.type for work in works if type(work.input) is Event)
        super().handle(works)

    # --- what is seen

    def saw(self, slot: Slot | None, entries: Sequence[AuditEntry]) -> None:
        """Audit entries of a contact, or of nobody."""
        if not self.witness.asleep:
            for entry in entries:
                self.failures.see(entry)
        facts = [fact for entry in entries if (fact := of_entry(entry, self._kind_of)) is not None]
        facts += self._changes
        if facts or self._score is not None:
            self.witness.note("" if slot is None else slot.key, self.now, facts, self._score)
        self._changes, self._score = [], None

    def _kind_of(self, unit: str, step: str) -> str:
        place = (unit, step)
        kind = self._kinds.get(place)
        if kind is None:
            kind = self._kinds[place] = self.program.kind_of(unit, step)
        return kind

    def record(
        self, slot: Slot, outcome: Outcome, kind: str, body: bytes | None,
        before: tuple[AuditEntry, ...] = (), clashes: Sequence[tuple[str, int]] = (),
        arrived: int | None = None,
    ) -> int:  # fmt: skip
        """Takes up an outcome."""
        old, new = slot.state, outcome.state
        self._changes = list(of_tags(old.tags, new.tags)) if old.tags != new.tags else []
        self._score = _score(new) if old.fields.get("score") != new.fields.get("score") else None
        if not (outcome.audit or before or clashes) and body is None:  # it has no row of the log
            self.saw(slot, ())
        return super().record(slot, outcome, kind, body, before, clashes, arrived)

    def take_effects(
        self, slot: Slot | None, effects: Sequence[Effect], cancelled: Sequence[str], arrived: int | None
    ) -> None:
        """What would leave leaves here."""
        sends = [_send(effect) for effect in effects if not effect.held]
        self.tally.effects += len(sends)
        if sends:
            self.witness.note("" if slot is None else slot.key, self.now, sends)


def _score(state: ContactState) -> str:
    score = state.fields.get("score")
    return format_number(score) if isinstance(score, int) else ""


_NAMED_BY = {"email": "email", "site_message": "message", "audience": "audience"}  # in their payloads


def _send(effect: Effect) -> Fact:
    payload = effect.payload
    name = str(payload.get(_NAMED_BY.get(effect.kind, ""), ""))
    what = name if effect.kind == "email" else f"{effect.kind} {name}".rstrip()
    return Fact(SEND, str(payload.get("unit", "")), str(payload.get("step", "")), what)
