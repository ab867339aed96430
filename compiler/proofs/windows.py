"""A short cut past the solver: cells of subjects that hang together, and yet surely are somebody's.

Of all that hang together one alone is settled, the others may be what they must. Or all are on one ladder,
which the search has kept in order.
"""

from __future__ import annotations

from collections.abc import Iterable

from oncue.compiler.proofs.atoms import Subject
from oncue.compiler.proofs.ladders import Cells
from oncue.compiler.proofs.search import Table
from oncue.schemas import conditions as c


def can_be(table: Table, cells: Cells) -> bool:
    """Whether these cells surely are somebody's."""
    together: dict[object, dict[Subject, None]] = {}
    for number, each in table.atoms.items():
        subject = table.about[number]
        if cells.get(subject, -1) not in (-1, table.every(subject)):
            for family in each.families:
                together.setdefault(family, {})[subject] = None
    return all(
        _stands_alone(next(iter(each))) if len(each) == 1 else _on_one_ladder(each, table)
        for each in together.values()
    )


def _stands_alone(subject: Subject) -> bool:
    """Whether a subject may be all that its cells say, as long as nothing else is settled."""
    if subject.kind == "free":
        return isinstance(
            subject.of, c.Tagged | c.InCampaign | c.InSegment | c.Subscribed | c.Has | c.TextTest
        )
    return not isinstance(subject.of, c.Arith | c.DayOf)


def _on_one_ladder(subjects: Iterable[Subject], table: Table) -> bool:
    ladder = table.ladders.get(next(iter(subjects)), ())
    return all(each in ladder for each in subjects)
