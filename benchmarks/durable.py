"""Durable events: oncue beside a plain hand-written sqlite3 script that writes the same rows.

Per event both read the line, load the contact (of 100,000), judge five rules, change the contact, and write
an audit row, an outbox row, a timer and the input itself, whose id is checked for repetition. Both use WAL
with full synchronisation. The script commits every 100 events; oncue uses its own batch. Messages stay
rows: neither renders nor delivers them. A second line tells what rendering and `.eml` files add.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from measuring import Row, alone, at_least, medians

from oncue.compiler.pipeline import compile_files
from oncue.runtime.clock import show
from oncue.runtime.engine import collecting
from oncue.runtime.engine.engine import BATCH, Engine
from oncue.runtime.hosts import local
from oncue.runtime.kernel.link import link
from oncue.runtime.reading.admission import Work, admit
from oncue.runtime.reading.inputs import Line
from oncue.runtime.reading.rejects import Rejects
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.schemas.plan import Plan

START = 1_767_225_600_000_000  # 2026-01-01
SECOND = 1_000_000
WEEK = 7 * 86_400 * SECOND
COUNTRIES = ("US", "CA", "DE", "FR", "JP")
INDUSTRIES = ("software", "retail", "healthcare")

FILES = {
    "oncue.yaml": """
project: durable
timezone: UTC
fields:
  industry: {type: text, values: [software, retail, healthcare]}
  employees: number
""",
    "all.yaml": """
lists: {news: {}}
segments:
  recent: did web_page.visit of pricing in last 7 days
emails:
  big: {subject: Hello, body: hello.md, list: news}
  care: {subject: Hello, body: hello.md, list: news}
  home: {subject: Hello, body: hello.md, list: news}
  keen: {subject: Hello, body: hello.md, list: news}
  call: {subject: Hello, body: hello.md, list: news}
  else: {subject: Hello, body: hello.md, list: news}
web_pages:
  pricing:
    on_visit:
      - send_email:
          rules:
            - {when: 'employees > 500 and country in ["US", "CA"]', use: big}
            - {when: industry == "healthcare", use: care}
            - {when: country == "DE" and email ends with "@acme.test", use: home}
            - {when: job_title contains "marketing", use: keen}
            - {when: phone is set, use: call}
          default: else
""",
    "hello.md": "Hello {{ first_name | default('friend') }}, thank you for your visit.\n",
}


def measure(small: bool) -> list[Row]:
    contacts, events, rounds = (1_000, 2_000, 1) if small else (100_000, 50_000, 5)
    with tempfile.TemporaryDirectory(prefix="oncue-durable-") as folder:
        bench = Bench(Path(folder), contacts, events)
        plain, ours = medians(rounds, [bench.plain, bench.ours], bench.prepare)
        [delivered] = medians(1, [bench.delivered], bench.prepare)
    rates = [events / taken for taken in (ours, plain, delivered)]
    detail = f"{rates[0]:,.0f} and {rates[1]:,.0f} events/s; {contacts:,} contacts; batch {BATCH:,} and 100"
    mails = f"{rates[2]:,.0f} events/s"
    return [
        at_least("durable events a second, beside plain sqlite3", plain / ours, 1.0, detail),
        Row("the same, every event's email rendered to a file", f"{plain / delivered:.2f}", "", None, mails),
    ]


class Bench:
    """The same contacts and events for both sides. Each measured run starts from a copy of its database and
    handles events that no run had before. Making the copy is not timed; opening and closing it is."""

    def __init__(self, folder: Path, contacts: int, events: int) -> None:
        self.folder = folder
        self.plan = compiled()
        self.lines = list(visits(contacts, events))
        self.rows = [person(number) for number in range(contacts)]
        self._load_ours(folder / "ours.db")
        self._load_plain(folder / "plain.db")

    def prepare(self) -> None:
        """Fresh copies of both databases, on the disk before the clock starts."""
        for name in ("ours", "plain"):
            fresh(self.folder / f"{name}.db")
        os.sync()

    # --- oncue

    def _load_ours(self, path: Path) -> None:
        source = self.folder / "contacts.jsonl"
        source.write_text(
            "".join(json.dumps({**row, "at": show(START - SECOND)}) + "\n" for row in self.rows)
        )
        local.run(self.plan, path, [source], clock="events", triggers=False)

    def ours(self) -> None:
        path = self.folder / "ours.run"
        store = SqliteStore(path)
        with Rejects(None) as rejects, collecting.rarely():
            engine = Engine(store, link(self.plan), rejects)
            works = []
            for number, line in enumerate(self.lines):
                found = admit(engine.program, Line("visits", number, line), None)
                assert isinstance(found, Work)
                works.append(found)
                if len(works) == BATCH:
                    engine.handle(works)
                    works = []
            engine.handle(works)
            assert engine.tally.events == engine.tally.effects == len(self.lines)
        store.close()

    def delivered(self) -> None:
        path = self.folder / "ours.run"
        source = self.folder / "visits.jsonl"
        source.write_bytes(b"".join(line + b"\n" for line in self.lines))
        summary = local.run(self.plan, path, [source], clock="events", outbox=self.folder / "outbox")
        assert summary.handed == len(self.lines)

    # --- by hand

    def _load_plain(self, path: Path) -> None:
        db = opened(path)
        db.executescript(
            "BEGIN; CREATE TABLE contact (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, data TEXT);"
            "CREATE TABLE audit (id INTEGER PRIMARY KEY, contact INTEGER, at INTEGER, entries TEXT);"
            "CREATE TABLE outbox (key TEXT PRIMARY KEY, contact INTEGER, at INTEGER, payload TEXT, sent INT);"
            "CREATE TABLE timer (contact INTEGER PRIMARY KEY, due INTEGER NOT NULL);"
            "CREATE INDEX timer_due ON timer (due);"
            "CREATE TABLE input (id TEXT PRIMARY KEY, at INTEGER, line TEXT); COMMIT;"
        )
        db.execute("BEGIN")
        data = ((row["id"], json.dumps({**row, "visits": []})) for row in self.rows)
        db.executemany("INSERT INTO contact (name, data) VALUES (?, ?)", data)
        db.execute("COMMIT")
        db.close()

    def plain(self) -> None:
        db = opened(self.folder / "plain.run")
        for start in range(0, len(self.lines), 100):
            db.execute("BEGIN")
            for line in self.lines[start : start + 100]:
                by_hand(db, line)
            db.execute("COMMIT")
        assert db.execute("SELECT count(*) FROM outbox").fetchone()[0] == len(self.lines)
        db.close()


def by_hand(db: sqlite3.Connection, line: bytes) -> None:
    """One event, as one would write it down."""
    event = json.loads(line)
    at = START + int(event["id"]) * SECOND
    known = db.execute("INSERT OR IGNORE INTO input (id, at, line) VALUES (?, ?, ?)", (event["id"], at, line))
    if not known.rowcount:
        return
    number, data = db.execute("SELECT id, data FROM contact WHERE name = ?", (event["contact"],)).fetchone()
    contact = json.loads(data)
    contact["visits"] = [*(one for one in contact["visits"] if one > at - WEEK), at]
    rule, email = chosen(contact)
    key = f"{number}/{event['id']}/pricing/send_email"
    payload = {
        "email": email,
        "to": contact["email"],
        "values": {"first_name": contact["first_name"]},
        "rule": rule,
    }
    entries = [
        {"what": "event", "unit": "web_page.visit", "data": {"id": event["id"], "at": at}},
        {"what": "automation", "unit": "web_pages/pricing/on_visit"},
        {"what": "action", "step": "send_email", "result": "done", "rule": rule, "data": {"message": key}},
        {"what": "segment.entered", "unit": "segments/recent"},
    ]
    db.execute("UPDATE contact SET data = ? WHERE id = ?", (json.dumps(contact), number))
    db.execute("INSERT INTO audit (contact, at, entries) VALUES (?, ?, ?)", (number, at, json.dumps(entries)))
    db.execute("INSERT INTO outbox VALUES (?, ?, ?, ?, 0)", (key, number, at, json.dumps(payload)))
    db.execute("INSERT OR REPLACE INTO timer VALUES (?, ?)", (number, contact["visits"][0] + WEEK))


def chosen(contact: dict[str, Any]) -> tuple[str, str]:
    if contact["employees"] > 500 and contact["country"] in ("US", "CA"):
        return "rule 1", "big"
    if contact["industry"] == "healthcare":
        return "rule 2", "care"
    if contact["country"] == "DE" and contact["email"].endswith("@acme.test"):
        return "rule 3", "home"
    if "marketing" in contact.get("job_title", "").casefold():
        return "rule 4", "keen"
    if contact.get("phone"):
        return "rule 5", "call"
    return "default", "else"


# --- both


def compiled() -> Plan:
    plan, found = compile_files({name: text.encode() for name, text in FILES.items()})
    if plan is None:
        raise SystemExit(f"the workspace has errors: {found[0]}")
    return plan


def person(number: int) -> dict[str, Any]:
    draw = random.Random(number)
    return {
        "id": f"c{number}", "email": f"c{number}@{draw.choice(('acme', 'other'))}.test",
        "first_name": f"Name {number}", "last_name": f"Family {number}", "country": draw.choice(COUNTRIES),
        "industry": draw.choice(INDUSTRIES), "employees": draw.randrange(1, 2000), "subscribed": ["news"],
    }  # fmt: skip


def visits(contacts: int, events: int) -> Iterator[bytes]:
    draw = random.Random(1)
    for number in range(events):
        line = {
            "id": str(number), "type": "web_page.visit", "contact": f"c{draw.randrange(contacts)}",
            "at": show(START + number * SECOND), "asset": "pricing",
        }  # fmt: skip
        yield msgspec.json.encode(line)


def opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -65536"):
        db.execute(f"PRAGMA {pragma}")
    return db


def fresh(path: Path) -> None:
    """A copy of a database that nobody has open, as ``NAME.run``."""
    copy = path.with_suffix(".run")
    for old in copy.parent.glob(f"{copy.name}*"):
        old.unlink()
    shutil.copyfile(path, copy)


if __name__ == "__main__":
    alone(measure)
