"""Nodes to plain values, each scalar read by the type that the schema asks for at its place.

`NO`, `on`, `12:30`, `02134` and `+15550100` stay what was written where a text is asked for, and become a
boolean or a number only where one is. What cannot be read as asked stays text, so that the schema says
what is wrong with it.
"""

from __future__ import annotations

from typing import Any

from oncue.compiler.shape.schemas import Schema, load, resolve
from oncue.compiler.yaml import scalars
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar


class _Keys(dict[str, "Place"]):
    """The places under the keys of one place."""

    def __init__(self, flat: tuple[Schema, ...]) -> None:
        super().__init__()
        self._flat = flat

    def __missing__(self, name: str) -> Place:
        found = place_of([s for flat in self._flat if (s := _property(flat, name)) is not None])
        if len(self) < 200:  # keys that users make up are many
            self[name] = found
        return found


class Place:
    """What a schema says about one place, as far as reading needs it; children are worked out when asked.

    Alternatives (`if`/`then`/`else`, `allOf`) are read as one: in these schemas a key has one type,
    whichever of them applies, and a test holds them to it.
    """

    __slots__ = ("_flat", "_items", "keys", "reads")

    def __init__(self, flat: tuple[Schema, ...]) -> None:
        self._flat = flat
        self.keys = _Keys(flat)
        self._items: Place | None = None
        self.reads = _reads(flat)

    def item(self) -> Place:
        """The place of an item."""
        if self._items is None:
            self._items = place_of([flat["items"] for flat in self._flat if "items" in flat])
        return self._items


_places: dict[tuple[int, ...], Place] = {}


def place_of(schemas: list[Schema]) -> Place:
    """The place that all these schemas speak of; one object for equal ones, so that recursion ends."""
    flat = [part for schema in schemas if isinstance(schema, dict) for part in _flatten(schema)]
    key = tuple(map(id, flat))
    if key not in _places:
        _places[key] = Place(tuple(flat))
    return _places[key]


def root_place(name: str) -> Place:
    """The place that ``schemas/NAME.json`` describes."""
    return place_of([load(name)])


def _flatten(schema: Schema) -> list[Schema]:
    """The schema and every one that may apply to the same value."""
    found = [schema]
    if "$ref" in schema:
        found += _flatten(resolve(schema["$ref"]))
    for branch in ("then", "else"):
        if isinstance(schema.get(branch), dict):
            found += _flatten(schema[branch])
    return found


def _property(schema: Schema, name: str) -> Schema | None:
    found = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
    return found if isinstance(found, dict) else None


def _reads(flat: tuple[Schema, ...]) -> str:
    """How a scalar is read here: text wins, because every scalar can be read as one."""
    types = {schema["type"] for schema in flat if "type" in schema}
    words = any(
        isinstance(word, str) for schema in flat for word in (schema.get("const"), *schema.get("enum", ()))
    )
    if words or "string" in types:
        return "text"
    return next((name for name in ("integer", "number", "boolean") if name in types), "core")


def instance_of(node: Node, place: Place) -> Any:  # noqa: ANN401  any JSON
    """The node as a plain value."""
    kind = type(node)
    if kind is Scalar:
        text = node.text  # type: ignore[attr-defined]
        reads = place.reads
        if reads == "text":
            return text if text or node.style else None  # type: ignore[attr-defined]
        return _typed(node, reads)  # type: ignore[arg-type]
    if kind is Mapping:
        places = place.keys
        return {key.text: instance_of(value, places[key.text]) for key, value in node.entries}  # type: ignore[attr-defined]
    inner = place.item()
    return [instance_of(item, inner) for item in node.items]  # type: ignore[attr-defined]


def _typed(scalar: Scalar, reads: str) -> bool | int | float | str | None:
    text, plain = scalar.text, scalar.style == ""
    if plain and not text:
        return None
    if reads == "core":
        return scalars.core(text, plain=plain)
    if not plain:
        return text  # quoted: meant as text, whatever it looks like
    if reads == "boolean":
        truth = scalars.boolean(text)
        return text if truth is None else truth
    decimal = scalars.number(text)
    if decimal is None:
        return text
    return float(decimal) if "." in decimal else int(decimal)
