"""The engine's side of real delivery. Rules of this file:

- An attempt is committed as `trying` before it is made, in the transaction of the group that is at hand; its
  result is committed with a later one. So a run that is killed knows which attempts may have been made.
- A lane may have no more attempts under way than it makes in AHEAD seconds (see `Line.window`): those are
  what a kill leaves in doubt.
- What waits is kept in memory up to MEMORY messages a lane, the rest in the database, from where it is read
  in the order of its next attempts. Each lane has its own queue, so that no connector waits for another.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from oncue.runtime.delivery.lane import Job, Limits, Made
from oncue.runtime.delivery.patience import Patience
from oncue.runtime.delivery.rehearsal import WITHHELD, Rehearsal
from oncue.runtime.delivery.routes import CHANNELS, UNREPEATABLE
from oncue.runtime.delivery.worker import Worker
from oncue.runtime.engine.departures import GATED, LEFT
from oncue.runtime.engine.outbox import Settled
from oncue.runtime.kernel.sending.gate import address_of
from oncue.runtime.messages.message import Message, RenderFailedError
from oncue.runtime.stores.base import OutboxRow

if TYPE_CHECKING:
    from oncue.runtime.engine.engine import Engine

AHEAD = 0.1  # seconds of a lane's work that are begun in advance
MOST = 400  # attempts of a lane that are begun in advance at most
GRACE = 10.0  # seconds that deliveries under way get when a run is stopped
GROUPED = 40  # attempts under way from which on the engine waits for several results
MEMORY = 500  # messages of a lane in memory; so many are read, and rendered, at a time
REMEMBERED = "audience:"  # before a name in the database's single values
BROKEN_OFF = "the run was killed in the middle of the attempt: it may have arrived"


class Ready(Struct, frozen=True):
    """A message that may leave. `attempts`: made so far. `story`: its contact may have heard of it before."""

    contact: int
    message: Message
    arrived: int | None
    attempts: int = 0
    story: bool = False


class Flight(Struct, frozen=True):
    """An attempt under way. `awaited`: its contact waits to be told that it has left."""

    line: Line
    ready: Ready
    awaited: bool


class Line:
    """One connector's queue. `more`: the database may have messages that are due and not in memory. `wake`:
    when the next one is due."""

    def __init__(self, name: str, kinds: tuple[str, ...], limits: Limits) -> None:
        self.name = name
        self.kinds = kinds
        self.memory: OrderedDict[str, Ready] = OrderedDict()
        self.more = True
        self.wake: int | None = None
        self.flying = 0
        self._floor = 2 * limits.at_once
        if limits.per_second is not None:
            self._floor = min(self._floor, max(1, math.ceil(limits.per_second / 4)))
        self._rate = 0.0
        self._since = time.monotonic()

    @property
    def room(self) -> int:
        """How many more attempts may begin."""
        return max(self._floor, min(MOST, int(self._rate * AHEAD))) - self.flying

    def landed(self, number: int) -> None:
        """So many attempts have come to an end since the last time."""
        now = time.monotonic()
        rate = number / max(now - self._since, 1e-3)
        self._rate, self._since = 0.5 * self._rate + 0.5 * rate, now

    def waits(self, now: int) -> bool:
        """Whether something may be due."""
        return bool(self.memory) or self.more or (self.wake is not None and self.wake <= now)

    def forget(self) -> None:
        """What is in memory may have changed in the database."""
        self.memory.clear()
        self.more = True


class Dispatch:
    """Sends what an engine has queued for real connectors through a worker, and takes up the results."""

    def __init__(
        self, engine: Engine, worker: Worker, limits: dict[str, Limits], rehearsal: Rehearsal,
        patience: Patience,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._worker = worker
        self._rehearsal = rehearsal
        self._patience = patience
        self._lines = {name: _line(name, limit) for name, limit in limits.items()}
        self._flying: dict[str, Flight] = {}
        self._again: set[str] = set()  # tried, and queued again, not written yet
        self._touched: set[str] = set()  # what the database calls queued, and is not any more
        self._unwanted: set[str] = set()  # its member left the campaign in the middle of the attempt
        self._jobs: list[Job] = []
        self._ending = False

    @property
    def bell(self) -> int:
        return self._worker.bell

    def recover(self) -> None:
        """Attempts that a killed run left: nobody knows what became of them."""
        engine = self._engine
        for row in engine.store.outbox(["trying"]):
            if row.kind in UNREPEATABLE:
                engine.tally.parked += 1
                engine.departures.wait(row.key, BROKEN_OFF, row.attempts, None, "parked")
            else:
                engine.departures.wait(row.key, BROKEN_OFF, row.attempts, engine.now)

    # --- what waits

    def add(
        self, kind: str, key: str, payload: bytes, contact: int, at: int, arrived: int | None
    ) -> str:  # fmt: skip
        """Takes up a new effect, whose row is about to be written; the reason if it cannot be rendered."""
        line = self._lines[CHANNELS[kind]]
        if line.more or len(line.memory) >= MEMORY:
            line.more = True  # it is read again, and rendered, when there is room
            return ""
        message = self._rendered(kind, key, payload, at)
        if isinstance(message, str):
            return message
        line.memory[key] = Ready(contact, message, arrived)
        return ""

    def _rendered(self, kind: str, key: str, payload: bytes, at: int) -> Message | str:
        outbox = self._engine.departures.outbox
        assert outbox is not None  # noqa: S101 -- a run that delivers has one
        try:
            return outbox.renderer.render(kind, key, payload, at)
        except RenderFailedError as error:
            return str(error)

    def withdraw(self, key: str) -> bool | None:
        """Takes a message back: True if it waited here, False if it is under way, None if it is not here."""
        if key in self._flying:
            self._unwanted.add(key)
            return False
        if key in self._again:
            return True
        return True if any(line.memory.pop(key, None) for line in self._lines.values()) else None

    def forget(self) -> None:
        """Others may have changed what waits."""
        for line in self._lines.values():
            line.forget()

    # --- attempts

    def ready(self, now: int) -> bool:
        """Whether an attempt can begin."""
        return not self._ending and any(line.room > 0 and line.waits(now) for line in self._lines.values())

    def prepare(self, now: int) -> bool:
        """Picks what is tried next and notes it as tried, inside the transaction that wrote the group. Gives
        whether there is anything to write."""
        self._again.clear()
        self._touched.clear()
        if self._ending:
            return False
        for line in self._lines.values():
            while line.room > 0:
                if not line.memory and not self._fetch(line, now):
                    break
                key, ready = line.memory.popitem(last=False)
                self._begin(line, key, ready)
        return self._engine.open

    def _fetch(self, line: Line, now: int) -> bool:
        """Reads what is due; whether there is anything in memory then."""
        if not line.waits(now):
            return False
        store = self._engine.store
        rows = [row for kind in line.kinds for row in store.due_effects(True, kind, now, MEMORY)]
        rows.sort(key=lambda row: (row.next_at or 0, row.id))
        line.more = len(rows) >= MEMORY
        found = [store.next_effect(True, kind, now) for kind in line.kinds]
        line.wake = min((each for each in found if each is not None), default=None)
        self._take(line, rows)
        return bool(line.memory)

    def _take(self, line: Line, rows: Sequence[OutboxRow]) -> None:
        departures = self._engine.departures
        gated = [row.contact for row in rows if row.contact and row.kind in GATED]
        self._engine.states.prefetch(gated)
        for row in rows:
            if row.key in self._touched:
                continue
            message = self._rendered(row.kind, row.key, row.payload or b"{}", row.at)
            if isinstance(message, str):
                self._touched.add(row.key)
                departures.hand_over(departures.contact(row.contact), Settled(row.key, "failed", message))
            else:
                line.memory[row.key] = Ready(row.contact, message, row.arrived, row.attempts, bool(row.why))

    def _begin(self, line: Line, key: str, ready: Ready) -> None:
        departures, kind = self._engine.departures, ready.message.kind
        self._touched.add(key)
        ruling = departures.ruling(ready.contact, kind, key)
        if ruling.result == "refused":
            departures.hand_over(departures.contact(ready.contact), Settled(key, "refused", ruling.why))
        elif ruling.result == "deferred":
            departures.defer(departures.contact(ready.contact), key, ruling, ready.attempts)
            line.wake = min(line.wake or ruling.due, ruling.due)
        else:
            self._leave(line, key, ready)

    def _leave(self, line: Line, key: str, ready: Ready) -> None:
        """The gate lets it pass."""
        departures = self._engine.departures
        try:
            message = departures.addressed(ready.contact, ready.message)
        except RenderFailedError as error:
            departures.hand_over(departures.contact(ready.contact), Settled(key, "failed", str(error)))
            return
        if message is not ready.message:
            ready = replace(ready, message=message)
        if self._rehearsal.on and not self._rehearsal.admits(self._addresses(ready)):
            self._withhold(key, ready)
        else:
            departures.wait(key, "", ready.attempts + 1, None, "trying")
            awaited = ready.story and departures.waits_to_hear(ready.contact, key)
            self._flying[key] = Flight(line, ready, awaited)
            line.flying += 1
            self._jobs.append(Job(line.name, ready.message, ready.attempts + 1))

    def _addresses(self, ready: Ready) -> tuple[str, ...]:
        if ready.message.kind in UNREPEATABLE:
            return ready.message.to
        slot = self._engine.departures.contact(ready.contact)
        email = address_of(slot.state) if slot is not None else ""
        return (email,) if email else ()

    def _withhold(self, key: str, ready: Ready) -> None:
        """Kept back in a rehearsal: it goes to the folder, where it can be looked at."""
        outbox = self._engine.departures.outbox
        if outbox is not None:
            outbox.keep(ready.message)
        self._engine.tally.withheld += 1
        self._engine.departures.settle(Settled(key, "withheld", WITHHELD))

    def launch(self) -> None:
        """The attempts are committed: they may be made."""
        jobs, self._jobs = self._jobs, []
        self._worker.submit(jobs)

    # --- results

    def collect(self) -> None:
        """Takes up what has become of attempts."""
        landed: dict[str, int] = {}
        for made in self._worker.results():
            flight = self._flying.pop(made.job.message.key)
            flight.line.flying -= 1
            landed[flight.line.name] = landed.get(flight.line.name, 0) + 1
            self._settle(made, flight)
            self._unwanted.discard(made.job.message.key)
        for name, number in landed.items():
            self._lines[name].landed(number)

    def _settle(self, made: Made, flight: Flight) -> None:
        key, result, why = made.job.message.key, made.delivery.result, made.delivery.why
        self._remember(made.delivery.remember)
        if (made.untouched or result == "retry") and self._is_unwanted(key):
            self._end(made, Settled(key, "cancelled", LEFT))
        elif made.untouched:
            self._queue(made, flight, "", self._engine.now, made.job.attempt - 1)
        elif result == "done":
            self._done(made, flight)
        elif result == "failed":
            self._end(made, Settled(key, "failed", why))
        elif result == "unknown" and made.job.message.kind in UNREPEATABLE:
            self._engine.tally.parked += 1
            self._engine.departures.wait(key, why, made.job.attempt, None, "parked")
        else:
            self._retry(made, flight)

    def _is_unwanted(self, key: str) -> bool:
        """Whether its member has left the campaign since the attempt began, here or by an operator's word."""
        if key in self._unwanted:
            return True
        row = self._engine.store.effect(key)
        return row is not None and row.why == LEFT

    def _remember(self, found: dict[str, str]) -> None:
        for name, value in found.items():
            self._engine.ledger.changes.meta[f"{REMEMBERED}{name}"] = value

    def _done(self, made: Made, flight: Flight) -> None:
        engine, ready = self._engine, flight.ready
        settled = Settled(made.job.message.key, "done", made.delivery.why, made.ended)
        engine.tally.handed += 1
        engine.departures.settle(settled)
        if ready.arrived is not None and made.job.attempt == 1 and engine.departures.outbox is not None:
            engine.departures.outbox.took(made.began - ready.arrived)
        row = engine.store.effect(settled.key) if flight.awaited else None
        if row is not None:  # else it was erased meanwhile
            engine.departures.tell(engine.departures.contact(row.contact), settled)

    def _end(self, made: Made, settled: Settled, status: str = "") -> None:
        """A final no; a contact that was erased meanwhile has no row any more."""
        row = self._engine.store.effect(settled.key)
        if row is not None:
            departures = self._engine.departures
            departures.hand_over(departures.contact(row.contact), settled, status=status)

    def _retry(self, made: Made, flight: Flight) -> None:
        wait = self._patience.after(made.job.attempt, made.delivery.after)
        if wait is None:
            self._engine.tally.dead += 1
            why = f"gave up after {made.job.attempt} attempts: {made.delivery.why}"
            self._end(made, Settled(made.job.message.key, "failed", why), "dead")
            return
        self._engine.tally.retried += 1
        next_at = made.ended + int(wait * 1e6)
        self._queue(made, flight, made.delivery.why, next_at, made.job.attempt)

    def _queue(self, made: Made, flight: Flight, why: str, next_at: int, attempts: int) -> None:
        key, line = made.job.message.key, flight.line
        self._engine.departures.wait(key, why, attempts, next_at)
        self._again.add(key)
        line.wake = min(line.wake or next_at, next_at)

    # --- for whoever waits

    def busy(self, now: int) -> bool:
        """Whether attempts are under way, or can begin at once."""
        return bool(self._flying) or self.ready(now)

    def next_at(self) -> int | None:
        """When the next attempt is due that can begin."""
        lines = self._lines.values()
        return min((line.wake for line in lines if line.wake is not None and line.room > 0), default=None)

    @property
    def fast(self) -> bool:
        """Whether so much is under way that results are better taken up by groups."""
        return len(self._flying) > GROUPED

    def land(self) -> None:
        """Begins nothing more, and waits GRACE seconds for what is under way; the results are for the next
        commit."""
        self._ending = True
        self._worker.stop(GRACE)
        self.collect()

    def close(self) -> None:
        """Ends the worker, if that has not been done."""
        self._worker.stop(0.0)
        self._worker.close()


def _line(name: str, limits: Limits) -> Line:
    return Line(name, tuple(kind for kind, channel in CHANNELS.items() if channel == name), limits)


def remembered(meta: Mapping[str, object]) -> dict[str, str]:
    """What connectors asked to be told again, by name."""
    return {
        name.removeprefix(REMEMBERED): str(value)
        for name, value in meta.items()
        if name.startswith(REMEMBERED)
    }
