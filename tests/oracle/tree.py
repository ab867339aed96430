"""The condition language once more, as an obvious tree: every node writes itself as text and says what it
means by looking through the whole history. Written from the specification's words, not from the compiler, in
three files: the nodes' common parts here, `values` and `conditions`. Slow on purpose.

A value node has `type` and ``value(world, now, row)``, a test ``holds(world, now, row)``; `row` is the event
that a `where` looks at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.oracle.world import DAY, Happening, Value, World


@dataclass(frozen=True)
class Node:
    def text(self) -> str:
        raise NotImplementedError


class Test(Node):
    chain = False  # of `and` or `or`: in parentheses wherever it is a part

    def holds(self, world: World, now: int, row: Happening | None = None) -> bool:
        raise NotImplementedError


class ValueNode(Node):
    type: str

    def value(self, world: World, now: int, row: Happening | None = None) -> Value | None:
        raise NotImplementedError


def walk(node: Any) -> Iterator[Any]:
    """The node and everything below it."""
    yield node
    for part in fields(node):
        inner = getattr(node, part.name)
        for child in inner if isinstance(inner, tuple) else (inner,):
            if isinstance(child, Node):
                yield from walk(child)


def group(test: Test) -> str:
    return f"({test.text()})" if test.chain else test.text()


# --- small things ---------------------------------------------------------------------------------


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def decimal(number: Fraction) -> str:
    whole, rest = divmod(abs(number), 1)
    digits = f"{int(rest * 10**9):09}".rstrip("0")
    return ("-" if number < 0 else "") + str(whole) + ("." + digits if digits else "")


def literal(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return decimal(value)
    if isinstance(value, date):
        return value.isoformat()
    assert isinstance(value, str)
    return quoted(value)


@dataclass(frozen=True)
class Duration(Node):
    """As written, such as ``3 days``, and in microseconds."""

    written: str
    micros: int

    def text(self) -> str:
        return self.written

    @property
    def days(self) -> timedelta:
        return timedelta(days=self.micros // DAY)
