"""What an operator does from the command line. Each opens the database for writing, fires what is overdue,
acts at one instant by the plan in force there, commits, and raises the errors of `runtime.errors`.

A contact is named by its key (``id:42``, ``email:ana@x.test``, ``anon:7f``) or by an id or email alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from oncue.runtime import clock
from oncue.runtime.engine import commands
from oncue.runtime.engine.engine import Engine
from oncue.runtime.engine.states import Slot
from oncue.runtime.errors import CommandError
from oncue.runtime.hosts.session import Places, begin, instant_of_command, opened
from oncue.runtime.kernel.entities.lists import Reading
from oncue.runtime.naming import find, names_of
from oncue.runtime.reading import headings, inputs
from oncue.runtime.reading.admission import EVENT, Refusal, Work, admit
from oncue.runtime.stores.base import Store
from oncue.runtime.stores.lists import WaitingRow
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views.fulfillment import list_of
from oncue.runtime.views.summary import Summary
from oncue.runtime.views.tasks import find as find_task
from oncue.schemas.plan import Plan

PATIENCE = 10.0  # seconds that a command waits for a run that follows its input


class Clash(msgspec.Struct, frozen=True):
    """`contact` came with an identifier that belongs to `owner` (both keys). `at`: ISO 8601, UTC."""

    at: str
    contact: str
    identifier: str
    owner: str


@contextmanager
def acting(plan: Plan, database: Path, outbox: Path | None = None) -> Iterator[Engine]:
    """An engine for one command, at the instant at which it takes place; commits at the end."""
    store_clock = _clock_of(database)
    with opened(plan, Places(database, outbox), store_clock, patience=PATIENCE) as engine:
        now = instant_of_command(engine)
        engine.fire(now - 1)
        engine.reach(now)
        yield engine
        engine.finish()


def _clock_of(database: Path) -> clock.ClockName:
    """The clock that the database runs by: commands on one that replays made take no time."""
    if not database.exists():
        return "wall"
    store = SqliteStore(database, write=False)
    try:
        return "wall" if store.meta().get("clock") in (None, "wall") else "events"
    finally:
        store.close()


def _slot(engine: Engine, text: str) -> Slot:
    return engine.states.get(find(engine.store, text))


# --- contacts


def enrol(plan: Plan, database: Path, contact: str, campaign: str) -> list[dict[str, Any]]:
    """Enters a contact into a campaign by hand; gives what came of it, as audit entries."""
    with acting(plan, database) as engine:
        slot = _slot(engine, contact)
        commands.enrol(engine, slot, campaign)
        engine.finish()
        return _latest_entries(engine, contact)


def reactivate(plan: Plan, database: Path, contact: str, scenario: str) -> list[dict[str, Any]]:
    """Sets an invocable scenario off by hand; gives what came of it at once, as audit entries."""
    with acting(plan, database) as engine:
        slot = _slot(engine, contact)
        before = slot.last
        commands.reactivate(engine, slot, scenario)
        engine.finish()
        chain = engine.store.chain(_slot(engine, contact).last)
        rows = [row for row in chain if row.seq > before and row.entries is not None]
        return [entry for row in rows for entry in msgspec.json.decode(row.entries or b"[]")]


def _latest_entries(engine: Engine, contact: str) -> list[dict[str, Any]]:
    row = engine.store.log_row(_slot(engine, contact).last)
    return [] if row is None or row.entries is None else list(msgspec.json.decode(row.entries))


def merge(plan: Plan, database: Path, contact: str, other: str) -> str:
    """Unites two contacts; gives the key of the survivor, the one that was created earlier."""
    with acting(plan, database) as engine:
        return commands.merge(engine, _slot(engine, contact), _slot(engine, other)).key


def whom(database: Path, contact: str) -> str:
    """Whom a text names, in words: the contact's key, with those who were merged into it (of anonymous ones
    only whoever is named); the text itself where it says as much."""
    store = SqliteStore(database, write=False)
    try:
        return _whom(store, contact)
    finally:
        store.close()


def _whom(store: Store, contact: str) -> str:
    number, names = find(store, contact), names_of(contact)
    key = store.keys([number])[number]
    others = [each for each in store.merged_into(number) if each in names or not each.startswith("anon:")]
    if others:
        were = "was" if len(others) == 1 else "were"
        return f"{key}, into which {' and '.join(others)} {were} merged"
    return contact if key in names else key


def erase(plan: Plan, database: Path, contact: str) -> str:
    """Removes state, history, audit details and undelivered messages of a contact; gives whom, in words."""
    with acting(plan, database) as engine:
        engine.commit()
        erased = _whom(engine.store, contact)
        commands.erase(engine, _slot(engine, contact))
        return erased


def suppress(plan: Plan, database: Path, contact: str, *, lift: bool = False, why: str = "operator") -> None:
    """Stops all messages to a contact, or (`lift`) ends that."""
    with acting(plan, database) as engine:
        commands.suppress(engine, _slot(engine, contact), why, lift=lift)


def import_(
    plan: Plan, database: Path, source: str | Path, *, triggers: bool = True, rejects: Path | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> Summary:  # fmt: skip
    """Takes contact rows, or account rows, from a CSV or JSON Lines file. `triggers` False loads them
    silently."""
    inputs.check([source])
    headings.check([source], plan)
    clock_name = _clock_of(database)
    with opened(plan, Places(database, None, rejects), clock_name, patience=PATIENCE) as engine:
        adopted = begin(engine, plan, instant_of_command(engine))
        lines, done = inputs.read(source), 0
        while group := list(islice(lines, engine.batch)):
            now = instant_of_command(engine)
            found = [(line, _row(engine, line, now, triggers)) for line in group]
            engine.handle([work for _, work in found if isinstance(work, Work)])
            done += len(group)
            if progress is not None:
                progress(done, None)
        engine.finish()
        tally, rejected = engine.tally, engine.rejects
        return Summary(
            contacts=tally.contacts, accounts=tally.accounts, rejected=rejected.total,
            reasons=dict(rejected.reasons), born=tally.born, timers=tally.timers, messages=tally.effects,
            handed=tally.handed, now=engine.now, adopted=adopted,
        )  # fmt: skip


def _row(engine: Engine, line: inputs.Line, now: int, triggers: bool) -> Work | None:
    found = admit(engine.program, line, now, triggers=triggers)
    if isinstance(found, Work) and found.kind != EVENT:
        found.ident = ""  # an operator's import always counts
        return found
    refusal = (
        found if isinstance(found, Refusal) else Refusal("bad_line", "an event; `oncue run` takes events")
    )
    engine.rejects.add(line.file, line.number, refusal.code, refusal.message, line.data)
    return None


# --- tasks


def complete_task(plan: Plan, database: Path, given: str) -> bool:
    """Completes a task, named by its id or the beginning of it; False if it was completed already."""
    return _on_task(plan, database, given, commands.complete_task, closed=False)


def reopen_task(plan: Plan, database: Path, given: str) -> bool:
    """Opens a completed task again; False if it was open."""
    return _on_task(plan, database, given, commands.reopen_task, closed=True)


def _on_task(
    plan: Plan, database: Path, given: str, act: Callable[[Engine, str], None], *, closed: bool
) -> bool:  # fmt: skip
    with acting(plan, database) as engine:
        engine.commit()  # what was overdue may have changed it
        name, state = find_task(engine.store, given)
        if (state.closed_at is not None) != closed:
            return False
        act(engine, name.partition("/")[2])
        return True


# --- fulfillment lists


def release(plan: Plan, database: Path, list_: str, contact: str) -> bool:
    """A held contact goes into the next batch; False if it is not held."""
    with acting(plan, database) as engine:
        engine.commit()
        slot, spec = _slot(engine, contact), list_of(engine.program.plan, list_)
        rows = _places(engine, list_, contact)
        if rows[0].released or not Reading(engine.program, spec).missing(slot.state):
            return False
        commands.release_from(engine, list_, slot)
        return True


def take_off(plan: Plan, database: Path, list_: str, contact: str) -> None:
    """Takes a contact off a list; a member that waits for its batch goes on."""
    with acting(plan, database) as engine:
        engine.commit()
        list_of(engine.program.plan, list_)
        _places(engine, list_, contact)
        commands.take_off(engine, list_, _slot(engine, contact))


def take_off_all(plan: Plan, database: Path, list_: str) -> int:
    """The same with everybody; gives their number."""
    with acting(plan, database) as engine:
        engine.commit()
        list_of(engine.program.plan, list_)
        number, last = 0, engine.store.last_waiting(list_)
        while page := engine.store.waiting(list_, 0, last, 500):
            for row in page:
                commands.take_off(engine, list_, engine.states.get(row.contact))
            number += len(page)
        return number


def _places(engine: Engine, list_: str, contact: str) -> list[WaitingRow]:
    rows = engine.store.waiting_of(list_, _slot(engine, contact).id)
    if not rows:
        raise CommandError(f"{contact} is not on the fulfillment list {list_}")
    return rows


# --- switches


def pause(plan: Plan, database: Path, unit: str) -> bool:
    """Holds a campaign or fulfillment action; False if it was held already."""
    with acting(plan, database) as engine:
        return commands.pause(engine, unit)


def resume(plan: Plan, database: Path, unit: str, *, drop: bool = False) -> bool:
    """Ends a pause; False if there was none. `drop` discards held messages."""
    with acting(plan, database) as engine:
        return commands.resume(engine, unit, drop=drop)


# --- looking only


def clashes(database: Path) -> list[Clash]:
    """Identifiers that came with one contact and belong to another, in order."""
    store = SqliteStore(database, write=False)
    try:
        rows = store.clashes()
        keys = store.keys([contact for _, contact, _, _ in rows] + [owner for *_, owner in rows])
        return [
            Clash(clock.show(at), keys.get(contact, ""), identifier, keys.get(owner, ""))
            for at, contact, identifier, owner in rows
        ]
    finally:
        store.close()
