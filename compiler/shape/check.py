"""The shape of definitions: is every key known, every needed key there, every value of its type?

The JSON Schemas in ``schemas/`` decide. A quick validator says whether a definition is right, as nearly all
are; only for a wrong one is jsonschema loaded to say why, and `shape_messages` words it. The schemas have no
alternatives but `if`/`then`/`else` (on the shape of the value) and "exactly one of these keys", so every
error belongs to one form and no union ever reaches a user.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.resolve import names
from oncue.compiler.shape.schemas import BASE, load
from oncue.compiler.yaml import scalars
from oncue.compiler.yaml.instances import instance_of, root_place
from oncue.compiler.yaml.nodes import Mapping, Node

FORMATS: dict[str, Callable[[Any], bool]] = {
    "oncue-id": lambda text: not isinstance(text, str) or names.is_id(text),
    "oncue-name": lambda text: not isinstance(text, str) or names.is_snake(text),
    "oncue-duration": lambda text: not isinstance(text, str) or scalars.duration(text) is not None,
    "oncue-signed-duration": lambda text: (
        not isinstance(text, str) or scalars.signed_duration(text) is not None
    ),
    "oncue-time-of-day": lambda text: not isinstance(text, str) or scalars.time_of_day(text) is not None,
    "oncue-date": lambda text: not isinstance(text, str) or scalars.date(text) is not None,
}


def check(schema: str, node: Node) -> list[Diagnostic]:
    """What is wrong with the shape of one definition of kind `schema` (``oncue``: with the settings among
    the entries of oncue.yaml)."""
    if schema == "oncue" and isinstance(node, Mapping):
        node = _settings(node)
    instance = instance_of(node, root_place(schema))
    if quick_validator(schema).is_valid(instance):
        return []
    from oncue.compiler.shape.messages import explain

    return explain(slow_validator(schema).iter_errors(instance), node)


def _settings(root: Mapping) -> Mapping:
    """Without the kinds, which may stand in oncue.yaml too."""
    known = load("oncue")["properties"]
    entries = [(key, value) for key, value in root.entries if key.text in known]
    return Mapping(root.source, root.line, root.column, root.end_line, root.end_column, entries)


@cache
def quick_validator(schema: str) -> Any:  # noqa: ANN401  a class of the chosen draft
    """The validator that only says yes or no."""
    import jsonschema_rs

    registry = jsonschema_rs.Registry([(f"{BASE}defs.json", load("defs"))])
    return jsonschema_rs.Draft202012Validator(
        load(schema), registry=registry, validate_formats=True, formats=FORMATS
    )


@cache
def slow_validator(schema: str) -> Any:  # noqa: ANN401  jsonschema makes its classes at run time
    """The validator that explains."""
    from jsonschema import Draft202012Validator, FormatChecker
    from referencing import Registry, Resource

    registry: Any = Registry().with_resource(f"{BASE}defs.json", Resource.from_contents(load("defs")))
    formats = FormatChecker(formats=())
    for name, holds in FORMATS.items():
        formats.checks(name)(holds)
    return Draft202012Validator(load(schema), registry=registry, format_checker=formats)
