"""Tasks as people and programs read them. Looking only; `operator` completes and reopens them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from oncue.runtime import clock
from oncue.runtime.engine.entities import decode
from oncue.runtime.errors import CommandError
from oncue.runtime.kernel.entities.kept import TaskState
from oncue.runtime.stores.base import Store
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views.profiles import entries_of

_PREFIX = "task/"


class Task(Struct, frozen=True):
    """`state`: open, overdue or completed. Instants are ISO 8601, UTC. `contact`: a key, empty for none;
    `by`: action, event or operator."""

    id: str
    title: str
    state: str
    owner: str
    contact: str
    due: str | None
    opened_at: str
    closed_at: str | None
    by: str
    campaign: str
    unit: str
    step: str
    note: str


class TaskHistory(Struct, frozen=True):
    """A task with what happened to it, oldest first."""

    task: Task
    audit: list[dict[str, Any]]


class TaskTotals(Struct, frozen=True):
    """`on_time`: completed by their due time; one without a due time always is."""

    open: int = 0
    overdue: int = 0
    completed: int = 0
    on_time: int = 0


def tasks(database: Path, *, states: frozenset[str] = frozenset(), owner: str = "") -> list[Task]:
    """The tasks in these states (none given: in all), of an owner (or everybody's), the earliest due first,
    those without a due time last."""
    store = SqliteStore(database, write=False)
    try:
        now = _now(store)
        found = [(name, task) for name, task in _all(store) if not owner or task.owner == owner]
        found = [(name, task) for name, task in found if not states or state_of(task, now) in states]
        found.sort(key=lambda each: (each[1].due is None, each[1].due or 0, each[1].opened_at, each[0]))
        keys = _keys(store, {task.contact for _, task in found})
        return [_shown(name, task, now, keys) for name, task in found]
    finally:
        store.close()


def task(database: Path, given: str) -> TaskHistory:
    """One task, by its id or the beginning of it. Raises CommandError."""
    store = SqliteStore(database, write=False)
    try:
        name, state = find(store, given)
        shown = _shown(name, state, _now(store), _keys(store, {state.contact}))
        return TaskHistory(shown, list(_audit(store, shown)))
    finally:
        store.close()


def find(store: Store, given: str) -> tuple[str, TaskState]:
    """The entity's name and state. Raises CommandError where the text names none, or several."""
    wanted = given.strip().removeprefix(_PREFIX)
    found: list[tuple[str, TaskState]] = []
    for name, state in _all(store, wanted):
        if not wanted:
            break
        found.append((name, state))
        if name == _PREFIX + wanted:
            return name, state
        if len(found) > 1:
            raise CommandError(f"more than one task begins with {wanted}: write more of its id")
    if not found:
        raise CommandError(f"there is no task {wanted or 'without an id'}; `oncue tasks list` shows them all")
    return found[0]


def totals(store: Store) -> TaskTotals:
    """How many tasks are in each state."""
    now, numbers, on_time = _now(store), {"open": 0, "overdue": 0, "completed": 0}, 0
    for _, state in _all(store):
        numbers[state_of(state, now)] += 1
        on_time += state.closed_at is not None and (state.due is None or state.closed_at <= state.due)
    return TaskTotals(**numbers, on_time=on_time)


def state_of(task: TaskState, now: int) -> str:
    """What a task is at an instant."""
    if task.closed_at is not None:
        return "completed"
    return "overdue" if task.due is not None and task.due <= now else "open"


def _now(store: Store) -> int:
    """The instant at which somebody looks: a database that replays made stands still."""
    meta = store.meta()
    last = int(meta.get("now") or 0)
    return max(last, clock.wall()) if meta.get("clock") in (None, "wall") else last


def _all(store: Store, prefix: str = "") -> Iterator[tuple[str, TaskState]]:
    for row in store.entities(_PREFIX + prefix):
        state = decode(row.name, row.state)
        if isinstance(state, TaskState):
            yield row.name, state


def _keys(store: Store, given: set[str]) -> dict[str, str]:
    """The keys that contacts have by now: a merge may have given one to somebody else."""
    owners = store.find(sorted(given - {""}))
    keys = store.keys(owners.values())
    return {name: keys.get(owner, name) for name, owner in owners.items()}


def _shown(name: str, task: TaskState, now: int, keys: dict[str, str]) -> Task:
    return Task(
        id=name.removeprefix(_PREFIX), title=task.title, state=state_of(task, now), owner=task.owner,
        contact=keys.get(task.contact, task.contact), due=_instant(task.due),
        opened_at=clock.show(task.opened_at), closed_at=_instant(task.closed_at), by=task.by,
        campaign=task.campaign, unit=task.unit, step=task.step, note=task.note,
    )  # fmt: skip


def _instant(instant: int | None) -> str | None:
    return None if instant is None else clock.show(instant)


def _audit(store: Store, task: Task) -> Iterator[dict[str, Any]]:
    """What its contact's log says of it."""
    contact = store.find([task.contact]).get(task.contact) if task.contact else None
    row = store.load([contact])[0] if contact else None
    for one in store.chain(row.last) if row is not None and row.last else []:
        yield from (
            entry
            for entry in entries_of(one)
            if entry["what"].startswith("task.") and entry.get("data", {}).get("task") == task.id
        )
