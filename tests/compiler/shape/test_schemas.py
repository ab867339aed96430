"""The JSON Schemas: valid themselves, explained to editors, and of a form that never shows a bare union."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

from oncue.compiler.shape import schemas as schema_files
from oncue.compiler.shape.check import FORMATS, quick_validator
from oncue.compiler.shape.messages import _WORDS
from oncue.compiler.shape.misplaced import MISPLACED
from oncue.compiler.yaml.instances import place_of

NAMES = ("oncue", *schema_files.KINDS)
EVERY = (*NAMES, "defs", "workspace-file")


def parts(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema inside a schema, with where it stands; examples, enums and constants apart."""
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            if key in ("properties", "$defs"):
                for name, inner in value.items():
                    yield from parts(inner, f"{path}/{key}/{name}")
            elif key not in ("examples", "enum", "const", "default", "required", "dependentRequired"):
                yield from parts(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for number, inner in enumerate(schema):
            yield from parts(inner, f"{path}/{number}")


@pytest.mark.parametrize("name", EVERY)
def test_each_is_a_json_schema_with_id_title_and_description(name: str) -> None:
    schema = schema_files.load(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith(f"/{name}.json")
    assert schema["title"]
    assert schema["description"]


@pytest.mark.parametrize("name", [*NAMES, "defs"])
def test_each_key_is_described_with_an_example(name: str) -> None:
    for path, schema in parts(schema_files.load(name)):
        for key, inner in schema.get("properties", {}).items():
            whole = {**(schema_files.resolve(inner["$ref"]) if "$ref" in inner else {}), **inner}
            assert whole.get("description"), f"{path}: {key}"
            assert whole.get("examples"), f"{path}: {key}"


def test_the_bundle_for_editors_is_up_to_date() -> None:
    shipped = files("oncue.schemas").joinpath("workspace-file.json").read_text("utf-8")
    assert shipped == json.dumps(schema_files.bundle(), indent=2, ensure_ascii=False) + "\n"


def test_the_bundle_stands_alone() -> None:
    for path, schema in parts(schema_files.bundle()):
        assert schema.get("$ref", "#/").startswith("#/"), path
    validator = jsonschema_rs.Draft202012Validator(schema_files.bundle())
    assert validator.is_valid({"project": "acme", "segments": {"hot": "score >= 50"}, "videos": ["tour"]})
    assert not validator.is_valid({"segments": {"hot": "score >= 50", "Cold": "score < 1"}})
    assert not validator.is_valid({"segment": {}})


@pytest.mark.parametrize("name", [*NAMES, "defs"])
def test_the_only_unions_are_keys_of_which_one_must_be_there(name: str) -> None:
    """Alternatives that a value could be are `if`/`then`/`else` on its shape, so an error has one place."""
    for path, schema in parts(schema_files.load(name)):
        assert "allOf" not in schema, path
        assert "not" not in schema, path
        assert "anyOf" not in schema or path.endswith("/if"), path
        for option in schema.get("oneOf", ()):
            assert list(option) == ["required"], path
            assert len(option["required"]) == 1, path
        if "oneOf" in schema:
            assert schema["title"], path


@pytest.mark.parametrize("name", [*NAMES, "defs"])
def test_every_rule_of_a_schema_has_words_for_users(name: str) -> None:
    rules = set(_WORDS) | {"$schema", "$id", "$ref", "$defs", "title", "description", "examples", "default"}
    rules |= {"properties", "items", "propertyNames", "if", "then", "else", "anyOf"}
    for path, schema in parts(schema_files.load(name)):
        assert set(schema) <= rules, path
        assert schema.get("format", "oncue-id") in FORMATS, path


def test_a_key_has_one_type_whichever_alternative_applies() -> None:
    """What `instances` relies on when it reads a scalar before it knows which alternative applies."""
    for path, schema in parts(schema_files.load("defs")):
        for name in {key for part in place_of([schema])._flat for key in part.get("properties", {})}:
            reads = {
                place_of([part["properties"][name]]).reads
                for part in place_of([schema])._flat
                if name in part.get("properties", {})
            }
            assert len(reads - {"core"}) <= 1, f"{path}: {name}"


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_kind_are_right(name: str) -> None:
    for example in schema_files.load(name)["examples"]:
        assert quick_validator(name).is_valid(example), example


@pytest.mark.parametrize("name", sorted(schema_files.load("defs")["$defs"]))
def test_the_examples_of_shared_definitions_are_right(name: str) -> None:
    schema = schema_files.load("defs")
    validator = jsonschema_rs.Draft202012Validator({**schema, "$ref": f"#/$defs/{name}"}, formats=FORMATS)
    for example in schema["$defs"][name].get("examples", ()):
        assert validator.is_valid(example), example


def test_a_key_that_belongs_elsewhere_is_in_no_schema_of_the_place() -> None:
    titles: dict[str, set[str]] = {}
    for name in (*NAMES, "defs"):
        for _, schema in parts(schema_files.load(name)):
            titles.setdefault(schema.get("title", ""), set()).update(schema.get("properties", {}))
    for title, key in MISPLACED:
        assert key not in titles[title]
