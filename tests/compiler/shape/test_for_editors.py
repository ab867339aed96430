"""The schema of a whole file, as an editor uses it: it knows YAML 1.2, and nothing of our places."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import yaml

from oncue.compiler.shape import schemas as schema_files
from oncue.compiler.shape.check import FORMATS
from tests.compiler.shape.test_schemas import parts

ROOT = Path(__file__).parents[3]
FILES = sorted(path for path in (ROOT / "examples").rglob("*.yaml") if ".oncue" not in path.parts)


class Core(yaml.SafeLoader):
    """Scalars by the core schema of YAML 1.2: no dates, no `yes`."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  the loader's own way


for tag, pattern in (
    ("null", r"null|Null|NULL|~|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9]+"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"),
):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})$"), None)
Core.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_editor_marks_nothing_in_a_right_file(path: Path) -> None:
    validator = jsonschema.Draft202012Validator(schema_files.bundle())
    found = yaml.load(path.read_text("utf-8"), Core)
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(found or {})] == []


def test_each_example_of_each_key_is_right_by_its_own_schema() -> None:
    whole = schema_files.bundle()
    definitions = {"$schema": whole["$schema"], "$defs": whole["$defs"]}
    tried = 0
    for path, schema in parts(whole):
        for key, inner in schema.get("properties", {}).items():
            if "examples" not in inner:
                continue
            validator = jsonschema_rs.Draft202012Validator(
                {**definitions, **inner}, formats=FORMATS, validate_formats=True
            )
            for example in inner["examples"]:
                assert validator.is_valid(example), f"{path}: {key}: {example}"
                tried += 1
    assert tried > 300
