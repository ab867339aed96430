"""What a condition says of a contact of whom nothing is known but a score of 0: true, false, or (None) it
depends on the clock or on what the plan computes.

A new contact is in no segment, so the first round would have to judge every segment of the plan. But most
conditions are plainly false of somebody unknown, and stay so until something they read is touched. This says
so without making functions of them.
"""

from __future__ import annotations

from collections.abc import Callable

from oncue.runtime.kernel.conditions.codegen_source import children, postorder
from oncue.runtime.kernel.conditions.until import holds
from oncue.schemas.conditions import (
    Agg,
    And,
    Cmp,
    CondNode,
    Const,
    DayOf,
    Field,
    Has,
    In,
    InCampaign,
    InSegment,
    IsSet,
    Lit,
    Not,
    OlderThan,
    Or,
    Owned,
    Prop,
    Subscribed,
    Tagged,
    TextTest,
    ValueNode,
    Within,
)
from oncue.schemas.values import parse_number

Known = bool | None  # of a condition; None: not known here


class Missing:
    """A value that is missing."""


MISSING = Missing()
Guess = Missing | int | None  # of a value: missing, a number, or (None) not known here


def of_nobody(root: CondNode, segment: Callable[[str], Known]) -> Known:
    """What `root` says of a contact without history, tags, lists and fields, whose score is 0. `segment`
    says the same of a segment."""
    found: list[Known | Guess] = []
    for node in postorder(root):
        number = len(children(node))
        below = found[len(found) - number :]
        del found[len(found) - number :]
        found.append(_value(node) if isinstance(node, ValueNode) else _condition(node, below, segment))
    (answer,) = found
    return answer if isinstance(answer, bool) else None


def _value(node: ValueNode) -> Guess:
    match node:
        case Field(name="score") | Agg(fn="count" | "sum"):
            return 0
        case Field() | Owned() | Prop() | Agg():
            return MISSING
        case Lit(type="number", value=text):
            return parse_number(text)
        case DayOf(value=value):
            return MISSING if isinstance(_value(value), Missing) else None
        case _:
            return None


def _condition(node: CondNode, below: list[Known | Guess], segment: Callable[[str], Known]) -> Known:
    match node:
        case Const(value=value):
            return value
        case And():
            return _all(below)
        case Or():
            return _opposite(_all([_opposite(item) for item in below]))
        case Not():
            return _opposite(below[0])
        case Cmp():
            return _compare(node, below)
        case Tagged() | Subscribed() | InCampaign():
            return False
        case InSegment(segment=name):
            return segment(name)
        case In() | TextTest() | IsSet() | Has() | Within() | OlderThan():
            return False if isinstance(below[0], Missing) else None
        case _:
            return None


def _compare(node: Cmp, below: list[Known | Guess]) -> Known:
    left, right = below
    if isinstance(left, Missing) or isinstance(right, Missing):
        return node.order == "!="
    if node.type == "number" and left is not None and right is not None:
        return holds(node.order, left, right)
    return None


def _all(items: list[Known | Guess]) -> Known:
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else None


def _opposite(item: Known | Guess) -> Known:
    return (not item) if isinstance(item, bool) else None
