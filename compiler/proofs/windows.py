"""A short cut past the solver: cells of subjects that hang together, and yet surely are somebody's.

Of all that hang together one alone is settled, the others may be what they must. Or all are counts of one
track in windows that lie in each other: then events can be placed so, if no window needs more than the next
wider one may have.
"""

from __future__ import annotations

from oncue.compiler.proofs.atoms import Subject
from oncue.compiler.proofs.search import Cells, Table
from oncue.schemas import conditions as c

_EVER = 2**63  # longer than every window


def can_be(table: Table, cells: Cells) -> bool:
    """Whether these cells surely are somebody's."""
    together: dict[object, dict[Subject, None]] = {}
    for number, each in table.atoms.items():
        subject = table.about[number]
        if cells.get(subject, -1) not in (-1, table.every(subject)):
            for family in each.families:
                together.setdefault(family, {})[subject] = None
    return all(
        _stands_alone(next(iter(each))) if len(each) == 1 else _in_windows(list(each), table, cells)
        for each in together.values()
    )


def _stands_alone(subject: Subject) -> bool:
    """Whether a subject may be all that its cells say, as long as nothing else is settled."""
    if subject.kind == "free":
        return isinstance(
            subject.of, c.Tagged | c.InCampaign | c.InSegment | c.Subscribed | c.Has | c.TextTest
        )
    return not isinstance(subject.of, c.Arith | c.DayOf)


def _in_windows(subjects: list[Subject], table: Table, cells: Cells) -> bool:
    lengths = {each: _length(each.of) for each in subjects}
    tracks = {each.of.track for each in subjects if isinstance(each.of, c.Agg)}
    if len(tracks) > 1 or not all(lengths.values()):
        return False
    least = 0
    for subject in sorted(subjects, key=lambda each: lengths[each]):
        counts = [
            n for place, n in enumerate(table.kinds[subject]) if cells[subject] >> place & 1 and n >= least
        ]
        if not counts:
            return False
        least = min(counts)
    return True


def _length(of: object) -> int:
    """How far back a count looks; 0 if it is none in such a window."""
    if not isinstance(of, c.Agg) or of.fn != "count" or of.where is not None:
        return 0
    return of.span.micros if of.span.kind == "last" else _EVER if of.span.kind == "all" else 0
