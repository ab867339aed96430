"""The embedded store: one SQLite file in WAL mode with full synchronisation.

A contact's identifiers, the processed ids and the outbox keys are the only lookups by text; the rest goes
by row number. The contacts' wakes have the one secondary index that changes with every timer. A contact's
log rows form a chain (`previous`), so that reading one contact's audit needs no index. The writer's page
cache is CACHE_MB; the statements stand in `sqlite.sql`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from oncue.runtime.errors import DatabaseError, NewerDatabaseError, NoDatabaseError, NotADatabaseError
from oncue.runtime.stores.base import FORMAT, Changes, ContactRow, EntityRow, LogRow, MetaValue, OutboxRow
from oncue.runtime.stores.lock import WriterLock
from oncue.runtime.stores.sqlite_ends import SqliteEnds
from oncue.runtime.stores.sqlite_file import SQL, check_file, connect, make_folder, problem, said
from oncue.runtime.stores.sqlite_lists import listed

APPLICATION_ID = 0x6F6E6375  # "oncu"
CACHE_MB = 64
CHECKPOINT_PAGES = 4_096  # 16 MB of log between checkpoints: the next group need not wait for one
_CHUNK = 1_000


class SqliteStore(SqliteEnds):
    """A database for writing (one process at a time) or, with `write` False, for reading. `patience`:
    seconds to wait for a writer that steps aside.

    Raises the problems of `errors.DatabaseError`.
    """

    def __init__(self, path: Path, *, write: bool = True, patience: float = 0.0) -> None:
        self.path = path
        self._lock: WriterLock | None = None
        self._commits = ThreadPoolExecutor(1, "oncue-commit")
        self._flying: Future[sqlite3.Cursor] | None = None
        self._open(write, patience)

    def _open(self, write: bool, patience: float) -> None:
        path = self.path
        check_file(path, write)
        if write:
            make_folder(path.parent)
            self._lock = WriterLock(path, patience=patience)
        try:
            with said(path):
                self._db = connect(path, write)
                self._prepare(write)
        except BaseException:
            self._release()
            raise

    def _prepare(self, write: bool) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        empty = not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not empty and self._db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise NotADatabaseError(f"{self.path} belongs to another program: name another file with --db")
        if version > FORMAT:
            raise NewerDatabaseError(
                f"{self.path} was written by a newer oncue (format {version}, this one reads {FORMAT}): "
                "use that version, or another database with --db"
            )
        if empty and not write:
            raise NoDatabaseError(f"{self.path} is empty: `oncue run` fills it")
        self._format = FORMAT if write else version
        if write:
            self._tune()
            if version < FORMAT:
                self._upgrade(0 if empty else version)

    def _tune(self) -> None:
        for pragma in (
            "journal_mode = WAL", "synchronous = FULL", f"cache_size = -{CACHE_MB * 1024}",
            f"wal_autocheckpoint = {CHECKPOINT_PAGES}", "temp_store = FILE",
        ):  # fmt: skip
            self._db.execute(f"PRAGMA {pragma}")

    def _upgrade(self, version: int) -> None:
        """Brings a database of an earlier format (0: an empty file) to this one, in one transaction."""
        with self.transaction():
            if not version:
                self._several("schema")
                self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self._db.execute(SQL["meta"], ("secret", os.urandom(16)))
            for number in range(max(version, 1) + 1, FORMAT + 1):
                self._several(f"upgrade_{number}")
            self._db.execute(f"PRAGMA user_version = {FORMAT}")

    def _several(self, name: str) -> None:
        for statement in SQL[name].split(";"):
            self._db.execute(statement)

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def close(self) -> None:
        try:
            self._land()
            self._commits.shutdown()
            with said(self.path):
                self._db.close()
        finally:
            self._release()

    def offer(self) -> None:
        if self._lock is not None:
            self._lock.offer()

    def wanted(self) -> bool:
        return self._lock is not None and self._lock.wanted()

    def step_aside(self) -> None:
        if self._lock is not None:
            self._lock.step_aside()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.hold():
            yield
        self.settle()

    @contextmanager
    def hold(self) -> Iterator[None]:
        self.settle()
        with said(self.path):
            self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException as error:
            self._roll_back()
            if isinstance(error, sqlite3.Error):
                raise problem(self.path, error) from error
            raise

    @contextmanager
    def steady(self) -> Iterator[None]:
        with said(self.path):
            self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._roll_back()

    def let_go(self) -> None:
        self._land()
        if self._db.in_transaction:
            self._flying = self._commits.submit(self._db.execute, "COMMIT")

    def settle(self) -> None:
        self._land()
        if self._db.in_transaction:
            try:
                with said(self.path):
                    self._db.execute("COMMIT")
            except DatabaseError:
                self._roll_back()
                raise

    def _land(self) -> None:
        """Waits for the commit that is under way: one connection does one thing at a time."""
        if self._flying is None:
            return
        flying, self._flying = self._flying, None
        try:
            with said(self.path):
                flying.result()
        except DatabaseError:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def write(self, changes: Changes) -> None:
        self._land()
        with said(self.path):
            many = self._db.executemany
            for name in _WRITTEN:
                rows = getattr(changes, name)
                if rows:
                    many(SQL[name], _ALIKE[name](rows) if name in _ALIKE else rows)
            if changes.meta:
                many(SQL["meta"], changes.meta.items())

    # --- what the engine reads

    def meta(self) -> dict[str, MetaValue]:
        return dict(self._all("SELECT name, value FROM meta"))

    def top(self) -> tuple[int, int]:
        rows = self._all("SELECT (SELECT max(id) FROM contact), (SELECT max(seq) FROM log)")
        return rows[0][0] or 0, rows[0][1] or 0

    def processed(self, ids: Sequence[str]) -> dict[str, int]:
        return dict(self._all(SQL["find_processed"], (listed(ids),)))

    def find(self, identifiers: Sequence[str]) -> dict[str, int]:
        return dict(self._all(SQL["find_identity"], (listed(identifiers),)))

    def identifiers_named(self, beginning: str, limit: int) -> list[str]:
        end = beginning + "\U0010ffff"
        return [name for (name,) in self._all(SQL["identifiers_named"], (beginning, end, limit))]

    def load(self, ids: Sequence[int]) -> list[ContactRow]:
        return [ContactRow(*row) for row in self._all(SQL["load"], (listed(sorted(ids)),))]

    def due(self, after: tuple[int, str], before: int, limit: int) -> list[tuple[int, str, int]]:
        return self._all(SQL["due"], (*after, before, limit))

    def next_wake(self) -> int | None:
        rows = self._all(SQL["next_wake"]) + self._of_entities("next_entity_wake", ())
        return min((row[0] for row in rows), default=None)

    # --- entities

    def entity(self, name: str) -> EntityRow | None:
        rows = self._of_entities("entity", (name,))
        return EntityRow(*rows[0]) if rows else None

    def entities(self, prefix: str) -> Iterator[EntityRow]:
        after, end = "", prefix + "\U0010ffff"
        while rows := self._of_entities("some_entities", (after, prefix, end, _CHUNK)):
            for row in rows:
                yield EntityRow(*row)
            after = rows[-1][0]

    def due_entities(
        self, after: tuple[int, int, str], before: int, limit: int
    ) -> list[tuple[int, int, str]]:
        return self._of_entities("due_entities", (*after, before, limit))

    def roster(self, account: str) -> list[int]:
        return [contact for (contact,) in self._of_entities("roster", (account,))]

    def _of_entities(self, name: str, values: Sequence[object]) -> list[tuple]:  # type: ignore[type-arg]
        """What a query finds; nothing in a database of the first format, which had no entities."""
        return self._all(SQL[name], values) if self._format > 1 else []

    # --- plans and switches

    def plans(self) -> list[tuple[int, str, bytes]]:
        return self._all("SELECT at, digest, body FROM plan ORDER BY id")

    def plan_in_force(self) -> tuple[str, bytes] | None:
        rows = self._all("SELECT digest, body FROM plan ORDER BY id DESC LIMIT 1")
        return rows[0] if rows else None

    def put_plan(self, at: int, digest: str, body: bytes) -> None:
        self._do("INSERT INTO plan (at, digest, body) VALUES (?, ?, ?)", (at, digest, body))

    def paused(self) -> frozenset[str]:
        return frozenset(unit for (unit,) in self._all("SELECT unit FROM paused"))

    def switch(self, unit: str, on: bool, at: int) -> None:
        if on:
            self._do("DELETE FROM paused WHERE unit = ?", (unit,))
        else:
            self._do("INSERT INTO paused (unit, at) VALUES (?, ?) ON CONFLICT DO NOTHING", (unit, at))

    def rename_paused(self, names: Mapping[str, str]) -> None:
        for old, new in names.items():  # two may change names with each other
            self._do("UPDATE paused SET unit = ? WHERE unit = ?", (f" {new}", old))
            self._do("UPDATE outbox SET unit = ? WHERE unit = ? AND status = 'held'", (f" {new}", old))
        for new in names.values():
            self._do("UPDATE paused SET unit = ? WHERE unit = ?", (new, f" {new}"))
            self._do("UPDATE outbox SET unit = ? WHERE unit = ? AND status = 'held'", (new, f" {new}"))

    # --- the outbox

    def outbox(self, statuses: Sequence[str], *, after: int = 0, limit: int = -1) -> list[OutboxRow]:
        marks = ", ".join(f"'{status}'" for status in statuses if status.isalpha())
        where = f"status IN ({marks}) AND id > ? ORDER BY id LIMIT ?"
        return [OutboxRow(*row) for row in self._all(f"SELECT * FROM outbox WHERE {where}", (after, limit))]  # noqa: S608

    def effect(self, key: str) -> OutboxRow | None:
        rows = self._all("SELECT * FROM outbox WHERE key = ?", (key,))
        return OutboxRow(*rows[0]) if rows else None

    def effects_named(self, beginning: str, limit: int) -> list[OutboxRow]:
        end = beginning + "\U0010ffff"
        return [OutboxRow(*row) for row in self._all(SQL["effects_named"], (beginning, end, limit))]

    def due_effects(self, real: bool, kind: str, now: int, limit: int) -> list[OutboxRow]:
        return [OutboxRow(*row) for row in self._all(SQL["due_effects"], (real, kind, now, limit))]

    def next_effect(self, real: bool, kind: str, after: int) -> int | None:
        rows = self._all(SQL["next_effect"], (real, kind, after))
        return rows[0][0] if rows else None

    def number_queued(self, kind: str) -> int:
        return int(self._all(SQL["number_queued"], (kind,))[0][0]) if self._format > 1 else 0

    def failures(self, limit: int) -> dict[str, int]:
        return dict(self._all(SQL["failures"], (limit,)))

    def statuses(self) -> dict[str, int]:
        return dict(self._all("SELECT status, count(*) FROM outbox GROUP BY status ORDER BY status"))

    def add_latency(self, buckets: Mapping[int, int]) -> None:
        self._land()
        with said(self.path):
            self._db.executemany(
                "INSERT INTO latency (bucket, number) VALUES (?, ?) "
                "ON CONFLICT (bucket) DO UPDATE SET number = number + excluded.number",
                sorted(buckets.items()),
            )

    def latency(self) -> dict[int, int]:
        return dict(self._all("SELECT bucket, number FROM latency"))

    # --- contacts, the log, reports

    def contacts(self) -> Iterator[ContactRow]:
        after = 0
        while rows := self._all("SELECT * FROM contact WHERE id > ? ORDER BY id LIMIT ?", (after, _CHUNK)):
            for row in rows:
                yield ContactRow(*row)
            after = rows[-1][0]

    def living(self) -> int:
        return int(self._all("SELECT count(*) FROM contact WHERE state IS NOT NULL")[0][0])

    def keys(self, ids: Iterable[int]) -> dict[int, str]:
        return {row.id: row.key for row in self.load(sorted(set(ids)))}

    def log(self, *, after: int = 0, kinds: Sequence[str] = ()) -> Iterator[LogRow]:
        marks = ", ".join(f"'{kind}'" for kind in kinds if kind.isalpha())
        which = f"AND kind IN ({marks}) " if marks else ""
        query = f"SELECT * FROM log WHERE seq > ? {which}ORDER BY seq LIMIT ?"  # noqa: S608
        while rows := self._all(query, (after, _CHUNK)):
            for row in rows:
                yield LogRow(*row)
            after = rows[-1][0]

    def log_of_nobody(self, kinds: Sequence[str]) -> Iterator[LogRow]:
        for row in self._all(SQL["log_of_nobody"], (listed(kinds),)):
            yield LogRow(*row)

    def log_of_failures(self) -> Iterator[LogRow]:
        self._land()
        with said(self.path):
            for row in self._db.execute(SQL["log_of_failures"]):
                yield LogRow(*row)

    def log_row(self, seq: int) -> LogRow | None:
        rows = self._all("SELECT * FROM log WHERE seq = ?", (seq,))
        return LogRow(*rows[0]) if rows else None

    def chain(self, last: int) -> list[LogRow]:
        return [LogRow(*row) for row in self._all(SQL["chain"], (last,))]

    def log_by_contact(self) -> Iterator[LogRow]:
        self._land()
        with said(self.path):
            for row in self._db.execute(SQL["log_by_contact"]):
                yield LogRow(*row)

    def counts(self) -> dict[tuple[str, str, str], tuple[int, int]]:
        rows = self._all("SELECT unit, step, name, value, latest FROM total")
        return {(unit, step, name): (value, latest) for unit, step, name, value, latest in rows}

    def clashes(self) -> list[tuple[int, int, str, int]]:
        return self._all("SELECT at, contact, identifier, owner FROM clash ORDER BY rowid")

    # ---

    def _all(self, query: str, values: Sequence[object] = ()) -> list[tuple]:  # type: ignore[type-arg]
        self._land()
        with said(self.path):
            return self._db.execute(query, values).fetchall()

    def _do(self, query: str, values: Sequence[object]) -> None:
        self._land()
        with said(self.path):
            self._db.execute(query, values)

    def _many(self, query: str, rows: Sequence[tuple[object, ...]]) -> None:
        self._land()
        with said(self.path):
            self._db.executemany(query, rows)


_WRITTEN = (
    "born", "kept", "moved", "identifiers", "log", "processed", "effects", "tried", "settled",
    "readdressed", "counts", "clashes", "entities", "left", "joined", "waiting",
)  # fmt: skip


def _settled(rows: Sequence[tuple[str, str, int | None, str]]) -> Iterator[tuple[str, str, str]]:
    """Neighbours that became the same, as one row: status, why, and the instants by key."""
    for alike, some in groupby(rows, itemgetter(0, 1)):
        yield *alike, listed({key: handed for *_, handed, key in some})


def _tried(
    rows: Sequence[tuple[str, str, int, int | None, str]],
) -> Iterator[tuple[str, str, int, int | None, str]]:
    """The same of what waits alike: everything but the key, and the keys."""
    for alike, some in groupby(rows, itemgetter(0, 1, 2, 3)):
        yield *alike, listed([row[-1] for row in some])


# Many deliveries end alike: one statement for all of them leaves Python to the other threads meanwhile.
_ALIKE: dict[str, Callable[[Any], Iterable[tuple[object, ...]]]] = {"settled": _settled, "tried": _tried}
