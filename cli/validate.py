"""`oncue validate`: every mistake of a workspace, each once."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from oncue.cli import exits, output
from oncue.cli.checking import checked, summary
from oncue.cli.options import Folder

FORMATS = ("text", "json", "sarif", "github", "junit")  # those of `render.formats`


@click.command("validate")
@click.argument("workspace", type=Folder(), default=".")
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@click.option("--no-cache", is_flag=True, help="Read everything anew, and keep nothing.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text",
    help="How to print it; sarif, github and junit are for CI.  [default: text]",
)  # fmt: skip
def command(workspace: Path, strict: bool, no_cache: bool, form: str) -> int:
    """Check WORKSPACE (a folder with oncue.yaml) and show every mistake.

    The mistakes go to standard output, their sum to standard error. Exit code 0 if there is no error, 1 if
    there is one (with --strict: or a warning).

    \b
    Example:
      oncue validate acme
      oncue validate acme --strict --format json
      oncue validate acme --format sarif > oncue.sarif
    """
    from oncue.cli.render import formats

    found = checked(workspace, cache=not no_cache)
    failing = frozenset({"error", "warning"} if strict else {"error"})
    folder, color = formats.folder_of(workspace), output.coloured(sys.stdout)
    shown = formats.Found(found.diagnostics, found.sources, folder, failing, color)
    output.document(formats.FORMATS[form](shown))
    output.words(f"{workspace}: {summary(found.diagnostics)}")
    return exits.FOUND if any(each.severity in failing for each in found.diagnostics) else exits.OK
