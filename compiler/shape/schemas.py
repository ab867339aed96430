"""The JSON Schemas of the language: read once each, and combined into one for editors."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

import oncue.schemas

Schema = dict[str, Any]

_FOLDER = Path(oncue.schemas.__path__[0])

BASE = "https://oncue.invalid/schemas/"
KINDS = (
    "emails",
    "landing_pages",
    "web_forms",
    "web_pages",
    "trackable_content",
    "videos",
    "segments",
    "campaigns",
    "lists",
    "users",
    "teams",
    "pipelines",
    "conversions",
    "audiences",
    "site_messages",
    "tests",
    "fulfillment_lists",
    "reactivation_scenarios",
)
BARE_KINDS = frozenset(
    {"landing_pages", "web_forms", "web_pages", "trackable_content", "videos", "lists", "conversions"}
)
_SHARED = "defs.json#/$defs/"


@cache
def load(name: str) -> Schema:
    """The schema in ``schemas/NAME.json``; shared, not to be changed."""
    found: Schema = msgspec.json.decode((_FOLDER / f"{name}.json").read_bytes())
    return found


def resolve(reference: str) -> Schema:
    """What a `$ref` of one of these schemas means: every one is shared."""
    found: Schema = load("defs")["$defs"][reference.rpartition("/")[2]]
    return found


def bundle() -> Schema:
    """The schema of a whole file of a workspace: kinds and, in oncue.yaml, settings. It stands alone."""
    settings = load("oncue")["properties"]
    kinds = {kind: _kind(kind) for kind in KINDS}
    definitions = {kind: _local(_inner(load(kind))) for kind in KINDS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{BASE}workspace-file.json",
        "title": "a file of an oncue workspace",
        "description": "Kinds and their definitions; in oncue.yaml also the settings.",
        "type": "object",
        "properties": {**_local(settings), **kinds},
        "additionalProperties": False,
        "examples": [{"segments": {"hot-leads": 'score >= 50 and tagged "hot"'}}],
        "$defs": {**_local(load("defs")["$defs"]), **definitions},
    }


def _inner(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key not in ("$schema", "$id")}


def _kind(kind: str) -> Schema:
    """Ids to definitions, or (where nothing is needed but the id) a list of ids."""
    schema = load(kind)
    whole = {
        "type": "object",
        "propertyNames": {"title": "a name", "type": "string"} if kind == "tests" else {"$ref": "#/$defs/id"},
        "additionalProperties": {"$ref": f"#/$defs/{kind}"},
    }
    head = {"description": schema["description"], "examples": [{"some-id": schema["examples"][0]}]}
    if kind not in BARE_KINDS:
        return {**head, **whole}
    return {**head, "if": {"type": "array"}, "then": {"items": {"$ref": "#/$defs/id"}}, "else": whole}


def _local(schema: Any) -> Any:  # noqa: ANN401  any JSON
    """The same with references into the bundle, and with room for what an editor reads."""
    if isinstance(schema, dict):
        inner = {key: _reference(value) if key == "$ref" else _local(value) for key, value in schema.items()}
        return {**inner, "type": _AS_EDITORS_READ} if _is_any_text(schema) else inner
    return [_local(item) for item in schema] if isinstance(schema, list) else schema


# Here a text may be written as `+10` or `true`, since the place decides how it is read. Editors decide by the
# looks, and would mark it as no text.
_AS_EDITORS_READ = ["string", "number", "boolean"]


def _is_any_text(schema: Schema) -> bool:
    """Whether it allows texts that look like numbers."""
    return schema.get("type") == "string" and not {"format", "enum", "const"} & set(schema)


def _reference(value: Any) -> Any:  # noqa: ANN401  a reference, or a property of that name
    return value.replace(_SHARED, "#/$defs/") if isinstance(value, str) else _local(value)
