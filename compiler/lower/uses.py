"""The plan's tables of conditions and positions, filled while the units are lowered."""

from __future__ import annotations

from oncue.compiler.expr.compile import Compiled, merge_tracks
from oncue.compiler.model import Cond, Group
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.yaml.nodes import Scalar
from oncue.compiler.yaml.positions import span_in
from oncue.schemas import parts
from oncue.schemas.conditions import Condition, Track


class Uses:
    """Where things were written, and which conditions the units use: equal ones are one entry."""

    def __init__(self, resolved: Resolved) -> None:
        self.resolved = resolved
        self.conditions: dict[str, Condition] = {}
        self._files = {path: index for index, path in enumerate(resolved.workspace.files)}
        self._compiled: dict[int, Compiled] = {}  # by identity

    def at(self, scalar: Scalar) -> parts.Position:
        """Where a scalar stands."""
        return parts.Position(self._files[scalar.source.path], scalar.line, scalar.column)

    def use(self, cond: Cond | None) -> parts.Use:
        """A condition in its place; puts it into the table. The condition must be without errors."""
        compiled = self.resolved.conditions.get(cond)
        if cond is None or compiled is None:
            raise AssertionError("a condition with errors came to be lowered")
        name = self.resolved.conditions.id_of(compiled)
        if id(compiled) not in self._compiled:
            self._compiled[id(compiled)] = compiled
            self.conditions.setdefault(name, Condition(compiled.text, compiled.node))
        return parts.Use(name, self._where(cond))

    def maybe(self, cond: Cond | None) -> parts.Use | None:
        """A condition that may be missing."""
        return None if cond is None else self.use(cond)

    def tracks(self) -> dict[str, Track]:
        """The history that all conditions need, merged."""
        return merge_tracks(track for compiled in self._compiled.values() for track in compiled.tracks)

    def _where(self, cond: Cond) -> parts.Position:
        """Where a condition begins: for a block text its first line, not the ``|`` before it."""
        while isinstance(cond, Group):
            cond = cond.parts[0]
        scalar = cond.node
        if scalar.style not in ("|", ">"):
            return self.at(scalar)
        span = span_in(scalar, 0, 1)
        return parts.Position(self._files[span.path], span.line, span.column)
