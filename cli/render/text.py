"""Diagnostics for people: where, what, the line with a caret, what to do, and what else matters.

people.yaml:7:14: unknown segment `hot-leds` [N001]
   7 |   when: in segment hot-leds
     |                    ^~~~~~~~
  hint: did you mean `hot-leads`?
  people.yaml:3:3: declared here
"""

from __future__ import annotations

import unicodedata
from collections import ChainMap
from collections.abc import Iterable, Mapping

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.source import Source, Span

SECRETS = frozenset({"L108", "S120"})  # what they point at is shown to nobody
WIDTH = 160  # columns of a source line that are shown
_TAB = 4
_COLOURS = {"error": "31", "warning": "33", "note": "36"}


def render(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source], *, color: bool = False) -> str:
    """All of them, in the order given, with a blank line between; empty if there is none. A secret that
    stands in a file is starred in every line that is shown."""
    return "\n".join(render_each(diagnostics, sources, color=color))


def render_each(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source], *, color: bool = False
) -> list[str]:
    """The text of each, with a line end."""
    found = list(diagnostics)
    sources = starred(found, sources)
    return [_one(diagnostic, sources, color) for diagnostic in found]


def starred(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source]) -> Mapping[str, Source]:
    """The same sources, with stars for the secrets that the diagnostics point at."""
    spans = [one.span for one in diagnostics if one.code in SECRETS and one.span.path in sources]
    changed: dict[str, Source] = {}
    for span in spans:
        changed[span.path] = changed.get(span.path, sources[span.path]).starred(span)
    return ChainMap(changed, sources) if changed else sources  # type: ignore[arg-type]


def _one(diagnostic: Diagnostic, sources: Mapping[str, Source], color: bool) -> str:
    colour = _COLOURS[diagnostic.severity] if color else ""
    word = "" if diagnostic.severity == "error" else f"{diagnostic.severity}: "
    head = f"{_place(diagnostic.span)}: {_paint(word, colour)}{clean(diagnostic.message)} "
    lines = [_paint(head, "1" if color else "") + _paint(f"[{diagnostic.code}]", colour)]
    lines += _excerpt(diagnostic.span, sources, colour)
    if diagnostic.hint:
        lines.append(f"  hint: {clean(diagnostic.hint)}")
    for related in diagnostic.related:
        lines += _related(related, sources)
    return "\n".join(lines) + "\n"


def _related(related: Related, sources: Mapping[str, Source]) -> list[str]:
    return [f"  {_place(related.span)}: {clean(related.message)}", *_excerpt(related.span, sources, "")]


def _place(span: Span) -> str:
    return f"{clean(span.path)}:{span.line}:{span.column}"


def _paint(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if colour and text else text


def clean(text: str) -> str:
    """Nothing from a file reaches a terminal as a command to it."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


# --- the line and its caret -----------------------------------------------------------------------


def _excerpt(span: Span, sources: Mapping[str, Source], colour: str) -> list[str]:
    """The span's first line and a caret line under it; nothing if the file or the line cannot be shown."""
    source = sources.get(span.path)
    line = source.line(span.line) if source is not None else ""
    if not line.strip():
        return []
    begin = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    line, begin, end = _window(line.rstrip(), begin, end)
    gutter = " " * max(4, len(str(span.line)))
    margin = " " * sum(map(_width, line[:begin]))
    marked = max(1, sum(map(_width, line[begin:end])))
    caret = _paint("^" + "~" * (marked - 1), colour)
    return [f"{span.line:>{len(gutter)}} | {''.join(map(_shown, line))}", f"{gutter} | {margin}{caret}"]


def _window(line: str, begin: int, end: int) -> tuple[str, int, int]:
    """A long line is cut around the span."""
    end = max(begin, min(end, len(line)))
    if len(line) <= WIDTH:
        return line, begin, end
    start = max(0, min(begin - WIDTH // 4, len(line) - WIDTH))
    head, stop = ("…" if start else ""), start + WIDTH
    tail = "…" if stop < len(line) else ""
    shift = len(head) - start
    return head + line[start:stop] + tail, begin + shift, min(end, stop) + shift


def _shown(char: str) -> str:
    if char == "\t":
        return " " * _TAB
    return char if char.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _width(char: str) -> int:
    """Columns that a terminal gives to the character as shown."""
    if char == "\t":
        return _TAB
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
