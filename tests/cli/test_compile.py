from __future__ import annotations

import json
from pathlib import Path

from tests.cli.oncue_process import Oncue

SLIP = "segments:\n  eager: scor >= 50\n"


def test_the_plan_goes_to_stdout_and_is_the_same_each_time(oncue: Oncue, acme: Path) -> None:
    first = oncue("compile", "-w", "acme")
    assert (first.code, first.err) == (0, "")
    assert json.loads(first.out)["project"] == "acme"
    assert oncue("compile", "-w", "acme").out == first.out
    assert oncue("compile", "-w", "acme", "-o", "-").out == first.out


def test_the_plan_can_go_to_a_file(oncue: Oncue, acme: Path) -> None:
    told = oncue("compile", "-w", "acme", "-o", "plan.json")
    assert (told.code, told.out) == (0, "")
    assert told.err.startswith("plan.json: plan ")
    assert (oncue.folder / "plan.json").read_text() == oncue("compile", "-w", "acme").out


def test_with_mistakes_there_is_no_plan_and_the_old_file_stays(oncue: Oncue, acme: Path) -> None:
    (oncue.folder / "plan.json").write_text("old")
    (acme / "more.yaml").write_text(SLIP)
    told = oncue("compile", "-w", "acme", "-o", "plan.json")
    assert (told.code, told.out) == (1, "")
    assert "more.yaml:2:10: " in told.err
    assert (oncue.folder / "plan.json").read_text() == "old"


def test_a_folder_that_is_not_there_is_told_in_one_line(oncue: Oncue, acme: Path) -> None:
    told = oncue("compile", "-w", "acme", "-o", "nowhere/plan.json")
    assert told.code == 3
    assert told.err == "oncue: nowhere/plan.json cannot be written: no such file or directory\n"


def test_a_device_is_written_to_and_not_replaced(oncue: Oncue, acme: Path) -> None:
    assert oncue("compile", "-w", "acme", "-o", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()


def test_moving_a_definition_to_another_file_changes_no_digest_of_it(oncue: Oncue, acme: Path) -> None:
    before = json.loads(oncue("compile", "-w", "acme").out)
    (acme / "all-campaigns.yaml").write_text("\n\n" + (acme / "campaigns.yaml").read_text())
    (acme / "campaigns.yaml").unlink()
    after = json.loads(oncue("compile", "-w", "acme").out)
    assert before["files"] != after["files"]
    for id_, campaign in before["campaigns"].items():
        assert after["campaigns"][id_]["digest"] == campaign["digest"]
