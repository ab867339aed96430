"""Constant folding of lowered conditions, by the runtime's own rules (`oncue.schemas.values`).

A value that can only be missing (an empty text, a division by zero) folds to None, and a test of it to what
the language says about missing values. A value that *may* be missing is never folded away.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from oncue.compiler.expr.instants import micros
from oncue.schemas import conditions as c
from oncue.schemas import values

TRUE = c.Const(True)
FALSE = c.Const(False)

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_SIGNS = {"+": values.add, "-": values.subtract, "*": values.multiply, "/": values.divide}


def fold(node: c.CondNode) -> c.CondNode:
    """The condition with everything settled that does not depend on a contact or the time. The same object
    where nothing was."""
    return _TESTS[type(node)](node)


def fold_value(node: c.ValueNode) -> c.ValueNode | None:
    """The value likewise; None if it can only be missing."""
    if isinstance(node, c.Lit):
        return None if node.type == "text" and not node.value else node
    if isinstance(node, c.Arith):
        return _arith(node)
    if isinstance(node, c.Agg):
        return _aggregate(node)
    if isinstance(node, c.DayOf):
        inner = fold_value(node.value)
        return node if inner is node.value else None if inner is None else c.DayOf(inner)
    return node


def compared(type_: str, text: str) -> Any:  # noqa: ANN401
    """The compared form of a literal; see `oncue.schemas.values`."""
    if type_ == "number":
        return values.parse_number(text)
    if type_ == "boolean":
        return text == "true"
    if type_ == "date":
        return date.fromisoformat(text).toordinal()
    if type_ == "datetime":
        return micros(datetime.fromisoformat(text))
    return values.compared_text(text)


# --- values ---------------------------------------------------------------------------------------


def _arith(node: c.Arith) -> c.ValueNode | None:
    left, right = fold_value(node.left), fold_value(node.right)
    if left is None or right is None:
        return None
    if isinstance(left, c.Lit) and isinstance(right, c.Lit):
        number = _SIGNS[node.sign](values.parse_number(left.value), values.parse_number(right.value))
        return None if number is None else c.Lit("number", values.format_number(number))
    if node.sign == "/" and isinstance(right, c.Lit) and not values.parse_number(right.value):
        return None
    return node if left is node.left and right is node.right else c.Arith(node.sign, left, right)


def _aggregate(node: c.Agg) -> c.ValueNode | None:
    if node.where is None:
        return node
    where = fold(node.where)
    if where == FALSE:
        return c.Lit("number", "0") if node.fn in ("count", "sum") else None
    if where is node.where and where != TRUE:
        return node
    kept = None if where == TRUE else where
    return c.Agg(node.fn, node.track, node.type, node.prop, node.span, kept)


# --- tests ----------------------------------------------------------------------------------------


def _compare(node: c.Cmp) -> c.CondNode:
    left, right = fold_value(node.left), fold_value(node.right)
    if left is None or right is None:
        return TRUE if node.order == "!=" else FALSE
    if isinstance(left, c.Lit) and isinstance(right, c.Lit):
        sides = compared(left.type, left.value), compared(right.type, right.value)
        return TRUE if _ORDERS[node.order](*sides) else FALSE
    if isinstance(left, c.Agg) and left.fn == "count" and isinstance(right, c.Lit):
        settled = _count_against(node.order, compared("number", right.value))
        if settled is not None:
            return settled
    same = left is node.left and right is node.right
    return node if same else c.Cmp(node.order, node.type, left, right)


def _count_against(order: c.Order, number: int) -> c.Const | None:
    """A count is never below 0."""
    if (order == ">=" and number <= 0) or (order in (">", "!=") and number < 0):
        return TRUE
    if (order == "<" and number <= 0) or (order in ("<=", "==") and number < 0):
        return FALSE
    return None


def _in(node: c.In) -> c.CondNode:
    value = fold_value(node.value)
    if value is None:
        return FALSE
    if isinstance(value, c.Lit):
        found = compared(value.type, value.value)
        return TRUE if any(found == compared(node.type, item) for item in node.items) else FALSE
    return node if value is node.value else c.In(value, node.type, node.items)


def _text(node: c.TextTest) -> c.CondNode:
    value = fold_value(node.value)
    if value is None:
        return FALSE
    if isinstance(value, c.Lit):
        return TRUE if text_fits(node.test, compared("text", value.value), node.pattern) else FALSE
    return node if value is node.value else c.TextTest(node.test, value, node.pattern)


def text_fits(test: str, text: str, pattern: str) -> bool:
    """Whether a compared text passes a text test; `pattern` as written."""
    wanted = values.compared_text(pattern)
    if test == "contains":
        return wanted in text
    if test == "starts":
        return text.startswith(wanted)
    return text.endswith(wanted) if test == "ends" else _glob(wanted).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _glob(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*+|\?)", pattern)
    special = {"*": ".*", "?": "."}
    return re.compile("".join(special.get(part[:1]) or re.escape(part) for part in parts if part), re.DOTALL)


def _is_set(node: c.IsSet) -> c.CondNode:
    value = fold_value(node.value)
    if value is None:
        return FALSE
    if isinstance(value, (c.Lit, c.Day, c.Now)) or (isinstance(value, c.Agg) and value.fn == "count"):
        return TRUE
    return node if value is node.value else c.IsSet(value)


def _has(node: c.Has) -> c.CondNode:
    value = fold_value(node.value)
    return FALSE if value is None else node if value is node.value else c.Has(value, node.item)


def _within(node: c.Within) -> c.CondNode:
    value = fold_value(node.value)
    if value is None:
        return FALSE
    return node if value is node.value else c.Within(node.side, node.type, value, node.micros)


def _older_than(node: c.OlderThan) -> c.CondNode:
    value = fold_value(node.value)
    if value is None:
        return FALSE
    return node if value is node.value else c.OlderThan(node.type, value, node.micros)


def _and(node: c.And) -> c.CondNode:
    parts = _parts(node.all, c.And, TRUE)
    if FALSE in parts:
        return FALSE
    if len(parts) < 2:
        return parts[0] if parts else TRUE
    return node if _same(parts, node.all) else c.And(parts)


def _or(node: c.Or) -> c.CondNode:
    parts = _parts(node.any, c.Or, FALSE)
    if TRUE in parts:
        return TRUE
    if len(parts) < 2:
        return parts[0] if parts else FALSE
    return node if _same(parts, node.any) else c.Or(parts)


def _parts(
    parts: tuple[c.CondNode, ...], kind: type[c.And | c.Or], neutral: c.Const
) -> tuple[c.CondNode, ...]:
    """The folded parts, nested ones of the same kind inlined, neutral ones left out."""
    found: list[c.CondNode] = []
    for part in parts:
        folded = fold(part)
        if isinstance(folded, kind):
            found.extend(folded.all if isinstance(folded, c.And) else folded.any)
        elif folded != neutral:
            found.append(folded)
    return tuple(found)


def _same(left: tuple[c.CondNode, ...], right: tuple[c.CondNode, ...]) -> bool:
    return len(left) == len(right) and all(a is b for a, b in zip(left, right, strict=True))


def _not(node: c.Not) -> c.CondNode:
    part = fold(node.cond)
    if isinstance(part, c.Const):
        return FALSE if part.value else TRUE
    if isinstance(part, c.Not):
        return part.cond
    return node if part is node.cond else c.Not(part)


def _unchanged(node: c.CondNode) -> c.CondNode:
    return node


_TESTS: dict[type, Callable[[Any], c.CondNode]] = {
    c.Const: _unchanged,
    c.And: _and,
    c.Or: _or,
    c.Not: _not,
    c.Cmp: _compare,
    c.In: _in,
    c.TextTest: _text,
    c.IsSet: _is_set,
    c.Has: _has,
    c.Tagged: _unchanged,
    c.Subscribed: _unchanged,
    c.InSegment: _unchanged,
    c.InCampaign: _unchanged,
    c.Within: _within,
    c.OlderThan: _older_than,
    c.NowBetween: _unchanged,
}
