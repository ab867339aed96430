"""An email's bytes: headers by RFC 5322 and 2047, parts by RFC 2045. Rules of this file:

- The same arguments give the same bytes. Nothing here knows contacts, plans or templates.
- A value never makes a header: line breaks and control characters are gone before anything is written.
- Encoded words are cut between characters and never lose a space (the standard library's may).
"""

from __future__ import annotations

import re
from base64 import encodebytes
from binascii import b2a_base64, b2a_qp
from collections.abc import Sequence
from email.errors import MessageError
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from textwrap import wrap
from urllib.parse import quote

from oncue.runtime import clock
from oncue.runtime.messages.domains import in_ascii
from oncue.runtime.messages.templates import one_line

_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9.-]{1,190}\Z")
_PLAIN_TEXT = re.compile(r"[!-<>-~](?:[ -<>-~]{0,60}[!-<>-~])?\Z")  # no "=": could be read as an encoded word

_ATOMS = re.compile(r"[\w!#$%&'*+/^`{|}~-][\w!#$%&'*+/^`{|}~ -]{0,60}\Z", re.ASCII)
_FOLD = "\r\n "
_LINE = 64  # characters of a header's text in one line
_WORD = 39  # octets in one encoded word, so that it fits into the line of the header's name
_PLAIN_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,60}\Z")
_PIECE = re.compile("(?:%[0-9A-F]{2}|[^%]){1,18}")  # never cut inside an octet
_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9][A-Za-z0-9.+-]{0,100}\Z")


class RenderFailedError(Exception):
    """The effect cannot become a message; the text says why. It is a final no."""


# --- headers


def head(sender: str, to: Sequence[str], subject: str, at: int, message_id: str) -> list[str]:
    """The headers that every email has. `sender` is a finished header (see `from_header`)."""
    return [
        sender,
        to_header(to),
        text_header("Subject", subject),
        _date(at // 1_000_000),
        f"Message-ID: <{message_id}>\r\n",
    ]


def from_header(sender: str) -> tuple[str, str]:
    """The From header and the domain of its address, which Message-ID takes."""
    header = mailbox("From", sender)
    return header, parseaddr(header[6:])[1].rpartition("@")[2] or "invalid"


def generated(sender: str, to: Sequence[str], subject: str, at: int, message_id: str) -> bytes:
    """The header of a message that nobody wrote, up to its content's own."""
    lines = head(sender, to, subject, at, message_id)
    lines += ["Auto-Submitted: auto-generated\r\n", "MIME-Version: 1.0\r\n"]
    return "".join(lines).encode("ascii", "strict")


@lru_cache(64)
def _date(second: int) -> str:
    return f"Date: {format_datetime(clock.moment(second * 1_000_000))}\r\n"


def text_header(name: str, value: str) -> str:
    """A header of free text with whatever encoding and folding it needs; never more than one header."""
    value = one_line(value).strip()
    if _PLAIN_TEXT.match(value):
        return f"{name}: {value}\r\n"
    return f"{name}: {_phrase(value)}\r\n"


def mailbox(name: str, value: str) -> str:
    """A header with one address of ours, behind a name or not, its domain in ASCII."""
    shown, bare = _parted(one_line(value))
    try:
        bare = in_ascii(bare)
    except ValueError as error:
        raise RenderFailedError(f"address: {one_line(str(error))}") from None
    if not shown:
        return f"{name}: {bare}\r\n"
    if not _ATOMS.match(shown):
        escaped = re.sub(r'(["\\\\])', r"\\\1", shown)
        shown = f'"{escaped}"' if shown.isascii() and len(shown) < _LINE else _encoded(shown)
    return f"{name}: {shown}{' ' if len(shown) < 30 else _FOLD}<{bare}>\r\n"


def _parted(value: str) -> tuple[str, str]:
    """(name, address). A name may hold commas and quotation marks, as people write them."""
    name, bracket, bare = value.strip().rpartition("<")
    if not bracket or not bare.endswith(">"):
        return parseaddr(value)
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return name, bare[:-1].strip()


def _phrase(text: str) -> str:
    """Folded at its spaces where ASCII carries it, else in encoded words (RFC 2047)."""
    if not text.isascii() or "=?" in text or any(len(word) > _LINE for word in text.split(" ")):
        return _encoded(text)
    return _FOLD.join(wrap(text, _LINE, break_long_words=False, break_on_hyphens=False))


def _encoded(text: str) -> str:
    words, word = [], b""
    for letter in text:
        octets = letter.encode("utf-8", "replace")
        if len(word) + len(octets) > _WORD:
            words.append(word)
            word = b""
        word += octets
    shown = (b2a_base64(each, newline=False).decode() for each in [*words, word])
    return _FOLD.join(f"=?utf-8?b?{each}?=" for each in shown)


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
        parsed = Address(addr_spec=in_ascii(given))
        return str(SMTP.header_factory("To", str(parsed)).fold(policy=SMTP))[4:].strip()
    except (MessageError, ValueError, IndexError) as error:
        raise RenderFailedError(f"address: {one_line(str(error))}") from None


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


def mixed(key: str, body: bytes, attachments: Sequence[bytes]) -> bytes:
    """multipart/mixed of a body (with its header) and finished parts (see `attachment`)."""
    boundary = f"=_m_{key}".encode("ascii", "replace")  # never the beginning of the body's own
    start = b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n'
    parts = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in (body, *attachments))
    return start + parts + b"--" + boundary + b"--\r\n"


def attachment(name: str, media_type: str, content: bytes) -> bytes:
    """A part with a file, its name by RFC 2231 where ASCII is not enough."""
    kind = media_type if _MEDIA_TYPE.match(media_type) else "application/octet-stream"
    lines = (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n"
    )
    encoded = encodebytes(content).replace(b"\n", b"\r\n")
    return f"{lines} {_file_name(one_line(name))}\r\n\r\n".encode("ascii") + encoded


def _file_name(name: str) -> str:
    if _PLAIN_FILE.match(name):
        return f'filename="{name}"'
    pieces = _PIECE.findall(quote(name, safe="!#$&+^`{}|"))
    if len(pieces) == 1:
        return f"filename*=utf-8''{pieces[0]}"
    pieces[0] = f"utf-8''{pieces[0]}"
    return ";\r\n ".join(f"filename*{number}*={piece}" for number, piece in enumerate(pieces))


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
