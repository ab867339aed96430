"""Fulfillment lists as people and programs read them. Looking only; `operator` changes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from oncue.runtime import clock
from oncue.runtime.engine.entities import decode as decode_entity
from oncue.runtime.engine.states import decode
from oncue.runtime.errors import CommandError
from oncue.runtime.kernel.entities.kept import ListState
from oncue.runtime.kernel.entities.lists import Reading, email_key
from oncue.runtime.kernel.link import Program, link
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.plans import adoption
from oncue.runtime.stores.base import Store
from oncue.runtime.stores.lists import BatchRow, WaitingRow
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.schemas.plan import FulfillmentList, Plan

PAGE = 500
SHOWN = 100  # contacts that `show` names


class Listed(Struct, frozen=True):
    """A list: when it runs next (ISO 8601, UTC; None: no run of oncue has begun it yet, or it is paused), how
    many wait, how many batches it made, and the latest."""

    id: str
    place: str
    schedule: str
    timezone: str
    next: str | None
    waiting: int
    batches: int
    last: str | None
    paused: bool = False


class Waits(Struct, frozen=True):
    """A contact on a list. `missing`: what it is held for; `asked`: a member waits for its batch."""

    contact: str
    since: str
    missing: tuple[str, ...]
    released: bool
    asked: bool


class Sent(Struct, frozen=True):
    """What became of an email to one of the present recipients: the outbox's status."""

    to: str
    status: str
    why: str
    key: str


class Batch(Struct, frozen=True):
    """The manifest: the interval ``(since, at]``, rows and the file's SHA-256."""

    id: str
    list: str
    since: str
    at: str
    rows: int
    held: int
    size: int
    sha256: str
    emails: tuple[Sent, ...]


class Shown(Struct, frozen=True):
    """A list with (the first of) who waits, and its batches, oldest first."""

    list: Listed
    waiting: tuple[Waits, ...]
    batches: tuple[Batch, ...]


@contextmanager
def _reading(database: Path) -> Iterator[tuple[Store, Program]]:
    store = SqliteStore(database, write=False)
    try:
        plan = adoption.plan_in_force(store)
        assert plan is not None  # noqa: S101 -- a database has a plan from its first moment
        yield store, link(plan)
    finally:
        store.close()


def list_of(plan: Plan, name: str) -> FulfillmentList:
    """A list by its id. Raises CommandError."""
    spec = plan.fulfillment_lists.get(name)
    if spec is None:
        near = get_close_matches(name, sorted(plan.fulfillment_lists), n=1)
        hint = f": did you mean {near[0]}?" if near else ""
        raise CommandError(f"there is no fulfillment list {name} in the plan in force{hint}")
    return spec


def lists(database: Path) -> list[Listed]:
    """Every list, by id."""
    with _reading(database) as (store, program):
        return [listed(store, program.plan, name) for name in sorted(program.plan.fulfillment_lists)]


def show(database: Path, name: str) -> Shown:
    """One list. Raises CommandError."""
    with _reading(database) as (store, program):
        spec = list_of(program.plan, name)
        reading, page = Reading(program, spec), store.waiting(name, 0, -1, SHOWN)
        waiting = tuple(_waits(reading, row, state) for row, state in _states(store, page))
        found = tuple(_batch(store, spec, row) for row in store.batches(name))
        return Shown(listed(store, program.plan, name), waiting, found)


def preview(database: Path, name: str) -> Iterator[bytes]:
    """The file of the next batch if it were made now, piece by piece. Raises CommandError."""
    with _reading(database) as (store, program):
        reading, after = Reading(program, list_of(program.plan, name)), 0
        yield reading.head
        while page := store.waiting(name, after, -1, PAGE):
            after = page[-1].id
            found = _states(store, page)
            yield from reading.rows(
                [state for row, state in found if row.released or not reading.missing(state)]
            )


def reissue(database: Path, batch: str) -> Iterator[bytes]:
    """A batch's file once more, byte by byte as it was. Raises CommandError for none, and at the end where it
    has not all its rows any more."""
    with _reading(database) as (store, _):
        row = store.batch(batch)
        if row is None:
            raise CommandError(f"there is no batch {batch}; `oncue lists show LIST` names them")
        digest = sha256()
        for piece in store.file(batch):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != row.digest:
            raise CommandError(f"{batch} is not whole any more: contacts of it were erased since")


def listed(store: Store, plan: Plan, name: str) -> Listed:
    """What is said of a list in a table."""
    spec, row = plan.fulfillment_lists[name], store.entity(f"list/{name}")
    state = None if row is None else decode_entity(row.name, row.state)
    made = store.batches(name)
    wake = state.wake if isinstance(state, ListState) else None
    return Listed(
        id=name,
        place=f"{plan.files[spec.at.file]}:{spec.at.line}",
        schedule=spec.schedule.text,
        timezone=spec.schedule.timezone,
        next=None if wake is None else clock.show(wake),
        waiting=store.number_waiting(name),
        batches=len(made),
        last=clock.show(made[-1].at) if made else None,
        paused=f"fulfillment_lists/{name}" in store.paused(),
    )


def _states(store: Store, page: list[WaitingRow]) -> list[tuple[WaitingRow, ContactState]]:
    rows = {row.id: row for row in store.load(sorted({each.contact for each in page}))}
    return [(each, decode(rows[each.contact].state or b"")) for each in page if each.contact in rows]


def _waits(reading: Reading, row: WaitingRow, state: ContactState) -> Waits:
    asked = bool(msgspec.json.decode(row.questions))
    return Waits(state.key, clock.show(row.at), tuple(reading.missing(state)), bool(row.released), asked)


def _batch(store: Store, spec: FulfillmentList, row: BatchRow) -> Batch:
    emails = []
    for recipient in spec.recipients:
        sent = store.effect(email_key(row.name.rpartition("-")[0], row.at, recipient.email))
        if sent is not None:
            emails.append(Sent(recipient.email, sent.status, sent.why, sent.key))
    return Batch(
        row.name, row.list, clock.show(row.since), clock.show(row.at), row.rows, row.held, row.size,
        row.digest, tuple(emails),
    )  # fmt: skip
