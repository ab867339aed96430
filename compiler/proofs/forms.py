"""Conditions as `all` and `any` of atoms that must hold or must not, with segments in their places.

Each atom is numbered once for the workspace. A leaf is an int: twice the atom's number, and one more where
it must not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from oncue.compiler.proofs.atoms import Atom, atom
from oncue.schemas import conditions as c

Segment = Callable[[str], c.CondNode | None]  # a segment's condition, if it is known


class All(Struct, frozen=True, gc=False):
    parts: tuple[Form, ...]


class Any(Struct, frozen=True, gc=False):
    parts: tuple[Form, ...]


Form = int | bool | All | Any


class Forms:
    """All forms of a workspace's conditions."""

    def __init__(self, tracks: Mapping[str, c.Track], segment: Segment) -> None:
        self.tracks = tracks
        self.segment = segment
        self.atoms: list[Atom] = []
        self._numbers: dict[c.CondNode, int] = {}

    def form(self, node: c.CondNode, wanted: bool = True, inside: frozenset[str] = frozenset()) -> Form:
        """That the condition holds, or (not `wanted`) that it does not. `inside`: segments on the way."""
        if isinstance(node, c.Not):
            return self.form(node.cond, not wanted, inside)
        if isinstance(node, c.And | c.Or):
            parts = node.all if isinstance(node, c.And) else node.any
            kind = All if isinstance(node, c.And) is wanted else Any
            return kind(tuple([self.form(part, wanted, inside) for part in parts]))
        if isinstance(node, c.Const):
            return node.value is wanted
        if isinstance(node, c.InSegment) and node.segment not in inside:
            meant = self.segment(node.segment)
            if meant is not None:
                return self.form(meant, wanted, inside | {node.segment})
        if isinstance(node, c.Cmp) and node.order == "!=":
            node, wanted = c.Cmp("==", node.type, node.left, node.right), not wanted
        return 2 * self._number(node) + (not wanted)

    def _number(self, node: c.CondNode) -> int:
        number = self._numbers.get(node)
        if number is None:
            number = self._numbers[node] = len(self.atoms)
            self.atoms.append(atom(node, self.tracks))
        return number


def leaves(form: Form) -> Iterator[int]:
    """The leaves of a form."""
    if isinstance(form, All | Any):
        for part in form.parts:
            yield from leaves(part)
    elif not isinstance(form, bool):
        yield form
