"""`oncue account`: the accounts that contacts share."""

from __future__ import annotations

from pathlib import Path

import click

from oncue.cli import output
from oncue.cli.groups import Subcommands
from oncue.cli.options import database_option, existing_database, format_option, workspace_option


@click.group("account", cls=Subcommands)
def command() -> None:
    """Look at the accounts that contacts share.

    \b
    Example:
      oncue account show acme -w acme
    """


@command.command("list")
@workspace_option
@database_option
@format_option
def list_(workspace: Path, database: Path | None, form: str) -> None:
    """List the accounts, with how many contacts each has.

    \b
    Example:
      oncue account list -w acme
    """
    from oncue.cli.render import account as drawn
    from oncue.runtime.views import accounts

    found = accounts.accounts(existing_database(workspace, database))
    output.found(found, form, lambda: drawn.listing(found), "no accounts")


@command.command("show")
@click.argument("account_id", metavar="ID")
@workspace_option
@database_option
@format_option
def show(account_id: str, workspace: Path, database: Path | None, form: str) -> None:
    """Show one account: its fields, and its contacts in order of joining.

    \b
    Example:
      oncue account show acme -w acme
      oncue account show acme -w acme --format json
    """
    from oncue.cli.render import account as drawn
    from oncue.runtime.views import accounts

    found = accounts.account(existing_database(workspace, database), account_id)
    output.found(found, form, lambda: drawn.one(found))
