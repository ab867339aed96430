"""`oncue outbox`: what leaves, and what an operator decides about what did not."""

from __future__ import annotations

from pathlib import Path

import click

from oncue.cli import output
from oncue.cli.checking import plan_of, timezone_of
from oncue.cli.groups import Subcommands
from oncue.cli.options import Command, database_option, existing_database, format_option, workspace_option

KINDS = ("email", "sms", "notification", "batch", "site_message", "webhook", "audience", "salesforce")
STATUSES = (
    "queued", "held", "trying", "parked", "done", "withheld", "cancelled", "refused", "failed", "dead",
)  # fmt: skip


@click.group("outbox", cls=Subcommands)
def command() -> None:
    """Look at what leaves: emails, text messages, calls. KEY is an effect's key, or as much of its beginning
    as tells it apart.

    \b
    Example:
      oncue outbox list --status parked -w acme
      oncue outbox release 3f2a91 -w acme
    """


def kind_option(function: Command) -> Command:
    return click.option(
        "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only this kind; may be repeated.",
    )(function)  # fmt: skip


@command.command("list")
@click.option("--status", "statuses", multiple=True, type=click.Choice([*STATUSES, "all"]),
              help="Only this status; may be repeated.  [default: all but done]")  # fmt: skip
@kind_option
@workspace_option
@database_option
@format_option
def list_(
    statuses: tuple[str, ...], kinds: tuple[str, ...], workspace: Path, database: Path | None, form: str
) -> None:
    """List effects in order of their making.

    \b
    Example:
      oncue outbox list -w acme
      oncue outbox list --status dead --status parked --kind email -w acme --format json
    """
    from oncue.cli.render import outbox
    from oncue.runtime import posted

    wanted = posted.STATUSES if "all" in statuses else statuses or posted.OPEN
    found = posted.effects(existing_database(workspace, database), wanted, kinds)
    asked = statuses or kinds
    nothing = "nothing of that in the outbox" if asked else "all has left; `--status all` shows what is done"
    output.found(found, form, lambda: outbox.listing(found, timezone_of(workspace)), nothing)


@command.command("show")
@click.argument("key", metavar="KEY")
@workspace_option
@database_option
@format_option
def show(key: str, workspace: Path, database: Path | None, form: str) -> None:
    """Show one effect: what became of it, and what it says.

    \b
    Example:
      oncue outbox show 3f2a91 -w acme
    """
    from oncue.cli.render import outbox
    from oncue.runtime import posted

    found = posted.effect(existing_database(workspace, database), key)
    output.found(found, form, lambda: outbox.one(found, timezone_of(workspace)))


def decision(function: Command) -> Command:
    """What the deciding commands have in common."""
    for option in (
        database_option,
        workspace_option,
        kind_option,
        click.option("--all", "all_", is_flag=True, help="All that there are (of the kind given)."),
        click.argument("keys", metavar="[KEY]...", nargs=-1),
    ):
        function = option(function)
    return function


@command.command("retry", short_help="Try again what failed or was given up.")
@decision
def retry(
    keys: tuple[str, ...], all_: bool, kinds: tuple[str, ...], workspace: Path, database: Path | None
) -> None:
    """Try again what failed or was given up: it leaves with the run that delivers.

    \b
    Example:
      oncue outbox retry 3f2a91 -w acme
      oncue outbox retry --all --kind webhook -w acme
    """
    decide("retry", "to be tried again", keys, all_, kinds, workspace, database)


@command.command("release")
@decision
def release(
    keys: tuple[str, ...], all_: bool, kinds: tuple[str, ...], workspace: Path, database: Path | None
) -> None:
    """Send a parked message once more. Look first (in the mail server's log) whether it has arrived.

    \b
    Example:
      oncue outbox release 3f2a91 -w acme
    """
    decide("release", "released", keys, all_, kinds, workspace, database)


@command.command("drop", short_help="Never send it (again).")
@decision
def drop(
    keys: tuple[str, ...], all_: bool, kinds: tuple[str, ...], workspace: Path, database: Path | None
) -> None:
    """Never send it (again): what is parked, queued or held counts as cancelled. --all means what is parked,
    and what waits for a connector that oncue.yaml does not name any more.

    \b
    Example:
      oncue outbox drop 3f2a91 -w acme
    """
    decide("drop", "dropped", keys, all_, kinds, workspace, database)


def decide(
    name: str, done: str, keys: tuple[str, ...], all_: bool, kinds: tuple[str, ...], workspace: Path,
    database: Path | None,
) -> None:  # fmt: skip
    """Carries a decision out. Raises UsageError where it is not clear about what."""
    if bool(keys) == all_ or (keys and kinds):
        raise click.UsageError("give the keys of single effects, or --all (with --kind, if you like)")
    path = existing_database(workspace, database)

    from oncue.runtime import posted

    number = posted.decide(plan_of(workspace), path, name, keys, kinds=kinds)
    output.words(f"{output.plural(number, 'effect')} {done}")
