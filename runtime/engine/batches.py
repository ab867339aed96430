"""Runs of fulfillment lists. Rules of this file:

- A run is one transaction: rows, what the list says of them, the answers to members who waited.
- Contacts are read page by page in order of joining; a row goes to the database, and only the sums stay in
  memory. All rows are read before anybody hears of the batch, so what that sets off is in no row of it.
- An email with a batch that does not arrive (a final no at the hand-over, or a bounce that comes later) is
  told to the list; the outbox says what became of it.
- A file that is too large to attach is written before the commit, under a name that nobody can guess; a run
  that is killed in between writes the same file again.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from oncue.runtime.engine import batch_files
from oncue.runtime.engine.entities import Entity
from oncue.runtime.engine.outbox import Settled
from oncue.runtime.kernel.entities.kept import Alarm, ListState, Ran
from oncue.runtime.kernel.entities.lists import ATTACHED, Reading, batch_name, is_sent
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.letters import Answer, Letter, NotDelivered
from oncue.runtime.messages.message import BatchPayload, link_name
from oncue.runtime.reading.admission import EVENT
from oncue.runtime.stores.base import OutboxRow
from oncue.runtime.stores.lists import WaitingRow
from oncue.schemas.plan import FulfillmentList

if TYPE_CHECKING:
    from oncue.runtime.engine.engine import Engine

PAGE = 500  # contacts that are read at once
ALARM, DEPLOYED, UNDELIVERED = "alarm", "deployed", "undelivered"  # log kinds
LINKED = "files"  # the folder inside the outbox
_LISTS = "list/"

_encode = msgspec.json.Encoder().encode


class Batches:
    """The fulfillment lists of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._looked = ""  # the plan whose lists are all there

    def deploy(self, now: int) -> None:
        """Lists that are new come to be: their first interval starts now, which the log says."""
        engine = self._engine
        if self._looked == engine.program.plan.digest or not engine.program.plan.fulfillment_lists:
            return
        self._looked = engine.program.plan.digest
        if any(engine.entities.get(_LISTS + name).state is None for name in self._names()):
            engine.reach(now)
            engine.note(DEPLOYED, {})
            self.adopt()

    def adopt(self) -> None:
        """Every list of the plan, and every one that it has no more, looks at its schedule."""
        there = {row.name for row in self._engine.store.entities(_LISTS)}
        for name in sorted(there | {_LISTS + name for name in self._names()}):
            self._engine.post.adopt(name)

    def switched(self, list_: str) -> None:
        """A list was paused or resumed: it looks at its schedule."""
        self._engine.post.adopt(_LISTS + list_)

    def _names(self) -> list[str]:
        return sorted(self._engine.program.plan.fulfillment_lists)

    # --- a run

    def run(self, entity: Entity) -> None:
        """The list's instant has come."""
        engine, list_ = self._engine, entity.name.removeprefix(_LISTS)
        spec = engine.program.plan.fulfillment_lists.get(list_)
        line = _encode({"entity": entity.name})
        if spec is None:  # gone; it wakes no more
            engine.post.record_of(entity, Alarm(), ALARM, line)
            return
        engine.commit()
        with engine.store.transaction():
            run = _Run(engine, list_, spec, entity)
            ran = run.read()
            if run.batch and ran.size > ATTACHED:
                self._publish(run.name)
            engine.post.record_of(entity, ran, ALARM, line)
            engine.post.deliver()
            if run.batch:
                self._answer_all(list_, run)
            engine.spill(force=True)
        self._sweep()

    def _publish(self, batch: str) -> None:
        """Puts a file behind its link."""
        outbox, store = self._engine.departures.outbox, self._engine.store
        if outbox is not None:
            path = outbox.folder / LINKED / link_name(store.secret(), batch)
            batch_files.write(path, store.file(batch), durable=outbox.live)

    def _sweep(self) -> None:
        """Takes away files whose links have expired."""
        outbox, store = self._engine.departures.outbox, self._engine.store
        if outbox is None or not (folder := outbox.folder / LINKED).is_dir():
            return
        named = {link_name(store.secret(), each.name): each.at for each in store.batches()}
        batch_files.sweep(folder, named, self._engine.now)

    # --- emails that come back

    def refused(self, row: OutboxRow, why: str) -> None:
        """The email with a batch got a final no."""
        told = self._not_delivered(row, why)
        self.undelivered(told, UNDELIVERED, _encode(told))

    def undelivered(self, told: NotDelivered, kind: str, line: bytes) -> int:
        """Tells the list; gives the row of the log. A renamed list is told by its present name."""
        batch = self._engine.store.batch(told.batch)
        name = told.batch.rpartition("-")[0] if batch is None else batch.list
        return self._engine.post.tell(_LISTS + name, told, kind, line)

    def email(self, event: Event) -> OutboxRow | None:
        """The email with a batch that has bounced, if that is what the event says."""
        if event.type != "email.bounce" or not event.message:
            return None
        row = self._engine.store.effect(event.message)
        return row if row is not None and row.kind == "batch" else None

    def bounced(self, row: OutboxRow, event: Event, line: bytes) -> int:
        """Takes such a bounce; gives the row of the log. Soft ones, and all after the first hard one, are
        only noted."""
        how = event.props["type"]
        why, final = f"{how} bounce", how == "hard" and row.status != "failed"
        if final:
            self._engine.departures.settle(Settled(row.key, "failed", why, row.handed))
        return self.undelivered(self._not_delivered(row, why, final=final), EVENT, line)

    def _not_delivered(self, row: OutboxRow, why: str, *, final: bool = True) -> NotDelivered:
        payload = msgspec.json.decode(row.payload or b"{}", type=BatchPayload)
        return NotDelivered(payload.batch, payload.to, why, final)

    # --- members who wait for a batch

    def _answer_all(self, list_: str, run: _Run) -> None:
        """Those whose members waited for this batch hear of it, in order of joining."""
        engine, after = self._engine, -1
        while page := engine.store.questions(run.batch, after, PAGE):
            after = page[-1][0]
            for _, contact, questions in page:
                self.answer(contact, list_, questions, batch=run.name)
            engine.spill()
        engine.store.answered(run.batch)

    def answer(self, contact: int, list_: str, questions: str, why: str = "", batch: str = "") -> None:
        """Answers a contact's questions: its batch is handed over, or (`why`) never will be."""
        engine, name = self._engine, _LISTS + list_
        for question in msgspec.json.decode(questions):
            body = Answer(question, data={"batch": batch}) if batch else Answer(question, "failed", why)
            engine.post.answer(contact, Letter("", name, body, origin=f"{name} {engine.now}"))


class _Run:
    """One run of one list."""

    def __init__(self, engine: Engine, list_: str, spec: FulfillmentList, entity: Entity) -> None:
        self.engine = engine
        self.spec = spec
        self.list = list_
        self.entity = entity
        self.reading = Reading(engine.program, spec)
        self.rows = self.held = 0
        self.size = len(self.reading.head)
        self.digest = sha256(self.reading.head)
        state, now = entity.state, engine.now
        since = state.since if isinstance(state, ListState) else now
        self.name = batch_name(list_, now)
        self.batch = engine.store.open_batch(self.name, list_, now, since, self.reading.head)

    def read(self) -> Ran:
        """Makes the rows of everybody who waits now."""
        store, after = self.engine.store, 0
        last = store.last_waiting(self.list)
        while page := store.waiting(self.list, after, last, PAGE):
            after = page[-1].id
            self._page(page)
        ran = Ran(self.rows, self.held, self.size, self.digest.hexdigest())
        if is_sent(self.spec, ran):
            store.close_batch(self.batch, ran.rows, ran.held, ran.size, ran.digest)
        else:
            store.drop_batch(self.batch)
            self.batch = 0
        return ran

    def _page(self, page: list[WaitingRow]) -> None:
        engine = self.engine
        states = engine.states.read([row.contact for row in page])
        ready = [
            (row, state)
            for row, state in zip(page, states, strict=True)
            if row.released or not self.reading.missing(state)
        ]
        self.held += len(page) - len(ready)
        lines = self.reading.rows([state for _, state in ready])
        for line in lines:
            self.digest.update(line)
            self.size += len(line)
        engine.store.add_rows(
            [
                (self.batch, self.rows + place, row.contact, line, row.questions)
                for place, ((row, _), line) in enumerate(zip(ready, lines, strict=True))
            ]
        )
        self.rows += len(ready)
        places = [row.id for row, _ in ready]
        (engine.store.answer if self.spec.keep else engine.store.off)(places)
