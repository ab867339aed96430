"""oncue backtest: what people see of a history that was played."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.oncue_process import ROOT, Oncue

GOLDEN = ROOT / "tests/golden/replays"
HISTORY = ("data/contacts.csv", "data/events.jsonl")
ASKED = {
    "backtest-all": [],
    "backtest-span": ["--from", "2026-03-04", "--to", "2026-03-20", "--sample", "2"],
    "backtest-campaign": ["--campaign", "spring-launch", "--contact", "c4"],
}


@pytest.fixture
def quickstart(oncue: Oncue) -> Oncue:
    """The quickstart as the current folder."""
    ignored = shutil.ignore_patterns(".oncue")
    shutil.copytree(ROOT / "examples/quickstart", oncue.folder, ignore=ignored, dirs_exist_ok=True)
    return oncue


@pytest.mark.parametrize("name", ASKED)
def test_the_answer_is_as_its_golden_says(quickstart: Oncue, name: str, rewrite: bool) -> None:
    told = quickstart("backtest", *HISTORY, *ASKED[name])
    golden = GOLDEN / f"{name}.txt"
    text = f"{told.out}{told.err}exit code {told.code}\n"
    if rewrite:
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


def test_nothing_is_written(quickstart: Oncue) -> None:
    before = {path: path.read_bytes() for path in quickstart.folder.rglob("*") if path.is_file()}
    quickstart("backtest", *HISTORY)
    after = {path: path.read_bytes() for path in quickstart.folder.rglob("*") if path.is_file()}
    assert {path for path in after if "cache" not in path.parts} == set(before)


def test_the_log_of_a_database_gives_what_it_did(quickstart: Oncue) -> None:
    quickstart("run", "--clock", "events", *HISTORY)
    database = quickstart.folder / ".oncue/oncue.db"
    before = database.read_bytes()
    told = quickstart("backtest", "--db", database, "--format", "json")
    report = json.loads(quickstart("report", "--format", "json").out)
    found = json.loads(told.out)
    assert told.code == 0
    assert found["report"]["campaigns"] == report["campaigns"]
    assert sum(each["times"] for each in found["sends"]) == sum(report["messages"].values())
    assert database.read_bytes() == before


def test_the_document_has_every_fact_week_by_week(quickstart: Oncue) -> None:
    told = quickstart("backtest", *HISTORY, "--format", "json", "--from", "2026-03-04", "--sample", "1")
    found = json.loads(told.out)
    assert (found["version"], found["from"], found["history"]["before"]) == (1, "2026-03-03T23:00:00Z", 22)
    assert [week["begins"] for week in found["weeks"]] == ["2026-03-02", "2026-03-09"]
    sent = sum(each["times"] for week in found["weeks"] for each in week["facts"] if each["kind"] == "send")
    assert sent == sum(each["times"] for each in found["sends"])
    (contact,) = found["contacts"]
    assert all(each["at"] >= "2026-03-03T23:00:00Z" for each in contact["facts"])


def test_every_single_one_comes_as_a_line(quickstart: Oncue) -> None:
    told = quickstart("backtest", *HISTORY, "--all", "--campaign", "spring-launch")
    lines = [json.loads(line) for line in told.out.splitlines()]
    entered = [line["contact"] for line in lines if line["kind"] == "entry"]
    assert sorted(entered) == ["id:c1", "id:c2", "id:c4", "id:c5"]
    assert {line["unit"] for line in lines} == {"campaigns/spring-launch"}


def test_standard_input_is_a_history_too(quickstart: Oncue) -> None:
    from tests.cli.oncue_process import process

    text = (quickstart.folder / HISTORY[1]).read_text()
    told = process(quickstart.folder, "backtest", "-", stdin=text)
    assert (told.code, told.err.partition(";")[0]) == (
        0,
        "played 30 events and 0 rows of 6 contacts, 1 repeated",
    )


def test_bad_lines_are_told_with_their_numbers(quickstart: Oncue) -> None:
    told = quickstart("backtest", "data/faulty.jsonl")
    assert told.code == 1
    assert "data/faulty.jsonl:4: the line breaks off: no whole JSON object [bad_line]\n" in told.err
    assert "3 lines rejected\n" in told.err


def test_a_history_that_no_campaign_listens_to_is_told(quickstart: Oncue) -> None:
    campaigns = quickstart.folder / "campaigns.yaml"
    campaigns.write_text(
        "campaigns:\n  thanks:\n    starts_when: [{event: purchase}]\n    steps: [{add_tag: x}]\n"
    )
    (quickstart.folder / "tests.yaml").unlink()
    (quickstart.folder / "h.jsonl").write_text(
        '{"id": "1", "type": "task.completed", "contact": "a@x.test", "at": "2026-03-02T09:00:00Z"}\n'
    )
    told = quickstart("backtest", "h.jsonl")
    assert told.code == 0
    assert "they listen to purchase; the history has task.completed\n" in told.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name the history: files with events and contacts, or a database with --db"),
        ((HISTORY[1], "--db", "x.db"), "name the history: files with events and contacts, or a database"),
        (("--db", "x.db"), "there is no database x.db yet"),
        ((HISTORY[1], "--campaign", "spring-lunch"), "no campaign spring-lunch; did you mean spring-launch?"),
        (
            (HISTORY[1], "--from", "2026-03-04", "--to", "2026-03-04"),
            "--to 2026-03-04 is not later than --from",
        ),
        ((HISTORY[1], "--from", "spring"), "--from spring is no time; write 2026-03-20"),
        ((HISTORY[1], "--contact", "zoe@x.test"), "the history knows nobody called zoe@x.test"),
        (("none.jsonl",), "none.jsonl cannot be read: no such file or directory"),
    ],
)
def test_what_cannot_be_is_said(quickstart: Oncue, arguments: tuple[str, ...], words: str) -> None:
    told = quickstart("backtest", *arguments)
    assert (told.code, told.out) == (2, "")
    assert words in told.err


def test_a_plan_that_would_strand_members_is_refused(quickstart: Oncue, tmp_path: Path) -> None:
    quickstart("run", "--clock", "events", *HISTORY)
    campaigns = quickstart.folder / "campaigns.yaml"
    text = campaigns.read_text()
    campaigns.write_text(text.replace("  spring-launch:\n", "  autumn-launch:\n"))
    (quickstart.folder / "tests.yaml").unlink()
    told = quickstart("backtest", "--db", ".oncue/oncue.db", "--from", "2026-03-05")
    assert (told.code, told.out) == (2, "")
    assert "spring-launch" in told.err
