"""`oncue tasks`: what people have to do."""

from __future__ import annotations

from pathlib import Path

import click

from oncue.cli import output
from oncue.cli.checking import plan_of, timezone_of
from oncue.cli.groups import Subcommands
from oncue.cli.options import database_option, existing_database, format_option, workspace_option


@click.group("tasks", cls=Subcommands)
def command() -> None:
    """Show, complete and reopen tasks. ID is a task's id, or as much of its beginning as tells it apart.

    \b
    Example:
      oncue tasks list --overdue -w acme
      oncue tasks complete 3f2a91 -w acme
    """


@command.command("list")
@click.option("--open", "open_", is_flag=True, help="Only those that are not completed.")
@click.option("--overdue", is_flag=True, help="Only those that are open after their due time.")
@click.option("--owner", metavar="USER", default="", help="Only USER's.")
@workspace_option
@database_option
@format_option
def list_(open_: bool, overdue: bool, owner: str, workspace: Path, database: Path | None, form: str) -> None:
    """List tasks, the earliest due first.

    \b
    Example:
      oncue tasks list --open --owner ana -w acme
      oncue tasks list -w acme --format json
    """
    from oncue.cli.render import tasks as drawn
    from oncue.runtime.views import tasks

    states = ("overdue",) if overdue else ("open", "overdue") if open_ else ()
    found = tasks.tasks(existing_database(workspace, database), states=frozenset(states), owner=owner)
    output.found(found, form, lambda: drawn.listing(found, timezone_of(workspace)), "no such tasks")


@command.command("show")
@click.argument("id_", metavar="ID")
@workspace_option
@database_option
@format_option
def show(id_: str, workspace: Path, database: Path | None, form: str) -> None:
    """Show one task and what happened to it.

    \b
    Example:
      oncue tasks show 3f2a91 -w acme
    """
    from oncue.cli.render import tasks as drawn
    from oncue.runtime.views import tasks

    found = tasks.task(existing_database(workspace, database), id_)
    output.found(found, form, lambda: drawn.one(found, timezone_of(workspace)))


@command.command("complete")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@workspace_option
@database_option
def complete(ids: tuple[str, ...], workspace: Path, database: Path | None) -> None:
    """Mark tasks as completed; their contacts hear of it.

    \b
    Example:
      oncue tasks complete 3f2a91 -w acme
    """
    from oncue.runtime import operator

    plan, path = plan_of(workspace), existing_database(workspace, database)
    for given in ids:
        changed = operator.complete_task(plan, path, given)
        output.words(f"{given}: {'completed' if changed else 'was completed already'}")


@command.command("reopen")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@workspace_option
@database_option
def reopen(ids: tuple[str, ...], workspace: Path, database: Path | None) -> None:
    """Open completed tasks again.

    \b
    Example:
      oncue tasks reopen 3f2a91 -w acme
    """
    from oncue.runtime import operator

    plan, path = plan_of(workspace), existing_database(workspace, database)
    for given in ids:
        changed = operator.reopen_task(plan, path, given)
        output.words(f"{given}: {'open again' if changed else 'was open'}")
