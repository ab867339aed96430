"""A workspace with one fulfillment list, and what comes of playing contact rows on it."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import random
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec

from oncue.compiler.pipeline import compile_files
from oncue.runtime.kernel.values.zone import parse_instant
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import fulfillment, reports, tasks
from oncue.schemas.plan import Plan
from tests.runtime import shop

SETTINGS = """
project: acme
timezone: America/New_York
fields: {points: number, gifts: {type: text, many: true}}
account_fields: {branch: text}
users:
  bo: {email: bo@acme.test}
  ana: {email: ana@acme.test, manager: bo, phone: "+15550100"}
"""
NOTICES = "sms_owner: true, notify_owner_when_overdue: true, notify_manager_after: 2 days"
TASK = f"{{owner: ana, due: 3 days, {NOTICES}}}"
CAMPAIGN = """
campaigns:
  ship:
    starts_when: [{tag_added: ship}]
    runs: every_time
    steps:
      - add_to_fulfillment_list: box
  hold:
    starts_when: [{tag_added: hold}]
    runs: every_time
    steps:
      - add_to_fulfillment_list: {list: box, hold: true}
      - add_tag: held-no-more
"""
BOX = {
    "schedule": "weekly on monday at 09:00",
    "recipients": '[{email: p@v.test, subject: "Boxes {{ batch.date }}", note: Ship package X.}]',
    "columns": "[first_name, address]",
}


def plan(campaigns: str = CAMPAIGN, lists: str = "", **box: str) -> Plan:
    """The workspace's plan; `box`: keys of the list `box` as YAML, an empty text leaves one out."""
    keys = {key: value for key, value in {**BOX, **box}.items() if value}
    text = lists or "fulfillment_lists:\n  box:\n" + "".join(
        f"    {key}: {value}\n" for key, value in keys.items()
    )
    files = {
        "oncue.yaml": SETTINGS.encode(),
        "lists.yaml": text.encode(),
        "campaigns.yaml": campaigns.encode(),
    }
    found, diagnostics = compile_files(files)
    assert found is not None, diagnostics
    return found


def person(name: str, at: str, tag: str = "ship", **fields: Any) -> dict[str, Any]:
    """A contact's row: it goes onto the list."""
    tags = {"tags": [tag]} if tag else {}
    return {
        "email": f"{name}@x.test",
        "first_name": name,
        "address": f"{name} street",
        "at": at,
        **tags,
        **fields,
    }


def daily() -> Plan:
    """With a run each day, a task for each, and contacts that are held."""
    return plan(schedule="daily at 09:00", require="[address]", task=TASK)


def history(number: int, seed: int) -> list[dict[str, Any]]:
    """Rows over three weeks: joining in both ways, losing the address and finding it."""
    draw, start, rows = random.Random(seed), parse_instant("2026-02-26T00:00:00Z"), []
    for place in range(number):
        at = shop.show(start + place * 1000 + draw.randrange(21 * 24) * 3_600_000_000)
        address = {} if draw.random() < 0.7 else {"address": ""}
        rows.append(person(f"p{draw.randrange(30)}", at, tag=draw.choice(["ship", "hold", ""]), **address))
    return rows


class Mailroom:
    """Plays rows in a folder, and tells what is there then."""

    def __init__(self, folder: Path, **box: Any) -> None:
        self.folder = folder
        self.plan = plan(**box)

    def play(self, *rows: dict[str, Any], until: str | None = None, **more: Any) -> Mailroom:
        end = None if until is None else parse_instant(until)
        shop.replay(self.folder, rows, plan=self.plan, until=end, **more)
        return self

    @property
    def database(self) -> Path:
        return self.folder / "x.db"

    @property
    def batches(self) -> list[fulfillment.Batch]:
        return list(fulfillment.show(self.database, "box").batches)

    def rows(self, batch: fulfillment.Batch) -> list[list[str]]:
        """The cells of a batch's file, without the header."""
        text = b"".join(fulfillment.reissue(self.database, batch.id)).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline="")))[1:]

    @property
    def names(self) -> list[list[str]]:
        """The first column of each batch."""
        return [[row[0] for row in self.rows(batch)] for batch in self.batches]

    @property
    def days(self) -> list[str]:
        """The instant of each batch."""
        return [batch.at for batch in self.batches]

    @property
    def waiting(self) -> list[str]:
        return [
            each.contact.removeprefix("email:").removesuffix("@x.test")
            for each in fulfillment.show(self.database, "box").waiting
        ]

    def sent(self, kind: str) -> list[dict[str, Any]]:
        """The payloads of one kind of effects."""
        store = SqliteStore(self.database, write=False)
        try:
            rows = store.outbox(shop.STATUSES)
            return [msgspec.json.decode(row.payload or b"{}") for row in rows if row.kind == kind]
        finally:
            store.close()

    def emails(self) -> list[EmailMessage]:
        """The batches' emails in the outbox folder."""
        found = sorted((self.folder / "outbox").glob("*-batch-*.eml"))
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in found]  # type: ignore[misc]

    def told(self, what: str) -> list[dict[str, Any]]:
        return [entry for entry in reports.audit(self.database) if entry["what"] == what]

    def tasks(self) -> list[tasks.Task]:
        return tasks.tasks(self.database)


def attached(message: EmailMessage) -> bytes:
    """The file of a batch's email."""
    (part,) = message.iter_attachments()
    content: bytes = part.get_payload(decode=True)  # type: ignore[assignment]
    return content
