"""Types of values and what may be done with them. `None` is the poison type: of something whose mistake has
been told already, and which therefore fits everywhere."""

from __future__ import annotations

from oncue.schemas.conditions import Agg, Arith, Day, DayOf, Field, Lit, Now, Owned, Prop, ValueNode
from oncue.schemas.values import ValueType

Type = ValueType | None

ORDERED = frozenset({"number", "date", "datetime"})
TIMES = frozenset({"date", "datetime"})


def meet(left: ValueType, right: ValueType) -> Type:
    """The type in which two values are compared: a date against an instant is compared by days. None
    where they cannot be compared."""
    if left == right:
        return left
    return "date" if left in TIMES and right in TIMES else None


def type_of(node: ValueNode) -> ValueType:
    """The type of a lowered value."""
    if isinstance(node, (Lit, Field, Owned, Prop, Agg)):
        return node.type
    if isinstance(node, Arith):
        return "number"
    if isinstance(node, Day):
        return "date" if node.at is None else "datetime"
    return "datetime" if isinstance(node, Now) else _day_type(node)


def _day_type(_: DayOf) -> ValueType:
    return "date"
