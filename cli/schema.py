"""`oncue schema`: the JSON Schemas that the compiler itself uses, for editors."""

from __future__ import annotations

import difflib
from importlib.resources import files

import click

from oncue.cli import output


@click.command("schema")
@click.argument("kind", required=False)
def command(kind: str | None) -> None:
    """Print the JSON Schema (2020-12) of KIND. Without KIND: the kinds that have one.

    `oncue` is the settings file, `plan` the compiled plan; the others describe one definition of their kind.

    \b
    Example:
      oncue schema campaigns > campaigns.schema.json
    """
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


def plan_schema() -> str:
    """The plan's schema, made from the typed documents."""
    import json

    import msgspec

    from oncue.schemas.plan import Plan

    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Plan)}
    return json.dumps(document, indent=2, sort_keys=True)
