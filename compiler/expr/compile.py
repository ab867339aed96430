"""The condition language's front door: a text in its place to everything that the plan needs of it.

Equal texts are compiled once. Only a text that speaks of `event`, `entry`, `step` or `start` depends on its
place; all others are remembered by their text alone, for the catalog in use.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from oncue.compiler.expr.catalog import Catalog, Issue, Place, Use
from oncue.compiler.expr.check import check
from oncue.compiler.expr.fold import fold
from oncue.compiler.expr.lower import lower
from oncue.compiler.expr.parse import parse
from oncue.compiler.expr.tracks import digest, merge_tracks
from oncue.compiler.expr.unparse import AND, NOT, OR, level, unparse
from oncue.schemas.conditions import And, CondNode, Or, Track

__all__ = ["Compiled", "combine", "compile_condition", "condition_id", "merge_tracks"]

_PLACED = re.compile(r"\b(?:event|entry|step|start)\b")
_ANYWHERE = Place()


class Compiled(Struct, frozen=True, gc=False):
    """A condition without error. `text` is its canonical form, `node` what the plan holds, `tracks` the
    history it needs, `uses` the names it uses (offsets in the text that was compiled). `binds` is how
    tightly the canonical text holds together, for joining it with others."""

    text: str
    node: CondNode
    tracks: tuple[Track, ...]
    uses: tuple[Use, ...]
    binds: int = NOT


Outcome = tuple[Compiled | None, tuple[Issue, ...]]


def compile_condition(text: str, catalog: Catalog, place: Place = _ANYWHERE) -> Outcome:
    """Compiles a condition. With an error among the issues there is no result; warnings may come with
    one. Never raises for what somebody wrote."""
    memory = _remembered(catalog)
    outcome = memory.anywhere.get(text)
    if outcome is not None:
        return outcome
    if not _PLACED.search(text):
        outcome = memory.anywhere[text] = _compile(text, catalog, _ANYWHERE)
        return outcome
    key = (text, place.event, place.campaign, place.entry, tuple(place.steps))
    outcome = memory.placed.get(key)
    if outcome is None:
        outcome = memory.placed[key] = _compile(text, catalog, place)
    return outcome


def combine(kind: Literal["and", "or"], parts: Sequence[Compiled]) -> Compiled:
    """What `all: [...]` ("and") and `any: [...]` ("or") of conditions mean; at least one part. `uses` is
    left to the parts, whose offsets are in their own texts."""
    if len(parts) == 1:
        return parts[0]
    binds, least = (AND, NOT) if kind == "and" else (OR, AND)
    texts = [_joined(part, binds, least) for part in parts]
    nodes = tuple(part.node for part in parts)
    node = fold(And(nodes) if kind == "and" else Or(nodes))
    tracks = merge_tracks(track for part in parts for track in part.tracks)
    return Compiled(f" {kind} ".join(texts), node, tuple(tracks.values()), (), binds)


def condition_id(node: CondNode) -> str:
    """A short, stable name of a condition's meaning, the same for equal nodes: 16 letters and digits."""
    return digest(node)


def _compile(text: str, catalog: Catalog, place: Place) -> Outcome:
    tree, issues = parse(text)
    if tree is None:
        return None, issues
    checked = check(tree, catalog, place)
    if any(issue.severity == "error" for issue in checked.issues):
        return None, checked.issues
    lowered = lower(tree, checked, catalog, place)
    compiled = Compiled(unparse(tree), lowered.node, lowered.tracks, checked.uses, level(tree))
    return compiled, checked.issues


def _joined(part: Compiled, binds: int, least: int) -> str:
    """A part's text, in parentheses where it holds together less than its place asks for."""
    return part.text if part.binds >= least or part.binds == binds else f"({part.text})"


class _Memory:
    """The outcomes for one catalog: of texts that mean the same in every place, and of the others."""

    def __init__(self, catalog: Catalog | None) -> None:
        self.catalog = catalog
        self.anywhere: dict[str, Outcome] = {}
        self.placed: dict[tuple[object, ...], Outcome] = {}


_latest = [_Memory(None)]


def _remembered(catalog: Catalog) -> _Memory:
    """Only the latest catalog's outcomes are kept."""
    if _latest[0].catalog is not catalog:
        _latest[0] = _Memory(catalog)
    return _latest[0]
