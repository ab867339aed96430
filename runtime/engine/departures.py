"""Effects on their way from the engine to whatever delivers them. Rules of this file:

- Each effect becomes one row of the outbox, in its input's own transaction. In a database that delivers for
  real (`real`: the kinds that have a connector) its row says so and waits for the dispatch; every other one
  goes to the outbox folder once its row is committed.
- In a live run the send gate is asked again at the hand-over: a message may pass, be refused, or be deferred,
  and then stays queued until its instant. It goes to the address that its contact has by then.
- What becomes of an effect later than its own input is an input of its contact, at the instant of the
  hand-over, and a row of the log. One that leaves in the ordinary way counts as done from the start.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from oncue.runtime.engine.outbox import Outbox, Settled
from oncue.runtime.engine.states import Slot
from oncue.runtime.kernel.inputs import Effect, Handover
from oncue.runtime.kernel.sending.gate import PASS, Ruling, ask_again, reached_at
from oncue.runtime.messages.message import Message
from oncue.runtime.stores.base import OutboxRow

if TYPE_CHECKING:
    from oncue.runtime.delivery.dispatch import Dispatch
    from oncue.runtime.engine.engine import Engine

_encode = msgspec.json.Encoder().encode
GATED = ("email", "sms")  # the kinds that pass the gate, so may be deferred
GATHERING = 0.02  # seconds
LEFT = "left the campaign"


class Departures:
    """Of one engine. `outbox` None: effects count as delivered (a log's replay). `dispatch`: real delivery
    goes on in this very process."""

    def __init__(self, engine: Engine, outbox: Outbox | None) -> None:
        self._engine = engine
        self.outbox = outbox
        self.real: frozenset[str] = frozenset()
        self.dispatch: Dispatch | None = None
        self._due: int | None = None  # when the first deferred message for the folder may leave
        self.refresh()

    def refresh(self) -> None:
        """Others may have changed the outbox."""
        store = self._engine.store
        if self.dispatch is not None:
            self.dispatch.forget()
        if self.outbox is not None and self.outbox.live:
            found = [store.next_effect(False, kind, -1) for kind in GATED]
            self._due = min((each for each in found if each is not None), default=None)

    # --- new effects

    def take(self, slot: Slot | None, effects: Iterable[Effect], arrived: int | None) -> None:
        """Puts effects into the outbox. `slot`: the contact that they are about, None for nobody."""
        engine, contact = self._engine, 0 if slot is None else slot.id
        for effect in effects:
            engine.tally.effects += 1
            payload = _encode(effect.payload)
            real = effect.kind in self.real
            status, next_at, why = "queued", engine.now if real else None, ""
            if effect.held:
                status, next_at = "held", None
            elif self.outbox is None:
                status, next_at = "done", None
            elif not real:
                why = self.outbox.add(effect.kind, effect.key, payload, contact, engine.now, arrived)
            elif self.dispatch is not None:
                why = self.dispatch.add(effect.kind, effect.key, payload, contact, engine.now, arrived)
            unit = str(effect.payload.get("unit", ""))
            engine.ledger.changes.effects.append(
                (
                    effect.key,
                    contact,
                    engine.now,
                    arrived,
                    effect.kind,
                    unit,
                    status,
                    payload,
                    0,
                    next_at,
                    int(real),
                )
            )
            if why:
                self.hand_over(slot, Settled(effect.key, "failed", why))

    def cancel(self, slot: Slot | None, keys: Iterable[str]) -> None:
        """Takes back what has not left yet."""
        if self.outbox is None or not self.outbox.live:
            return
        for key in keys:
            if self._withdrawn(key):
                self.hand_over(slot, Settled(key, "cancelled", LEFT))

    def _withdrawn(self, key: str) -> bool:
        if self.outbox is not None and self.outbox.withdraw(key):
            return True
        if self.dispatch is not None and (held_back := self.dispatch.withdraw(key)) is not None:
            return held_back
        row = self._engine.store.effect(key)
        if row is not None and row.status == "trying":  # by another process
            self.wait(key, LEFT, row.attempts, None, "trying")
        return row is not None and row.status == "queued"

    # --- what became of one

    def settle(self, settled: Settled, status: str = "") -> None:
        """Notes in the outbox what became of an effect. `status`: how the outbox calls that, where it is not
        the result's own name."""
        row = (status or settled.status, settled.why, settled.handed, settled.key)
        self._engine.ledger.changes.settled.append(row)

    def wait(self, key: str, why: str, attempts: int, next_at: int | None, status: str = "queued") -> None:
        """Notes that an effect waits: for an instant, for the result of an attempt, for a person."""
        self._engine.ledger.changes.tried.append((status, why, attempts, next_at, key))

    def hand_over(self, slot: Slot | None, settled: Settled, *, status: str = "") -> None:
        """Settles an effect and tells its contact."""
        self.settle(settled, status)
        self.tell(slot, settled)

    def tell(self, slot: Slot | None, settled: Settled) -> None:
        """Tells the contact (if the effect is about one) what became of it, as an input of its own."""
        if slot is None:
            self._tell_list(settled)
            return
        engine = self._engine
        report = Handover(settled.key, settled.status, settled.why, settled.due)
        outcome = engine.step(slot.state, report, ("hand-over", slot.id, settled.key.encode()))
        if outcome is not None:
            engine.record(slot, outcome, "handover", _encode(report))

    def _tell_list(self, settled: Settled) -> None:
        """Nobody's effect: a fulfillment list hears that an email with a batch has not arrived."""
        row = self._engine.store.effect(settled.key) if settled.status == "failed" else None
        if row is not None and row.kind == "batch":
            self._engine.batches.refused(row, settled.why)

    def defer(self, slot: Slot | None, key: str, ruling: Ruling, attempts: int = 0) -> None:
        """The gate has named a later instant."""
        self.wait(key, ruling.why, attempts, ruling.due)
        self.tell(slot, Settled(key, "deferred", ruling.why, due=ruling.due))

    def contact(self, number: int) -> Slot | None:
        """The contact that an effect is about; None for nobody."""
        return self._engine.states.get(number) if number else None

    def ruling(self, contact: int, kind: str, key: str) -> Ruling:
        """The second gate's word on a message, by now."""
        if not contact or kind not in GATED:
            return PASS
        return ask_again(self._engine.program, self._engine.states.get(contact).state, key, self._engine.now)

    def addressed(self, contact: int, message: Message) -> Message:
        """The message, to the address that its contact has by now: it may be another one since the step. A
        text message about a contact's task is its owner's, and stays so. Raises RenderFailedError."""
        if not contact or message.kind not in GATED:
            return message
        state = self._engine.states.get(contact).state
        if message.key not in state.sent:
            return message
        address = reached_at(state, message.kind)
        row = self._engine.store.effect(message.key) if message.to != (address,) else None
        if row is None or self.outbox is None:
            return message
        payload = _encode({**msgspec.json.decode(row.payload or b"{}"), "to": address})
        self._engine.ledger.changes.readdressed.append((payload, row.key))
        return self.outbox.renderer.render(row.kind, row.key, payload, row.at)

    def waits_to_hear(self, contact: int, key: str) -> bool:
        """Whether the contact has to be told that it has left: it was deferred, or had failed before."""
        if not contact:
            return False
        sent = self._engine.states.get(contact).state.sent.get(key)
        return sent is not None and (sent.due is not None or sent.result == "failed")

    # --- the outbox folder

    def deliver(self) -> None:
        """Hands over what was committed for the folder; what became of it is part of the next commit. A
        refusal or failure is an input at the instant of the last one."""
        if self.outbox is None:
            return
        if self._due is not None and self._due <= self._engine.now:
            self._fetch(self.outbox)
        if not len(self.outbox):
            return
        for settled in self.outbox.hand_over(self.ruling, self.addressed):
            self._left(settled)

    def _left(self, settled: Settled) -> None:
        if settled.status == "done":
            self._engine.tally.handed += 1
            self.settle(settled)
            if (
                self.outbox is not None
                and self.outbox.live
                and self.waits_to_hear(settled.contact, settled.key)
            ):
                self.tell(self.contact(settled.contact), settled)
            return
        row = self._engine.store.effect(settled.key)
        if row is None:
            return
        slot = self.contact(row.contact)
        if settled.status != "deferred":
            self.hand_over(slot, settled)
            return
        self.defer(slot, settled.key, Ruling("deferred", settled.why, settled.due or 0))
        self._due = min(self._due or settled.due or 0, settled.due or 0)

    def _fetch(self, outbox: Outbox) -> None:
        """Deferred messages whose time has come. Not while something is settled and not written: it would
        look as if it waited still."""
        engine = self._engine
        if not outbox.live or engine.ledger.changes.settled or engine.ledger.changes.tried:
            return
        for kind in GATED:
            for row in engine.store.due_effects(False, kind, engine.now, -1):
                failure = outbox.add_row(row)
                if failure:
                    self.hand_over(self.contact(row.contact), Settled(row.key, "failed", failure))
        found = [engine.store.next_effect(False, kind, engine.now) for kind in GATED]
        self._due = min((each for each in found if each is not None), default=None)

    # --- by hand, and after a restart

    def release(self, row: OutboxRow) -> None:
        """A held message is let go: it passes the gate again."""
        slot = self.contact(row.contact)
        ruling = self.ruling(row.contact, row.kind, row.key)
        if ruling.result == "refused":
            self.hand_over(slot, Settled(row.key, "refused", ruling.why))
        elif ruling.result == "deferred":
            self.defer(slot, row.key, ruling)
        elif row.real:
            self.queue_again(row)
            self.tell(slot, Settled(row.key, "done"))
        elif self.outbox is not None and (why := self.outbox.add_row(row, committed=False)):
            self.hand_over(slot, Settled(row.key, "failed", why))
        else:
            self.hand_over(slot, Settled(row.key, "done"), status="queued")

    def queue_again(self, row: OutboxRow, attempts: int = 0) -> None:
        """An effect for a real connector is tried (again) as soon as may be."""
        self.wait(row.key, "by hand", attempts, self._engine.now)
        if self.dispatch is not None:
            self.dispatch.forget()

    # --- real delivery, where it goes on in this process

    @property
    def busy(self) -> bool:
        """Whether deliveries are under way, or can begin at once."""
        return self.dispatch is not None and self.dispatch.busy(self._engine.now)

    @property
    def next_at(self) -> int | None:
        """When something waits for its instant, the earliest."""
        found = [self._due, self.dispatch.next_at() if self.dispatch is not None else None]
        return min((each for each in found if each is not None), default=None)

    def gather(self) -> None:
        """Where much is under way: lets some more results come, so that they share a transaction."""
        if self.dispatch is not None and self.dispatch.fast:
            time.sleep(GATHERING)

    def astir(self, now: int) -> bool:
        """Whether something is to be handed over, or has come back."""
        due = self.next_at
        return self.busy or (due is not None and due <= now)

    @property
    def bell(self) -> int | None:
        """What becomes readable when there are results."""
        return None if self.dispatch is None else self.dispatch.bell
