"""`oncue diff` by what two plans mean: what differs, and what becomes of those inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oncue.cli import exits, output
from oncue.cli.sides import Side

if TYPE_CHECKING:
    from oncue.cli.comparing.changes import UnitChange
    from oncue.runtime.plans.impact import Impact


def compare(old: Side, new: Side, form: str) -> int:
    """Shows it as ``text``, ``markdown`` or ``json``; gives the exit code."""
    from oncue.cli.comparing import plans

    changes = plans.compare(old.plan, new.plan)
    impact = _impact(old, new)
    if form == "json":
        _document(old, new, changes, impact)
    else:
        _draw(old, new, changes, impact, form)
    return exits.FOUND if changes else exits.OK


def _impact(old: Side, new: Side) -> Impact | None:
    """What it would do to those inside, where the old side is what a database runs."""
    if old.database is None or old.plan.digest == new.plan.digest:
        return None
    from oncue.runtime.plans.reckoning import impact

    return impact(old.database, new.plan)


def _document(old: Side, new: Side, changes: list[UnitChange], impact: Impact | None) -> None:
    from oncue.cli.render.documents import json_text

    found = {"version": 1, "old": _side(old), "new": _side(new), "changes": changes, "impact": impact}
    output.document(json_text(found))


def _side(side: Side) -> dict[str, str]:
    return {"name": side.name, "digest": side.plan.digest}


def _draw(old: Side, new: Side, changes: list[UnitChange], impact: Impact | None, form: str) -> None:
    from oncue.cli.render import changes as drawn
    from oncue.cli.render import impact as inside

    head = f"{old.name} -> {new.name}: {drawn.summary(changes)}"
    told = [] if impact is None else inside.lines(impact, changes, new.plan.settings.timezone)
    if form == "markdown":
        parts = [f"### {head}", drawn.markdown(changes), drawn.block("Those inside", told) if told else ""]
    else:
        parts = [drawn.text(changes), drawn.clean_lines(told)]
        output.words(head)
    output.document("\n\n".join(part for part in parts if part))
