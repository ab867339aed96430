"""Texts and places in them. Lines and columns count from 1, columns in characters."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from msgspec import Struct


class Span(Struct, frozen=True, order=True, gc=False):
    """A stretch of a file: from (line, column) up to but excluding (end_line, end_column)."""

    path: str
    line: int
    column: int
    end_line: int = 0
    end_column: int = 0


class Source:
    """One file's text. `path` is relative to the workspace, with forward slashes."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.text.splitlines()

    def line(self, number: int) -> str:
        """Line `number`, or an empty text beyond the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    @cached_property
    def starts(self) -> list[int]:
        """The index in `text` at which each line starts; after a last line end an empty line starts."""
        ends = list(accumulate(map(len, self.text.splitlines(keepends=True)), initial=0))
        return ends if self.text.endswith(("\n", "\r")) or not self.text else ends[:-1]

    def place(self, index: int) -> tuple[int, int]:
        """Line and column of the character at `index` of the text."""
        line = bisect_right(self.starts, index)
        return line, index - self.starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """From index `start` up to but excluding index `end`."""
        return Span(self.path, *self.place(start), *self.place(end))

    def starred(self, span: Span) -> Source:
        """The same text with a star for each character of the span."""
        start = self.starts[span.line - 1] + span.column - 1
        last = span.end_line or span.line
        end = self.starts[last - 1] + span.end_column - 1 if span.end_column else start + 1
        stars = "".join(char if char in "\r\n" else "*" for char in self.text[start:end])
        return Source(self.path, self.text[:start] + stars + self.text[end:])
