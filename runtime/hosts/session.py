"""A database opened for writing with its plan in force: what a run and an operator's command begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from oncue.runtime import clock
from oncue.runtime.clock import ClockName
from oncue.runtime.connectors.outbox_folder import OutboxFolder
from oncue.runtime.delivery.routes import kinds_of
from oncue.runtime.engine.engine import BATCH, Engine
from oncue.runtime.engine.outbox import Outbox, Settled
from oncue.runtime.engine.states import CACHE_CONTACTS
from oncue.runtime.errors import LiveDatabaseError
from oncue.runtime.kernel.link import link
from oncue.runtime.messages.message import Renderer
from oncue.runtime.plans import adoption
from oncue.runtime.reading.rejects import Rejects
from oncue.runtime.stores.base import Store
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.schemas.plan import Plan

DELIVER = "deliver"  # among the database's single values: its latest live run was one with real delivery


class Places(msgspec.Struct, frozen=True):
    """Where a run keeps things. `outbox` and `rejects` default to the database's folder."""

    database: Path
    outbox: Path | None = None
    rejects: Path | None = None

    @property
    def outbox_folder(self) -> Path:
        return self.outbox or self.database.parent / "outbox"

    @property
    def rejects_file(self) -> Path:
        return self.rejects or self.database.parent / "rejects.jsonl"


@contextmanager
def opened(
    plan: Plan, places: Places, name: ClockName, *, batch: int = BATCH, cache: int = CACHE_CONTACTS,
    patience: float = 0.0, deliver: bool | None = None,
) -> Iterator[Engine]:  # fmt: skip
    """An engine on the database, made if need be, by the plan that is in force there (at first: `plan`).

    `patience`: seconds to wait for a run that follows its input to step aside. `deliver`: whether what is
    made by the wall clock is for real connectors; None: as in the run before. What an earlier run left
    queued is handed over. At the end everything is committed, also on the way out
    of an error of the input."""
    store = SqliteStore(places.database, patience=patience)
    try:
        _check_clock(store, places.database, name)
        with Rejects(places.rejects_file) as rejects:
            first = store.plan_in_force() is None
            if first:
                adoption.put_first(store, plan, 0)
            engine = _engine(store, plan, places, name, rejects, batch, cache)
            engine.departures.real = _real_kinds(engine, plan, deliver)
            yield engine
    finally:
        store.close()


def _check_clock(store: Store, database: Path, name: ClockName) -> None:
    if name == "events" and store.meta().get("clock") == "wall":
        raise LiveDatabaseError(
            f"{database} runs by the wall clock: a replay would move its time, and what comes due by that "
            "reaches nobody. Replay into another database with --db (contact rows too: their file beside "
            "the events'), or ask `oncue backtest` what would have happened"
        )


def _engine(
    store: Store, plan: Plan, places: Places, name: ClockName, rejects: Rejects, batch: int, cache: int
) -> Engine:
    before = store.meta().get("clock")
    found = store.plan_in_force()
    finishes = any(campaign.on_change is not None for campaign in plan.campaigns.values())
    if found is not None and (finishes or found[0] != adoption.digest_of(plan)):
        plan = adoption.read_plan(found[1])
    program = link(plan).with_paused(store.paused())
    outbox = None
    if name != "received":
        folder = OutboxFolder(places.outbox_folder, durable=name == "wall")
        outbox = Outbox(Renderer(plan, store), folder, live=(before or name) == "wall")
    engine = Engine(store, program, rejects, outbox, clock=name, batch=batch, cache=cache)
    if outbox is not None:
        _recover(engine, outbox)
        outbox.live = name == "wall"
    if before != name:
        engine.set_clock(name)
    return engine


def _real_kinds(engine: Engine, plan: Plan, deliver: bool | None) -> frozenset[str]:
    """The kinds of effects that are for real connectors from here on, which the database remembers."""
    if engine.clock != "wall":
        return frozenset()
    before = bool(engine.store.meta().get(DELIVER))
    if deliver is None:
        return kinds_of(engine.program.plan) if before else frozenset()
    if deliver != before:
        engine.ledger.changes.meta[DELIVER] = int(deliver)
    return kinds_of(plan) if deliver else frozenset()


def _recover(engine: Engine, outbox: Outbox) -> None:
    """Hands over what a killed run left queued for the folder, as that run would have. What was deferred
    waits for its instant, what is for real connectors for a run that delivers."""
    after, departures = 0, engine.departures
    while rows := engine.store.outbox(["queued"], after=after, limit=500):
        for row in rows:
            after = row.id
            if row.real or row.next_at is not None:
                continue
            failure = outbox.add_row(row)
            if failure:
                departures.hand_over(departures.contact(row.contact), Settled(row.key, "failed", failure))
        engine.finish()


def begin(engine: Engine, plan: Plan, now: int) -> bool:
    """Puts the plan in force if it is another than the database's; whether it was."""
    found = engine.store.plan_in_force()
    if found is None or found[0] == adoption.digest_of(plan):
        return False
    engine.fire(now - 1)
    adoption.take_effect(engine, plan, now)
    return True


def instant_of_command(engine: Engine) -> int:
    """When an operator's command takes place: now, or, on a database that replays made, at its last
    instant."""
    return engine.now if engine.clock == "events" else max(engine.now, clock.wall())
