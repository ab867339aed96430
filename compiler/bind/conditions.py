"""Conditions: nodes -> records."""

from __future__ import annotations

from oncue.compiler.bind.reading import Reader
from oncue.compiler.model import Cond, Group, Text
from oncue.compiler.yaml.nodes import Mapping, Node

DEPTH = 40  # of all/any inside one another


def condition(reader: Reader, node: Node | None, depth: int = 0) -> Cond | None:
    """A condition: text, or ``all:``/``any:`` of conditions; None if it cannot be read."""
    if type(node) is Mapping:
        return _group(reader, node, depth)
    scalar = reader.scalar(node, "a condition")
    if scalar is None:
        return None
    reader.conditions.append(scalar.text)
    return Text(scalar)


def _group(reader: Reader, node: Mapping, depth: int) -> Cond | None:
    if len(node.entries) != 1 or node.entries[0][0].text not in ("all", "any") or depth > DEPTH:
        reader.wrong(node, "a condition, or `all:` or `any:` with a list of conditions")
        return None
    key, value = node.entries[0]
    parts = [condition(reader, item, depth + 1) for item in reader.items(value, "a list of conditions")]
    known = tuple(part for part in parts if part is not None)
    return Group("and" if key.text == "all" else "or", node, known) if known else None
