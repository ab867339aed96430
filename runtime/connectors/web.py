"""What the HTTP connectors share: one session each, an answer of bounded size, and what its status means.

aiohttp is imported by whoever delivers, never by the rest of oncue.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import cached_property
from importlib.metadata import version
from typing import Any

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver
from msgspec import Struct
from yarl import URL

from oncue.runtime import clock
from oncue.runtime.connectors.base import DONE, Delivery, failed, retry, unknown

ANSWER = 64 << 10  # bytes of an answer that are looked at
KEPT = 4.0  # seconds that an idle connection is kept: shorter than servers do, so that they rarely cut first
LATER = frozenset({408, 425, 429, 503})  # definitely not now


class Answer(Struct, frozen=True):
    """`whole` False: it broke off. Of a long one only the beginning is here."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True

    def document(self) -> dict[str, Any]:
        """Its body as a JSON object, an empty one if it is none."""
        try:
            found = msgspec.json.decode(self.body)
        except msgspec.MsgspecError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def after(self) -> float | None:
        """What Retry-After says, in seconds."""
        return seconds_of(self.headers.get("Retry-After", ""))


def seconds_of(text: str) -> float | None:
    """Seconds until then: a number of them, or an HTTP date."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text), 10**9))
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - clock.wall() / 1e6)
    except (TypeError, ValueError, OverflowError):
        return None


class NotSentError(Exception):
    """The request has surely not arrived; the text says why."""


class BadAddressError(NotSentError):
    """It cannot be sent: its address is none."""


class NoAnswerError(Exception):
    """It may have arrived; the text says what is known."""


class Session:
    """At most so many connections, for calls that take `timeout` seconds at most. It keeps no cookies and
    follows nothing by itself."""

    def __init__(self, timeout: float, at_once: int, resolver: AbstractResolver | None = None) -> None:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=timeout, connect=min(timeout, 10.0)),
            connector=aiohttp.TCPConnector(limit=at_once, keepalive_timeout=KEPT, resolver=resolver),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"oncue/{version('oncue')}", "Accept-Encoding": "identity"},
            auto_decompress=False,  # an answer is looked at as far as ANSWER, and never grows
        )

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        """The authorities that this machine trusts; reading them takes a while."""
        return ssl.create_default_context()

    async def call(self, method: str, url: str | URL, **more: Any) -> Answer:  # noqa: ANN401
        """One request; redirects are not followed. Raises NotSentError or NoAnswerError."""
        try:
            trusted = self._certificates if str(url).lower().startswith("https:") else True
            response = await self._session.request(method, url, allow_redirects=False, ssl=trusted, **more)
            async with response:
                try:
                    body = await _some(response)
                except (TimeoutError, aiohttp.ClientError):
                    return Answer(response.status, response.headers, b"", whole=False)
                return Answer(response.status, response.headers, body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSentError(_said(error)) from None
        except aiohttp.InvalidURL:
            raise BadAddressError("its address is none") from None
        except TimeoutError:
            raise NoAnswerError("no answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswerError(f"the connection broke off ({_said(error)})") from None

    async def close(self) -> None:
        """Lets go of all connections."""
        await self._session.close()


async def _some(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of the body. A connection with more on it is not used again."""
    if (response.content_length or ANSWER) < ANSWER:
        return await response.read()
    parts, size = [], 0
    async for part in response.content.iter_chunked(ANSWER):
        parts.append(part)
        size += len(part)
        if size >= ANSWER:
            response.close()
            break
    return b"".join(parts)[:ANSWER]


def _said(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return (
            f"the certificate does not fit: {getattr(error.certificate_error, 'verify_message', 'refused')}"
        )
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"no address is known for {error.host}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot connect to {error.host}:{error.port}: {_reason(error.os_error)}"
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "cannot connect in time"
    if isinstance(error, aiohttp.ClientResponseError):  # its text holds the address, which may be a secret
        return f"its answer cannot be read: {error.message.partition(':')[0].lower()}"
    return str(error) or type(error).__name__


def _reason(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).lower()


def judged(answer: Answer, why: str = "") -> Delivery:
    """What an answer's status says. A refusal is final, but for those that name another time; after 5xx
    nobody knows. `why`: what the answer says beyond its status."""
    said = f"answered {answer.status}{': ' if why else ''}{why}"
    if 200 <= answer.status < 300:
        return DONE if answer.whole else unknown(f"{said}, and broke off")
    if answer.status in LATER:
        return retry(said, answer.after)
    if answer.status >= 500:
        return Delivery("unknown", said, answer.after)
    return failed(said)
