"""`oncue diff`: what a change of the plan means, and what becomes of those inside."""

from __future__ import annotations

from pathlib import Path

import click

from oncue.cli.options import (
    contact_option,
    database_option,
    each_option,
    sample_option,
    workspace_option,
)
from oncue.cli.sides import sides
from oncue.cli.wanted import Wanted


@click.command("diff")
@click.argument("names", nargs=-1, metavar="[OLD] [NEW]")
@workspace_option
@database_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text",
    help="For people, for programs, or for a comment on a pull request.  [default: text]",
)  # fmt: skip
@click.option(
    "--events", "events", multiple=True, metavar="FILE",
    help="Replay this history through both plans, and show what they do differently.",
)  # fmt: skip
@click.option("--until", metavar="TIME", help="With --events: let time pass until then.")
@sample_option
@contact_option
@each_option
def command(
    names: tuple[str, ...], workspace: Path, database: Path | None, form: str, events: tuple[str, ...],
    until: str | None, samples: int, contact: str, every: bool,
) -> int:  # fmt: skip
    """Show what NEW does otherwise than OLD: units and steps added, removed, moved, renamed and changed, each
    with what was and what is. How the files are written never shows up: formatting, comments, places.

    OLD and NEW are each a plan (a file from `oncue compile`), a database, a folder, or a revision of git;
    A..B are two revisions. Without NEW it is the workspace; without OLD it is what the database runs. Where
    OLD is a database: also what becomes of everybody who is inside. Nothing is changed by looking.
    Exit code 1 if there is a difference.

    With --events the question is what they do: a history (files as for `oncue run`; more of them may follow
    OLD and NEW) is replayed through both plans, and messages, entries, points, tags and so on that appear,
    vanish, become others or move in time are shown. Nothing is sent, and no database is touched.

    \b
    Example:
      oncue diff -w acme
      oncue diff main -w acme --events history.jsonl --sample 5
      oncue diff main -w acme
      oncue diff v1..v2 -w acme --format markdown
      oncue diff old.json new.json
    """
    if events:
        return _behaviour(names, workspace, database, events, Wanted(form, samples, contact, every, until))
    if until or samples or contact or every:
        raise click.UsageError("--until, --sample, --contact and --all go with --events")
    from oncue.cli import meaning

    return meaning.compare(*sides(names, workspace, database), form)


def _behaviour(
    names: tuple[str, ...], workspace: Path, database: Path | None, events: tuple[str, ...], wanted: Wanted
) -> int:
    """The same history through both plans."""
    from oncue.cli import behaviour

    of_sides, more = behaviour.parted(names)
    old, new = sides(of_sides, workspace, database)
    return behaviour.compare(old, new, [*events, *more], wanted)
