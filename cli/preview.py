"""`oncue preview`: an email as it would leave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncue.cli import exits, output
from oncue.cli.checking import plan_of
from oncue.cli.options import database_option, existing_database, workspace_option

if TYPE_CHECKING:
    from oncue.schemas.plan import Plan

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = Path(".oncue", "preview")


@click.command("preview")
@click.argument("email")
@click.option(
    "--contact", metavar="WHO", help="With the values of this contact, as the database has them now."
)
@click.option(
    "--event", metavar="JSON", help="The event that sets it off: a line of events, or its properties."
)
@click.option(
    "--values", type=FILE, metavar="FILE", help="Values by name, as JSON; they win over the contact's."
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Where to write.  [default: .oncue/preview in the workspace]",
)  # fmt: skip
@workspace_option
@database_option
def command(
    email: str,
    contact: str | None,
    event: str | None,
    values: Path | None,
    out: Path | None,
    workspace: Path,
    database: Path | None,
) -> int:
    """Write EMAIL as it would leave: HTML, text and headers, each a file. Nothing is sent.

    What nothing gives a value is shown as the email shows it then: its default, or nothing.

    \b
    Example:
      oncue preview invite -w acme
      oncue preview invite --contact ana@example.com -w acme --out preview
      oncue preview receipt --event '{"sku": "A1", "total": 120}' -w acme
    """
    from oncue.runtime.messages import preview

    plan = plan_of(workspace)
    given = {} if contact is None else _of_contact(plan, email, contact, workspace, database)
    given |= {} if event is None else preview.values_of_event(event)
    given |= {} if values is None else preview.values_of_file(values)
    to = str(given.get("email") or f"nobody@{plan.project}.invalid")
    try:
        made = preview.preview(plan, email, given, to)
    except preview.RenderFailedError as error:
        output.words(f"{email} cannot be made: {error}")
        return exits.FOUND
    folder = out if out is not None else workspace / FOLDER
    output.lines(
        str(write(folder / f"{email}{suffix}", content))
        for suffix, content in ((".html", made.html), (".txt", made.text), (".headers", made.headers))
    )
    if made.attachments:
        output.words(f"attached: {', '.join(made.attachments)}")
    if made.empty:
        output.words(f"without a value: {', '.join(made.empty)}")
    unused = [name for name in made.unused if name != "email" and not name.startswith("entry.")]
    if unused:
        output.words(f"given, and not shown by {email}: {', '.join(unused)}")
    return exits.OK


def _of_contact(
    plan: Plan, email: str, contact: str, workspace: Path, database: Path | None
) -> dict[str, str | list[str]]:
    from oncue.runtime.messages import preview

    return preview.values_of_contact(plan, existing_database(workspace, database), contact, email)


def write(path: Path, content: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    except OSError as error:
        raise exits.CommandError(f"{path} cannot be written: {(error.strerror or '').lower()}") from None
    return path
