"""Where a piece of a scalar's content stands in its file, in every YAML style.

A scalar's content is not its source: quotes and indentation fall away, line ends fold, escapes resolve.
Each style has a walk below that goes over the source as YAML does and gives, for every character of the
content, the stretch of source that it comes from. Only what is shown to a user is ever mapped, so the walks
are made for clearness, not for speed; the one-line cases need none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from oncue.compiler.source import Span
from oncue.compiler.yaml.nodes import Scalar

Stretch = tuple[int, int]  # start and end index in the source text

_LINE_END = re.compile(r"\r\n|\n|\r")
_HEADER = re.compile(r"[|>](?P<hints>[0-9+-]*)[^\n\r]*(?:\r\n|\n|\r|\Z)")
_FOLD = re.compile(r"[ \t]*(?:\r\n|\n|\r)\s*")
_DEEPEST = 100  # columns of indentation that are tried
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
    return _block(scalar, folds=False)


def _folded(scalar: Scalar) -> list[Stretch]:
    return _block(scalar, folds=True)


def _block(scalar: Scalar, *, folds: bool) -> list[Stretch]:
    """The lines under `|` or `>`, without their indentation. What chomping takes away is at the end, where
    the caller cuts anyway."""
    text = scalar.source.text
    header = _HEADER.match(text, scalar.offset)
    if header is None:
        return []
    digits = [int(hint) for hint in header["hints"] if hint.isdigit()]
    if not digits:
        return _block_lines(text, header.end(), _indent(text, header.end()), folds)[0]
    # The digit counts from the parent's indentation, which is not known here: the one that gives the content.
    for indent in range(digits[0], digits[0] + 2 * _DEEPEST):
        found, content = _block_lines(text, header.end(), indent, folds)
        if content.startswith(scalar.text):
            break
    return found


def _block_lines(text: str, index: int, indent: int, folds: bool) -> tuple[list[Stretch], str]:
    """The stretches and the content from `index` on: a line end between two lines that begin with text folds
    to a space, or to nothing before empty lines; all other line ends stay."""
    found, content = list[Stretch](), list[str]()
    empty = list[Stretch]()  # ends of the empty lines since the last one with text
    previous: tuple[Stretch, bool] | None = None  # that line's end, and whether it began with a space
    for begin, end, after in _lines_of_block(text, index, indent):
        if begin == end:
            empty.append((end, after))
            continue
        spaced = text[begin] in " \t"
        if previous is not None:
            folded = folds and not previous[1] and not spaced
            if not (folded and empty):
                found.append(previous[0])
                content.append(" " if folded else "\n")
        found += [*empty, *((i, i + 1) for i in range(begin, end))]
        content += ["\n" * len(empty), text[begin:end]]
        empty, previous = [], ((end, after), spaced)
    found += [*([previous[0]] if previous else []), *empty]
    return found, "".join(content) + "\n" * (len(empty) + (previous is not None))


def _lines_of_block(text: str, index: int, indent: int) -> Iterator[tuple[int, int, int]]:
    """Start of content, end of content and end of each line, up to the first that is indented less."""
    while index < len(text):
        ending = _LINE_END.search(text, index)
        end, after = ending.span() if ending else (len(text), len(text))
        spaces = _spaces(text[index:end])
        if spaces < indent and index + spaces < end:
            return
        yield min(index + indent, end), end, after
        index = after


def _indent(text: str, index: int) -> int:
    """The indentation of a block is that of its first line with text."""
    while index < len(text):
        ending = _LINE_END.search(text, index)
        end, after = ending.span() if ending else (len(text), len(text))
        if text[index:end].strip(" "):
            return _spaces(text[index:end])
        index = after
    return 0


def _spaces(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


_WALKS: dict[str, Callable[[Scalar], list[Stretch]]] = {
    "": _plain,
    "'": _single_quoted,
    '"': _double_quoted,
    "|": _literal,
    ">": _folded,
}
