"""Conditions that surely hold for nobody: a test and its opposite, a number above and below, two texts at
once. What is not sure is none: every contact, every time is thought of, and a missing value too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce

from oncue.schemas import conditions as c
from oncue.schemas.values import compared_text, parse_number

Segment = Callable[[str], c.CondNode | None]  # a segment's condition, if it is known

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def holds_for_nobody(node: c.CondNode, segment: Segment, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a condition surely never holds."""
    if isinstance(node, c.Const):
        return not node.value
    if isinstance(node, c.Or):
        return all(holds_for_nobody(part, segment, seen) for part in node.any)
    if isinstance(node, c.InSegment):
        inner = None if node.segment in seen else segment(node.segment)
        return inner is not None and holds_for_nobody(inner, segment, seen | {node.segment})
    if isinstance(node, c.And):
        parts = list(_parts(node))
        return any(holds_for_nobody(part, segment, seen) for part in parts) or _clash(parts)
    return False


def _parts(node: c.CondNode) -> Iterator[c.CondNode]:
    """What must hold together."""
    if isinstance(node, c.And):
        for part in node.all:
            yield from _parts(part)
    else:
        yield node


def _clash(parts: list[c.CondNode]) -> bool:
    """Whether these cannot hold together."""
    negated = [part.cond for part in parts if isinstance(part, c.Not)]
    tests = [test for part in parts if (test := _comparison(part)) is not None]
    if not negated and len(tests) < 2:
        return False
    if any(cond in parts for cond in negated):
        return True
    by_value: dict[c.ValueNode, list[Test]] = {}
    for test in tests:
        by_value.setdefault(test[0], []).append(test)
    if any(len(each) > 1 and _impossible(each) for each in by_value.values()):
        return True
    missing = {cond.value for cond in negated if isinstance(cond, c.IsSet)}
    if not missing:
        return False
    needed = {value for value, order, _ in tests if order != "!="}
    return bool(missing & (needed | {part.value for part in parts if isinstance(part, c.IsSet | c.TextTest)}))


Test = tuple[c.ValueNode, str, c.Lit]


def _comparison(node: c.CondNode) -> Test | None:
    """A value compared with a literal, the value first."""
    if not isinstance(node, c.Cmp) or node.type not in ("number", "text"):
        return None
    if isinstance(node.right, c.Lit) and not isinstance(node.left, c.Lit):
        return node.left, node.order, node.right
    if isinstance(node.left, c.Lit) and not isinstance(node.right, c.Lit):
        return node.right, _FLIPPED[node.order], node.left
    return None


def _impossible(tests: list[Test]) -> bool:
    """Whether one value cannot pass all these tests."""
    if tests[0][2].type == "number":
        return _no_number(tests)
    equal = {compared_text(lit.value) for _, order, lit in tests if order == "=="}
    other = {compared_text(lit.value) for _, order, lit in tests if order == "!="}
    return len(equal) > 1 or bool(equal & other)


def _no_number(tests: list[Test]) -> bool:
    """By bounds, as (number, strict): the strictest of each side."""
    below: list[tuple[int, bool]] = []
    above: list[tuple[int, bool]] = []
    unequal = set()
    for _, order, lit in tests:
        number = parse_number(lit.value)
        if number is None:
            return False
        if order in (">", ">=", "=="):
            above.append((number, order == ">"))
        if order in ("<", "<=", "=="):
            below.append((-number, order == "<"))
        if order == "!=":
            unequal.add(number)
    if not above or not below:
        return False
    (low, open_low), (high, open_high) = reduce(max, above), reduce(max, below)
    high = -high
    return low > high or (low == high and (open_low or open_high or low in unequal))
