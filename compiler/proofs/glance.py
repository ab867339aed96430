"""A quick look at a condition, without its atoms: most need no more.

Of each test it is known whether it needs something to be there (a field, an event, a tag), and that it
holds for some and not for others. So a condition of which no two tests are about the same holds for some
and not for others; and somebody of whom only that is known which one condition needs meets none that needs
more.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from itertools import product
from math import prod
from operator import or_

from msgspec import Struct

from oncue.compiler.proofs.atoms import FLIPPED
from oncue.compiler.proofs.cells import Specs
from oncue.schemas import conditions as c

MOST = 16  # ways


class Glance(Struct, frozen=True, gc=False):
    """The ways in which a condition may hold: for each what must be there, as bits. `clear`: no two tests
    are about the same."""

    ways: tuple[int, ...]
    clear: bool


class Glances:
    """Quick looks at the conditions of one workspace."""

    def __init__(self, tracks: Mapping[str, c.Track], specs: Specs) -> None:
        self.tracks = tracks
        self.specs = specs
        self._bits: dict[object, int] = {}
        self._fields: dict[str, int | None] = {}

    def look(self, node: c.CondNode) -> Glance | None:
        """None where a quick look does not tell: a negation, a segment, values beside each other, bounds."""
        if isinstance(node, c.And | c.Or):
            found = [self.look(part) for part in (node.all if isinstance(node, c.And) else node.any)]
            known = [each for each in found if each is not None]
            if len(known) < len(found):
                return None
            return _joined(known) if isinstance(node, c.And) else _either(known)
        bit = self._bit(node)
        return None if bit is None else Glance((bit,), True)

    def _bit(self, node: c.CondNode) -> int | None:
        """What a test needs to be there; None where it might hold without, or for nobody."""
        if isinstance(node, c.Cmp):
            return self._compared(node)
        if isinstance(node, c.In | c.Within | c.OlderThan):
            from_0 = isinstance(node.value, c.Agg) or node.value == _SCORE
            return None if from_0 else self._value(node.value)
        if isinstance(node, c.TextTest):
            return None if self.specs(node.value) else self._value(node.value)
        return self._of(node) if isinstance(node, c.Tagged) else None

    def _compared(self, node: c.Cmp) -> int | None:
        left, order, right = node.left, node.order, node.right
        if isinstance(left, c.Lit):
            left, order, right = right, FLIPPED[order], left
        if not isinstance(right, c.Lit) or order == "!=":
            return None
        from_0 = isinstance(left, c.Agg) or left == _SCORE  # what it is while nothing is known
        may_be_0 = order in ("<", "<=") or right.value[0] in "-0"
        return None if from_0 and may_be_0 else self._value(left)

    def _value(self, value: c.ValueNode) -> int | None:
        if isinstance(value, c.Field):
            if value.name not in self._fields:
                plain = value.name != "created_at" and not self._bounded(value)
                self._fields[value.name] = self._of(value.name) if plain else None
            return self._fields[value.name]
        if (
            isinstance(value, c.Agg)
            and value.fn == "count"
            and value.where is None
            and value.track in self.tracks
        ):
            return self._of(("event", self.tracks[value.track].event))
        return None

    def _bounded(self, field: c.Field) -> bool:
        """Whether a test may ask for what the field never is: a number beyond its bounds. (A text outside its
        values is a mistake.)"""
        spec = self.specs(field)
        return spec is not None and (spec.type != "text" or not spec.values)

    def _of(self, family: object) -> int:
        return 1 << self._bits.setdefault(family, len(self._bits))


_SCORE = c.Field("score", "number")


def escapes(one: Glance | None, others: list[Glance | None]) -> bool:
    """Whether somebody surely meets the one and none of the others."""
    if one is None or not one.clear or None in others:
        return False
    needed = [way for each in others if each is not None for way in each.ways]
    return any(all(each & ~way for each in needed) for way in one.ways)


def _joined(found: list[Glance]) -> Glance | None:
    if prod([len(each.ways) for each in found]) > MOST:
        return None
    ways = [reduce(or_, each) for each in product(*[one.ways for one in found])]
    return Glance(tuple(ways), _clear(found))


def _either(found: list[Glance]) -> Glance | None:
    ways = tuple([way for each in found for way in each.ways])
    return Glance(ways, _clear(found)) if len(ways) <= MOST else None


def _clear(found: list[Glance]) -> bool:
    """Whether no two parts say anything of the same."""
    touched = 0
    for each in found:
        own = reduce(or_, each.ways)
        if not each.clear or touched & own:
            return False
        touched |= own
    return True
