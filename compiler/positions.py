"""Where a piece of a scalar's content stands in its file, in every YAML style.

A scalar's content is not its source: quotes and indentation fall away, line ends fold, escapes resolve.
Each style has a walk below that goes over the source as YAML does and gives, for every character of the
content, the stretch of source that it comes from. Only what is shown to a user is ever mapped, so the walks
are made for clearness, not for speed; the one-line cases need none.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from oncue.compiler.nodes import Scalar
from oncue.compiler.source import Span

Stretch = tuple[int, int]  # start and end index in the source text

_LINE_END = re.compile(r"\r\n|\n|\r")
_HEADER = re.compile(r"[|>](?P<hints>[0-9+-]*)[^\n\r]*(?:\r\n|\n|\r|\Z)")
_FOLD = re.compile(r"[ \t]*(?:\r\n|\n|\r)\s*")
_ESCAPE_LENGTH = {"x": 4, "u": 6, "U": 10}


def span_in(scalar: Scalar, start: int, end: int) -> Span:
    """The place in the file of `scalar.text[start:end]`; an empty stretch points between two characters."""
    text, source = scalar.text, scalar.source
    start, end = max(0, min(start, len(text))), max(0, min(end, len(text)))
    begin = _begin_of_one_line(scalar)
    if begin is not None:
        return source.span(begin + start, begin + max(start, end))
    stretches = content_stretches(scalar)
    first = stretches[start][0] if start < len(stretches) else _after(scalar, stretches)
    last = stretches[end - 1][1] if end > start else first
    return source.span(first, max(first, last))


def content_stretches(scalar: Scalar) -> list[Stretch]:
    """For each character of the content, where it comes from."""
    found = _WALKS[scalar.style](scalar)
    if len(found) < len(scalar.text):  # a text that no walk foresaw still points into the scalar
        last = found[-1] if found else (scalar.offset, scalar.offset)
        found += [last] * (len(scalar.text) - len(found))
    return found[: len(scalar.text)]


def _begin_of_one_line(scalar: Scalar) -> int | None:
    """Where the content begins in the source, if it stands there just as it is."""
    begin = scalar.offset + (scalar.style in ("'", '"') and scalar.style != "")
    if scalar.style in ("|", ">") or scalar.line != scalar.end_line:
        return None
    return begin if scalar.source.text.startswith(scalar.text, begin) else None


def _after(scalar: Scalar, stretches: list[Stretch]) -> int:
    if stretches:
        return stretches[-1][1]
    return scalar.offset + (1 if scalar.style in ("'", '"') and scalar.style else 0)


# --- one walk for each style ----------------------------------------------------------------------


def _plain(scalar: Scalar) -> list[Stretch]:
    return _flowing(scalar, scalar.offset, _one_character)


def _single_quoted(scalar: Scalar) -> list[Stretch]:
    return _flowing(scalar, scalar.offset + 1, _maybe_doubled_quote)


def _double_quoted(scalar: Scalar) -> list[Stretch]:
    return _flowing(scalar, scalar.offset + 1, _maybe_escape)


def _one_character(text: str, index: int) -> int:
    return index + 1


def _maybe_doubled_quote(text: str, index: int) -> int:
    return index + (2 if text.startswith("''", index) else 1)


def _maybe_escape(text: str, index: int) -> int:
    if text[index] != "\\":
        return index + 1
    return index + _ESCAPE_LENGTH.get(text[index + 1 : index + 2], 2)


def _flowing(scalar: Scalar, index: int, next_index: Callable[[str, int], int]) -> list[Stretch]:
    """Plain and quoted texts: one line end folds to a space, n + 1 line ends to n line ends."""
    text, found = scalar.source.text, list[Stretch]()
    while len(found) < len(scalar.text) and index < len(text):
        escaped_end = (
            _LINE_END.match(text, index + 1) if scalar.style == '"' and text[index] == "\\" else None
        )
        if escaped_end is not None:  # the line goes on without a space, but keeps further empty lines
            fold = re.compile(r"\s*").match(text, escaped_end.end())
            after = fold.end() if fold else escaped_end.end()
            found += _line_ends(text, escaped_end.end(), after)
            index = after
            continue
        folded = _FOLD.match(text, index)
        if folded is not None:
            ends = _line_ends(text, index, folded.end())
            found += ends[1:] or [(ends[0][0], folded.end())]
            index = folded.end()
            continue
        after = next_index(text, index)
        found.append((index, after))
        index = after
    return found


def _line_ends(text: str, start: int, end: int) -> list[Stretch]:
    return [match.span() for match in _LINE_END.finditer(text, start, end)]


def _literal(scalar: Scalar) -> list[Stretch]:
    """Each line without its indentation, with its end."""
    found = list[Stretch]()
    for begin, end, after in _block_lines(scalar):
        found += _characters(begin, end)
        found.append((end, after))
    return found


def _folded(scalar: Scalar) -> list[Stretch]:
    """As literal, but a line end between two lines that start with text folds to a space, and swallows
    none of the empty lines after it."""
    text, found = scalar.source.text, list[Stretch]()
    lines = _block_lines(scalar)
    filled = [number for number, (begin, end, _) in enumerate(lines) if end > begin]
    last = filled[-1] if filled else -1
    pending: Stretch | None = None  # a line end that is a space, unless empty lines follow
    before_spaced = False
    for number, (begin, end, after) in enumerate(lines):
        if begin == end:
            found.append((end, after))
            if pending is not None:
                pending = (-1, -1)
            continue
        spaced = text[begin] in " \t"
        if pending is not None:
            if before_spaced or spaced:
                found = _insert_end(found, pending_end, number - pending_line - 1)
            elif pending != (-1, -1):
                found.append(pending)
        found += _characters(begin, end)
        before_spaced, pending, pending_end, pending_line = spaced, (end, after), (end, after), number
        if number == last:
            found.append((end, after))
            pending = None
    return found


def _insert_end(found: list[Stretch], end: Stretch, back: int) -> list[Stretch]:
    """A kept line end goes before the `back` empty lines that were already taken."""
    at = len(found) - back
    return [*found[:at], end, *found[at:]]


def _characters(begin: int, end: int) -> list[Stretch]:
    return [(index, index + 1) for index in range(begin, end)]


def _block_lines(scalar: Scalar) -> list[tuple[int, int, int]]:
    """Start of content, end of content and end of each line of a block text."""
    text = scalar.source.text
    header = _HEADER.match(text, scalar.offset)
    if header is None:
        return []
    stop = len(text) if scalar.end_line > len(scalar.source.starts) else _stop(scalar)
    lines = list[tuple[int, int, int]]()
    index = header.end()
    while index < stop:
        ending = _LINE_END.search(text, index)
        end, after = ending.span() if ending else (len(text), len(text))
        lines.append((index, end, after))
        index = after
    indent = _indent(text, lines, header["hints"], scalar)
    return [(min(begin + indent, end), end, after) for begin, end, after in lines]


def _stop(scalar: Scalar) -> int:
    start = scalar.source.starts[scalar.end_line - 1]
    return start + scalar.end_column - 1 if scalar.end_column > 1 else start


def _indent(text: str, lines: list[tuple[int, int, int]], hints: str, scalar: Scalar) -> int:
    """The indentation of the block: of its first line with text, or, with a digit in the header, found by
    trying which one gives the content (the digit counts from the parent, whose column is not known here)."""
    leading = [_spaces(text, begin, end) for begin, end, _ in lines if text[begin:end].strip(" ")]
    if not any(hint.isdigit() for hint in hints):
        return leading[0] if leading else max((end - begin for begin, end, _ in lines), default=0)
    first = scalar.text.lstrip("\n").split("\n")[0]
    line = next((text[begin:end] for begin, end, _ in lines if text[begin:end].strip(" ")), "")
    return max(0, len(line) - len(first)) if scalar.style == "|" else _folded_indent(line, first)


def _folded_indent(line: str, first: str) -> int:
    return next((n for n in range(len(line)) if first.startswith(line[n:]) and not line[:n].strip(" ")), 0)


def _spaces(text: str, begin: int, end: int) -> int:
    return len(text[begin:end]) - len(text[begin:end].lstrip(" "))


_WALKS: dict[str, Callable[[Scalar], list[Stretch]]] = {
    "": _plain,
    "'": _single_quoted,
    '"': _double_quoted,
    "|": _literal,
    ">": _folded,
}
