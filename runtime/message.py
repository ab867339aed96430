"""An email effect as a message, from the plan alone: the same effect gives the same bytes, always.

The Message-ID and the part boundary come from the effect's key, the Date from the instant that made it.
Messages of a list carry List-Unsubscribe and List-Unsubscribe-Post (RFC 8058). The connector's settings may
name `from`, and `unsubscribe`, the address of one-click unsubscribes, to which the message's key is added.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from email.errors import MessageError
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from oncue.runtime import clock
from oncue.runtime.templates import TemplateFailedError, Templates, Values, one_line
from oncue.schemas.plan import Email, Plan

_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9.-]{1,190}\Z")
_PLAIN_TEXT = re.compile(r"[!-<>-~](?:[ -<>-~]{0,60}[!-<>-~])?\Z")  # no "=": could be read as an encoded word
Shown = dict[str, str | list[str]]
_SUBJECT_SIZE = 900  # characters


class RenderFailedError(Exception):
    """The effect cannot become a message; the text says why. It is a final no."""


class Payload(Struct, frozen=True):
    """What the kernel puts into an email effect."""

    email: str
    to: str
    values: Shown = {}
    list: str = ""
    unit: str = ""
    step: str = ""
    rule: str = ""
    entry: int = 0


_PAYLOAD = msgspec.json.Decoder(Payload)


class Message(Struct, frozen=True):
    """A message ready to leave. `name` is unique and sorts by instant."""

    key: str
    name: str
    to: str
    data: bytes


class Renderer:
    """Makes messages by one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._templates = Templates()
        self._senders: dict[str, tuple[str, str]] = {}
        connector = plan.connectors.get("email")
        settings = connector.settings if connector else {}
        self._from = settings.get("from") or f"no-reply@{plan.project}.invalid"
        self._unsubscribe = settings.get("unsubscribe", "")

    def render(self, key: str, payload: bytes, at: int) -> Message:
        """Raises RenderFailedError."""
        given = _PAYLOAD.decode(payload)
        email = self._plan.emails.get(given.email)
        if email is None:
            raise RenderFailedError(f"the plan has no email {given.email} any more")
        values = _complete(email, given.values)
        try:
            subject = self._templates.line(email.subject, values)[:_SUBJECT_SIZE]
            text, html = self._templates.body(email.body, email.body_format, values)
        except TemplateFailedError as error:
            raise RenderFailedError(f"template: {error}") from None
        data = self._head(key, given, email, subject, at) + _parts(key, text, html)
        stamp = f"{clock.moment(at):%Y%m%dT%H%M%SZ}"
        return Message(key, f"{stamp}-{given.email}-{key}", given.to, data)

    def _head(self, key: str, given: Payload, email: Email, subject: str, at: int) -> bytes:
        sender, domain = self._sender(email.from_ or self._from)
        lines = [
            sender,
            f"To: {_address(given.to)}\r\n",
            _folded("Subject", subject),
            _date(at),
            f"Message-ID: <{key}@{domain}>\r\n",
        ]
        if email.reply_to:
            lines.append(_folded("Reply-To", _sent_by(email.reply_to)))
        if given.list and not email.operational:
            lines += self._list_headers(key, given.list, domain)
        lines.append("MIME-Version: 1.0\r\n")
        return "".join(lines).encode("ascii", "strict")

    def _sender(self, sender: str) -> tuple[str, str]:
        """The From header and the domain of its address."""
        found = self._senders.get(sender)
        if found is None:
            header = _folded("From", _sent_by(sender))
            domain = parseaddr(header[6:])[1].rpartition("@")[2] or "invalid"
            found = self._senders[sender] = (header, domain)
        return found

    def _list_headers(self, key: str, name: str, domain: str) -> list[str]:
        address = self._unsubscribe or f"https://{domain}/unsubscribe/"
        return [
            f"List-Id: <{name}.{domain}>\r\n",
            f"List-Unsubscribe: <{address}{key}>,\r\n <mailto:unsubscribe@{domain}?subject={key}>\r\n",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        ]


def _complete(email: Email, values: Values) -> Shown:
    """The values, with an empty text for each declared name that has none."""
    empty: Shown = dict.fromkeys(email.uses, "")
    empty.update((f"event.{name}", "") for name in email.event_uses)
    empty.update((f"entry.{name}", "") for name in email.entry_uses)
    return {**empty, **values}


@lru_cache(64)
def _date(at: int) -> str:
    return f"Date: {format_datetime(clock.moment(at))}\r\n"


def _folded(name: str, value: str) -> str:
    """A header with whatever encoding and folding its value needs; never more than one header."""
    value = one_line(value).strip()
    if _PLAIN_TEXT.match(value):
        return f"{name}: {value}\r\n"
    try:
        header: Any = SMTP.header_factory(name, value)
        return str(header.fold(policy=SMTP))
    except (MessageError, ValueError, IndexError) as error:
        raise RenderFailedError(f"{name}: {one_line(str(error))}") from None


def _address(address: str) -> str:
    if _PLAIN_ADDRESS.match(address):
        return address
    try:
        if one_line(address) != address:
            raise ValueError("it holds a line break")
        parsed = Address(addr_spec=_plain(address))
        return str(SMTP.header_factory("To", str(parsed)).fold(policy=SMTP))[4:].strip()
    except (MessageError, ValueError, IndexError) as error:
        raise RenderFailedError(f"address: {one_line(str(error))}") from None


def _sent_by(sender: str) -> str:
    """An address of ours, behind a name or not, with its domain in ASCII."""
    address = parseaddr(sender)[1]
    if sender.isascii() or address.isascii():
        return sender
    try:
        return sender.replace(address, _plain(address))
    except ValueError as error:
        raise RenderFailedError(f"address: {one_line(str(error))}") from None


def _plain(address: str) -> str:
    """In ASCII: a domain's other letters travel as xn--..., and before the @ nothing can carry them."""
    name, _, domain = address.rpartition("@")
    if not name.isascii():
        raise ValueError("before the @ stand letters that an email address cannot carry")
    return f"{name}@{domain.encode('idna').decode()}"


def _parts(key: str, text: str, html: str) -> bytes:
    boundary = f"=_{key}".encode("ascii", "replace")
    head = b'Content-Type: multipart/alternative; boundary="' + boundary + b'"\r\n\r\n'
    parts = b"".join(
        b"--" + boundary + b"\r\nContent-Type: text/" + kind + b'; charset="utf-8"\r\n'
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + _quoted(body) + b"\r\n"
        for kind, body in ((b"plain", text), (b"html", html))
    )
    return head + parts + b"--" + boundary + b"--\r\n"


def _quoted(text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    return b2a_qp(lines, istext=True).replace(b"\n", b"\r\n")
