"""`oncue lists`: fulfillment lists, who waits on them, and their batches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from oncue.cli import output
from oncue.cli.checking import plan_of, timezone_of
from oncue.cli.groups import Subcommands
from oncue.cli.options import database_option, existing_database, format_option, workspace_option


@click.group("lists", cls=Subcommands)
def command() -> None:
    """Show fulfillment lists, preview and re-issue batches, release and remove contacts.

    \b
    Example:
      oncue lists list -w acme
      oncue lists show swag-box -w acme
    """


@command.command("list")
@workspace_option
@database_option
@format_option
def list_(workspace: Path, database: Path | None, form: str) -> None:
    """List fulfillment lists: when each runs next, and how many wait.

    \b
    Example:
      oncue lists list -w acme
    """
    from oncue.cli.render import lists as drawn
    from oncue.runtime.views import fulfillment

    found = fulfillment.lists(existing_database(workspace, database))
    output.found(found, form, lambda: drawn.listing(found, timezone_of(workspace)), "no fulfillment lists")


@command.command("show", short_help="Show who waits on a list, and its batches.")
@click.argument("name", metavar="LIST")
@workspace_option
@database_option
@format_option
def show(name: str, workspace: Path, database: Path | None, form: str) -> None:
    """Show who waits on a list, who is held and why, and the batches with what became of their emails.

    \b
    Example:
      oncue lists show swag-box -w acme
    """
    from oncue.cli.render import lists as drawn
    from oncue.runtime.views import fulfillment

    found = fulfillment.show(existing_database(workspace, database), name)
    output.found(found, form, lambda: drawn.one(found, timezone_of(workspace)))


@command.command("preview", short_help="Write the next batch's file as it would be now.")
@click.argument("name", metavar="LIST")
@workspace_option
@database_option
def preview(name: str, workspace: Path, database: Path | None) -> None:
    """Write the file of the next batch as it would be now; nothing is sent.

    \b
    Example:
      oncue lists preview swag-box -w acme > next.csv
    """
    from oncue.runtime.views import fulfillment

    _write(fulfillment.preview(existing_database(workspace, database), name))


@command.command("reissue")
@click.argument("batch", metavar="BATCH")
@workspace_option
@database_option
def reissue(batch: str, workspace: Path, database: Path | None) -> None:
    """Write a batch's file once more, byte by byte as it was sent.

    \b
    Example:
      oncue lists reissue swag-box-20260302T140000Z -w acme > again.csv
    """
    from oncue.runtime.views import fulfillment

    _write(fulfillment.reissue(existing_database(workspace, database), batch))


@command.command("release", short_help="Let a held contact into the next batch.")
@click.argument("name", metavar="LIST")
@click.argument("contact", metavar="CONTACT")
@workspace_option
@database_option
def release(name: str, contact: str, workspace: Path, database: Path | None) -> None:
    """Let a held contact into the next batch, although a required field has no value.

    \b
    Example:
      oncue lists release swag-box ana@acme.test -w acme
    """
    from oncue.runtime import operator

    done = operator.release(plan_of(workspace), existing_database(workspace, database), name, contact)
    output.words(f"{contact}: {'goes into the next batch' if done else 'is not held'}")


@command.command("remove")
@click.argument("name", metavar="LIST")
@click.argument("contacts", metavar="[CONTACT...]", nargs=-1)
@click.option("--all", "everybody", is_flag=True, help="Everybody who waits.")
@workspace_option
@database_option
def remove(
    name: str, contacts: tuple[str, ...], everybody: bool, workspace: Path, database: Path | None
) -> None:
    """Take contacts off a list. A member that waits for its batch goes on.

    \b
    Example:
      oncue lists remove swag-box ana@acme.test -w acme
    """
    from oncue.runtime import operator

    if bool(contacts) == everybody:
        raise click.UsageError("name contacts, or say --all")
    plan, path = plan_of(workspace), existing_database(workspace, database)
    if everybody:
        output.words(f"{operator.take_off_all(plan, path, name):,} taken off {name}")
    for contact in contacts:
        operator.take_off(plan, path, name, contact)
        output.words(f"{contact}: taken off {name}")


def _write(pieces: Iterator[bytes]) -> None:
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
