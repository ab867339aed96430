"""A name that somebody wrote: of which kind of thing, and where."""

from __future__ import annotations

from msgspec import Struct

from oncue.compiler.source import Span
from oncue.compiler.yaml.nodes import Scalar
from oncue.compiler.yaml.positions import span_in


class Ref(Struct, frozen=True, gc=False, eq=False):
    """A name that somebody wrote. `kind` is the kind of thing it must be: an asset kind, ``lists``,
    ``segments``, ``campaigns``, ``users``, ``fields``, ``events``, ``properties`` or ``steps``. `start`:
    where it begins in a text that says more (``EVENT of ASSET``)."""

    kind: str
    name: str
    node: Scalar
    start: int | None = None

    @property
    def span(self) -> Span:
        """Where it was written."""
        if self.start is None:
            return self.node.span
        return span_in(self.node, self.start, self.start + len(self.name))
