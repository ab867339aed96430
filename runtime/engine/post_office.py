"""Letters between contacts and entities. Rules of this file:

- A recorded outcome's letters are delivered in their order, each as one input of its receiver at the same
  instant: first in, first out, before the next input from outside, in the same transaction.
- A contact is found by its key, also after a merge; to one that was erased nothing is delivered.
- The roster of an account follows the letters Join and Leave as they are delivered.
- What an entity writes down stands in the log as a row of its own; a task's belongs to its contact's chain.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from oncue.runtime.engine.entities import Entity
from oncue.runtime.engine.states import Slot
from oncue.runtime.kernel.entities.kept import Alarm, EntityInput, EntityOutcome, ListState, TaskState
from oncue.runtime.kernel.entities.step import entity_step
from oncue.runtime.kernel.letters import Body, Enlist, Join, Leave, Letter

if TYPE_CHECKING:
    from oncue.runtime.engine.engine import Engine

LETTER, ALARM = "letter", "alarm"  # log kinds

_encode = msgspec.json.Encoder().encode
_ALARM = Alarm()


class PostOffice:
    """The letters of one engine that are on their way."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: deque[Letter] = deque()
        self._closed = False  # letters wait
        self._arrived: int | None = None  # of the event that began it all

    def post(self, letters: Iterable[Letter], arrived: int | None = None) -> None:
        """Takes letters; `deliver` brings them."""
        if not self._waiting and not self._closed:
            self._arrived = arrived
        self._waiting.extend(letters)

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Meanwhile letters wait."""
        before, self._closed = self._closed, True
        try:
            yield
        finally:
            self._closed = before

    def deliver(self) -> None:
        """Brings every letter, and what comes of them, unless somebody does so already."""
        if self._closed or not self._waiting:
            return
        with self.closed():
            while self._waiting:
                self._one(self._waiting.popleft())
        self._arrived = None

    def by_turns(self) -> None:
        """Brings letters that had to wait: those of each cascade, and what comes of them, before the next's,
        so that each is held to its own limits."""
        held, self._waiting = self._waiting, deque()
        while held:
            origin = held[0].origin
            while held and held[0].origin == origin:
                self._waiting.append(held.popleft())
            self.deliver()

    def _one(self, letter: Letter) -> None:
        kind, _, name = letter.to.partition("/")
        if kind == "contact":
            self._to_contact(self._engine.directory.owner(name), letter)
        elif kind == "roster":
            members = self._engine.roster.members(name)
            self._engine.states.prefetch(members)
            for contact in members:
                self._to_contact(contact, letter)
        else:
            self._enrol(letter)
            entity = self._engine.entities.get(letter.to)
            self._record(entity, self._step(entity, letter, letter.sender), LETTER, None)

    # --- to contacts

    def _to_contact(self, contact: int, letter: Letter) -> None:
        if not contact:
            return
        engine = self._engine
        slot = engine.states.get(contact)
        outcome = engine.step(slot.state, letter, (LETTER, contact, b""))
        if outcome is not None:
            engine.record(slot, outcome, LETTER, None, arrived=self._arrived)

    # --- to entities

    def tell(self, name: str, body: Body, kind: str, line: bytes) -> int:
        """Something from outside for an entity, as an input of its own; gives its row of the log."""
        entity, engine = self._engine.entities.get(name), self._engine
        letter = Letter(name, "", body, origin=f"{name} {engine.now}")
        self._record(entity, self._step(entity, letter, ""), kind, line)
        seq = engine.ledger.seq
        self.deliver()
        return seq

    def alarm(self, wake: int, entity: Entity) -> None:
        """The entity's timer has come."""
        if isinstance(entity.state, ListState):
            self._engine.batches.run(entity)
            return
        outcome = self._step(entity, _ALARM, "")
        left = entity.wake if outcome is None or outcome.state is None else outcome.state.wake
        if left is not None and left <= wake and entity.state is not None:
            # It would ring for ever: it waits for the entity's next input instead.
            state = msgspec.structs.replace(
                entity.state if outcome is None or outcome.state is None else outcome.state, wake=None
            )
            outcome = msgspec.structs.replace(outcome or EntityOutcome(None), state=state)
        self._record(entity, outcome, ALARM, _encode({"entity": entity.name}))
        self.deliver()

    def adopt(self, name: str) -> None:
        """A changed plan is in force: an entity looks again at when it has something to do."""
        entity = self._engine.entities.get(name)
        self._record(entity, self._step(entity, _ALARM, ""), "adopt", None)

    def _enrol(self, letter: Letter) -> None:
        """The roster takes up who joins and who leaves, a fulfillment list who comes onto it."""
        body, engine = letter.body, self._engine
        if type(body) is Enlist:
            contact = engine.directory.owner(letter.sender.partition("/")[2])
            if contact:
                engine.waiting.join(letter.to.partition("/")[2], contact, engine.now, body.question)
            return
        if type(body) is not Join and type(body) is not Leave:
            return
        contact = engine.directory.owner(letter.sender.partition("/")[2])
        if contact:
            account, roster = letter.to.partition("/")[2], engine.roster
            (roster.join if type(body) is Join else roster.leave)(account, contact)

    def record_of(self, entity: Entity, given: EntityInput, kind: str, line: bytes | None) -> None:
        """Gives an entity an input and takes up what comes of it."""
        self._record(entity, self._step(entity, given, ""), kind, line)

    def answer(self, contact: int, letter: Letter) -> None:
        """Brings a contact, by its number, an answer that it has waited for, and what comes of that."""
        with self.closed():
            self._to_contact(contact, letter)
        self.deliver()

    def _step(self, entity: Entity, given: EntityInput | Letter, sender: str) -> EntityOutcome | None:
        """Runs the kernel; an internal error becomes a reject and None."""
        engine = self._engine
        try:
            return entity_step(engine.program, entity.name, entity.state, given, engine.now, sender)
        except Exception as error:
            message = f"internal error: {type(error).__name__}: {error}"
            engine.rejects.add(entity.name, 0, "internal_error", message, b"")
            return None

    def _record(self, entity: Entity, outcome: EntityOutcome | None, kind: str, line: bytes | None) -> None:
        """Takes up an entity's outcome. A `line` is always logged."""
        outcome = outcome or EntityOutcome(entity.state)
        engine, before = self._engine, entity.state
        self._keep(entity, outcome)
        owner = self.contact_of(entity.state if outcome.state is not None else before)
        if line is None and outcome.audit:
            line = _encode({"entity": entity.name})
        if line is not None:
            engine.ledger.log(engine.now, owner, kind, line, outcome.audit)
            if owner is not None:
                engine.states.mark(owner)  # its chain has another end
        engine.ledger.count(engine.now, outcome.counts)
        engine.handled += 1
        self.post(_from(entity, outcome.letters, engine.now))
        if outcome.effects or outcome.cancelled:
            with self.closed():
                engine.take_effects(owner, outcome.effects, outcome.cancelled, self._arrived)

    def _keep(self, entity: Entity, outcome: EntityOutcome) -> None:
        state = outcome.state
        if state is None or state is entity.state:
            return
        before = entity.wake
        self._engine.entities.change(entity, state)
        if state.wake is not None and state.wake != before:
            self._engine.timers.set_entity(state.wake, entity)

    def contact_of(self, state: object) -> Slot | None:
        """The contact that a task belongs to, if it has one and that is still there."""
        if not isinstance(state, TaskState) or not state.contact:
            return None
        number = self._engine.directory.owner(state.contact)
        return self._engine.states.get(number) if number else None


def _from(entity: Entity, letters: tuple[Letter, ...], now: int) -> tuple[Letter, ...]:
    """Letters that begin a cascade of their own get its name."""
    if not letters or letters[0].origin:
        return letters
    return tuple(msgspec.structs.replace(each, origin=f"{entity.name} {now}") for each in letters)
