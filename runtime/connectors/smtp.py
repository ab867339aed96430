"""Emails by SMTP, encrypted: ``smtps://`` with TLS from the start, ``smtp://`` with STARTTLS, which the
server must offer. Only a server on this very machine (a loopback address) may go without, for a local relay.

A connection is kept for the next message. What the server answers is definite: 4xx another time, 5xx never.
So is whatever breaks before the message's own bytes; once they are under way, an attempt without an answer is
unknown. A certificate that does not fit counts as a server that is not there: nothing is sent in the clear.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from email.utils import parseaddr
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTP

from oncue.runtime.connectors.base import DONE, Delivery, failed, retry, unknown
from oncue.runtime.delivery.environment import Environment
from oncue.runtime.domains import in_ascii
from oncue.runtime.message import Message

TIMEOUT = 30.0  # seconds for each command
_PORTS = {"smtps": 465, "smtp": 587}
_OURS = frozenset({530, 534, 535, 538})  # about our login, not about the message
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
        self._context = ssl.create_default_context()
        self._idle: list[SMTP] = []

    async def deliver(self, message: Message, attempt: int) -> Delivery:
        try:
            return await self._deliver(message)
        except UnderWayError as error:
            return unknown(f"the server was lost in the middle of the message ({error})")
        except aiosmtplib.SMTPResponseException as error:
            return _judged(error.code, error.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            return retry(_said(error))

    async def _deliver(self, message: Message) -> Delivery:
        sender = _sender(message.data)
        client = await self._begun(sender)
        try:
            delivery = await _rest(client, message)
        except BaseException:
            client.close()
            raise
        self._idle.append(client)
        return delivery

    async def _begun(self, sender: str) -> SMTP:
        """A connection that has taken the sender: one that was kept, or a new one."""
        while self._idle:
            client = self._idle.pop()
            try:
                await client.mail(sender)
                return client
            except (aiosmtplib.SMTPException, OSError):
                client.close()  # idle for too long, most likely: a new one will tell
        client = await self._connect()
        try:
            await client.mail(sender)
        except BaseException:
            client.close()
            raise
        return client

    async def _connect(self) -> SMTP:
        client = SMTP(
            hostname=self._host, port=self._port, timeout=TIMEOUT, tls_context=self._context,
            use_tls=self._tls, start_tls=False,
        )  # fmt: skip
        try:
            await client.connect()
            await client.ehlo()
            if not self._tls:
                await self._encrypt(client)
            if self._user:
                await client.login(self._user, self._password)
        except aiosmtplib.SMTPResponseException as error:
            client.close()
            # Whatever it says before the first message is about us, not about the message.
            raise aiosmtplib.SMTPConnectError(_no_answer(error.code, error.message)) from None
        except BaseException:
            client.close()
            raise
        return client

    async def _encrypt(self, client: SMTP) -> None:
        if client.supports_extension("starttls"):
            await client.starttls()
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


async def _rest(client: SMTP, message: Message) -> Delivery:
    """Recipients and the message. A refusal leaves a connection that can be used again."""
    refused: list[aiosmtplib.SMTPResponseException] = []
    for address in message.to:
        try:
            await client.rcpt(in_ascii(address))
        except aiosmtplib.SMTPResponseException as error:
            if error.code < _REFUSED:
                raise
            refused.append(error)
    if len(refused) == len(message.to):
        await _reset(client)
        worst = max(refused, key=lambda error: error.code < 500)  # one that may work later decides
        return _judged(worst.code, worst.message)
    try:
        await client.data(message.data)
    except aiosmtplib.SMTPResponseException as error:
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
