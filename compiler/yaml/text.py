"""Bytes to text. A file that is not plain UTF-8 text of a sensible size stops here, with one diagnostic."""

from __future__ import annotations

import re

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.source import Source, Span

MAX_BYTES = 5_000_000

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"
# C0 but tab, line feed, carriage return; DEL and C1; what Unicode reserves; and the invisible line breaks
# that YAML 1.1 and 1.2 read differently.
_ORDINARY = bytes([0x09, 0x0A, 0x0D, *range(0x20, 0x7F)])
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def decode(path: str, data: bytes) -> tuple[Source | None, list[Diagnostic]]:
    """The file's text without its byte order mark; None, with the reason, where it cannot be read."""
    if len(data) > MAX_BYTES:
        return None, [_too_large(path)]
    if data.startswith(_UTF16) or data[1:2] == b"\x00" or data[:1] == b"\x00":
        return None, [_not_text(path, data)]
    try:
        text = data.removeprefix(_UTF8_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [_bad_byte(path, data, error)]
    source = Source(path, text)
    if not data.translate(None, _ORDINARY):  # nearly every file, and much quicker than the expression
        return source, []
    found = _FORBIDDEN.search(text)
    return (source, []) if found is None else (None, [_forbidden(source, found.start())])


def readable(data: bytes) -> str:
    """The text of whatever file, as well as it can be shown."""
    return data.removeprefix(_UTF8_MARK).decode("utf-8", errors="replace")


def _too_large(path: str) -> Diagnostic:
    return Diagnostic(
        "W102",
        "error",
        f"this file is too large: over {MAX_BYTES // 1_000_000} MB",
        Span(path, 1, 1),
        "split it: definitions of one kind may stand in many files",
    )


def _not_text(path: str, data: bytes) -> Diagnostic:
    utf16 = data.startswith(_UTF16) or data[1:2] == b"\x00"
    message = "this file is UTF-16, not UTF-8" if utf16 else "this file is binary, not text"
    return Diagnostic("W101", "error", message, Span(path, 1, 1), "save it as UTF-8 text")


def _bad_byte(path: str, data: bytes, error: UnicodeDecodeError) -> Diagnostic:
    before = data.removeprefix(_UTF8_MARK)[: error.start].decode("utf-8")
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    byte = f"0x{error.object[error.start]:02X}"
    return Diagnostic(
        "W101",
        "error",
        f"this file is not UTF-8: byte {byte} at line {line}",
        Span(path, line, column, line, column + 1),
        "save it as UTF-8 text",
    )


def _forbidden(source: Source, index: int) -> Diagnostic:
    span = source.span(index, index + 1)
    character = source.text[index]
    if character in "\x85\u2028\u2029":
        what = f"an invisible line break (U+{ord(character):04X})"
    elif character == "\x00":
        what = "a zero byte: is this a binary file?"
    else:
        what = f"a control character (U+{ord(character):04X})"
    return Diagnostic(
        "W103", "error", f"here stands {what}", span, "delete it; it often comes with pasted text"
    )
