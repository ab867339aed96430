"""Peers that hang up, answer what is none, or repeat what they were told; what changes during an attempt."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from oncue.compiler.pipeline import compile_files
from oncue.runtime import operator, posted
from oncue.runtime.connectors.base import Delivery
from oncue.runtime.connectors.smtp import Smtp
from oncue.runtime.delivery.environment import Environment
from oncue.runtime.errors import CommandError
from oncue.runtime.views import reports
from tests.runtime import peers, posting, shop
from tests.runtime.peers import Reply
from tests.runtime.test_smtp import message

GREETING = {
    "MAIL": "250 OK",
    "RCPT": "250 OK",
    "DATA": "354 go",
    ".": "250 taken",
    "RSET": "250 OK",
    "EHLO": "250 me",
}


class Rough:
    """A mail server that says what `answers` says to each command; one that ends in "!" ends the session,
    an empty one is not said."""

    def __init__(self, answers: dict[str, str]) -> None:
        self._answers = {**GREETING, **answers}
        self.said: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 me\r\n")
        with contextlib.suppress(ConnectionError):
            while line := (await reader.readline()).decode().strip():
                self.said.append(line)
                answer = self._answers.get(line.partition(" ")[0], "250 OK")
                self.say(writer, answer)
                await writer.drain()
                if answer.endswith("!"):
                    break
                if answer.startswith("354"):
                    await reader.readuntil(b"\r\n.\r\n")
                    self.say(writer, self._answers["."])
                    if self._answers["."].endswith("!"):
                        break
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    def say(self, writer: asyncio.StreamWriter, answer: str) -> None:
        if answer:
            writer.write(answer.removesuffix("!").encode() + b"\r\n")

    def deliver(self, *to: str) -> list[Delivery]:
        """A message to each, one after the other."""

        async def work() -> list[Delivery]:
            server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            connector = Smtp({"url": f"smtp://127.0.0.1:{port}"}, Environment({}))
            found = [await connector.deliver(message(each), 1) for each in to]
            await connector.close()
            server.close()
            await asyncio.gather(
                *(asyncio.all_tasks() - {asyncio.current_task()})
            )  # sessions end by themselves
            return found

        return asyncio.run(work())


@pytest.mark.parametrize("when", [".", "RCPT"])
def test_a_refusal_is_final_though_the_server_hangs_up_on_it(when: str) -> None:
    first, second = Rough({when: "554 never!"}).deliver("a@x.test", "b@x.test")
    assert (first.result, first.why) == ("failed", "the server answered 554 never")
    assert second.result == "failed"


@pytest.mark.parametrize(
    ("when", "result"), [("RCPT", "retry"), ("MAIL", "retry"), ("DATA", "unknown"), (".", "unknown")]
)
def test_an_answer_that_cannot_be_read_is_no_word_on_the_message(when: str, result: str) -> None:
    """And nothing else is sent over a connection that speaks so."""
    server = Rough({when: "250 " + "x" * 20_000})
    first, second = server.deliver("a@x.test", "b@x.test")
    assert (first.result, second.result) == (result, result)
    assert "no answer that can be read" in first.why
    assert sum(line.startswith("EHLO") for line in server.said) == 2


@pytest.mark.parametrize(
    ("when", "result"), [("MAIL", "retry"), ("RCPT", "retry"), ("DATA", "unknown"), (".", "unknown")]
)
def test_a_server_that_falls_silent_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch, when: str, result: str
) -> None:
    monkeypatch.setattr("oncue.runtime.connectors.smtp.TIMEOUT", 0.1)
    server = Rough({when: ""})
    first, second = server.deliver("a@x.test", "b@x.test")
    assert (first.result, second.result) == (result, result)
    assert "no answer in time" in first.why
    assert sum(line.startswith("EHLO") for line in server.said) == 2, "its connection is not used again"


def test_a_domain_of_another_script_travels_as_its_mail_servers_know_it() -> None:
    server = Rough({})
    assert server.deliver("a@münchen.test", "b@straße.test") == [Delivery()] * 2
    assert [line for line in server.said if line.startswith("RCPT")] == [
        "RCPT TO:<a@xn--mnchen-3ya.test>", "RCPT TO:<b@xn--strae-oqa.test>",
    ]  # fmt: skip


# --- secrets that come back


@pytest.mark.parametrize("login", ["AC42:t0ken-value", "\0me\0t0ken-value", "ab:t0ken-value!"])
def test_a_login_that_a_peer_repeats_is_starred(login: str) -> None:
    said = Environment({"TOKEN": "t0ken-value"}).scrub(f"no: {b64encode(login.encode()).decode()}")
    assert "***" in said
    assert b64encode(b"t0ken-value").decode()[2:12] not in said
    assert "oken" not in said


# --- what changes meanwhile


LEAVING = """
project: shop
timezone: Europe/Berlin
connectors: {email: {type: smtp, url: env:SMTP_URL, from: "Shop <hello@shop.test>"}}
"""
MEMBERS = """
lists: {news: {}}
emails: {hello: {subject: Hello, body: hello.md, list: news}}
web_forms: {come: {}, go: {}}
campaigns:
  trial:
    starts_when: [{event: web_form.submission of come}]
    exit_when:
      any: [did web_form.submission of go, 'tagged "out"']
    steps: [{subscribe: news}, {send_email: hello}, {wait: 1 day}]
"""


@pytest.mark.parametrize("by_hand", [False, True])
def test_what_is_refused_for_now_while_its_member_leaves_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_hand: bool
) -> None:
    """Whether the run itself takes what makes it leave, or a command beside it does."""
    files = {"oncue.yaml": LEAVING, "all.yaml": MEMBERS, "hello.md": "Hello."}
    plan, diagnostics = compile_files({name: text.encode() for name, text in files.items()})
    assert plan is not None, diagnostics
    left, commands = threading.Event(), list[threading.Thread]()

    class Slow(peers.Mailbox):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            leave()
            for _ in range(400):
                if not left.is_set():
                    await asyncio.sleep(0.01)
            return "451 later"

    def leave() -> None:
        if by_hand:
            source = shop.write(tmp_path / "out.jsonl", [{"id": "c0", "tags": ["out"]}])
            commands.append(threading.Thread(target=operator.import_, args=(plan, tmp_path / "x.db", source)))
            commands[0].start()
            return
        with (tmp_path / "in.jsonl").open("a") as file:
            file.write(json.dumps(posting.submits("go", 0)) + "\n")

    def gone() -> bool:
        if any(entry["what"] == "campaign.exited" for entry in shop.audit(tmp_path)):
            left.set()
        return bool(posting.rows(tmp_path)) and posting.rows(tmp_path)[0].status == "cancelled"

    with peers.mail_server(box=Slow()) as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        ends = iter(range(2_000))
        posting.deliver(
            tmp_path, [*posting.people(1), posting.submits("come", 0)], plan=plan, follow=True,
            stop=lambda: gone() or next(ends, None) is None,
        )  # fmt: skip
    for command in commands:
        command.join(5)
    assert posting.statuses(tmp_path) == [("email", "cancelled")]
    assert posting.handovers(tmp_path) == [("cancelled", "left the campaign")]


def test_what_had_failed_and_leaves_after_all_was_sent_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with peers.mail_server(box=peers.Mailbox(data_answers=["554 no"])) as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        posting.deliver(tmp_path, [*posting.people(1), posting.submits("signup", 0)])
        assert posting.statuses(tmp_path) == [("email", "failed")]
        posted.decide(posting.plan(), tmp_path / "x.db", "retry")
        posting.deliver(tmp_path)
        assert mail.box.recipients == ["p0@x.test"]
    raised = [e for e in shop.audit(tmp_path) if e["what"] == "event" and e.get("unit") == "email.sent"]
    assert len(raised) == 1, shop.audit(tmp_path)
    assert posting.handovers(tmp_path)[-1] == ("done", "")


def test_an_erased_contacts_messages_count_as_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with peers.http_server(lambda request: Reply(503)) as web:
        posting.surroundings(monkeypatch, HOOK_URL=web.url)
        posting.deliver(tmp_path, [*posting.people(1), posting.submits("call", 0)])
    assert posting.statuses(tmp_path) == [("webhook", "queued")] * 2
    operator.erase(posting.plan(), tmp_path / "x.db", "id:c0")
    assert posting.statuses(tmp_path) == [("webhook", "cancelled")] * 2
    tell = reports.report(tmp_path / "x.db").campaigns[0].steps[0]
    assert (tell.id, tell.results) == ("tell", {"default": {"cancelled": 1}})
    with peers.http_server(lambda request: Reply()) as web:
        posting.surroundings(monkeypatch, HOOK_URL=web.url)
        posting.deliver(tmp_path)
        assert web.requests == []


def test_what_an_erased_contact_was_refused_cannot_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with peers.mail_server(box=peers.Mailbox(data_answers=["554 no"])) as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        posting.deliver(tmp_path, [*posting.people(1), posting.submits("signup", 0)])
        operator.erase(posting.plan(), tmp_path / "x.db", "id:c0")
        assert posted.decide(posting.plan(), tmp_path / "x.db", "retry") == 0
        [row] = posting.rows(tmp_path)
        with pytest.raises(CommandError, match="its contact was erased"):
            posted.decide(posting.plan(), tmp_path / "x.db", "retry", [row.key])
        posting.deliver(tmp_path)
        assert mail.box.received == []


@pytest.mark.parametrize("said", ["550 kein Empf\udce4nger", "550 \x1b[2Jgone\x07\x00", "550 a\r\n\u2028b"])
def test_a_peers_words_are_kept_as_words(said: str) -> None:
    """Servers speak Latin-1 to this day; and nobody writes to a terminal through us."""
    told = Environment({}).scrub(said)
    assert told.encode().decode() == told
    assert told.isprintable()
    assert told.startswith("550 ")


def test_a_mail_server_that_speaks_latin_1_does_not_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Old(peers.Mailbox):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            server.transport.write(b"554 Empf\xe4nger unbekannt\r\n")
            server.transport.close()
            return "250 never seen"

    with peers.mail_server(box=Old()) as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        posting.deliver(tmp_path, [*posting.people(1), posting.submits("signup", 0)])
    [row] = posting.rows(tmp_path)
    assert (row.status, row.why) == ("failed", "the server answered 554 Empfänger unbekannt")
