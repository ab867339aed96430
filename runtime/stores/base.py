"""The port between the engine and whatever keeps its data. Rules of this file:

- The engine alone decides; a store only keeps. Everything that one batch changes is one `Changes`, written
  by `write` inside one transaction.
- Contacts have a row number (int, from 1, in order of creation), used as the reference everywhere inside.
- State and entries are bytes that the store does not look into. Instants are int microseconds.
- Reads see what was committed, and, inside a transaction, what was written in it.

Every store passes `tests/runtime/store_contract.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from msgspec import Struct, field

from oncue.runtime.stores.lists import Lists

FORMAT = 4  # of the database; one of an earlier format is upgraded when it is opened for writing

MetaValue = int | str | bytes | None


class ContactRow(Struct, frozen=True, gc=False):
    """`last`: number of the contact's latest log row, 0 for none. `state` None: merged away or erased."""

    id: int
    key: str
    wake: int | None
    last: int
    state: bytes | None


class LogRow(Struct, frozen=True, gc=False):
    """One input that was handled. `contact` 0: none. `previous`: the contact's log row before this one.
    `nth`: the contact's own number for this input. `body`: the input as it came; `entries`: its audit."""

    seq: int
    at: int
    kind: str
    contact: int
    previous: int
    nth: int
    body: bytes | None
    entries: bytes | None


class OutboxRow(Struct, frozen=True, gc=False):
    """One effect. `at`: the instant that made it; `arrived`: the arrival of the event that did, None for a
    timer's. `status`: queued, held, trying, parked, done, withheld, cancelled, refused, failed or dead.
    `attempts`: deliveries begun. `next_at`: a queued one's next attempt, None: as soon as its run can.
    `real`: it goes to a real connector, else to the outbox folder."""

    id: int
    key: str
    contact: int
    at: int
    arrived: int | None
    kind: str
    unit: str
    status: str
    why: str
    handed: int | None
    payload: bytes | None
    attempts: int = 0
    next_at: int | None = None
    real: int = 0


class EntityRow(Struct, frozen=True, gc=False):
    """What stands beside contacts, by its name (see `kernel.letters`)."""

    name: str
    wake: int | None
    state: bytes


class Changes(Struct):
    """Everything that one transaction writes, each list in the order of its table's key."""

    born: list[tuple[int, str, int | None, int, bytes]] = field(default_factory=list)
    kept: list[tuple[int, bytes | None, int]] = field(default_factory=list)  # last, state, id
    moved: list[tuple[int | None, int, bytes | None, int]] = field(default_factory=list)  # wake too
    identifiers: list[tuple[str, int]] = field(default_factory=list)
    log: list[tuple[int, int, str, int, int, int, bytes | None, bytes | None]] = field(default_factory=list)
    processed: list[tuple[str, int]] = field(default_factory=list)
    # key, contact, at, arrived, kind, unit, status, payload, attempts, next_at, real
    effects: list[tuple[str, int, int, int | None, str, str, str, bytes, int, int | None, int]] = field(
        default_factory=list
    )
    tried: list[tuple[str, str, int, int | None, str]] = field(
        default_factory=list
    )  # status, why, attempts, next_at, key
    settled: list[tuple[str, str, int | None, str]] = field(default_factory=list)  # status, why, handed
    readdressed: list[tuple[bytes, str]] = field(default_factory=list)  # payload, key
    counts: list[tuple[str, str, str, int, int]] = field(default_factory=list)  # change, latest instant
    clashes: list[tuple[int, int, int, str, int]] = field(
        default_factory=list
    )  # seq, at, contact, identifier, owner
    entities: list[tuple[str, int, int | None, bytes]] = field(
        default_factory=list
    )  # name, rank, wake, state
    left: list[tuple[str, int]] = field(default_factory=list)  # account, contact
    joined: list[tuple[str, int]] = field(default_factory=list)  # the same; who left before joins anew
    waiting: list[tuple[str, int, int, str]] = field(
        default_factory=list
    )  # list, contact, at, questions; one that waits already keeps its place
    meta: dict[str, MetaValue] = field(default_factory=dict)


class Store(Lists, Protocol):
    """What the engine, the operator's commands and the reports need."""

    def close(self) -> None:
        """Lets go of the database and of the writer's lock."""

    def offer(self) -> None:
        """Says that this writer is going to step aside for others, who may then wait for it."""

    def wanted(self) -> bool:
        """Whether another writer waits. Cheap; False unless `offer` was called."""

    def step_aside(self) -> None:
        """Lets the others write, and comes back after them: whatever was read before may have changed."""

    def transaction(self) -> AbstractContextManager[None]:
        """Commits at the end, rolls back on any exception."""

    def hold(self) -> AbstractContextManager[None]:
        """A transaction that is not committed at the end: reads see it, `let_go` commits it. On an exception
        it is rolled back. At most one is held."""

    def let_go(self) -> None:
        """Begins to commit what is held, and does not wait for the disk. The next call of the store does."""

    def settle(self) -> None:
        """Commits what is held and waits for it. Raises DatabaseError; then nothing of it is there."""

    def steady(self) -> AbstractContextManager[None]:
        """Reads inside see one state of the database, whatever a writer does beside them. Only for a store
        that does not write."""

    def write(self, changes: Changes) -> None:
        """Writes a batch; only inside a transaction."""

    # --- what the engine reads

    def meta(self) -> dict[str, MetaValue]:
        """Single values: now, seq, clock, fence and so on."""

    def top(self) -> tuple[int, int]:
        """The highest contact number and the highest log number, 0 for none."""

    def processed(self, ids: Sequence[str]) -> dict[str, int]:
        """Those of the ids that were handled, with their log rows."""

    def find(self, identifiers: Sequence[str]) -> dict[str, int]:
        """Those of the identifiers that are known, with their contacts."""

    def identifiers_named(self, beginning: str, limit: int) -> list[str]:
        """Identifiers that begin so, in order."""

    def load(self, ids: Sequence[int]) -> list[ContactRow]:
        """The contacts of these numbers, ascending."""

    def due(self, after: tuple[int, str], before: int, limit: int) -> list[tuple[int, str, int]]:
        """(wake, key, id) with `after` < (wake, key) and wake < before, ascending."""

    def next_wake(self) -> int | None:
        """The earliest wake of a contact or an entity, or None."""

    # --- entities

    def entity(self, name: str) -> EntityRow | None:
        """One entity."""

    def entities(self, prefix: str) -> Iterator[EntityRow]:
        """The entities whose names begin so, by name, without holding them all."""

    def due_entities(
        self, after: tuple[int, int, str], before: int, limit: int
    ) -> list[tuple[int, int, str]]:
        """(wake, rank, name) with `after` < (wake, rank, name) and wake < before, ascending."""

    def roster(self, account: str) -> list[int]:
        """The contacts of an account, in order of joining."""

    # --- plans and switches

    def plans(self) -> list[tuple[int, str, bytes]]:
        """(instant, digest, document) of each plan that took effect, oldest first."""

    def plan_in_force(self) -> tuple[str, bytes] | None:
        """Digest and document of the latest plan."""

    def put_plan(self, at: int, digest: str, body: bytes) -> None:
        """Puts a plan in force."""

    def rename_paused(self, names: Mapping[str, str]) -> None:
        """Units that are paused, and held effects, go on under another name (old to new)."""

    def paused(self) -> frozenset[str]:
        """The units that an operator paused."""

    def switch(self, unit: str, on: bool, at: int) -> None:
        """Pauses (`on` False) or resumes a unit."""

    # --- the outbox

    def outbox(self, statuses: Sequence[str], *, after: int = 0, limit: int = -1) -> list[OutboxRow]:
        """Effects in these statuses in order of their making."""

    def effect(self, key: str) -> OutboxRow | None:
        """One effect."""

    def effects_named(self, beginning: str, limit: int) -> list[OutboxRow]:
        """Effects whose keys begin so, by key."""

    def due_effects(self, real: bool, kind: str, now: int, limit: int) -> list[OutboxRow]:
        """Queued effects of a kind whose `next_at` has come, in its order."""

    def next_effect(self, real: bool, kind: str, after: int) -> int | None:
        """The earliest `next_at` of a queued effect of a kind that is later than `after`."""

    def number_queued(self, kind: str) -> int:
        """How many effects of a kind are queued for a real connector."""

    def failures(self, limit: int) -> dict[str, int]:
        """The most frequent reasons why effects failed or were given up, with their numbers."""

    def statuses(self) -> dict[str, int]:
        """How many effects there are in each status."""

    def add_latency(self, buckets: Mapping[int, int]) -> None:
        """Adds hand-overs to the latency histogram."""

    def latency(self) -> dict[int, int]:
        """The latency histogram."""

    # --- contacts, the log, reports

    def contacts(self) -> Iterator[ContactRow]:
        """Every contact, by number, without holding them all."""

    def living(self) -> int:
        """How many contacts there are, erased and merged ones left out."""

    def keys(self, ids: Iterable[int]) -> dict[int, str]:
        """The keys of contacts."""

    def log(self, *, after: int = 0, kinds: Sequence[str] = ()) -> Iterator[LogRow]:
        """The log in order, from the row after `after`, without holding it all."""

    def log_of_nobody(self, kinds: Sequence[str]) -> Iterator[LogRow]:
        """The rows of these kinds that are about no contact, in order. Reads through the whole log."""

    def log_of_failures(self) -> Iterator[LogRow]:
        """The rows, in order, that say that something failed or what became of a hand-over, and perhaps
        others. Reads through the whole log."""

    def log_row(self, seq: int) -> LogRow | None:
        """One row of the log."""

    def chain(self, last: int) -> list[LogRow]:
        """A contact's rows of the log, oldest first, from its latest backwards."""

    def log_by_contact(self) -> Iterator[LogRow]:
        """The log's events, also those that the kernel made, by (contact, order); rows of merged contacts
        count as the survivor's."""

    def counts(self) -> dict[tuple[str, str, str], tuple[int, int]]:
        """(unit, step, name) to (total, latest instant)."""

    def clashes(self) -> list[tuple[int, int, str, int]]:
        """(instant, contact, identifier, owner) in order."""

    def merge(self, survivor: int, other: int) -> None:
        """Moves identifiers, outbox and log rows of `other` to `survivor`; `other` becomes a shell and is in
        no account any more."""

    def merged_into(self, contact: int) -> list[str]:
        """The keys of the contacts that were merged into this one, in order of creation."""

    def erase(self, contact: int, chain: Sequence[int], key: str) -> list[str]:
        """Removes what is known of a contact; its rows stay as empty shells under `key`. Gives the keys of
        undelivered effects that went."""

    def add_stop(self, digest: bytes) -> None:
        """Remembers a suppressed address by its keyed hash."""

    def stops(self) -> frozenset[bytes]:
        """The keyed hashes of suppressed addresses of erased contacts."""

    def keep_lines(self, lines: Sequence[tuple[int, bytes]]) -> None:
        """Remembers what rows of the log said that are emptied: their numbers, and keyed hashes."""

    def line_kept(self, seq: int) -> bytes | None:
        """The keyed hash of what an emptied row of the log said, if there is one."""
