"""`oncue resume`: ends a pause."""

from __future__ import annotations

from pathlib import Path

import click

from oncue.cli import output
from oncue.cli.checking import plan_of
from oncue.cli.options import database_option, existing_database, workspace_option


@click.command("resume")
@click.argument("unit")
@click.option("--drop", is_flag=True, help="Discard the messages that were held.")
@workspace_option
@database_option
def command(unit: str, drop: bool, workspace: Path, database: Path | None) -> None:
    """Let the paused UNIT go on. Messages that were held go through the send gate again.

    \b
    Example:
      oncue resume campaigns/spring-launch -w acme
      oncue resume web_forms/demo-request/on_submission -w acme --drop
    """
    from oncue.runtime import operator

    plan, path = plan_of(workspace), existing_database(workspace, database)
    changed = operator.resume(plan, path, unit, drop=drop)
    dropped = ", held messages dropped" if drop else ""
    output.words(f"{unit}: resumed{dropped}" if changed else f"{unit}: was not paused")
