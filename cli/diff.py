"""`oncue diff`: what a change of the plan means, and what becomes of those inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncue.cli import exits, output
from oncue.cli.options import database_option, workspace_option
from oncue.cli.sides import Side, sides

if TYPE_CHECKING:
    from oncue.cli.comparing.changes import UnitChange


@click.command("diff")
@click.argument("names", nargs=-1, metavar="[OLD] [NEW]")
@workspace_option
@database_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text",
    help="For people, for programs, or for a comment on a pull request.  [default: text]",
)  # fmt: skip
def command(names: tuple[str, ...], workspace: Path, database: Path | None, form: str) -> int:
    """Show what NEW does otherwise than OLD: units and steps added, removed, moved, renamed and changed, each
    with what was and what is. How the files are written never shows up: formatting, comments, places.

    OLD and NEW are each a plan (a file from `oncue compile`), a database, a folder, or a revision of git;
    A..B are two revisions. Without NEW it is the workspace; without OLD it is what the database runs.
    Exit code 1 if there is a difference.

    \b
    Example:
      oncue diff -w acme
      oncue diff main -w acme
      oncue diff v1..v2 -w acme --format markdown
      oncue diff old.json new.json
    """
    from oncue.cli.comparing import plans

    old, new = sides(names, workspace, database)
    changes = plans.compare(old.plan, new.plan)
    _show(old, new, changes, form)
    return exits.FOUND if changes else exits.OK


def _show(old: Side, new: Side, changes: list[UnitChange], form: str) -> None:
    from oncue.cli.render import changes as drawn

    head = f"{old.name} -> {new.name}: {drawn.summary(changes)}"
    if form == "json":
        from oncue.cli.render.documents import json_text

        sides_ = {"old": _side(old), "new": _side(new)}
        output.document(json_text({"version": 1, **sides_, "changes": changes}))
    elif form == "markdown":
        output.document("\n\n".join(part for part in (f"### {head}", drawn.markdown(changes)) if part))
    else:
        output.document(drawn.text(changes))
        output.words(head)


def _side(side: Side) -> dict[str, str]:
    return {"name": side.name, "digest": side.plan.digest}
