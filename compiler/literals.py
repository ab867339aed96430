"""A value written in YAML for a declared field: read by the field's type, checked against what it allows."""

from __future__ import annotations

from msgspec import Struct
from oncue.compiler import scalars
from oncue.compiler.names import did_you_mean
from oncue.compiler.nodes import Node, Scalar, Sequence
from oncue.schemas.plan import FieldSpec
from oncue.schemas.values import compared_text, parse_number

Shown = str | tuple[str, ...]


class Refusal(Struct, frozen=True):
    """Why a value cannot stand there, and what to do."""

    node: Node
    message: str
    hint: str = ""


def literal(name: str, spec: FieldSpec, node: Node) -> Shown | Refusal:
    """The value's shown form: canonical for numbers, booleans and dates, as written for texts."""
    if spec.type == "many":
        return _many(name, spec, node)
    if not isinstance(node, Scalar):
        return Refusal(node, f"`{name}` takes {_wanted(spec)}")
    if not node.text:
        return Refusal(node, f"an empty value for `{name}`", f"to empty a field, write `clear: [{name}]`")
    shown = _READ[spec.type](node.text)
    if shown is None:
        return Refusal(
            node, f"`{name}` takes {_wanted(spec)}, not `{node.text}`", scalars.why(spec.type, node.text)
        )
    return _allowed(name, spec, node, shown)


def _many(name: str, spec: FieldSpec, node: Node) -> Shown | Refusal:
    items = node.items if isinstance(node, Sequence) else [node]
    shown = []
    for item in items:
        if not isinstance(item, Scalar) or not item.text:
            return Refusal(
                item, f"`{name}` takes a list of texts", f"to empty a field, write `clear: [{name}]`"
            )
        found = _allowed(name, spec, item, item.text)
        if isinstance(found, Refusal):
            return found
        shown.append(item.text)
    return tuple(shown)


def _allowed(name: str, spec: FieldSpec, node: Scalar, shown: str) -> Shown | Refusal:
    values = spec.values
    if values and compared_text(shown) not in {compared_text(value) for value in values}:
        message = f"`{shown}` is not one of the values of `{name}`"
        return Refusal(node, message, did_you_mean(shown, values, "values"))
    return _bounded(name, spec, node, shown) if spec.type == "number" else shown


def _bounded(name: str, spec: FieldSpec, node: Scalar, shown: str) -> Shown | Refusal:
    number = parse_number(shown) or 0
    low, high = parse_number(spec.min or ""), parse_number(spec.max or "")
    if low is not None and number < low:
        return Refusal(node, f"`{name}` is at least {spec.min}")
    if high is not None and number > high:
        return Refusal(node, f"`{name}` is at most {spec.max}")
    return shown


def _wanted(spec: FieldSpec) -> str:
    return scalars.expected(spec.type)


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
