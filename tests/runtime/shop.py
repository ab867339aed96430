"""A small workspace and made-up histories for tests of the host: timers, messages, merges, late events."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from oncue.compiler.pipeline import compile_files
from oncue.runtime.clock import show
from oncue.runtime.hosts.local import run
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import reports
from oncue.runtime.views.summary import Summary
from oncue.schemas.plan import Plan

FILES = {
    "oncue.yaml": """
project: shop
timezone: Europe/Berlin
fields:
  plan: {type: text, values: [free, pro]}
  interests: {type: text, many: true}
events:
  purchase: {total: number}
connectors:
  email: {type: outbox, from: "Shop <hello@shop.test>"}
""",
    "shop.yaml": """
lists:
  news: {}
  tips: {opt_in: double, confirm: confirm}
emails:
  hello: {subject: "Hello {{ first_name | default('friend') }}", body: hello.md, list: news}
  again: {subject: Come back, body: again.html, list: news}
  confirm: {subject: Please confirm, body: again.html, operational: true}
segments:
  busy: did web_page.visit at least 3 times in last 2 days
  buyers: sum(purchase.total in last 30 days) > 100
  quiet: did web_page.visit and not did web_page.visit in last 10 days
web_pages:
  pricing:
    url: https://shop.test/pricing*
    on_visit:
      - adjust_score: +10
      - send_email: hello
        once: true
web_forms:
  signup:
    on_submission:
      - subscribe: news
      - subscribe: tips
      - add_tag: lead
campaigns:
  nurture:
    starts_when:
      - enters_segment: busy
      - tag_added: lead
    runs: every_time
    exit_when: tagged "customer"
    steps:
      - id: first
        send_email:
          rules: [{when: score >= 30, use: again}]
          default: hello
      - wait: 2 days
      - if: did email.open of step first
        then: [{adjust_score: +5}]
        else: [{send_email: again}]
  customers:
    starts_when: [{event: purchase, when: event.total > 20}]
    steps:
      - add_tag: customer
      - wait: {until: in segment buyers, at_most: 5 days, on_timeout: [{add_tag: slow}]}
      - add_tag: good
  return:
    starts_when: [{enters_segment: quiet}]
    runs: every_time
    steps:
      - send_email: again
""",
    "hello.md": "Hello **{{ first_name | default('friend') }}**, [look](https://shop.test/?c={{ email }}).\n",
    "again.html": "<p>We miss you.</p>\n",
}

START = 1_767_225_600_000_000  # 2026-01-01T00:00Z
MINUTE = 60_000_000


@cache
def plan(**changed: str) -> Plan:
    """The workspace's plan; `changed`: file stem -> (old text, new text) joined by ``=>``."""
    files = dict(FILES)
    for name, change in changed.items():
        old, _, new = change.partition("=>")
        path = next(path for path in files if path.startswith(f"{name}."))
        assert old in files[path]
        files[path] = files[path].replace(old, new)
    found, diagnostics = compile_files({name: text.encode() for name, text in files.items()})
    assert found is not None, diagnostics
    return found


def event(name: str, type_: str, contact: Any, at: str, **more: Any) -> dict[str, Any]:
    """An event; `more` may have `asset`, every other word is a property."""
    line = {"id": name, "type": type_, "contact": contact, "at": at}
    if "asset" in more:
        line["asset"] = more.pop("asset")
    return {**line, "properties": more} if more else line


def visit(name: str, contact: Any, at: str) -> dict[str, Any]:
    return event(name, "web_page.visit", contact, at, url="https://shop.test/pricing")


def signup(name: str, contact: Any, at: str) -> dict[str, Any]:
    return event(name, "web_form.submission", contact, at, asset="signup")


def history(number: int, seed: int = 1, people: int = 20) -> list[dict[str, Any]]:
    """Events in any order, some with anonymous contacts who are identified later."""
    draw = random.Random(seed)
    return [_event(draw, place, people) for place in range(number)]


def _event(draw: random.Random, place: int, people: int) -> dict[str, Any]:
    person = draw.randrange(people)
    anonymous = not person % 3 and draw.random() < 0.6
    who: Any = {"anonymous_id": f"a{person}"} if anonymous else f"p{person}@shop.test"
    at = show(START + draw.randrange(20 * 24 * 60) * MINUTE)
    event: dict[str, Any] = {"id": f"e{place}", "contact": who, "at": at, "type": "web_page.visit"}
    kind = draw.randrange(12)
    if kind < 6:
        event["properties"] = {"url": draw.choice(["https://shop.test/pricing?x", "https://shop.test/about"])}
    elif kind == 6:
        event |= {"type": "purchase", "properties": {"total": draw.randrange(1, 90)}}
    elif kind == 7:
        event |= {"type": "web_form.submission", "asset": "signup"}
    elif kind == 8:
        event |= {"type": "email.open", "asset": draw.choice(["hello", "again"])}
    elif kind == 9:
        event |= {"type": "list.confirm", "properties": {"list": "tips"}}
    elif kind == 10:
        known = {"email": f"p{person}@shop.test", "anonymous_id": f"a{person}"}
        event |= {"type": "identify", "contact": known, "properties": {"first_name": f"Name {person}"}}
    else:
        event |= {"type": "email.unsubscribe", "asset": "hello", "properties": {"list": "news"}}
    return event


def write(path: Path, lines: Iterable[dict[str, Any] | str]) -> Path:
    """A JSON Lines file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def replay(folder: Path, lines: Sequence[dict[str, Any] | str], **more: Any) -> Summary:
    """Replays lines into FOLDER/x.db."""
    source = write(folder / "in.jsonl", lines)
    return run(
        more.pop("plan", None) or plan(), folder / "x.db", [source], clock=more.pop("clock", "events"), **more
    )


def audit(folder: Path) -> list[dict[str, Any]]:
    return list(reports.audit(folder / "x.db"))


def rejected(folder: Path) -> list[tuple[int, str]]:
    """(line, reason) of each row of the rejects file."""
    path = folder / "rejects.jsonl"
    rows = path.read_text().splitlines() if path.exists() else []
    return [(row["number"], row["reason"]) for row in map(json.loads, rows)]


def outbox(folder: Path) -> dict[str, bytes]:
    """Every message in the outbox folder."""
    return {path.name: path.read_bytes() for path in sorted((folder / "outbox").glob("*"))}


STATUSES = ["queued", "held", "done", "cancelled", "refused", "failed"]
_SETS = ("tags", "segments", "entered_by", "once", "opened", "told")


def _state(data: bytes | None) -> Any:
    """A stored state without the order of its sets."""
    found = {} if data is None else msgspec.json.decode(data)
    return {name: sorted(value) if name in _SETS else value for name, value in found.items()}


def contents(folder: Path) -> dict[str, Any]:
    """Everything that a database says, to be compared with another's."""
    store = SqliteStore(folder / "x.db", write=False)
    try:
        return {
            "contacts": [(row.id, row.key, row.wake, _state(row.state)) for row in store.contacts()],
            "audit": [(row.at, row.kind, row.contact, row.entries) for row in store.log()],
            "outbox": [
                (row.key, row.at, row.unit, row.status, row.payload) for row in store.outbox(STATUSES)
            ],
            "counts": {key: value for key, (value, _) in store.counts().items() if value},
            "identities": {name: store.find([name]) for row in store.contacts() for name in [row.key]},
            "paused": store.paused(),
            "entities": [(row.name, row.wake, _state(row.state)) for row in store.entities("")],
            "batches": [(row, list(store.file(row.name))) for row in store.batches()],
            "waiting": [store.waiting(row.name[5:], 0, -1, 999) for row in store.entities("list/")],
            "rosters": {
                row.name: store.roster(row.name.partition("/")[2]) for row in store.entities("account/")
            },
        }
    finally:
        store.close()
