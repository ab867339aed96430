"""Where a value stands in a page decides how it is written there, so that it stays a value: between tags,
inside a tag, in an address, in a style. A page is cut once into pieces: text that never changes, and places
that are filled for each message."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from html import escape
from typing import Protocol
from urllib.parse import quote

Values = Sequence[str]
Piece = str | Callable[[Values], str]

_ADDRESS = re.compile(r"""((?:href|src|action)\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+)""", re.IGNORECASE)
_STYLE = re.compile(r"""(?<=\s)(style\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+)""", re.IGNORECASE)
_LINK = re.compile(r"(?<=\]\()[^()\s]+(?=\))")  # of Markdown
_NO_STYLE = re.compile(r"[^\w#%., +-]")
_SCHEMES = ("https://", "http://", "mailto:", "tel:")


class Encoded(str):
    """Made fit for an address by the template itself."""

    __slots__ = ()


class Marks(Protocol):
    """`token` finds a token, its number in group 1. `marked` finds a token with what must be looked at as
    one: a style sheet, a tag, or (group ``text``) the token alone."""

    token: re.Pattern[str]
    marked: re.Pattern[str]


def patterns(base: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The two patterns of `Marks` for tokens that begin with `base`."""
    style = rf"(?P<style><(?i:style)\b[^<]*{base}[^<]*</)"
    tag = rf"(?P<tag><[a-zA-Z/!][^<>]*{base}[^<>]*>)"
    return re.compile(f"{base}([0-9]+)q"), re.compile(f"{style}|{tag}|{base}(?P<text>[0-9]+)q")


def pieces(html: str, marks: Marks) -> tuple[Piece, ...]:
    """The page in pieces, in order."""
    return tuple(piece for piece in _cut(html, marks) if piece != "")


def _cut(html: str, marks: Marks) -> Iterator[Piece]:
    end = 0
    for match in marks.marked.finditer(html):
        yield html[end : match.start()]
        end = match.end()
        if match["text"]:
            yield partial(_text, int(match["text"]))
        elif match["tag"]:
            yield partial(_tag, match["tag"], marks.token)
        else:
            yield partial(_style, match["style"], marks.token)
    yield html[end:]


def put(token: re.Pattern[str], text: str, values: Values, form: Callable[[str], str] = str) -> str:
    """The text with its tokens replaced."""
    return token.sub(lambda match: form(values[int(match[1])]), text)


def _text(number: int, values: Values) -> str:
    return escape(values[number])


def _style(text: str, token: re.Pattern[str], values: Values) -> str:
    """Only what can be a word, a colour or a number: no new rule, nothing to load."""
    return put(token, text, values, lambda value: _NO_STYLE.sub("", value))


def _tag(text: str, token: re.Pattern[str], values: Values) -> str:
    text = _ADDRESS.sub(lambda match: _address(match, token, values), text)
    text = _STYLE.sub(lambda match: _style(match[0], token, values), text)
    return put(token, text, values, _entities)


def _address(match: re.Match[str], token: re.Pattern[str], values: Values) -> str:
    value = match[2]
    first = token.search(value)
    if not first:
        return match[0]
    mark = value[0] if value[0] in "\"'" else ""
    address = value.strip(mark) if mark else value
    whole = _whole(address, token, values)
    return f'{match[1]}"{escape(whole) if token.match(address) else whole}"'


def _whole(address: str, token: re.Pattern[str], values: Values) -> str:
    """An address with its tokens replaced so that a value stays within its part of it."""
    first = token.match(address)
    if first and not values[int(first[1])].lower().startswith(_SCHEMES):
        return "#"  # javascript: and whatever else is no address to follow
    head, rest = (first[0], address[first.end() :]) if first else ("", address)
    whole = put(token, head, values, lambda text: quote(text, safe=":/?#[]@!$&()*+,;=%~-._"))
    return whole + put(token, rest, values, _part)


def put_links(token: re.Pattern[str], text: str, values: Values) -> str:
    """A text part with the tokens in its links' addresses replaced, as in the page that it stands for."""

    def link(match: re.Match[str]) -> str:
        return _whole(match[0], token, values) if token.search(match[0]) else match[0]

    return _LINK.sub(link, text)


def _part(text: str) -> str:
    return text if isinstance(text, Encoded) else quote(text, safe="")


def _entities(text: str) -> str:
    """Safe inside a tag, quoted or not."""
    return "".join(char if char.isalnum() else f"&#{ord(char)};" for char in text)
