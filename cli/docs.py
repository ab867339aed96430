"""`oncue docs`: a workspace as a site of plain pages."""

from __future__ import annotations

from pathlib import Path

import click

from oncue.cli import exits, output
from oncue.cli.checking import plan_of
from oncue.cli.graph import counted, laid_out
from oncue.cli.options import database_option, workspace_option


@click.command("docs")
@workspace_option
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
    help="Where to write it: a new or empty folder, or an earlier site.",
)  # fmt: skip
@click.option("--counts", is_flag=True, help="With numbers of the database.")
@database_option
def command(workspace: Path, out: Path, counts: bool, database: Path | None) -> None:
    """Write the workspace as a site that any browser shows, also without a network: a page for each campaign
    with its drawing and every step and rule in words, each email as it looks, segments, lists, assets with
    their fulfillment actions, sales, tasks, people and settings, and for each thing where it is used.

    The same workspace gives the same bytes.

    \b
    Example:
      oncue docs -w acme --out site
      oncue docs -w acme --out site --counts
    """
    from oncue.cli.site import folder
    from oncue.cli.site.pages import pages

    if database is not None and not counts:
        raise click.UsageError("--db goes with --counts: without it nothing is counted")
    plan = plan_of(workspace)
    report = counted(plan, workspace, database) if counts else None
    made = laid_out(lambda: list(pages(plan, report)), plan.project)
    try:
        number = folder.write(out, made)
    except folder.NotOursError:
        raise click.UsageError(
            f"{out} holds something that `oncue docs` has not made; name a new or empty folder"
        ) from None
    except OSError as error:
        raise exits.CommandError(f"{out} cannot be written: {(error.strerror or '').lower()}") from None
    output.words(f"{output.plural(number, 'page')}, from {out / 'index.html'}")
