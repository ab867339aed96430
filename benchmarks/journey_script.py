"""The plain script of the journey: what it writes, and how.

What it writes is noted down from a run of oncue, transaction by transaction, as rows of these kinds:

    ours                                     the script's
    a contact's state, made or changed       its row of `contact`, read, changed and written back
    a contact's wake, set or taken away      its row of `timer`, written or deleted
    a row of the log                         a row of `audit`, with the same entries
    an id that was handled                   a row of `input`, with the line
    an effect                                a row of `outbox`
    an identifier                            a row of `name`
    totals, entities, settings               as many rows of `total`, each a number that grows

Nothing more: a contact that oncue writes once for several inputs of one transaction, the script writes once,
with the last of them. Otherwise it works as the script of `durable.py` does: input by input, a transaction
for each hundred, JSON by the standard library both ways. It decides nothing, and keeps of a contact only
what it was given and the steps that it has entered; entries and payloads lie before it as Python objects,
and making those is not timed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import IO, Any

import msgspec
from durable import opened

from oncue.runtime.stores.base import Changes
from oncue.runtime.stores.sqlite import SqliteStore

_encode = msgspec.json.Encoder().encode
GROUP = 100

TABLES = """
CREATE TABLE contact (id INTEGER PRIMARY KEY, data TEXT);
CREATE TABLE audit (id INTEGER PRIMARY KEY, contact INTEGER, at INTEGER, entries TEXT);
CREATE TABLE outbox (key TEXT PRIMARY KEY, contact INTEGER, at INTEGER, payload TEXT, sent INT);
CREATE TABLE timer (contact INTEGER PRIMARY KEY, due INTEGER NOT NULL);
CREATE INDEX timer_due ON timer (due);
CREATE TABLE input (id TEXT PRIMARY KEY, at INTEGER, line TEXT);
CREATE TABLE name (name TEXT PRIMARY KEY, contact INTEGER NOT NULL);
CREATE TABLE total (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


class Noted(msgspec.Struct):
    """What the script does for one input: `keeps` the contact's row; `timer` is [due or None] if it is to be
    written; `entries` None: nothing for the audit."""

    contact: int
    at: int
    id: str = ""
    line: str = ""
    keeps: bool = False
    timer: list[int | None] = []
    entries: Any = None
    effects: list[tuple[str, Any]] = []
    names: list[str] = []
    totals: list[str] = []


class NotingStore(SqliteStore):
    """Writes as every store does, and notes what the script will have to."""

    def __init__(self, path: Path, notes: IO[bytes]) -> None:
        super().__init__(path)
        self.notes = notes
        self.rows = self.inputs = 0

    def write(self, changes: Changes) -> None:
        noted = _noted(changes)
        self.inputs += len(changes.log)
        self.rows += sum(map(rows_of, noted))
        self.notes.writelines(_encode(one) + b"\n" for one in noted)
        super().write(changes)


def rows_of(one: Noted) -> int:
    """How many rows the script writes for it."""
    lists = (one.timer, one.effects, one.names, one.totals)
    return bool(one.id) + one.keeps + (one.entries is not None) + sum(map(len, lists))


def _noted(changes: Changes) -> list[Noted]:
    """One transaction's rows, each with the last input of its contact."""
    ids = {seq: ident for ident, seq in changes.processed}
    noted, latest = [], {}
    for seq, at, _, contact, _, _, body, entries in changes.log:
        line = body.decode() if body is not None and seq in ids else ""
        one = Noted(contact, at, ids.get(seq, ""), line, entries=msgspec.Raw(entries or b"[]"))
        noted.append(one)
        latest[contact] = one

    def of(contact: int) -> Noted:
        if contact not in latest:
            latest[contact] = Noted(contact, noted[-1].at if noted else 0)
            noted.append(latest[contact])
        return latest[contact]

    _note_contacts(changes, of)
    for row in changes.effects:
        of(row[1]).effects.append((row[0], msgspec.Raw(row[7])))
    for name, contact in changes.identifiers:
        of(contact).names.append(name)
    of(0).totals += ["/".join(row[:3]) for row in changes.counts]
    of(0).totals += [row[0] for row in changes.entities] + list(changes.meta)
    other = (changes.settled, changes.tried, changes.clashes, changes.left, changes.joined)
    assert not any(other), "a row of a kind that the script has no counterpart for"
    return noted


def _note_contacts(changes: Changes, of: Any) -> None:
    for contact, _, wake, _, _ in changes.born:
        of(contact).keeps = True
        of(contact).timer = [] if wake is None else [wake]
    for wake, _, _, contact in changes.moved:
        of(contact).keeps = True
        of(contact).timer = [wake]
    for _, _, contact in changes.kept:
        of(contact).keeps = True


# --- the script


def run(path: Path, notes: Path) -> tuple[float, int, int]:
    """Seconds that the script takes to write what was noted; its rows and its steps."""
    db = opened(path)
    db.executescript(f"BEGIN; {TABLES} COMMIT;")
    taken, rows, steps = 0.0, 0, 0
    for group in _groups(notes):
        rows += sum(map(rows_of, group))
        steps += sum(len(_steps(one.entries)) for one in group)
        begin = perf_counter()
        db.execute("BEGIN")
        for one in group:
            write(db, one)
        db.execute("COMMIT")
        taken += perf_counter() - begin
    begin = perf_counter()
    db.close()
    return taken + perf_counter() - begin, rows, steps


def _groups(notes: Path) -> Iterator[list[Noted]]:
    decode = msgspec.json.Decoder(Noted).decode
    with notes.open("rb") as file:
        while group := [decode(line) for line in islice(file, GROUP)]:
            yield group


def _steps(entries: Any) -> list[str]:
    return [entry["step"] for entry in entries or () if entry["what"] == "step.entered"]


def write(db: sqlite3.Connection, one: Noted) -> None:
    """One input's rows, as one would write it down."""
    given: dict[str, Any] = {}
    if one.id:
        given = json.loads(one.line)
        values = (one.id, one.at, one.line)
        if not db.execute("INSERT OR IGNORE INTO input (id, at, line) VALUES (?, ?, ?)", values).rowcount:
            return
    if one.keeps:
        _write_contact(db, one, given)
    if one.entries is not None:
        values = (one.contact, one.at, json.dumps(one.entries))
        db.execute("INSERT INTO audit (contact, at, entries) VALUES (?, ?, ?)", values)
    for key, payload in one.effects:
        values = (key, one.contact, one.at, json.dumps(payload))
        db.execute("INSERT INTO outbox VALUES (?, ?, ?, ?, 0)", values)
    for name in one.names:
        db.execute("INSERT INTO name VALUES (?, ?)", (name, one.contact))
    for total in one.totals:
        db.execute(
            "INSERT INTO total VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", (total,)
        )


def _write_contact(db: sqlite3.Connection, one: Noted, given: dict[str, Any]) -> None:
    row = db.execute("SELECT data FROM contact WHERE id = ?", (one.contact,)).fetchone()
    contact = json.loads(row[0]) if row else {**given, "steps": []}
    contact["seen"] = one.at
    contact["steps"] += _steps(one.entries)
    if row:
        db.execute("UPDATE contact SET data = ? WHERE id = ?", (json.dumps(contact), one.contact))
    else:
        db.execute("INSERT INTO contact (id, data) VALUES (?, ?)", (one.contact, json.dumps(contact)))
    for due in one.timer:
        if due is None:
            db.execute("DELETE FROM timer WHERE contact = ?", (one.contact,))
        else:
            db.execute("INSERT OR REPLACE INTO timer VALUES (?, ?)", (one.contact, due))
