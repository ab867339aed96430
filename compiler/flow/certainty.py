"""Conditions that surely hold for everybody, or for nobody.

A condition is tried with a sample of every kind of contact that it can tell apart: for each value that it
compares, the numbers and texts that it names, what lies between and beyond them, and a missing value; for
each other test, that it holds and that it does not. These samples may include contacts that cannot be (two
tests may hang together in ways that are not looked into), never fewer than there are: so a verdict is sure.
Where there would be too many, there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import product
from math import prod
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from oncue.compiler.expr.fold import compared
from oncue.schemas import conditions as c
from oncue.schemas.values import SCALE

Segment = Callable[[str], c.CondNode | None]  # a segment's condition, if it is known
Sample = int | str | bool | None  # None: missing
Samples = dict[c.ValueNode | c.CondNode, list[Sample]]

MOST = 2_000  # samples of one condition
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OTHER = "\0"  # a text that no condition names
_ORDERED = ("number", "date", "datetime")
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_Literal = tuple[str, str]  # type and text


def verdict(node: c.CondNode, segment: Segment) -> bool | None:
    """True: it holds for everybody at every time. False: for nobody. None: it is not sure."""
    node = _expanded(node, segment, frozenset())
    if isinstance(node, c.Const):
        return node.value
    if not (_may(node, True) or _may(node, False)):
        return None
    samples = _samples(node)
    if samples is None or prod(map(len, samples.values())) > MOST:
        return None
    first: bool | None = None
    for values in product(*samples.values()):
        found = _holds(node, dict(zip(samples, values, strict=True)))
        if first is not None and found is not first:
            return None
        first = found
    return first


def always(node: c.CondNode, segment: Segment) -> bool:
    """Whether it surely holds for everybody: of most conditions the form alone tells that it does not."""
    return _may(node, True) and verdict(node, segment) is True


def _expanded(node: c.CondNode, segment: Segment, seen: frozenset[str]) -> c.CondNode:
    """With the conditions of segments in their places."""
    if isinstance(node, c.InSegment):
        inner = None if node.segment in seen else segment(node.segment)
        return node if inner is None else _expanded(inner, segment, seen | {node.segment})
    if isinstance(node, c.And):
        return c.And(tuple(_expanded(part, segment, seen) for part in node.all))
    if isinstance(node, c.Or):
        return c.Or(tuple(_expanded(part, segment, seen) for part in node.any))
    return c.Not(_expanded(node.cond, segment, seen)) if isinstance(node, c.Not) else node


def _may(node: c.CondNode, wanted: bool) -> bool:
    """Whether the form of a condition allows it to be always `wanted`. A test alone is neither; what a
    segment is remains to be seen."""
    if isinstance(node, c.Not):
        return _may(node.cond, not wanted)
    if isinstance(node, c.And):
        return not wanted or all(_may(part, True) for part in node.all)
    if isinstance(node, c.Or):
        return wanted or all(_may(part, False) for part in node.any)
    return isinstance(node, c.InSegment) or (isinstance(node, c.Const) and node.value is wanted)


# --- samples --------------------------------------------------------------------------------------


def _samples(node: c.CondNode) -> Samples | None:
    """For each value and each other test its samples; None if each stands in one place only, where it can
    turn out either way."""
    named: dict[c.ValueNode | c.CondNode, list[_Literal]] = {}
    places = 0
    for leaf in _leaves(node):
        key, literals = _subject(leaf)
        named.setdefault(key, []).extend(literals)
        places += 1
    if len(named) == places:
        return None
    return {key: _kinds(key, literals) for key, literals in named.items()}


def _leaves(node: c.CondNode) -> Iterator[c.CondNode]:
    if isinstance(node, c.And):
        for part in node.all:
            yield from _leaves(part)
    elif isinstance(node, c.Or):
        for part in node.any:
            yield from _leaves(part)
    elif isinstance(node, c.Not):
        yield from _leaves(node.cond)
    elif not isinstance(node, c.Const):
        yield node


def _subject(leaf: c.CondNode) -> tuple[c.ValueNode | c.CondNode, list[_Literal]]:
    """What a test is about, and the literals (type, text) that it compares it with."""
    comparison = _comparison(leaf)
    if comparison is not None:
        value, _, literal = comparison
        return value, [(literal.type, literal.value)]
    if isinstance(leaf, c.In):
        return leaf.value, [(leaf.type, item) for item in leaf.items]
    if isinstance(leaf, c.IsSet):
        return leaf.value, []
    return leaf, []


def _comparison(node: c.CondNode) -> tuple[c.ValueNode, str, c.Lit] | None:
    """A value compared with a literal, the value first."""
    if not isinstance(node, c.Cmp):
        return None
    if isinstance(node.right, c.Lit) and not isinstance(node.left, c.Lit):
        return node.left, node.order, node.right
    if isinstance(node.left, c.Lit) and not isinstance(node.right, c.Lit):
        return node.right, _FLIPPED[node.order], node.left
    return None


def _kinds(key: c.ValueNode | c.CondNode, literals: list[_Literal]) -> list[Sample]:
    """One sample of each kind."""
    if isinstance(key, c.CondNode):
        return [True, False]
    points = {_point(*literal) for literal in literals}
    if isinstance(key, c.Agg) and key.fn == "count":
        return _counts({point // (2 * SCALE) for point in points if isinstance(point, int)})
    if literals and literals[0][0] not in _ORDERED:
        return [None, _OTHER, *sorted(map(str, points))]
    near = {point + shift for point in points if isinstance(point, int) for shift in (-1, 0, 1)}
    return [None, *sorted(near or {0})]


def _counts(near: set[int]) -> list[Sample]:
    """A count is whole, not below 0, and never missing."""
    counts = {0} | {number + shift for number in near for shift in (-1, 0, 1)}
    return [2 * SCALE * number for number in sorted(counts) if number >= 0]


@lru_cache(maxsize=10_000)
def _point(type_: str, text: str) -> int | str:
    """A literal among the samples. Ordered ones are doubled, so that there is room between two."""
    if type_ in _ORDERED:
        return 2 * int(compared(type_, text))
    return str(compared(type_, text)) if type_ == "text" else text


# --- one sample -----------------------------------------------------------------------------------


def _holds(node: c.CondNode, sample: dict[c.ValueNode | c.CondNode, Sample]) -> bool:
    """What the language says of the condition for this sample."""
    if isinstance(node, c.And):
        return all(_holds(part, sample) for part in node.all)
    if isinstance(node, c.Or):
        return any(_holds(part, sample) for part in node.any)
    if isinstance(node, c.Not):
        return not _holds(node.cond, sample)
    if isinstance(node, c.Const):
        return node.value
    comparison = _comparison(node)
    if comparison is not None:
        value, order, literal = comparison
        return _compared(sample[value], order, literal.type, literal.value)
    if isinstance(node, c.In):
        return any(_compared(sample[node.value], "==", node.type, item) for item in node.items)
    if isinstance(node, c.IsSet):
        return sample[node.value] is not None
    return bool(sample[node])


def _compared(value: Sample, order: str, type_: str, text: str) -> bool:
    return order == "!=" if value is None else _ORDERS[order](value, _point(type_, text))
