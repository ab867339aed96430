"""YAML as nodes with positions: what every later stage reads. Scalars keep their source text; the place
that reads one decides its type (see `reader` and `shape`)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from oncue.compiler.source import Source, Span


class Node(Struct, eq=False, gc=False):
    """Lines and columns from 1; the end is exclusive."""

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.source.path, self.line, self.column, self.end_line, self.end_column)


class Scalar(Node, eq=False, gc=False):
    """`text` is the scalar's content (escapes and folding resolved); `style` is one of '' (plain), ``'``,
    ``"``, ``|``, ``>``; `offset` is the index of its first character in the source text."""

    text: str
    style: str
    offset: int


class Mapping(Node, eq=False, gc=False):
    """Entries in file order; keys are unique (a repeated key was reported and dropped)."""

    entries: list[tuple[Scalar, Node]]

    def get(self, key: str) -> Node | None:
        """The value under `key`, or None."""
        for name, value in self.entries:
            if name.text == key:
                return value
        return None

    def key(self, key: str) -> Scalar | None:
        """The key's own node, for pointing at it."""
        for name, _ in self.entries:
            if name.text == key:
                return name
        return None

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.entries)


class Sequence(Node, eq=False, gc=False):
    """Items in file order."""

    items: list[Node]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)
