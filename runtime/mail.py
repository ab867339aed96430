"""An email's bytes: headers by RFC 5322 and 2047, parts by RFC 2045. Rules of this file:

- The same arguments give the same bytes. Nothing here knows contacts, plans or templates.
- A value never makes a header: line breaks and control characters are gone before anything is written.
- What is plain ASCII is written directly; the standard library encodes and folds the rest.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Sequence
from email.errors import MessageError
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import Any

from oncue.runtime import clock
from oncue.runtime.templates import one_line

_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9.-]{1,190}\Z")
_PLAIN_TEXT = re.compile(r"[!-<>-~](?:[ -<>-~]{0,60}[!-<>-~])?\Z")  # no "=": could be read as an encoded word


class RenderFailedError(Exception):
    """The effect cannot become a message; the text says why. It is a final no."""


# --- headers


def head(sender: str, to: Sequence[str], subject: str, at: int, message_id: str) -> list[str]:
    """The headers that every email has. `sender` is a finished header (see `from_header`)."""
    return [
        sender,
        to_header(to),
        folded("Subject", subject),
        _date(at),
        f"Message-ID: <{message_id}>\r\n",
    ]


def from_header(sender: str) -> tuple[str, str]:
    """The From header and the domain of its address, which Message-ID takes."""
    header = folded("From", sent_by(sender))
    return header, parseaddr(header[6:])[1].rpartition("@")[2] or "invalid"


@lru_cache(64)
def _date(at: int) -> str:
    return f"Date: {format_datetime(clock.moment(at))}\r\n"


def folded(name: str, value: str) -> str:
    """A header with whatever encoding and folding its value needs; never more than one header."""
    value = one_line(value).strip()
    if _PLAIN_TEXT.match(value):
        return f"{name}: {value}\r\n"
    try:
        header: Any = SMTP.header_factory(name, value)
        return str(header.fold(policy=SMTP))
    except (MessageError, ValueError, IndexError) as error:
        raise RenderFailedError(f"{name}: {one_line(str(error))}") from None


def to_header(to: Sequence[str]) -> str:
    """One address a line, so that a long list never gets too long for one."""
    return "To: " + ",\r\n ".join(map(address, to)) + "\r\n"


def address(given: str) -> str:
    """A bare address as it may stand in a header. Raises RenderFailedError for what is none."""
    if _PLAIN_ADDRESS.match(given):
        return given
    try:
        if one_line(given) != given:
            raise ValueError("it holds a line break")
        parsed = Address(addr_spec=_plain(given))
        return str(SMTP.header_factory("To", str(parsed)).fold(policy=SMTP))[4:].strip()
    except (MessageError, ValueError, IndexError) as error:
        raise RenderFailedError(f"address: {one_line(str(error))}") from None


def sent_by(sender: str) -> str:
    """An address of ours, behind a name or not, with its domain in ASCII."""
    bare = parseaddr(sender)[1]
    if sender.isascii() or bare.isascii():
        return sender
    try:
        return sender.replace(bare, _plain(bare))
    except ValueError as error:
        raise RenderFailedError(f"address: {one_line(str(error))}") from None


def _plain(given: str) -> str:
    """In ASCII: a domain's other letters travel as xn--..., and before the @ nothing can carry them."""
    name, _, domain = given.rpartition("@")
    if not name.isascii():
        raise ValueError("before the @ stand letters that an email address cannot carry")
    return f"{name}@{domain.encode('idna').decode()}"


# --- parts


def alternative(key: str, text: str, html: str) -> bytes:
    """multipart/alternative, with the header that says so."""
    boundary = f"=_{key}".encode("ascii", "replace")
    start = b'Content-Type: multipart/alternative; boundary="' + boundary + b'"\r\n\r\n'
    parts = b"".join(
        b"--" + boundary + b"\r\n" + _text_part(kind, body) + b"\r\n"
        for kind, body in ((b"plain", text), (b"html", html))
    )
    return start + parts + b"--" + boundary + b"--\r\n"


def plain(text: str) -> bytes:
    """One text/plain part, with its headers."""
    return _text_part(b"plain", text)


def _text_part(kind: bytes, body: str) -> bytes:
    return (
        b"Content-Type: text/" + kind + b'; charset="utf-8"\r\n'
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + _quoted(body)
    )


def _quoted(text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    return b2a_qp(lines, istext=True).replace(b"\n", b"\r\n")
