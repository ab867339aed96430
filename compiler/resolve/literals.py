"""A value written in YAML for a declared field: read by the field's type, checked against what it allows."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.yaml import scalars
from oncue.compiler.yaml.nodes import Node, Scalar, Sequence
from oncue.schemas.plan import FieldSpec
from oncue.schemas.values import compared_text, parse_number

Shown = str | tuple[str, ...]
_PLAIN = re.compile(r"[A-Za-z][\w .@+-]*")  # needs no quotes in YAML


class Refusal(Struct, frozen=True):
    """Why a value cannot stand there, and what to do. `node` None: the value itself."""

    message: str
    hint: str = ""
    node: Node | None = None
    fix: str = ""


def literal(name: str, spec: FieldSpec, node: Node) -> Shown | Refusal:
    """The value's shown form: canonical for numbers, booleans and dates, as written for texts."""
    if spec.type == "many":
        return _many(name, spec, node)
    if not isinstance(node, Scalar):
        return Refusal(f"`{name}` takes {scalars.expected(spec.type)}")
    return _one(name, spec, node.text)


@lru_cache(maxsize=10_000)  # the same values are written again and again
def _one(name: str, spec: FieldSpec, text: str) -> str | Refusal:
    if not text:
        return Refusal(f"an empty value for `{name}`", f"to empty a field, write `clear: [{name}]`")
    shown = _READ[spec.type](text)
    if shown is None:
        wanted = scalars.expected(spec.type)
        return Refusal(f"`{name}` takes {wanted}, not `{text}`", scalars.why(spec.type, text))
    return _allowed(name, spec, shown) or _bounded(name, spec, shown) or shown


def _many(name: str, spec: FieldSpec, node: Node) -> Shown | Refusal:
    items = node.items if isinstance(node, Sequence) else [node]
    shown = []
    for item in items:
        if not isinstance(item, Scalar) or not item.text:
            hint = f"to empty a field, write `clear: [{name}]`"
            return Refusal(f"`{name}` takes a list of texts", hint, item)
        refusal = _allowed(name, spec, item.text)
        if refusal is not None:
            return Refusal(refusal.message, refusal.hint, item, refusal.fix)
        shown.append(item.text)
    return tuple(shown)


def _allowed(name: str, spec: FieldSpec, shown: str) -> Refusal | None:
    if not spec.values or compared_text(shown) in {compared_text(value) for value in spec.values}:
        return None
    hint = did_you_mean(shown, spec.values, "values")
    near = meant(shown, spec.values)
    fix = near if _PLAIN.fullmatch(near) else ""
    return Refusal(f"`{shown}` is not one of the values of `{name}`", hint, fix=fix)


def _bounded(name: str, spec: FieldSpec, shown: str) -> Refusal | None:
    number = parse_number(shown) if spec.type == "number" else None
    low, high = parse_number(spec.min or ""), parse_number(spec.max or "")
    if number is not None and low is not None and number < low:
        return Refusal(f"`{name}` is at least {spec.min}")
    if number is not None and high is not None and number > high:
        return Refusal(f"`{name}` is at most {spec.max}")
    return None


def _boolean(text: str) -> str | None:
    value = scalars.boolean(text)
    return None if value is None else str(value).lower()


def _date(text: str) -> str | None:
    value = scalars.date(text)
    return None if value is None else value.isoformat()


def _datetime(text: str) -> str | None:
    value = scalars.datetime(text)
    return None if value is None else value.isoformat()


_READ = {
    "text": lambda text: text,
    "number": scalars.number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
