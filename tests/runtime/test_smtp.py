"""Emails over SMTP, to a real mail server with TLS and login."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from oncue.runtime.connectors.base import Delivery
from oncue.runtime.connectors.smtp import Smtp
from oncue.runtime.delivery.environment import Environment
from oncue.runtime.messages.message import Message
from tests.runtime import peers

LOGIN = ("ana", "s3cret-Pass")


def message(*to: str, key: str = "k1") -> Message:
    data = b"From: Shop <hello@shop.test>\r\nTo: x\r\nSubject: Hello\r\n\r\n.A line with a dot\r\n"
    return Message(key, f"{key}.eml", to or ("a@x.test",), data)


def deliver(url: str, messages: Iterable[Message]) -> list[Delivery]:
    """One after the other, by one connector."""

    async def work() -> list[Delivery]:
        connector = Smtp({"url": url}, Environment({}))
        found = [await connector.deliver(each, 1) for each in messages]
        await connector.close()
        return found

    return asyncio.run(work())


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> peers.Authority:
    made = peers.Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


@pytest.mark.parametrize("implicit", [False, True])
def test_an_email_arrives_encrypted_after_a_login(authority: peers.Authority, implicit: bool) -> None:
    with peers.mail_server(authority.server(), implicit=implicit, login=LOGIN) as server:
        url = server.url("smtps" if implicit else "smtp")
        assert deliver(url, [message("a@x.test"), message("b@x.test", "c@x.test")]) == [Delivery()] * 2
        box = server.box
    assert [(sender, to) for sender, to, _ in box.received] == [
        ("hello@shop.test", ["a@x.test"]),
        ("hello@shop.test", ["b@x.test", "c@x.test"]),
    ]
    assert box.received[0][2].endswith(b"\r\n.A line with a dot\r\n")
    assert box.encrypted == [True, True]


def test_a_wrong_password_is_tried_again_and_never_shown(authority: peers.Authority) -> None:
    with peers.mail_server(authority.server(), login=LOGIN) as server:
        [delivery] = deliver(server.url(password="wr0ng-Pass"), [message()])
    assert delivery.result == "retry"
    assert "535" in delivery.why
    assert "wr0ng" not in delivery.why


def test_a_certificate_of_another_name_sends_nothing(authority: peers.Authority) -> None:
    with peers.mail_server(authority.server("other.test"), login=LOGIN) as server:
        [delivery] = deliver(server.url(), [message()])
        assert server.box.received == []
    assert delivery.result == "retry"
    assert "certificate does not fit" in delivery.why


def test_a_server_without_encryption_gets_no_login() -> None:
    with peers.mail_server() as server:
        [delivery] = deliver(server.url(), [message()])
        assert server.box.received == []
    assert (delivery.result, delivery.why) == ("retry", "the server offers no encryption (STARTTLS)")


def test_a_relay_on_this_machine_may_go_without_encryption() -> None:
    with peers.mail_server() as server:
        assert deliver(server.url(user=""), [message()]) == [Delivery()]
        assert server.box.recipients == ["a@x.test"]


@pytest.mark.parametrize(
    ("answer", "result"), [("550 no such user", "failed"), ("450 mailbox busy", "retry"), ("250 OK", "done")]
)
def test_a_refused_recipient_is_definite_and_the_next_message_goes_on(answer: str, result: str) -> None:
    with peers.mail_server(box=peers.Mailbox(answers={"a@x.test": answer})) as server:
        first, second = deliver(server.url(user=""), [message("a@x.test"), message("b@x.test")])
        assert (first.result, second.result) == (result, "done")
        assert "b@x.test" in server.box.recipients
    assert result == "done" or answer in first.why


def test_one_refused_recipient_of_two_is_told() -> None:
    with peers.mail_server(box=peers.Mailbox(answers={"a@x.test": "550 gone"})) as server:
        [delivery] = deliver(server.url(user=""), [message("a@x.test", "b@x.test")])
        assert server.box.recipients == ["b@x.test"]
    assert delivery == Delivery("done", "but not for 1 of its recipients")


@pytest.mark.parametrize(
    ("answer", "result"), [("552 too big", "failed"), ("451 later", "retry"), ("cut", "unknown")]
)
def test_what_becomes_of_a_message_is_what_the_server_says_of_it(answer: str, result: str) -> None:
    with peers.mail_server(box=peers.Mailbox(data_answers=[answer])) as server:
        first, second = deliver(server.url(user=""), [message("a@x.test"), message("b@x.test")])
        assert server.box.recipients == ["b@x.test"]
    assert (first.result, second.result) == (result, "done")


def test_a_server_that_is_not_there_is_tried_again() -> None:
    [delivery] = deliver(f"smtp://localhost:{peers.free_port()}", [message()])
    assert delivery.result == "retry"
    assert "connect" in delivery.why.lower()


def test_a_connection_that_was_cut_while_idle_is_made_anew() -> None:
    port = peers.free_port()

    async def work() -> list[Delivery]:
        connector, found = Smtp({"url": f"smtp://localhost:{port}"}, Environment({})), []
        for _ in range(2):
            with peers.mail_server(port=port):
                found.append(await connector.deliver(message(), 1))
                await asyncio.sleep(0.05)
        await connector.close()
        return found

    began = time.monotonic()
    assert asyncio.run(work()) == [Delivery()] * 2
    assert time.monotonic() - began < 5
