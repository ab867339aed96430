"""Delivery: oncue beside a hand-written asyncio loop with the same client library, to servers on loopback.

Both deliver the same messages over as many connections. The loop has the values of its messages in memory,
fills in a template, and writes nothing down. oncue starts from a database in which they are queued: it reads
and renders them, asks the send gate again, and commits each attempt before it is made and each result after
it. The servers are aiosmtpd and aiohttp's own. Then the same with bare protocols for servers, which cost
next to nothing, so that nearly all the time is the client's; with servers that refuse 5 % of the first
attempts; and emails beside a web server that never answers.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import aiosmtplib
from jinja2 import Environment
from measuring import Row, alone, at_least

from oncue.compiler.pipeline import compile_files
from oncue.runtime import clock
from oncue.runtime.delivery.patience import Patience
from oncue.runtime.hosts import local
from oncue.runtime.hosts.session import Places, opened
from oncue.runtime.reading.admission import Work, admit
from oncue.runtime.reading.inputs import Line
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.schemas.plan import Plan

AT_ONCE = 10  # as oncue's connectors have it unless told otherwise
PEERS = Path(__file__).with_name("delivery_peers.py")
SOON = Patience(first=0.05, longest=0.2, jitter=0.05)
FILES = {
    "oncue.yaml": """
project: delivery
timezone: UTC
connectors:
  email: {type: smtp, url: env:SMTP_URL, from: "Delivery <hello@delivery.test>"}
  webhook: {type: webhook, secret: env:HOOK_SECRET, allow_private: true, timeout: 2}
""",
    "all.yaml": """
lists: {news: {}}
emails:
  hello: {subject: "Hello {{ first_name | default('friend') }}", body: hello.md, list: news}
web_forms:
  mail: {on_submission: [{subscribe: news}, {send_email: hello}]}
  call: {on_submission: [{webhook: {url: env:HOOK_URL, body: {who: "{{ first_name | default('') }}"}}}]}
""",
    "hello.md": "Hello {{ first_name | default('friend') }}, thank you for your visit.\n",
}


class Peers:
    """Both servers, in a process of their own."""

    def __init__(self, sort: str, refused: float) -> None:
        command = [sys.executable, "-W", "ignore", str(PEERS), sort, str(refused)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.smtp, self.http = json.loads(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def told(self) -> list[dict[str, int]]:
        """What each has acknowledged since the last time, SMTP first."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return list(json.loads(self._line()))

    def close(self) -> None:
        self._process.communicate()


@contextmanager
def peers(sort: str, refused: float = 0.0) -> Iterator[Peers]:
    made = Peers(sort, refused)
    os.environ["SMTP_URL"] = f"smtp://127.0.0.1:{made.smtp}"
    os.environ["HOOK_URL"] = f"http://127.0.0.1:{made.http}/in"
    os.environ["HOOK_SECRET"] = "s3cret-value"
    try:
        yield made
    finally:
        made.close()


def measure(small: bool) -> list[Row]:
    number, rounds = (200, 1) if small else (10_000, 3)
    with tempfile.TemporaryDirectory(prefix="oncue-delivery-") as folder:
        bench = Bench(Path(folder), number, rounds)
        with peers("real") as servers:
            rows = [bench.compare(form, servers) for form in WORDS]
        with peers("lean") as servers:
            rows += [bench.compare(form, servers)._replace(goal="", ok=None) for form in WORDS]
        rows[2:] = [row._replace(name=f"{row.name}, server for nothing") for row in rows[2:]]
        with peers("real", 0.05) as servers:
            rows += [bench.failing(form, servers) for form in WORDS]
        with peers("real") as servers:
            rows.append(bench.beside_a_silent_one(servers))
    return rows


class Bench:
    """`number` of each. A database of queued effects is copied for each measured run."""

    def __init__(self, folder: Path, number: int, rounds: int) -> None:
        self.folder = folder
        self.number = number
        self.rounds = rounds
        self.plan = compiled()
        self.messages = {form: queue(self.plan, folder / f"{form}.db", [form], number) for form in WORDS}

    def compare(self, form: str, servers: Peers) -> Row:
        """Median rates, in turn."""
        ours, plain = [], []
        for _ in range(self.rounds):
            ours.append(self.ours(form, servers))
            plain.append(self.plain(form, servers))
        rates = self.number / median(ours), self.number / median(plain)
        detail = f"{rates[0]:,.0f} and {rates[1]:,.0f} a second; {self.number:,} over {AT_ONCE} connections"
        name = f"{WORDS[form]} delivered, beside an asyncio loop"
        return at_least(name, rates[0] / rates[1], 0.8, detail)

    def ours(self, form: str, servers: Peers) -> float:
        path = self.copied(form)
        began = time.perf_counter()
        summary = local.run(self.plan, path, clock="wall", deliver=True, retrying=SOON)
        taken = time.perf_counter() - began
        assert summary.handed == self.number, summary
        self.check(form, servers)
        return taken

    def plain(self, form: str, servers: Peers) -> float:
        send = plain_mails if form == "mail" else plain_calls
        began = time.perf_counter()
        asyncio.run(send(servers, self.messages[form]))
        taken = time.perf_counter() - began
        self.check(form, servers)
        return taken

    def failing(self, form: str, servers: Peers) -> Row:
        """Until everything has arrived, with waits for what was refused."""
        path, began = self.copied(form), time.perf_counter()
        retried = self.until_done(path)
        taken = time.perf_counter() - began
        self.check(form, servers)
        what = f"{WORDS[form]}, 5 % refused for now: acknowledged once each"
        detail = f"{self.number / taken:,.0f} a second with {retried:,} second attempts"
        return Row(what, f"{self.number:,}", f"{self.number:,}", True, detail)

    def until_done(self, path: Path) -> int:
        """Lets a run follow until nothing is queued; how many attempts came again."""
        looked = 0.0

        def done() -> bool:
            nonlocal looked
            if time.monotonic() - looked < 0.2:
                return False
            looked = time.monotonic()
            return set(statuses(path)) == {"done"}

        summary = local.run(
            self.plan, path, clock="wall", deliver=True, retrying=SOON, follow=True, stop=done
        )
        return summary.retried

    def beside_a_silent_one(self, servers: Peers) -> Row:
        """Emails while as many calls wait for answers that never come."""
        os.environ["HOOK_URL"] += "/hang"
        path = self.folder / "both.db"
        if not path.exists():
            queue(self.plan, path, ["mail", "call"], self.number)
        began = time.perf_counter()
        local.run(
            self.plan, path, clock="wall", deliver=True, retrying=SOON, follow=True,
            stop=lambda: mailed(path) == self.number,
        )  # fmt: skip
        taken = time.perf_counter() - began
        told = servers.told()
        assert (told[0]["acknowledged"], told[0]["twice"]) == (self.number, 0), told
        assert sum(statuses(path).values()) == 2 * self.number, "none lost"
        what = "emails beside a web server that never answers: acknowledged once each"
        detail = f"{self.number / taken:,.0f} a second, the stop included"
        return Row(what, f"{self.number:,}", f"{self.number:,}", True, detail)

    def copied(self, form: str) -> Path:
        path = self.folder / f"{form}.run"
        for each in self.folder.glob(f"{form}.run*"):
            each.unlink()
        shutil.copy(self.folder / f"{form}.db", path)
        os.sync()
        return path

    def check(self, form: str, servers: Peers) -> None:
        told = servers.told()[0 if form == "mail" else 1]
        assert (told["acknowledged"], told["twice"]) == (self.number, 0), told


WORDS = {"mail": "emails", "call": "webhooks"}


def compiled() -> Plan:
    plan, diagnostics = compile_files({name: text.encode() for name, text in FILES.items()})
    assert plan is not None, diagnostics
    return plan


def queue(plan: Plan, path: Path, forms: list[str], number: int) -> list[tuple[str, Values]]:
    """A database with effects that are queued for real connectors; gives (key, payload) of each."""
    with opened(plan, Places(path), "wall", deliver=True) as engine:
        lines = [json.dumps(person(each)).encode() for each in range(number)]
        now = clock.show(clock.wall())
        lines += [json.dumps(submits(form, each, now)).encode() for form in forms for each in range(number)]
        works = [
            admit(engine.program, Line("", place, line), clock.wall()) for place, line in enumerate(lines)
        ]
        for start in range(0, len(works), 1_000):
            engine.handle([work for work in works[start : start + 1_000] if type(work) is Work])
        engine.finish()
        return [(row.key, json.loads(row.payload or b"")) for row in engine.store.outbox(["queued"])]


def person(number: int) -> dict[str, Any]:
    return {"id": f"c{number}", "email": f"p{number}@x.test", "first_name": f"Name {number}"}


def submits(form: str, number: int, now: str) -> dict[str, Any]:
    who = {"id": f"c{number}"}
    return {"id": f"{form}{number}", "type": "web_form.submission", "contact": who, "at": now, "asset": form}


def statuses(path: Path) -> dict[str, int]:
    store = SqliteStore(path, write=False)
    try:
        return store.statuses()
    finally:
        store.close()


def mailed(path: Path) -> int:
    return statuses(path).get("done", 0)


# --- by hand


Values = dict[str, Any]
_BODY = Environment(autoescape=False).from_string(
    "Hello {{ first_name | default('friend') }}, thank you for your visit.\n"
)


async def plain_mails(servers: Peers, messages: list[tuple[str, Values]]) -> None:
    left = iter(messages)

    async def work() -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=servers.smtp, start_tls=False)
        await client.connect()
        for key, payload in left:
            data = written(key, payload["to"], payload["values"])
            await client.sendmail("hello@delivery.test", [payload["to"]], data)
        await client.quit()

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


def written(key: str, to: str, values: Values) -> bytes:
    """Text and HTML, as short as it goes."""
    text, name = _BODY.render(values), values["first_name"]
    parts = f"--=\r\n\r\n{text}\r\n--=\r\nContent-Type: text/html\r\n\r\n<p>{text}</p>\r\n--=--\r\n"
    return (
        f"From: hello@delivery.test\r\nTo: {to}\r\nSubject: Hello {name}\r\n"
        f"Message-ID: <{key}@delivery.test>\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/alternative; boundary="="\r\n\r\n{parts}'
    ).encode()


async def plain_calls(servers: Peers, messages: list[tuple[str, Values]]) -> None:
    left, url = iter(messages), f"http://127.0.0.1:{servers.http}/in"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as session:

        async def work() -> None:
            for key, payload in left:
                body = json.dumps(payload["body"]).encode()
                stamp = str(int(time.time()))
                signed = hmac.new(b"s3cret-value", f"{stamp}.".encode() + body, sha256).hexdigest()
                headers = {"Idempotency-Key": key, "Oncue-Timestamp": stamp, "Oncue-Signature": signed}
                async with session.post(url, data=body, headers=headers) as response:
                    assert response.status == 200
                    await response.read()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    alone(measure)
