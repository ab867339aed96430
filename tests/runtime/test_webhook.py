"""Webhooks, to a real HTTP server: what each kind of answer means, what is signed, what is never called."""

from __future__ import annotations

import asyncio
import hmac
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from oncue.runtime.connectors.base import Delivery
from oncue.runtime.connectors.private import is_private
from oncue.runtime.connectors.webhook import BODY, Webhook
from oncue.runtime.delivery.environment import Environment
from oncue.runtime.messages.message import Message
from tests.runtime import peers
from tests.runtime.peers import Reply

OPEN = {"type": "webhook", "secret": "env:HOOK_SECRET", "allow_private": "true", "timeout": "1"}
SECRETS = {"HOOK_SECRET": "sh4red-secret", "HOOK_URL": "", "HOOK_KEY": "k3y-for-them"}


def hook(url: str, key: str = "k1", **more: Any) -> Message:
    document = {"url": url, "method": "POST", "headers": {}, "body": {"name": "Zoë"}, **more}
    return Message(key, f"{key}.json", (), json.dumps(document).encode(), "webhook")


def deliver(*messages: Message, settings: dict[str, str] | None = None, **variables: str) -> list[Delivery]:
    async def work() -> list[Delivery]:
        connector = Webhook(settings or OPEN, Environment({**SECRETS, **variables}), 4)
        found = [await connector.deliver(each, 1) for each in messages]
        await connector.close()
        return found

    return asyncio.run(work())


def test_a_call_is_signed_and_names_its_key() -> None:
    with peers.http_server(lambda request: Reply(204)) as server:
        message = hook(server.url + "/in?x=1", headers={"X-Key": "env:HOOK_KEY"})
        assert deliver(message) == [Delivery()]
        [request] = server.requests
    assert (request.method, request.path, request.json) == ("POST", "/in?x=1", {"name": "Zoë"})
    assert request.headers["Idempotency-Key"] == "k1"
    assert request.headers["X-Key"] == "k3y-for-them"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Accept-Encoding"] == "identity", "answers are read as they come"
    stamp = request.headers["Oncue-Timestamp"]
    signature = hmac.new(b"sh4red-secret", stamp.encode() + b"." + request.body, sha256).hexdigest()
    assert request.headers["Oncue-Signature"] == f"sha256={signature}"


def test_the_address_may_stand_in_the_environment_and_the_body_be_raw() -> None:
    with peers.http_server(lambda request: Reply()) as server:
        message = hook("env:HOOK_URL", body=None, raw="a=1", method="PUT", headers={"content-type": "x/y"})
        assert deliver(message, HOOK_URL=server.url) == [Delivery()]
        [request] = server.requests
    assert (request.method, request.body) == ("PUT", b"a=1")
    assert [value for name, value in request.headers.items() if name.lower() == "content-type"] == ["x/y"]


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, "done"), (201, "done"), (202, "done"), (400, "failed"), (401, "failed"), (403, "failed"),
        (404, "failed"), (408, "retry"), (409, "failed"), (410, "failed"), (413, "failed"), (422, "failed"),
        (425, "retry"), (429, "retry"), (500, "unknown"), (502, "unknown"), (503, "retry"), (504, "unknown"),
        (302, "failed"),
    ],
)  # fmt: skip
def test_each_status_has_its_outcome(status: int, result: str) -> None:
    with peers.http_server(lambda request: Reply(status, headers={"Location": "/there"})) as server:
        [delivery] = deliver(hook(server.url))
    assert delivery.result == result
    assert result == "done" or str(status) in delivery.why


@pytest.mark.parametrize(
    ("text", "seconds"), [("7", 7.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("soon", None), ("²", None)]
)
def test_retry_after_is_honoured(text: str, seconds: float | None) -> None:
    with peers.http_server(lambda request: Reply(429, headers={"Retry-After": text})) as server:
        [delivery] = deliver(hook(server.url))
    assert (delivery.result, delivery.after) == ("retry", seconds)


def test_no_answer_and_half_an_answer_are_unknown() -> None:
    with peers.http_server(lambda request: Reply(hang=True)) as server:
        [silent] = deliver(hook(server.url))
    with peers.http_server(lambda request: Reply(200, "0123456789", cut=True)) as server:
        [half] = deliver(hook(server.url))
    assert (silent.result, silent.why) == ("unknown", "no answer in time")
    assert (half.result, half.why) == ("unknown", "answered 200, and broke off")


def test_a_server_that_is_not_there_is_tried_again() -> None:
    refused, nowhere = deliver(
        hook(f"http://127.0.0.1:{peers.free_port()}"), hook("http://no-such-host.invalid/")
    )
    assert refused.result == nowhere.result == "retry"
    assert "cannot connect" in refused.why
    assert "no-such-host.invalid" in nowhere.why


def test_a_certificate_that_does_not_match_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = peers.Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with peers.http_server(lambda request: Reply(), authority.server()) as server:
        assert deliver(hook(server.url)) == [Delivery()]
    with peers.http_server(lambda request: Reply(), authority.server("other.test")) as server:
        [delivery] = deliver(hook(server.url))
        assert server.requests == []
    assert delivery.result == "retry"
    assert "certificate does not fit" in delivery.why


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/", "http://localhost:9/", "http://10.1.2.3/", "http://[::1]:9/",
        "http://[::ffff:127.0.0.1]:9/", "http://169.254.169.254/latest",
        "http://①②⑦.⓪.⓪.①:9/", "http://127。0。0。1:9/", "http://１２７.0.0.1:9/",
        "http://93.184.216.34@127.0.0.1:9/", "http://[::127.0.0.1]:9/",
    ],
)  # fmt: skip
def test_a_private_address_is_not_called(url: str) -> None:
    closed = {name: value for name, value in OPEN.items() if name != "allow_private"}
    [delivery] = deliver(hook(url), settings=closed)
    assert delivery.result == "failed"
    assert "private network" in delivery.why


def test_a_redirect_to_a_private_address_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first address is taken for a public one, the second is not."""
    monkeypatch.setattr("oncue.runtime.connectors.webhook.is_private", lambda text: text == "10.0.0.1")
    closed = {name: value for name, value in OPEN.items() if name != "allow_private"}
    reply = Reply(307, headers={"Location": "http://10.0.0.1/admin"})
    with peers.http_server(lambda request: reply) as server:
        [delivery] = deliver(hook(server.url), settings=closed)
    assert (delivery.result, "10.0.0.1" in delivery.why) == ("failed", True)


def test_a_redirect_that_keeps_the_call_is_followed_without_their_headers() -> None:
    with peers.http_server(lambda request: Reply()) as there:
        reply = Reply(308, headers={"Location": there.url + "/new"})
        with peers.http_server(lambda request: reply) as server:
            assert deliver(hook(server.url, headers={"X-Key": "env:HOOK_KEY"})) == [Delivery()]
        [request] = there.requests
    assert (request.method, request.path, request.json) == ("POST", "/new", {"name": "Zoë"})
    assert "X-Key" not in request.headers
    assert request.headers["Idempotency-Key"] == "k1"


def test_redirects_in_a_circle_end() -> None:
    with peers.http_server(lambda request: Reply(307, headers={"Location": "/"})) as server:
        [delivery] = deliver(hook(server.url))
        assert len(server.requests) == 3
    assert (delivery.result, delivery.why) == ("failed", "more than 2 redirects")


@pytest.mark.parametrize(
    "more",
    [
        {"headers": {"X-A": "b\r\nX-Evil: 1"}}, {"headers": {"X A": "b"}}, {"headers": {"Host": "other"}},
        {"url": "ftp://x.test/"}, {"url": "http://"}, {"url": "http://x.test/a b"}, {"raw": "x" * (BODY + 1)},
        {"url": "http://[::1/"}, {"url": "http://2130706433:9/"}, {"url": "http://0/"},
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_made_is_a_final_no(more: dict[str, Any]) -> None:
    [delivery] = deliver(hook(**{"url": "http://127.0.0.1:9/", **more}))
    assert delivery.result == "failed"


@pytest.mark.parametrize("reply", [b"HELLO", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000])
def test_an_answer_that_is_no_http_does_not_show_the_address(reply: bytes) -> None:
    """It may be a secret, and is written another way by then."""

    class Odd(Reply):
        def data(self) -> bytes:
            return reply + b"\r\n\r\n"

    with peers.http_server(lambda request: Odd(cut=True)) as server:
        [delivery] = deliver(hook("env:HOOK_URL"), HOOK_URL=f"{server.url}/%7etoken%7e/in")
    assert delivery.result == "unknown"
    assert delivery.why.startswith("the connection broke off (its answer cannot be read: ")
    assert "token" not in delivery.why


def test_a_huge_answer_is_not_read_to_its_end() -> None:
    with peers.http_server(lambda request: Reply(200, "x" * 5_000_000)) as server:
        [delivery] = deliver(hook(server.url))
    assert delivery.result == "done"


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("8.8.8.8", False), ("2606:4700::1111", False), ("x.test", False), ("64:ff9b::10.0.0.1", True),
        ("fe80::1%eth0", True), ("224.0.0.1", True), ("printer.localhost", True),
    ],
)  # fmt: skip
def test_private_addresses(text: str, private: bool) -> None:
    assert is_private(text) is private
