"""oncue diff --events: what people see of two plans on the same history."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.oncue_process import ROOT, Oncue, process

GOLDEN = ROOT / "tests/golden/replays"
QUICKSTART = ROOT / "examples/quickstart"
HISTORY = ("old/data/contacts.csv", "old/data/events.jsonl")
VIP = "score >= 500 and employees >= 50"
EDITS = {
    "shorter-wait": [("campaigns.yaml", "wait: 3 days", "wait: 1 day")],
    "swapped-email": [("campaigns.yaml", "default: invite\n", "default: invite-vip\n")],
    "tighter-condition": [("audience.yaml", "at least 3 times", "at least 4 times")],
    "removed-rule": [("campaigns.yaml", f"            - when: {VIP}\n              use: invite-vip\n", "")],
    "fewer-points": [("site.yaml", "adjust_score: +500", "adjust_score: +50")],
    "renamed": [
        ("campaigns.yaml", "  customers:\n", "  buyers:\n    was: customers\n"),
        ("campaigns.yaml", "- add_tag: customer", "- id: mark\n        add_tag: customer"),
    ],
    "inserted-wait": [("campaigns.yaml", "- id: invite\n", f"- wait: 1 hour\n{' ' * 6}- id: invite\n")],
}  # fmt: skip


@pytest.fixture
def sides(oncue: Oncue) -> Oncue:
    """The quickstart twice, as `old` and `new`, without its tests."""
    for name in ("old", "new"):
        ignored = shutil.ignore_patterns(".oncue", "tests.yaml")
        shutil.copytree(QUICKSTART, oncue.folder / name, ignore=ignored)
    return oncue


def edit(folder: Path, *changes: tuple[str, str, str]) -> None:
    for name, before, after in changes:
        file = folder / name
        assert before in file.read_text(), before
        file.write_text(file.read_text().replace(before, after))


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_plan_is_told_as_its_golden_says(sides: Oncue, name: str, rewrite: bool) -> None:
    edit(sides.folder / "new", *EDITS[name])
    told = sides("diff", "old", "new", "--events", HISTORY[1], "--events", HISTORY[0], "--sample", "2")
    golden = GOLDEN / f"{name}.txt"
    text = f"{told.out}{told.err}exit code {told.code}\n"
    if rewrite:
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


def test_a_plan_against_itself_differs_nowhere(sides: Oncue) -> None:
    told = sides("diff", "old", "new", "--events", HISTORY[1], HISTORY[0], "--sample", "5", "--contact", "c1")
    assert told.code == 0
    assert told.out == "id:c1: nothing differs\n"
    assert told.err.endswith(
        "the workspace old -> the workspace new, on 30 events and 5 rows of 6 contacts, 1 repeated: "
        "nothing differs\n"
    )


def test_the_document_says_the_same_as_the_text(sides: Oncue) -> None:
    edit(sides.folder / "new", *EDITS["swapped-email"])
    told = sides(
        "diff", "old", "new", *HISTORY[:1], "--events", HISTORY[1], "--format", "json", "--sample", "1"
    )
    found = json.loads(told.out)
    assert told.code == 1
    assert (found["version"], found["old"]["events"], found["new"]["rows"]) == (1, 30, 5)
    (line,) = found["lines"][:1]
    assert {name: line[name] for name in ("kind", "unit", "step", "what", "into")} == {
        "kind": "send", "unit": "campaigns/spring-launch", "step": "invite", "what": "invite",
        "into": {"invite-vip": 2},
    }  # fmt: skip
    assert found["contacts"] == {"different": 2, "higher_score": 0, "lower_score": 0}
    (sample,) = found["samples"]
    (difference,) = sample["differences"]
    assert (difference["change"], difference["new"]["what"]) == ("becomes", "invite-vip")


def test_every_single_one_comes_as_a_line(sides: Oncue) -> None:
    edit(sides.folder / "new", *EDITS["fewer-points"])
    told = sides("diff", "old", "new", *HISTORY[:1], "--events", HISTORY[1], "--all")
    lines = [json.loads(line) for line in told.out.splitlines()]
    sums = json.loads(
        sides("diff", "old", "new", *HISTORY[:1], "--events", HISTORY[1], "--format", "json").out
    )["sums"]
    assert told.code == 1
    assert len(lines) == sum(
        each["appears"] + each["vanishes"] + each["moves"] + each["becomes"] for each in sums
    )
    assert {line["contact"] for line in lines} <= {
        "id:c1",
        "id:c2",
        "id:c3",
        "id:c4",
        "id:c5",
        "anon:visitor-77",
    }


def test_one_contact_is_found_by_what_people_call_it(sides: Oncue) -> None:
    edit(sides.folder / "new", *EDITS["fewer-points"])
    told = sides(
        "diff", "old", "new", *HISTORY[:1], "--events", HISTORY[1], "--contact", "ana.ruiz@clinic.example"
    )
    assert "\nid:c1\n" in told.out
    assert "score at the end: " in told.out
    told = sides("diff", "old", "new", *HISTORY[:1], "--events", HISTORY[1], "--contact", "zoe@x.test")
    assert (told.code, told.out) == (2, "")
    assert "the history knows nobody called zoe@x.test" in told.err


def test_bad_lines_are_told_once_with_their_numbers_and_found(sides: Oncue) -> None:
    faulty = sides.folder / "old/data/faulty.jsonl"
    told = sides("diff", "old", "new", "--events", faulty)
    assert told.code == 1
    assert told.out == ""
    assert f"{faulty}:4: the line breaks off: no whole JSON object [bad_line]\n" in told.err
    assert told.err.count("faulty.jsonl:") == 3
    assert "\n3 lines rejected\n" in told.err


def test_lines_that_only_one_plan_takes_are_a_difference(sides: Oncue) -> None:
    edit(sides.folder / "new", ("oncue.yaml", "purchase:", "purchase: {total: number, sku: text}\n  refund:"))
    (sides.folder / "h.jsonl").write_text(
        '{"id": "1", "type": "refund", "contact": "a@x.test", "at": "2026-03-02T09:00:00Z"}\n'
    )
    told = sides("diff", "old", "new", "--events", "h.jsonl")
    assert told.code == 1
    assert "h.jsonl:1: " in told.err
    assert "1 line rejected by the workspace old\n" in told.err


def test_a_history_that_no_campaign_listens_to_is_told(sides: Oncue) -> None:
    (sides.folder / "h.jsonl").write_text(
        '{"id": "1", "type": "task.completed", "contact": "a@x.test", "at": "2026-03-02T09:00:00Z"}\n'
    )
    for side in ("old", "new"):
        edit(sides.folder / side, ("campaigns.yaml", "", ""))
        (sides.folder / side / "campaigns.yaml").write_text(
            "campaigns:\n  thanks:\n    starts_when: [{event: purchase}]\n    steps: [{add_tag: customer}]\n"
        )
    told = sides("diff", "old", "new", "--events", "h.jsonl")
    assert told.code == 0
    assert (
        "no line of the history is one that a campaign listens to: they listen to purchase; "
        "the history has task.completed\n"
    ) in told.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--events", "-"), "the history is read twice: name a file instead of standard input"),
        (("--events", "none.jsonl"), "none.jsonl cannot be read: no such file or directory"),
        (("--events", HISTORY[1], "--format", "markdown"), "--format markdown is for plans alone"),
        (("--events", HISTORY[1], "--until", "soon"), "--until soon is no time"),
        (("--sample", "3"), "--until, --sample, --contact and --all go with --events"),
    ],
)
def test_what_cannot_be_is_said(sides: Oncue, arguments: tuple[str, ...], words: str) -> None:
    told = sides("diff", "old", "new", *arguments)
    assert (told.code, told.out) == (2, "")
    assert words in told.err


def test_a_column_that_only_one_plan_has_a_field_for_is_told(sides: Oncue) -> None:
    edit(sides.folder / "new", ("oncue.yaml", "\nfields:\n", "\nfields:\n  tier: text\n"))
    (sides.folder / "c.csv").write_text("email,tier\na@x.test,gold\n")
    told = sides("diff", "old", "new", "--events", HISTORY[1], "c.csv")
    assert (told.code, told.out) == (2, "")
    assert "c.csv:1: no contact field `tier`" in told.err
    assert told.err.endswith("(by the old plan)\n")


def test_no_database_and_no_file_is_touched(sides: Oncue) -> None:
    before = sorted(sides.folder.rglob("*"))
    sides("diff", "old", "new", "--events", HISTORY[1], HISTORY[0])
    made = [path for path in sorted(sides.folder.rglob("*")) if path not in before]
    assert [path for path in made if "cache" not in str(path.relative_to(sides.folder))] == [
        path for path in made if path.name == ".oncue"
    ]


def test_a_reader_that_has_had_enough_is_no_failure(sides: Oncue) -> None:
    edit(sides.folder / "new", *EDITS["fewer-points"])
    told = process(sides.folder, "diff", "old", "new", "--events", *HISTORY[::-1], "--all")
    assert told.code == 1
    assert told.out
