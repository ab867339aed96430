from __future__ import annotations

from pathlib import Path

import pytest

from oncue.cli.init import project_id
from tests.cli.oncue_process import Oncue


def test_init_writes_a_workspace_that_has_nothing_to_report(oncue: Oncue, acme: Path) -> None:
    told = oncue("validate", "acme", "--strict")
    assert (told.code, told.out) == (0, ""), told.out
    assert "acme: " in told.err


def test_init_tells_what_it_wrote_and_what_to_do_next(oncue: Oncue) -> None:
    told = oncue("init", "acme")
    assert told.out == ""
    assert "wrote acme/oncue.yaml\n" in told.err
    assert "oncue run -w acme --clock events acme/data/contacts.csv acme/data/events.jsonl" in told.err


def test_the_commands_that_init_names_work(oncue: Oncue) -> None:
    for line in oncue("init", "acme").err.split("Next:\n")[1].splitlines():
        told = oncue(*line.split()[1:])
        assert told.code == 0, (line, told)


def test_init_leaves_every_file_that_is_there_as_it_is(oncue: Oncue) -> None:
    (oncue.folder / "oncue.yaml").write_text("mine")
    told = oncue("init")
    assert told.code == 2
    assert "oncue.yaml is there already" in told.err
    assert [path.name for path in oncue.folder.iterdir()] == ["oncue.yaml"]
    assert (oncue.folder / "oncue.yaml").read_text() == "mine"


def test_the_database_and_the_outbox_stay_out_of_git(acme: Path) -> None:
    assert ".oncue/" in (acme / ".gitignore").read_text()


@pytest.mark.parametrize(
    ("folder", "project"),
    [
        ("acme", "acme"),
        ("Acme Inc.", "acme-inc"),
        ("2026", "my-project"),
        ("żółw", "w"),
        ("spring_launch", "spring-launch"),
    ],
)
def test_the_folders_name_becomes_the_project(folder: str, project: str, tmp_path: Path) -> None:
    assert project_id(tmp_path / folder) == project
