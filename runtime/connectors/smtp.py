"""Emails by SMTP, encrypted: ``smtps://`` with TLS from the start, ``smtp://`` with STARTTLS, which the
server must offer. Only a server on this very machine (a loopback address) may go without, for a local relay.

A connection is kept for the next message. What the server answers is definite: 4xx another time, 5xx never.
So is whatever breaks before the message's own bytes; once they are under way, an attempt without an answer is
unknown. A certificate that does not fit counts as a server that is not there: nothing is sent in the clear.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from email.utils import parseaddr
from functools import cached_property, lru_cache
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTP
from aiosmtplib import SMTPResponseException as Refusal

from oncue.runtime.connectors.base import DONE, Delivery, failed, retry, unknown
from oncue.runtime.delivery.environment import Environment
from oncue.runtime.messages.domains import in_ascii
from oncue.runtime.messages.message import Message
from oncue.schemas.addresses import is_address

TIMEOUT = 30.0  # seconds for each command, on average over those that belong together
_PORTS = {"smtps": 465, "smtp": 587}
_OURS = frozenset({530, 534, 535, 538})  # about our login, not about the message
_TAKEN = frozenset({250, 251})
_REFUSED = 400  # from here on an answer is a no; what does not fit leaves a connection that nobody can trust


class UnderWayError(Exception):
    """The connection broke while the message itself was being sent."""


class Smtp:
    """Hands emails to one server, over as many connections as there are deliveries at once."""

    def __init__(self, settings: Mapping[str, str], environment: Environment) -> None:
        parts = urlsplit(environment.resolve(settings["url"]))
        self._host, self._tls = parts.hostname or "", parts.scheme == "smtps"
        self._port = parts.port or _PORTS.get(parts.scheme, 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._idle: list[SMTP] = []

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        """The authorities that this machine trusts; reading them takes a while."""
        return ssl.create_default_context()

    async def deliver(self, message: Message, attempt: int) -> Delivery:
        try:
            return await self._deliver(message)
        except UnderWayError as error:
            return unknown(f"the server was lost in the middle of the message ({error})")
        except Refusal as error:
            return _judged(error.code, error.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            return retry(_said(error))
        except ValueError as error:
            return failed(f"address: {error}")

    async def _deliver(self, message: Message) -> Delivery:
        client, refused = await self._addressed(message)
        try:
            delivery = await _rest(client, message, refused)
        except BaseException:
            client.close()
            raise
        self._idle.append(client)
        return delivery

    async def _addressed(self, message: Message) -> tuple[SMTP, list[Refusal]]:
        """A connection that has taken the sender: one that was kept, or a new one; and who it refused."""
        while self._idle:
            client = self._idle.pop()
            try:
                return client, await _envelope(client, message)
            except (aiosmtplib.SMTPException, OSError):
                pass  # idle for too long, most likely: a new one will tell
        client = await self._connect()
        return client, await _envelope(client, message)

    async def _connect(self) -> SMTP:
        client = SMTP(
            hostname=self._host, port=self._port, timeout=TIMEOUT, use_tls=self._tls, start_tls=False,
            tls_context=self._certificates if self._tls else None,
        )  # fmt: skip
        try:
            await client.connect()
            await client.ehlo()
            if not self._tls:
                await self._encrypt(client)
            if self._user:
                await client.login(self._user, self._password)
        except Refusal as error:
            client.close()
            # Whatever it says before the first message is about us, not about the message.
            raise aiosmtplib.SMTPConnectError(_no_answer(error.code, error.message)) from None
        except BaseException:
            client.close()
            raise
        return client

    async def _encrypt(self, client: SMTP) -> None:
        if client.supports_extension("starttls"):
            await client.starttls(tls_context=self._certificates)
            await client.ehlo()
        elif not _is_here(self._host) or self._user:
            raise aiosmtplib.SMTPConnectError("the server offers no encryption (STARTTLS)")

    async def close(self) -> None:
        for client in self._idle:
            try:
                await client.quit(timeout=1.0)
            except (aiosmtplib.SMTPException, OSError):
                client.close()
        self._idle.clear()


async def _envelope(client: SMTP, message: Message) -> list[Refusal]:
    """Names the sender and the recipients; gives the recipients' refusals."""
    refused: list[Refusal] = []
    try:
        async with asyncio.timeout(TIMEOUT * (1 + len(message.to))):
            await _name(client, b"MAIL FROM:", _sender(message.data))
            for address in message.to:
                try:
                    await _name(client, b"RCPT TO:", address)
                except Refusal as error:
                    if error.code < _REFUSED:
                        raise
                    refused.append(error)
    except BaseException:
        client.close()
        raise
    return refused


async def _name(client: SMTP, command: bytes, address: str) -> None:
    """The library's own `mail` and `rcpt` find out in a long way what kind of address they are given."""
    bare = in_ascii(address)
    if not is_address(bare):
        raise ValueError(f"{bare!r} is none")
    answer = await client.execute_command(command + b"<" + bare.encode("ascii") + b">", timeout=None)
    if answer.code not in _TAKEN:
        raise Refusal(answer.code, answer.message)


async def _rest(client: SMTP, message: Message, refused: list[Refusal]) -> Delivery:
    """The message. A refusal leaves a connection that can be used again."""
    if len(refused) == len(message.to):
        await _reset(client)
        worst = max(refused, key=lambda error: error.code < 500)  # one that may work later decides
        return _judged(worst.code, worst.message)
    try:
        async with asyncio.timeout(2 * TIMEOUT):
            await client.data(message.data, timeout=None)
    except Refusal as error:
        if error.code < _REFUSED:
            raise UnderWayError(_no_answer(error.code, error.message)) from None
        await _reset(client)
        return _judged(error.code, error.message)
    except (aiosmtplib.SMTPException, OSError) as error:
        raise UnderWayError(_said(error)) from None
    return Delivery("done", f"but not for {len(refused)} of its recipients") if refused else DONE


async def _reset(client: SMTP) -> None:
    """After a refusal. A server that hangs up on it has said its word all the same."""
    try:
        await client.rset()
    except (aiosmtplib.SMTPException, OSError):
        client.close()


def _judged(code: int, said: str) -> Delivery:
    """What an answer means that came before the message's own bytes, or refused it."""
    if code < _REFUSED:
        return retry(_no_answer(code, said))
    why = f"the server answered {code} {said}"
    return failed(why) if code >= 500 and code not in _OURS else retry(why)


def _no_answer(code: int, said: str) -> str:
    """Of an answer that does not fit, or cannot be read (which has no code)."""
    return f"the server answered {code} {said}" if code > 0 else f"no answer that can be read: {said}"


def _said(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the server's certificate does not fit: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"no encrypted connection comes about: {cause.reason}"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = str(error) or type(error).__name__
    ours = isinstance(error, aiosmtplib.SMTPException)
    return text if ours else f"no connection to the mail server: {text}"


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _sender(data: bytes) -> str:
    """The envelope's sender: the address of the From header, which stands first."""
    line, _, rest = data.partition(b"\r\n")
    while rest[:1] in (b" ", b"\t"):
        more, _, rest = rest.partition(b"\r\n")
        line += more
    return _address(line)


@lru_cache(64)
def _address(line: bytes) -> str:
    return parseaddr(line.partition(b":")[2].decode("ascii", "replace"))[1]
