"""Looking at the outbox, and what an operator decides about single effects in it.

An effect is named by its key, or as much of its beginning as tells it apart. Each decision is a row of the
log; its contact is told where its own view of the message changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from oncue.runtime import clock
from oncue.runtime.delivery.routes import CHANNELS, kinds_of
from oncue.runtime.engine.engine import Engine
from oncue.runtime.engine.outbox import Settled
from oncue.runtime.errors import CommandError
from oncue.runtime.operator import acting
from oncue.runtime.plans.adoption import read_plan
from oncue.runtime.stores.base import OutboxRow, Store
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.schemas.plan import Plan

STATUSES = (
    "queued", "held", "trying", "parked", "done", "withheld", "cancelled", "refused", "failed", "dead",
)  # fmt: skip
OPEN = tuple(status for status in STATUSES if status != "done")
SHORTEST = 4  # signs of a key that may name it
BUSY = "is being tried, or a run was killed in the middle; the next `oncue run --deliver` tells which"


class Posted(Struct, frozen=True, omit_defaults=True):
    """One effect. Instants in ISO 8601, UTC. `to`: addresses, a number, or where a call goes. `real`: for a
    real connector, not the outbox folder."""

    key: str
    kind: str
    status: str
    made: str
    to: str = ""
    contact: str = ""
    unit: str = ""
    why: str = ""
    attempts: int = 0
    next_attempt: str = ""
    handed: str = ""
    real: bool = False


class Opened(Struct, frozen=True, omit_defaults=True):
    """One effect with what it says; None once it was erased."""

    effect: Posted
    content: dict[str, Any] | None = None


# --- looking


def effects(database: Path, statuses: Sequence[str] = OPEN, kinds: Sequence[str] = ()) -> list[Posted]:
    """The effects in these statuses (and of these kinds), in order of their making."""
    store = SqliteStore(database, write=False)
    try:
        rows = [row for row in store.outbox(statuses) if not kinds or row.kind in kinds]
        keys, reachable = store.keys({row.contact for row in rows if row.contact}), _reachable(store)
        return [_posted(row, keys, reachable) for row in rows]
    finally:
        store.close()


def effect(database: Path, name: str) -> Opened:
    """One effect. Raises CommandError for a name that means none, or several."""
    store = SqliteStore(database, write=False)
    try:
        row = find(store, name)
        content = None if row.payload is None else msgspec.json.decode(row.payload)
        keys = store.keys([row.contact] if row.contact else [])
        return Opened(_posted(row, keys, _reachable(store)), content)
    finally:
        store.close()


def find(store: Store, name: str) -> OutboxRow:
    """The effect of that key, or the one whose key begins so."""
    exact = store.effect(name)
    if exact is not None:
        return exact
    found = store.effects_named(name, 2) if len(name) >= SHORTEST else []
    if not found:
        raise CommandError(f"the outbox has nothing named {name}: `oncue outbox list` shows the names")
    if len(found) > 1:
        raise CommandError(f"several effects are named {name}...: give more of the name")
    return found[0]


def _reachable(store: Store) -> frozenset[str]:
    """The kinds of effects for which the plan in force has a real connector."""
    found = store.plan_in_force()
    return kinds_of(read_plan(found[1])) if found is not None else frozenset()


def _stranded(row: OutboxRow, reachable: frozenset[str]) -> bool:
    """Whether it waits for a connector that is there no more."""
    return bool(row.real) and row.status == "queued" and row.kind not in reachable


def _posted(row: OutboxRow, keys: dict[int, str], reachable: frozenset[str]) -> Posted:
    why = f"no {CHANNELS[row.kind]} connector any more" if _stranded(row, reachable) else row.why
    return Posted(
        row.key, row.kind, row.status, clock.show(row.at), _to(row), keys.get(row.contact, ""), row.unit,
        why, row.attempts, _shown(row.next_at), _shown(row.handed), bool(row.real),
    )  # fmt: skip


def _shown(instant: int | None) -> str:
    return "" if instant is None else clock.show(instant)


def _to(row: OutboxRow) -> str:
    payload = {} if row.payload is None else msgspec.json.decode(row.payload)
    for name in ("to", "url", "audience", "object", "message"):
        value = payload.get(name)
        if value:
            return ", ".join(value) if isinstance(value, list) else str(value)
    return ""


# --- deciding

Decision = Callable[[Engine, OutboxRow], None]


def retry(engine: Engine, row: OutboxRow) -> None:
    """Tries again what failed or was given up, or at once what waits for its next attempt."""
    if not row.real:
        raise CommandError(f"{row.key} was never for a real connector")
    if row.payload is None:
        raise CommandError(f"{row.key}: its contact was erased, and with it what it said")
    if row.status not in ("failed", "dead", "queued"):
        raise CommandError(f"{row.key} is {row.status}; only what is failed, dead or queued is tried again")
    engine.departures.queue_again(row, row.attempts if row.status == "queued" else 0)


def release(engine: Engine, row: OutboxRow) -> None:
    """Sends a parked message once more, on the word of somebody who knows that it did not arrive."""
    if row.status != "parked":
        raise CommandError(f"{row.key} is {row.status}; only what is parked is released")
    engine.departures.queue_again(row, row.attempts)


def drop(engine: Engine, row: OutboxRow) -> None:
    """Never sends it: it counts as cancelled."""
    if row.status not in ("queued", "held", "parked"):
        raise CommandError(f"{row.key} is {row.status}; only what is queued, held or parked is dropped")
    slot = engine.departures.contact(row.contact)
    engine.departures.hand_over(slot, Settled(row.key, "cancelled", "dropped"))


DECISIONS: dict[str, tuple[Decision, tuple[str, ...]]] = {
    "retry": (retry, ("dead", "failed")),
    "release": (release, ("parked",)),
    "drop": (drop, ("parked", "queued")),
}  # with the statuses that `all` means; of what is queued, only what nothing can deliver


def decide(
    plan: Plan, database: Path, decision: str, names: Sequence[str] = (), *, kinds: Sequence[str] = ()
) -> int:
    """Carries a decision out on the named effects; without names on all that it is made for (see DECISIONS).
    Gives their number. Raises CommandError, and then nothing was done."""
    act, statuses = DECISIONS[decision]
    with acting(plan, database) as engine:
        engine.commit()  # what was overdue may have changed them
        rows = [find(engine.store, name) for name in names] or list(_all(engine.store, statuses, kinds))
        for row in rows:
            if row.status == "trying":
                raise CommandError(f"{row.key} {BUSY}")
            act(engine, row)
            engine.note(f"outbox {decision}", {"key": row.key})
        return len(rows)


def _all(store: Store, statuses: Sequence[str], kinds: Sequence[str]) -> Iterator[OutboxRow]:
    reachable = _reachable(store)
    for row in store.outbox(statuses):
        if not row.real or row.payload is None or (kinds and row.kind not in kinds):
            continue
        if row.status != "queued" or _stranded(row, reachable):
            yield row
