"""`oncue compile`: the plan as canonical JSON."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from oncue.cli import exits, output
from oncue.cli.checking import checked, tell
from oncue.cli.options import workspace_option


@click.command("compile")
@workspace_option
@click.option(
    "-o", "--output", "target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write the plan there instead of to standard output.",
)  # fmt: skip
def command(workspace: Path, target: Path | None) -> int:
    """Write the workspace's plan.

    The same workspace always gives the same bytes. Mistakes go to standard error; with errors there is no
    plan, FILE stays as it was, and the exit code is 1.

    \b
    Example:
      oncue compile -w acme -o plan.json
    """
    from oncue.compiler.pipeline import plan_json

    found = checked(workspace)
    if found.diagnostics:
        tell(found)
    if found.plan is None:
        return exits.FOUND
    if target is None or str(target) == "-":
        output.document(plan_json(found.plan).decode())
    else:
        write_whole(target, plan_json(found.plan))
        output.words(f"{target}: plan {found.plan.digest[:12]}")
    return exits.OK


def write_whole(target: Path, content: bytes) -> None:
    """Writes the file in one move, so that nobody ever reads half of it."""
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)  # a pipe or device
        else:
            _replace(target, content)
    except OSError as error:
        raise exits.CommandError(f"{target} cannot be written: {(error.strerror or '').lower()}") from None


def _replace(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
