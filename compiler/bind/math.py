"""`math`: a calculation by keys, or as a text such as ``points + 10``, each part with its place."""

from __future__ import annotations

import re
from typing import Literal

from oncue.compiler import model
from oncue.compiler.bind.forms import BROKEN, Inner, decimal, pick
from oncue.compiler.bind.reading import UNREADABLE, Reader
from oncue.compiler.model import Act, Operand, Owned, Ref, Target
from oncue.compiler.yaml import scalars
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar
from oncue.compiler.yaml.positions import span_in

Operation = Literal["add", "subtract", "multiply", "divide"]
OPERATIONS: dict[str, Operation] = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
KEYS: tuple[Operation, ...] = ("add", "subtract", "multiply", "divide")

_CALCULATION = re.compile(r"\s*(?P<target>\S+)\s+(?P<sign>[-+*/])\s+(?P<operand>\S.*?)\s*\Z")
_FIELD = re.compile(r"(?:(?P<of>[a-z]+)\.)?(?P<name>[a-z][a-z0-9_]*)\Z")
_EXAMPLE = "write a field, `+`, `-`, `*` or `/`, and a number, with spaces between: `points + 10`"


def math(reader: Reader, node: Node, inner: Inner) -> Act:
    """The action; `Broken` where a part cannot be read."""
    if type(node) is Mapping:
        return _by_keys(reader, node)
    scalar = reader.scalar(node, "a calculation such as `points + 10`")
    found = None if scalar is None else _CALCULATION.match(scalar.text)
    if scalar is None:
        return BROKEN
    if found is None:
        reader.error(UNREADABLE, scalar, f"`{scalar.text[:60]}` is no calculation", _hint(scalar.text))
        return BROKEN
    target = _target(reader, scalar, *found.span("target"))
    operand = _operand(reader, scalar, *found.span("operand"))
    if target is None or operand is None:
        return BROKEN
    return model.Math(target, OPERATIONS[found["sign"]], operand)


def _hint(text: str) -> str:
    spaced = re.fullmatch(r"\s*([a-z_.]+)\s*([-+*/])\s*([a-z0-9_. ]+?)\s*", text)
    if spaced is not None:
        return f"put spaces around the sign: `{spaced[1]} {spaced[2]} {spaced[3]}`"
    return _EXAMPLE


def _by_keys(reader: Reader, node: Mapping) -> Act:
    field = reader.scalar(node.get("field"), "a field")
    target = None if field is None else _target(reader, field, 0, len(field.text))
    for key in KEYS:
        scalar = reader.scalar(node.get(key), "a number, a field or a duration")
        if scalar is not None:
            operand = _operand(reader, scalar, 0, len(scalar.text))
            if target is None or operand is None:
                return BROKEN
            deal = node.get("deal")
            return model.Math(target, key, operand, None if deal is None else pick(reader, deal))
    reader.wrong(node, "`field`, and one of `add`, `subtract`, `multiply` and `divide`")
    return BROKEN


def _target(reader: Reader, scalar: Scalar, start: int, end: int) -> Target | None:
    """A field, by its name alone or behind ``deal.`` or ``account.``."""
    text = scalar.text[start:end]
    match = _FIELD.match(text.strip())
    of: dict[str, Owned] = {"": "contact", "deal": "deal", "account": "account"}
    owned = None if match is None else of.get(match["of"] or "")
    if match is None or owned is None:
        hint = "a contact field such as `points`, or one of `deal.` or `account.`"
        _error(reader, scalar, start, end, f"`{text[:60]}` is no field", hint)
        return None
    name = match["name"]
    kind = "fields" if owned == "contact" else f"{owned}_fields"
    return Target(owned, Ref(kind, name, scalar, start + text.index(match[0]) + match.start("name")))


def _operand(reader: Reader, scalar: Scalar, start: int, end: int) -> Operand | None:
    text = scalar.text[start:end].strip()
    if scalars.number(text) is not None:
        return Operand(scalar, start, end, number=decimal(text))
    micros = scalars.duration(text)
    if micros is not None:
        return Operand(scalar, start, end, micros=micros)
    if _FIELD.match(text):
        field = _target(reader, scalar, start, end)
        return None if field is None else Operand(scalar, start, end, field=field)
    hint = _operand_hint(text)
    _error(reader, scalar, start, end, f"`{text[:60]}` is no number, field or duration", hint)
    return None


def _operand_hint(text: str) -> str:
    if re.search(r"\s[-+*/]\s", text):
        return "one calculation in each step: give the rest another `math`"
    if re.fullmatch(r"[-+]?[0-9][0-9 ,._]*", text):
        return scalars.why("number", text)
    return scalars.why("duration", text) if text[:1].isdigit() else _EXAMPLE


def _error(reader: Reader, scalar: Scalar, start: int, end: int, message: str, hint: str) -> None:
    reader.error_at(UNREADABLE, span_in(scalar, start, end), message, hint)
