"""The two hand-made examples do what their READMEs say. What must happen was worked out by hand."""

from __future__ import annotations

import json
import shutil
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from oncue.cli.main import main
from oncue.compiler import workspace

ROOT = Path(__file__).parents[2]


class Ran:
    """An example after its replay."""

    def __init__(self, folder: Path, audit: list[dict[str, Any]]) -> None:
        self.folder = folder
        self.audit = audit

    def sent(self) -> list[tuple[str, str, str]]:
        """(contact, email, instant) of every message, in order."""
        return [
            (entry["contact"], entry["data"]["email"], entry["at"])
            for entry in self.audit
            if entry["what"] == "action"
            and entry.get("result") == "done"
            and "email" in entry.get("data", {})
        ]

    def letters(self) -> list[tuple[str, str]]:
        """(address, subject) of the outbox's files."""
        files = sorted((self.folder / ".oncue/outbox").glob("*.eml"))
        found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        return [(str(each["To"]), str(each["Subject"])) for each in found]


def replay(name: str, folder: Path, *arguments: str, capsys: pytest.CaptureFixture[str]) -> Ran:
    target = folder / name
    shutil.copytree(ROOT / "examples" / name, target, ignore=shutil.ignore_patterns(".oncue"))
    inputs = [str(path) for path in sorted((target / "data").iterdir()) if "faulty" not in path.name]
    assert main(["run", "-w", str(target), "--clock", "events", *arguments, *inputs]) == 0
    capsys.readouterr()
    assert main(["report", "-w", str(target), "--audit"]) == 0
    return Ran(target, [json.loads(line) for line in capsys.readouterr().out.splitlines()])


@pytest.fixture
def quickstart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ran:
    return replay("quickstart", tmp_path, "--until", "2026-03-31", capsys=capsys)


@pytest.fixture
def spec(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ran:
    return replay("spec", tmp_path, capsys=capsys)


@pytest.mark.parametrize("name", ["spec", "quickstart"])
def test_an_example_has_no_error_and_no_warning(name: str) -> None:
    found = workspace.check(ROOT / "examples" / name, cache=False).diagnostics
    assert [each for each in found if each.severity != "note"] == []


def test_quickstart_sends_these_emails_at_these_instants(quickstart: Ran) -> None:
    assert sorted(quickstart.sent(), key=lambda each: each[2]) == [
        ("id:c1", "invite-vip", "2026-03-02T08:09:00Z"),
        ("id:c2", "demo-confirmation", "2026-03-02T09:30:00Z"),
        ("id:c2", "invite", "2026-03-02T09:30:00Z"),
        ("id:c3", "guide-follow-up", "2026-03-02T10:00:00Z"),
        ("anon:visitor-77", "confirm-newsletter", "2026-03-02T13:08:00Z"),
        ("id:c4", "invite", "2026-03-03T07:25:00Z"),
        ("id:c2", "reminder", "2026-03-05T09:30:00Z"),
        ("id:c4", "reminder", "2026-03-06T07:25:00Z"),
        ("id:c1", "demo-confirmation", "2026-03-06T10:00:00Z"),
        ("id:c4", "trial-ending", "2026-03-09T08:00:00Z"),
        ("id:c3", "trial-ending", "2026-03-17T08:00:00Z"),
    ]


def test_quickstarts_outbox_holds_one_letter_for_each(quickstart: Ran) -> None:
    letters = quickstart.letters()
    assert len(letters) == len(quickstart.sent())
    assert ("faye@studio.example", "Please confirm") in letters
    assert ("ana.ruiz@clinic.example", "Your private preview") in letters


def test_quickstart_shows_a_step_with_no_action(quickstart: Ran) -> None:
    found = [
        (entry["contact"], entry["step"])
        for entry in quickstart.audit
        if entry.get("result") == "no_action" and entry.get("unit") == "campaigns/spring-launch"
    ]
    assert found == [("id:c1", "reminder")]


def test_quickstarts_pricing_page_is_worth_500_points_once(quickstart: Ran) -> None:
    scores = [
        (entry["contact"], entry["result"])
        for entry in quickstart.audit
        if entry.get("unit") == "web_pages/pricing/on_visit" and entry.get("step") == "adjust_score"
    ]
    assert scores == [("id:c1", "done"), ("id:c1", "skipped"), ("id:c5", "done")]


def test_quickstart_refuses_whoever_never_subscribed(quickstart: Ran) -> None:
    refused = [entry for entry in quickstart.audit if entry.get("result") == "refused"]
    assert {(entry["contact"], entry["why"]) for entry in refused} == {("id:c5", "no consent")}


def test_quickstart_joins_the_anonymous_visitor_with_her_address(quickstart: Ran) -> None:
    assert main(["contact", "show", "faye@studio.example", "-w", str(quickstart.folder)]) == 0
    assert main(["contact", "show", "anon:visitor-77", "-w", str(quickstart.folder)]) == 0


def test_quickstarts_data_uses_every_behaviour_that_its_site_has(quickstart: Ran) -> None:
    fired = {entry["unit"] for entry in quickstart.audit if entry["what"] == "automation"}
    plan = workspace.check(quickstart.folder).plan
    assert plan is not None
    declared = {
        f"{kind}/{name}/on_{behaviour}"
        for kind, assets in {**plan.assets, "emails": plan.emails}.items()
        for name, asset in assets.items()
        for behaviour in asset.behaviours
    }
    assert fired == declared


def test_quickstarts_faulty_lines_are_rejected_and_the_good_one_is_taken(
    quickstart: Ran, capsys: pytest.CaptureFixture[str]
) -> None:
    faulty = quickstart.folder / "data/faulty.jsonl"
    assert main(["run", "-w", str(quickstart.folder), "--clock", "events", str(faulty)]) == 1
    assert capsys.readouterr().err.startswith("1 event, 0 contact rows\n")
    rejects = (quickstart.folder / ".oncue/rejects.jsonl").read_text().splitlines()
    assert {(each["number"], each["reason"]) for each in map(json.loads, rejects)} == {
        (1, "unknown_asset"), (2, "id_conflict"), (3, "bad_property"), (4, "bad_line"),
    }  # fmt: skip


def test_the_spec_example_invites_by_the_top_most_rule(spec: Ran) -> None:
    assert spec.sent() == [
        ("id:p1", "invite-health", "2026-03-02T14:10:00Z"),
        ("id:p2", "demo-confirmation", "2026-03-02T15:00:00Z"),
        ("id:p2", "invite-vip", "2026-03-02T15:00:00Z"),
        ("id:p3", "demo-confirmation", "2026-03-04T21:00:00Z"),
    ]


def test_the_spec_example_takes_both_branches(spec: Ran) -> None:
    steps = {(entry["contact"], entry["step"]) for entry in spec.audit if entry["what"] == "step.entered"}
    assert ("id:p1", "if/else/send_sms") in steps
    assert ("id:p2", "if/then/adjust_score") in steps
