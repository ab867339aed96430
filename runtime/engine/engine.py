"""One writer's engine: takes inputs in their order, runs the kernel, commits. Rules of this file:

- Total order: by instant; at one instant inputs before timers; timers of contacts by key, then of entities
  (see `timers`). `now` never goes back. Before an input everything due earlier is fired, each timer at the
  instant it was set for.
- Everything that a group of inputs does is held in memory and written in one transaction by `commit`. A
  group has at most `batch` inputs, and half as many timers above that where it does not wait for the disk: a
  few more would be a group of their own, which waits. Outcomes are the same for any size of group.
- The kernel decides; the engine only keeps. An internal error of one input rejects that input alone: the
  kernel changed nothing.
- Each input that says something has one row of the log with its audit entries.
- What contacts and entities say to each other is delivered right after the outcome that said it (see
  `post_office`).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from oncue.runtime import clock
from oncue.runtime.engine import collecting
from oncue.runtime.engine.batches import Batches
from oncue.runtime.engine.departures import Departures
from oncue.runtime.engine.directory import Directory, identifiers, identifiers_of
from oncue.runtime.engine.entities import Entities, Entity, Roster, Waiting
from oncue.runtime.engine.erased import Erased
from oncue.runtime.engine.ledger import Ledger
from oncue.runtime.engine.outbox import Outbox
from oncue.runtime.engine.post_office import PostOffice
from oncue.runtime.engine.reception import Reception
from oncue.runtime.engine.states import CACHE_CONTACTS, Slot, States
from oncue.runtime.engine.tallies import worth_reading
from oncue.runtime.engine.timers import Timers
from oncue.runtime.kernel.contact import identity
from oncue.runtime.kernel.inputs import Effect, Input, Outcome, Wake
from oncue.runtime.kernel.link import Program, link
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.kernel.step import step
from oncue.runtime.messages.message import Renderer
from oncue.runtime.reading.admission import Work
from oncue.runtime.reading.rejects import Rejects
from oncue.runtime.stores.base import Store
from oncue.schemas.audit import AuditEntry
from oncue.schemas.plan import Plan

BATCH = 4_000  # inputs that share a transaction at most: of larger ones pages are written less often
LIVE_BATCH = 1_000  # the same of a live run, where messages wait for it
PIPELINED = 100  # from this size of a group on, a replay does not wait for the disk
UNDECLARED = 1_000  # properties: feeds may make them up by the million

_WAKE = Wake()
_encode = msgspec.json.Encoder().encode


class Tally(msgspec.Struct):
    """What a run has done so far."""

    events: int = 0
    contacts: int = 0
    accounts: int = 0
    timers: int = 0
    repeated: int = 0
    ignored: int = 0
    too_old: int = 0
    born: int = 0
    effects: int = 0
    handed: int = 0
    retried: int = 0
    parked: int = 0
    dead: int = 0
    withheld: int = 0
    latency: dict[int, int] = {}
    undeclared: dict[tuple[str, str], int] = {}  # event type and property -> events

    def miss(self, type_: str, name: str) -> None:
        """An event has a property that its type does not declare. The first UNDECLARED names are counted."""
        if (type_, name) in self.undeclared or len(self.undeclared) < UNDECLARED:
            self.undeclared[type_, name] = self.undeclared.get((type_, name), 0) + 1


class Engine:
    """Works on one store with one program. `outbox` None: effects count as delivered (a log's replay)."""

    def __init__(
        self, store: Store, program: Program, rejects: Rejects, outbox: Outbox | None = None, *,
        clock: clock.ClockName = "events", batch: int = BATCH, cache: int = CACHE_CONTACTS,
    ) -> None:  # fmt: skip
        self.store = store
        self.program = program
        self.rejects = rejects
        self.batch = min(batch, LIVE_BATCH) if clock == "wall" else batch
        self.clock = clock
        self._waits = clock == "wall" or self.batch < PIPELINED
        self._full = self.batch if self._waits else self.batch + self.batch // 2
        self.tally = Tally()
        self._cache = cache
        self._read()
        self.reception = Reception(self)
        self.departures = Departures(self, outbox)
        self.handled = 0  # outcomes of this group

    def _read(self) -> None:
        """What is remembered of the store."""
        store = self.store
        self.states = States(store, self._cache)
        self.directory = Directory(store, self.states)
        self.entities = Entities(store)
        self.roster = Roster(store)
        self.waiting = Waiting()
        self.batches = Batches(self)
        self.post = PostOffice(self)
        self.timers = Timers(store, self.states, self.entities, page=self.batch)
        self.erased = Erased(store)
        self.now = int(store.meta().get("now") or 0)
        self.ledger = Ledger(store.top()[1], reads=worth_reading(self.program.plan))

    def step_aside(self) -> None:
        """Commits, lets the writers that wait have their turn, and goes on from what they left."""
        self.finish()
        self.store.step_aside()
        self._read()
        self.departures.refresh()
        self.change_program(self.program.with_paused(self.store.paused()))

    # --- a group of inputs

    def handle(self, works: Sequence[Work]) -> None:
        """Handles inputs, in order of their `now`, with the timers due before each, and commits."""
        known = self.store.processed([work.ident for work in works if work.ident])
        names = [identifiers(work.input) for work in works]
        self.directory.prefetch(
            [
                name
                for work, given in zip(works, names, strict=True)
                if work.ident not in known
                for name in given
            ]
        )
        if works:
            self.batches.deploy(works[0].now)
        self.timers.ahead = works[-1].now if works else 0
        self.timers.look_ahead(self.timers.ahead)
        self.store.let_go()
        for work, given in zip(works, names, strict=True):
            self.fire(work.now - 1)
            self.reception.take(work, given, known)
        self.end_group()
        self.reception.forget()

    def fire(self, until: int, last: tuple[int, int, str] | None = None) -> None:
        """Fires every timer that is due at `until` or before (but none after `last`: instant, rank, name)."""
        while True:
            if self.handled >= self._full:
                self.end_group()
                self.timers.look_ahead(until)
                self.store.let_go()
            due = self.timers.take(until)
            if due is None:
                return
            if last is not None and _place(*due) > last:
                self.timers.put_back(*due)
                return
            self.now = max(self.now, due[0])
            self.tally.timers += 1
            if isinstance(due[1], Entity):
                self.post.alarm(due[0], due[1])
            else:
                self._wake(due[0], due[1])

    def _wake(self, wake: int, slot: Slot) -> None:
        outcome = self.step(slot.state, _WAKE, ("timer", slot.id, b"")) or Outcome(slot.state)
        left = outcome.state.wake
        if left is not None and left <= wake:
            # It would fire for ever: it waits for the contact's next input instead.
            state = msgspec.structs.replace(outcome.state, wake=None)
            outcome = msgspec.structs.replace(outcome, state=state)
        self.record(slot, outcome, "wake", None)

    # --- one input

    def step(self, state: ContactState, given: Input, place: tuple[str, int, bytes]) -> Outcome | None:
        """Runs the kernel; an internal error becomes a reject and None."""
        try:
            return step(self.program, state, given, self.now)
        except Exception as error:
            message = f"internal error: {type(error).__name__}: {error}"
            self.rejects.add(place[0], place[1], "internal_error", message, place[2])
            return None

    # --- what came of it

    def record(
        self, slot: Slot, outcome: Outcome, kind: str, body: bytes | None,
        before: tuple[AuditEntry, ...] = (), clashes: Sequence[tuple[str, int]] = (),
        arrived: int | None = None,
    ) -> int:  # fmt: skip
        """Takes up an outcome, with the letters that it sends: it is written with the next commit. Gives the
        number of its row of the log, if it has one."""
        old, new = slot.state, outcome.state
        slot.state = new
        self.states.mark(slot)
        if slot.born and not slot.last:
            self.tally.born += 1
            clashes = [*clashes, *self.directory.claim(slot, identifiers_of(new))]
        elif _renamed(old, new):
            clashes = [*clashes, *self.directory.claim(slot, identifiers_of(new))]
        entries = before + outcome.audit
        if clashes:
            entries += tuple(self.ledger.clash(self.now, slot, name, owner) for name, owner in clashes)
        self.handled += 1
        if entries or body is not None:
            self.ledger.log(self.now, slot, kind, body, entries)
        seq = self.ledger.seq
        self.ledger.add(self.now, outcome.counts)
        if old.segments != new.segments or old.deals != new.deals:
            self.ledger.resize(self.now, old, new)
        if new.wake is not None and new.wake != old.wake:
            self.timers.set(new.wake, slot)
        if kind == "event" and self.clock == "wall":
            arrived = self.now
        if outcome.letters:
            self.post.post(outcome.letters, arrived)
            with self.post.closed():  # a message that fails speaks after its contact has spoken
                self.take_effects(slot, outcome.effects, outcome.cancelled, arrived)
            self.post.deliver()
        elif outcome.effects or outcome.cancelled:
            self.take_effects(slot, outcome.effects, outcome.cancelled, arrived)
        return seq

    def take_effects(
        self, slot: Slot | None, effects: Sequence[Effect], cancelled: Sequence[str], arrived: int | None
    ) -> None:
        """Puts effects into the outbox, or takes them back. `slot`: the contact that they are about, None for
        nobody."""
        if effects:
            self.departures.take(slot, effects, arrived)
        if cancelled:
            self.departures.cancel(slot, cancelled)

    # --- the plan, the log

    def reach(self, instant: int) -> None:
        """Time has passed up to here without an input."""
        if instant > self.now:
            self.now = instant
            self.ledger.changes.meta["now"] = instant

    def replace_first_plan(self, plan: Plan) -> None:
        """Begins with this plan instead, on a database on which nothing has happened yet."""
        with self.store.transaction():
            self.store.put_plan(0, plan.digest, _encode(plan))
        self.change_program(link(plan))

    def set_clock(self, name: clock.ClockName) -> None:
        """Notes by which clock the database runs."""
        self.ledger.changes.meta["clock"] = name

    def change_program(self, program: Program) -> None:
        """Goes on with another plan, or other switches."""
        outbox = self.departures.outbox
        if outbox is not None and program.plan is not self.program.plan:
            outbox.renderer = Renderer(program.plan, self.store)
        self.program = program
        self.ledger.reads = worth_reading(program.plan)

    def note(self, kind: str, body: object) -> None:
        """A row of the log that is about no contact."""
        self.ledger.log(self.now, None, kind, _encode(body), ())

    def outcome_without_contact(self, kind: str, slot: Slot, outcome: Outcome) -> None:
        """Takes up the outcome of a contact's end: all but its state."""
        self.ledger.add(self.now, outcome.counts)
        self.ledger.resize(self.now, slot.state, outcome.state)
        self.ledger.log(self.now, slot, kind, _encode({"contact": slot.id}), outcome.audit)

    # --- two contacts that are one

    def merge(self, slot: Slot, other: Slot) -> Slot:
        """Unites two contacts; the earlier created survives."""
        survivor, gone = sorted((slot, other), key=lambda one: (one.state.created_at, one.id))
        self.commit()  # what follows reads and changes rows of both
        survivor, gone = self.states.get(survivor.id), self.states.get(gone.id)
        outcome = identity.merge(self.program, survivor.state, gone.state, self.now)
        names = identifiers_of(gone.state)
        self.ledger.resize(self.now, gone.state, None)
        with self.store.transaction():
            self.store.merge(survivor.id, gone.id)
            survivor.last = self.store.load([survivor.id])[0].last
            self.states.forget(gone.id)
            self.directory.move(names, survivor.id)
            body = _encode({"survivor": survivor.id, "other": gone.id})
            self.record(survivor, outcome, "merge", body)
            self.spill(force=True)
        self.departures.refresh()  # what waits in memory may be the other's
        return self.states.get(survivor.id)

    # --- transactions

    @property
    def open(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.handled) or not self.ledger.empty

    def commit(self) -> None:
        """Writes everything in one transaction, then hands messages over. An attempt of a real delivery is
        written down in the same transaction, before it is made."""
        self.store.settle()
        self.rejects.flush()
        dispatch = self.departures.dispatch
        if dispatch is not None:
            dispatch.collect()
        if self.open or (dispatch is not None and dispatch.ready(self.now)):
            with self.store.transaction():
                self.spill(force=True)
                if dispatch is not None and dispatch.prepare(self.now):
                    self.spill(force=True)
        if dispatch is not None:
            dispatch.launch()
        self.departures.deliver()

    def end_group(self) -> None:
        """Commits a group; in a replay of full groups only as far as that the disk does its part while the
        next group is worked on. Its messages leave when it is committed, which is before that one's end."""
        if self._waits:
            self.commit()
            return
        self.store.settle()
        self.departures.deliver()
        self.rejects.flush()
        if self.open:
            with self.store.hold():
                self.spill(force=True)

    def commit_if_full(self) -> None:
        """Commits where the group has its full size."""
        if self.handled >= self.batch:
            self.commit()

    def finish(self) -> None:
        """Commits until nothing is left to say."""
        self.store.settle()
        self.departures.deliver()
        self.commit()
        while self.open:
            self.commit()

    def spill(self, *, force: bool = False) -> None:
        """Writes what there is (if it is a full group, or by `force`) into the transaction that is open."""
        if not force and self.handled < self.batch:
            return
        changes = self.ledger.drain()
        self.states.drain(changes)
        self.directory.drain(changes)
        self.entities.drain(changes)
        self.roster.drain(changes)
        self.waiting.drain(changes)
        changes.meta["now"] = self.now
        self.store.write(changes)
        outbox = self.departures.outbox
        if outbox is not None and outbox.latency:
            self.store.add_latency(outbox.latency)
            for place, number in outbox.latency.items():
                self.tally.latency[place] = self.tally.latency.get(place, 0) + number
            outbox.latency = {}
        if outbox is not None:
            outbox.written()
        collecting.sometimes(self.handled)
        self.handled = 0
        self.timers.reset()
        self.states.trim()
        self.directory.trim()
        self.entities.trim()


def _place(wake: int, due: Slot | Entity) -> tuple[int, int, str]:
    """Where a timer stands in the total order."""
    return (wake, due.rank, due.name) if isinstance(due, Entity) else (wake, 0, due.key)


def _renamed(old: ContactState, new: ContactState) -> bool:
    """Whether the contact has other identifiers than before."""
    before, after = old.fields, new.fields
    return (
        before.get("email") != after.get("email")
        or before.get("id") != after.get("id")
        or len(old.anonymous_ids) != len(new.anonymous_ids)
    )
