"""`oncue schema`: the JSON Schemas that the compiler itself uses, for editors."""

from __future__ import annotations

import difflib
from importlib.resources import files
from pathlib import Path

import click

from oncue.cli import output
from oncue.cli.options import workspace_option


@click.command("schema")
@click.argument("kind", required=False)
@click.option(
    "--install", "editor", type=click.Choice(["vscode", "modeline"]), is_flag=False, flag_value="vscode",
    help="Tell editors: VS Code by .vscode/settings.json of the current folder (the default), others by a "
    "line in each file.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="With --install: say what would be written, and write nothing.")
@workspace_option
def command(kind: str | None, editor: str | None, dry_run: bool, workspace: Path) -> None:
    """Print the JSON Schema (2020-12) of KIND. Without KIND: the kinds that have one.

    `oncue` is the settings file, `plan` the compiled plan; the others describe one definition of their kind.

    \b
    Example:
      oncue schema campaigns > campaigns.schema.json
      oncue schema --install modeline -w acme
    """
    if editor is not None:
        if kind is not None:
            raise click.UsageError(f"--install tells of all kinds: leave '{kind}' out")
        install(workspace, editor, dry_run)
        return
    if dry_run:
        raise click.UsageError("--dry-run goes with --install")
    schemas = {
        entry.name.removesuffix(".json"): entry
        for entry in files("oncue.schemas").iterdir()
        if entry.name.endswith(".json")
    }
    known = sorted({*schemas, "plan"})
    if kind is None:
        output.document("\n".join(known))
        return
    if kind not in known:
        near = difflib.get_close_matches(kind, known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known)}"
        raise click.UsageError(f"there is no schema '{kind}'; {hint}")
    output.document(schemas[kind].read_text("utf-8") if kind in schemas else plan_schema())


def install(workspace: Path, editor: str, dry_run: bool) -> None:
    """Puts the schema into the workspace and tells the editor; all or nothing where something is refused."""
    from oncue.cli import editors

    changes = [editors.schema_file(workspace)]
    if editor == "vscode":
        changes.append(editors.settings(workspace, Path()))
    else:
        changes += editors.modelines(workspace)
    for change in changes:
        if change.content is None:
            output.words(f"{change.path} stays: {change.why}")
            continue
        if not dry_run:
            editors.write(change)
        output.document(f"{'would write' if dry_run else 'wrote'} {change.path}")


def plan_schema() -> str:
    """The plan's schema, made from the typed documents."""
    import json

    import msgspec

    from oncue.schemas.plan import Plan

    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Plan)}
    return json.dumps(document, indent=2, sort_keys=True)
