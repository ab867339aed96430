"""`oncue schema --install`: editors learn the schema, and nothing of anybody's is lost."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.cli.oncue_process import Oncue

MAPPED = {"./acme/.oncue/schemas/workspace-file.json": ["acme/**/*.yaml", "acme/**/*.yml"]}


def settings(oncue: Oncue) -> Path:
    return oncue.folder / ".vscode/settings.json"


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_vs_code_gets_the_schema_and_a_mapping_from_the_opened_folder(oncue: Oncue, acme: Path) -> None:
    told = oncue("schema", "--install", "-w", "acme")
    assert told.code == 0
    assert told.out == "wrote acme/.oncue/schemas/workspace-file.json\nwrote .vscode/settings.json\n"
    assert json.loads(settings(oncue).read_text()) == {"yaml.schemas": MAPPED}


def test_in_the_workspace_itself_the_paths_have_no_folder(oncue: Oncue, acme: Path) -> None:
    oncue.folder = acme
    assert oncue("schema", "--install").code == 0
    mapping = json.loads(settings(oncue).read_text())["yaml.schemas"]
    assert mapping == {"./.oncue/schemas/workspace-file.json": ["**/*.yaml", "**/*.yml"]}


def test_the_installed_schema_describes_the_workspaces_files(oncue: Oncue, acme: Path) -> None:
    assert oncue("schema", "--install", "-w", "acme").code == 0
    schema = json.loads((acme / ".oncue/schemas/workspace-file.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    for path in acme.glob("*.yaml"):
        validator.validate(yaml.safe_load(path.read_text()))
    assert [e.validator for e in validator.iter_errors({"campains": {}})] == ["additionalProperties"]


def test_what_the_settings_say_already_stays(oncue: Oncue, acme: Path) -> None:
    settings(oncue).parent.mkdir()
    mine = {
        "editor.rulers": [110],
        "yaml.schemas": {"other.json": "x.yaml", next(iter(MAPPED)): "mine.yaml"},
        "später": {"a": None, "b": 1.5},
    }
    settings(oncue).write_text(json.dumps(mine, indent="\t", ensure_ascii=False), "utf-8")
    assert oncue("schema", "--install", "-w", "acme").code == 0
    text = settings(oncue).read_text("utf-8")
    now = json.loads(text)
    assert now["yaml.schemas"].pop(next(iter(MAPPED))) == ["mine.yaml", "acme/**/*.yaml", "acme/**/*.yml"]
    mine["yaml.schemas"] = {"other.json": "x.yaml"}
    assert now == mine
    assert list(now) == list(mine)
    assert '\n\t"später"' in text


@pytest.mark.parametrize(
    "there",
    [
        '{\n  // a comment\n  "a": 1\n}',
        '{"a": 1,}',
        '{"a": 1, "a": 2}',
        "[]",
        '{"yaml.schemas": []}',
        "\xff",
        "{",
    ],
)
def test_settings_that_cannot_be_read_are_not_written_over(there: str, oncue: Oncue, acme: Path) -> None:
    settings(oncue).parent.mkdir()
    settings(oncue).write_bytes(there.encode("latin-1"))
    before = everything(oncue.folder)
    told = oncue("schema", "--install", "-w", "acme")
    assert told.code == 3
    assert "settings.json" in told.err
    assert "nothing was written" in told.err
    assert everything(oncue.folder) == before


@pytest.mark.parametrize("editor", ["vscode", "modeline"])
def test_a_second_time_changes_nothing(editor: str, oncue: Oncue, acme: Path) -> None:
    assert oncue("schema", "--install", editor, "-w", "acme").code == 0
    before = everything(oncue.folder)
    told = oncue("schema", "--install", editor, "-w", "acme")
    assert (told.code, told.out) == (0, "")
    assert everything(oncue.folder) == before


@pytest.mark.parametrize("editor", ["vscode", "modeline"])
def test_a_dry_run_says_the_same_and_writes_nothing(editor: str, oncue: Oncue, acme: Path) -> None:
    before = everything(oncue.folder)
    would = oncue("schema", "--install", editor, "--dry-run", "-w", "acme").out
    assert everything(oncue.folder) == before
    assert would.replace("would write", "wrote") == oncue("schema", "--install", editor, "-w", "acme").out


def test_each_file_gets_a_line_with_the_way_to_the_schema(oncue: Oncue, acme: Path) -> None:
    (acme / "more").mkdir()
    (acme / "more/a.yaml").write_bytes(b"segments: {a: score > 1}\r\n")
    (acme / "b.yml").write_bytes(b"\xef\xbb\xbflists: [b]\n")
    assert oncue("schema", "--install", "modeline", "-w", "acme").code == 0
    line = b"# yaml-language-server: $schema="
    schema = b".oncue/schemas/workspace-file.json"
    assert (acme / "more/a.yaml").read_bytes() == line + b"../" + schema + b"\r\nsegments: {a: score > 1}\r\n"
    assert (acme / "b.yml").read_bytes() == b"\xef\xbb\xbf" + line + schema + b"\nlists: [b]\n"
    assert (acme / "oncue.yaml").read_bytes().startswith(line + schema + b"\n")
    assert oncue("validate", "acme").code == 0


def test_a_line_moves_with_its_file_and_one_for_another_schema_stays(oncue: Oncue, acme: Path) -> None:
    line = "# yaml-language-server: $schema="
    (acme / "a.yaml").write_text(f"# mine\n{line}../../.oncue/schemas/workspace-file.json\nlists: [a]\n")
    (acme / "b.yaml").write_text(f"{line}https://other.test/s.json\nlists: [b]\n")
    told = oncue("schema", "--install", "modeline", "-w", "acme")
    assert (acme / "a.yaml").read_text() == f"# mine\n{line}.oncue/schemas/workspace-file.json\nlists: [a]\n"
    assert (acme / "b.yaml").read_text() == f"{line}https://other.test/s.json\nlists: [b]\n"
    assert "b.yaml stays: it names another schema" in told.err


def test_wrong_usage_is_told(oncue: Oncue, acme: Path) -> None:
    assert oncue("schema", "campaigns", "--install", "vscode").code == 2
    assert oncue("schema", "--dry-run").code == 2
    oncue.folder = acme / "data"
    told = oncue("schema", "--install", "-w", "..")
    assert told.code == 3
    assert "run this in the folder that you open" in told.err
