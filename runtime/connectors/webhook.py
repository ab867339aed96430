"""Webhooks over HTTP, signed.

Each call carries `Idempotency-Key` (the effect's key, the same on every attempt), `Oncue-Timestamp` (seconds
since 1970) and `Oncue-Signature`: ``sha256=`` and the hexadecimal HMAC-SHA256, by the connector's secret, of
the timestamp, a full stop and the body. Addresses inside somebody's own network are not called unless
`allow_private` says so: what a name resolves to is checked when it is connected to, on every hop. Redirects
with 307 and 308 are followed; every other one would change the call, and is a final no.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from msgspec import Struct
from yarl import URL

from oncue.runtime.connectors import web
from oncue.runtime.connectors.base import Delivery, failed, retry, unknown
from oncue.runtime.connectors.private import is_private
from oncue.runtime.delivery.environment import Environment
from oncue.runtime.messages.message import Message

BODY = 1 << 20  # bytes of a call at most
HOPS = 3
_FOLLOWED = frozenset({307, 308})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # RFC 9110, token
_OURS = frozenset({"idempotency-key", "oncue-timestamp", "oncue-signature", "content-length", "host",
                   "transfer-encoding", "connection"})  # fmt: skip


class _Call(Struct, frozen=True):
    """What the effect's document says. `body`: JSON as it will be sent."""

    url: str
    method: str = "POST"
    headers: dict[str, str] = {}
    raw: str | None = None
    body: msgspec.Raw = msgspec.Raw(b"null")


_CALL = msgspec.json.Decoder(_Call)
_NULL = msgspec.Raw(b"null")


class RefusedCallError(Exception):
    """The call cannot be made; the text says why. A final no."""


class _Public(AbstractResolver):
    """Resolves names, but to no address inside somebody's network."""

    def __init__(self) -> None:
        self._resolver = DefaultResolver()

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:  # noqa: ANN401
        found = await self._resolver.resolve(host, port, family)
        for each in found:
            _check(host, each["host"])
        return found

    async def close(self) -> None:
        await self._resolver.close()


def _check(host: str, address: str) -> None:
    if is_private(address):
        raise RefusedCallError(
            f"{host} is {address}, an address inside a private network; `allow_private: true` allows that"
        )


class Webhook:
    """Calls other people's interfaces."""

    def __init__(self, settings: Mapping[str, str], environment: Environment, at_once: int) -> None:
        self._environment = environment
        self._secret = environment.resolve(settings["secret"]).encode() if "secret" in settings else b""
        self._open = settings.get("allow_private") == "true"
        resolver = None if self._open else _Public()
        self._session = web.Session(float(settings.get("timeout", 10)), at_once, resolver)

    async def deliver(self, message: Message, attempt: int) -> Delivery:
        given = _CALL.decode(message.data)
        try:
            url, headers = self._environment.resolve(given.url), self._headers(given.headers)
            body, form = _body(given)
        except RefusedCallError as error:
            return failed(str(error))
        except KeyError as error:
            return failed(f"the environment variable {error.args[0]} was not there when the run started")
        if form and "content-type" not in map(str.lower, headers):
            headers["Content-Type"] = form
        headers["Idempotency-Key"] = message.key
        try:
            return await self._hops(given.method, url, headers, body)
        except (RefusedCallError, web.BadAddressError) as error:
            return failed(str(error))
        except web.NotSentError as error:
            return retry(str(error))
        except web.NoAnswerError as error:
            return unknown(str(error))

    async def _hops(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Delivery:
        for _ in range(HOPS):
            place, host = _place(url)
            if not self._open:
                _check(host, host)
            signed = {**headers, **self._signed(body)}
            answer = await self._session.call(method, place, headers=signed, data=body or None)
            if answer.status not in _FOLLOWED or "Location" not in answer.headers:
                return _judged(answer)
            url, headers = _next(url, answer.headers["Location"], headers)
        return failed(f"more than {HOPS - 1} redirects")

    def _headers(self, given: Mapping[str, str]) -> dict[str, str]:
        found = {}
        for name, text in given.items():
            value = self._environment.resolve(text)
            if not _NAME.match(name) or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
                raise RefusedCallError(f"the header {name[:40]!r} holds signs that no header may carry")
            if name.lower() in _OURS:
                raise RefusedCallError(f"the header {name} is oncue's own")
            found[name] = value
        return found

    def _signed(self, body: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))
        signed = {"Oncue-Timestamp": stamp}
        if self._secret:
            digest = hmac.digest(self._secret, stamp.encode() + b"." + body, "sha256")
            signed["Oncue-Signature"] = f"sha256={digest.hex()}"
        return signed

    async def close(self) -> None:
        await self._session.close()


@lru_cache(256)
def _place(url: str) -> tuple[URL, str]:
    """Where a call goes, and its host, read as the connection reads it: what is checked is what is
    called. Raises RefusedCallError for what is no web address."""
    try:
        place = URL(url)
        host = place.raw_host or ""
    except ValueError:
        raise RefusedCallError("its address is none") from None
    if place.scheme not in ("http", "https") or not host or re.search(r"[\x00-\x20\x7f]", url):
        raise RefusedCallError("its address is no web address (http or https)")
    return place, host


def _body(given: _Call) -> tuple[bytes, str]:
    """The body and its media type."""
    if given.method == "GET":
        return b"", ""
    if given.raw is not None:
        body, form = given.raw.encode("utf-8", "replace"), "text/plain; charset=utf-8"
    elif given.body != _NULL:
        body, form = bytes(given.body), "application/json"
    else:
        return b"", ""
    if len(body) > BODY:
        raise RefusedCallError(f"its body has {len(body):,} bytes; at most {BODY:,} are sent")
    return body, form


def _next(url: str, location: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Where a redirect leads. To another host no header of the workspace goes along: it may be a secret."""
    there = urljoin(url, location)
    try:
        same = urlsplit(there)[:2] == urlsplit(url)[:2]
    except ValueError:
        same = False
    kept = {"content-type", "idempotency-key"}
    return there, headers if same else {name: text for name, text in headers.items() if name.lower() in kept}


def _judged(answer: web.Answer) -> Delivery:
    """A webhook's peer knows the key, so an error of its own may simply be tried again."""
    if 300 <= answer.status < 400:
        return failed(
            f"answered {answer.status}: it has moved, and the new address must stand in the workspace"
        )
    return web.judged(answer)
