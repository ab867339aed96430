"""YAML as nodes with positions: what every later stage reads. Scalars keep their source text; the place
that reads one decides its type (see `yaml_reader` and `schema_check`)."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.source import Source, Span


class Node:
    """Lines and columns from 1; the end is exclusive."""

    __slots__ = ("column", "end_column", "end_line", "line", "source")

    def __init__(self, source: Source, line: int, column: int, end_line: int, end_column: int) -> None:
        self.source = source
        self.line = line
        self.column = column
        self.end_line = end_line
        self.end_column = end_column

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.source.path, self.line, self.column, self.end_line, self.end_column)


class Scalar(Node):
    """`text` is the scalar's content (escapes and folding resolved); `style` is one of '' (plain), ``'``,
    ``"``, ``|``, ``>``; `offset` is the index of its first character in the source text."""

    __slots__ = ("offset", "style", "text")

    def __init__(
        self, source: Source, line: int, column: int, end_line: int, end_column: int,
        text: str, style: str, offset: int,
    ) -> None:  # fmt: skip
        self.source = source  # not by way of super(): there is one of these for every few characters
        self.line = line
        self.column = column
        self.end_line = end_line
        self.end_column = end_column
        self.text = text
        self.style = style
        self.offset = offset


class Mapping(Node):
    """Entries in file order; keys are unique (a repeated key was reported and dropped)."""

    __slots__ = ("entries",)

    def __init__(
        self, source: Source, line: int, column: int, end_line: int, end_column: int,
        entries: list[tuple[Scalar, Node]],
    ) -> None:  # fmt: skip
        super().__init__(source, line, column, end_line, end_column)
        self.entries = entries

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


class Sequence(Node):
    """Items in file order."""

    __slots__ = ("items",)

    def __init__(
        self, source: Source, line: int, column: int, end_line: int, end_column: int, items: list[Node]
    ) -> None:
        super().__init__(source, line, column, end_line, end_column)
        self.items = items

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)
