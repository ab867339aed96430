"""A workspace whose effects go to real connectors, and what tests look at after a run that delivers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from oncue.compiler.pipeline import compile_files
from oncue.runtime import clock
from oncue.runtime.delivery.patience import Patience
from oncue.runtime.hosts.local import run
from oncue.runtime.stores.base import OutboxRow
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views.summary import Summary
from oncue.schemas.plan import Plan
from tests.runtime import shop

SETTINGS = """
project: shop
timezone: Europe/Berlin
connectors:
  email: {type: smtp, url: env:SMTP_URL, from: "Shop <hello@shop.test>"}
  sms: {type: twilio, account: env:SMS_ACCOUNT, token: env:SMS_TOKEN, from: "+15550100", url: env:SMS_URL}
  webhook: {type: webhook, secret: env:HOOK_SECRET, allow_private: true, timeout: 1}
"""
REST = """
lists: {news: {}}
emails:
  hello: {subject: Hello, body: hello.md, list: news}
web_forms:
  signup:
    on_submission:
      - subscribe: {list: news, channels: [email, sms]}
      - send_email: hello
  call:
    on_submission:
      - webhook:
          url: env:HOOK_URL
          headers: {X-Key: env:HOOK_KEY}
          body: {who: "{{ email | default('') }}"}
  text: {on_submission: [{subscribe: {list: news, channels: [sms]}}, {send_sms: {text: Hello, list: news}}]}
campaigns:
  trial:
    starts_when: [{event: web_form.submission of call}]
    runs: every_time
    steps:
      - id: tell
        webhook: {url: env:HOOK_URL, body: {step: tell}}
        on_failure: end
      - wait: 1 day
"""
ENVIRONMENT = {
    "SMTP_URL": "smtp://127.0.0.1:9", "SMS_ACCOUNT": "AC42", "SMS_TOKEN": "t0ken-value",
    "SMS_URL": "http://127.0.0.1:9", "HOOK_SECRET": "sh4red-secret", "HOOK_URL": "http://127.0.0.1:9",
    "HOOK_KEY": "k3y-for-them",
}  # fmt: skip
SOON = Patience(first=0.02, longest=0.05, jitter=0.01, attempts=3)
STATUSES = [
    "queued", "held", "trying", "parked", "done", "withheld", "cancelled", "refused", "failed", "dead",
]  # fmt: skip


@cache
def plan(settings: str = SETTINGS) -> Plan:
    files = {"oncue.yaml": settings, "all.yaml": REST, "hello.md": "Hello.\n"}
    found, diagnostics = compile_files({name: text.encode() for name, text in files.items()})
    assert found is not None, diagnostics
    return found


def surroundings(monkeypatch: pytest.MonkeyPatch, **changed: str) -> None:
    """The environment that the connectors read."""
    for name, value in {**ENVIRONMENT, **changed}.items():
        monkeypatch.setenv(name, value)


def now() -> str:
    return clock.show(clock.wall())


def person(number: int) -> dict[str, Any]:
    return {"id": f"c{number}", "email": f"p{number}@x.test", "phone": f"+1555010{number:04d}"}


def people(number: int) -> list[dict[str, Any]]:
    return [person(each) for each in range(number)]


def submits(form: str, number: int, name: str = "") -> dict[str, Any]:
    who = {"id": f"c{number}"}
    return shop.event(f"{name or form}{number}", "web_form.submission", who, now(), asset=form)


def deliver(folder: Path, lines: Sequence[dict[str, Any]] = (), **more: Any) -> Summary:
    """A live run with real delivery on FOLDER/x.db."""
    source = shop.write(folder / "in.jsonl", lines)
    given = {"clock": "wall", "deliver": True, "retrying": SOON, **more}
    return run(given.pop("plan", None) or plan(), folder / "x.db", [source] if lines else [], **given)


def until_settled(folder: Path, times: int = 200, **more: Any) -> None:
    """Runs again until nothing waits for another try."""
    for _ in range(times):
        if not any(row.status == "queued" for row in rows(folder)):
            return
        deliver(folder, **more)
    raise AssertionError("something is queued for ever")


def rows(folder: Path) -> list[OutboxRow]:
    store = SqliteStore(folder / "x.db", write=False)
    try:
        return store.outbox(STATUSES)
    finally:
        store.close()


def statuses(folder: Path) -> list[tuple[str, str]]:
    """(kind, status) of every effect, in order of making."""
    return [(row.kind, row.status) for row in rows(folder)]


def handovers(folder: Path) -> list[tuple[str, str]]:
    """(result, why) of every hand-over in the audit."""
    found = (entry for entry in shop.audit(folder) if entry["what"] == "handover")
    return [(entry["result"], entry.get("why", "")) for entry in found]


def wait_for(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    """Waits until it holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)
