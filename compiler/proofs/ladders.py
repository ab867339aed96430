"""Counts of one track in windows that lie in each other, a *ladder*: a wider window never counts less.

That is all that ties them: events can be placed so that each window counts what it must, as long as none
counts more than the next wider one. So the search keeps ladders in order, and is as exact about them as about
a single value.
"""

from __future__ import annotations

from collections.abc import Iterable

from oncue.compiler.proofs.atoms import Subject
from oncue.schemas import conditions as c

_EVER = 2**63  # longer than every window

Ladder = tuple[Subject, ...]  # from the narrowest window to the widest
Cells = dict[Subject, int]  # for each subject the cells that are left


def ladders(subjects: Iterable[Subject]) -> dict[Subject, Ladder]:
    """The ladder of each subject that is on one with another."""
    tracks: dict[str, list[Subject]] = {}
    for each in subjects:
        if isinstance(each.of, c.Agg) and _length(each.of):
            tracks.setdefault(each.of.track, []).append(each)
    found = [tuple(sorted(rungs, key=lambda each: _length(each.of))) for rungs in tracks.values()]
    return {each: ladder for ladder in found if len(ladder) > 1 for each in ladder}


def _length(of: object) -> int:
    """How far back a count looks; 0 if it is none in such a window."""
    if not isinstance(of, c.Agg) or of.fn != "count" or of.where is not None:
        return 0
    return of.span.micros if of.span.kind == "last" else _EVER if of.span.kind == "all" else 0


def keep_order(ladder: Ladder, cells: Cells) -> bool:
    """Takes away the cells of a ladder in which a wider window would count less; whether there are others.
    Its subjects have the same samples, in order."""
    settled = [each for each in ladder if each in cells]
    least = 0
    for each in settled:
        left = cells[each] = cells[each] >> least << least
        if not left:
            return False
        least = (left & -left).bit_length() - 1
    most = -1
    for each in reversed(settled):
        left = cells[each] = cells[each] & most
        most = (1 << left.bit_length()) - 1
    return True
