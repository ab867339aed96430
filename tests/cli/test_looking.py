"""list, report, contact, pause and resume, on the starter workspace after its replay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.oncue_process import Oncue

IN = ("-w", "acme")


@pytest.fixture
def ran(oncue: Oncue, acme: Path) -> Path:
    run = ("run", *IN, "--clock", "events", "acme/data/contacts.csv", "acme/data/events.jsonl")
    assert oncue(*run).code == 0
    return acme


def replay(oncue: Oncue, acme: Path, id_: str, at: str, **more: object) -> None:
    line = {
        "id": id_,
        "type": "web_form.submission",
        "asset": "signup",
        "contact": "cai@example.com",
        "at": at,
    }
    (acme / "one.jsonl").write_text(json.dumps(line | more))
    assert oncue("run", *IN, "--clock", "events", "acme/one.jsonl").code == 0


# --- list


def test_the_list_shows_everything_before_the_first_run(oncue: Oncue, acme: Path) -> None:
    told = oncue("list", *IN)
    assert told.code == 0
    assert "web_pages/pricing/on_visit" in told.out
    assert "never" in told.out
    assert "assets.yaml:8" in told.out
    assert "campaigns.yaml:6" in told.out
    assert not (acme / ".oncue/oncue.db").exists()


def test_the_list_counts_what_fired_and_when_last(oncue: Oncue, ran: Path) -> None:
    lines = oncue("list", "fulfillment", *IN).out.splitlines()
    pricing = next(line.split() for line in lines if line.startswith("web_pages/pricing/on_visit"))
    assert pricing[1:6] == ["2", "2026-03-06", "08:00:00+00:00", "active", "assets.yaml:8"]


def test_the_list_is_the_same_in_json(oncue: Oncue, ran: Path) -> None:
    document = json.loads(oncue("list", *IN, "--format", "json").out)
    assert list(document) == ["campaigns", "fulfillment", "segments", "lists"]
    assert {each["id"] for each in document["campaigns"]} == {"welcome", "call-hot-leads"}
    assert list(json.loads(oncue("list", "lists", *IN, "--format", "json").out)) == ["lists"]


# --- report


def test_the_report_adds_up_rules_and_steps(oncue: Oncue, ran: Path) -> None:
    text = oncue("report", "campaigns/welcome", *IN).out
    assert text.startswith("campaigns/welcome: 2 entered, ")
    hello = next(line for line in text.splitlines() if line.startswith("hello "))
    assert hello.split(maxsplit=5) == ["hello", "2", "0", "2", "0", "rule 1: 1 done; default: 1 done"]
    assert "web_pages" not in text


def test_the_whole_report_has_its_totals_at_the_head(oncue: Oncue, ran: Path) -> None:
    lines = oncue("report", *IN).out.splitlines()
    assert lines[0] == "acme, up to 2026-03-06 08:00:00+00:00"
    assert lines[1] == "contacts   2"
    assert lines[2].startswith("messages   ")


def test_the_audit_comes_entry_by_entry_in_order(oncue: Oncue, ran: Path) -> None:
    entries = [json.loads(line) for line in oncue("report", *IN, "--audit").out.splitlines()]
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    assert all(entry["contact"].startswith("email:") for entry in entries)
    one = oncue("report", *IN, "--audit", "--contact", "email:ana@example.com").out.splitlines()
    assert 0 < len(one) < len(entries)


def test_a_unit_that_there_is_not_gets_the_nearest(oncue: Oncue, ran: Path) -> None:
    told = oncue("report", "campaigns/welcom", *IN)
    assert told.code == 2
    assert "did you mean campaigns/welcome" in told.err


@pytest.mark.parametrize(
    "command", [("report",), ("contact", "show", "x"), ("contact", "clashes"), ("pause", "x/y")]
)
def test_without_a_database_the_way_to_one_is_told(
    command: tuple[str, ...], oncue: Oncue, acme: Path
) -> None:
    told = oncue(*command, *IN)
    assert told.code == 2
    assert "`oncue run -w acme` makes it" in told.err


# --- contact


def test_a_contact_is_shown_with_all_that_happened(oncue: Oncue, ran: Path) -> None:
    told = oncue("contact", "show", "ana@example.com", *IN)
    assert told.code == 0
    assert told.out.startswith("email:ana@example.com\n")
    assert "  first_name  Ana\n" in told.out
    assert "automation        web_pages/pricing/on_visit" in told.out
    assert "done, rule 1 (email team-tour" in told.out


@pytest.mark.parametrize("who", ["ana@example.com", " Ana@Example.COM ", "email:ana@example.com"])
def test_a_contact_is_found_by_any_of_its_names(who: str, oncue: Oncue, ran: Path) -> None:
    document = json.loads(oncue("contact", "show", who, *IN, "--format", "json").out)
    assert document["key"] == "email:ana@example.com"
    assert document["fields"]["employees"] == "80"


def test_nobody_is_told_in_one_line(oncue: Oncue, ran: Path) -> None:
    told = oncue("contact", "show", "nobody@example.com", *IN)
    assert (told.code, told.err) == (2, "oncue: nobody is known as nobody@example.com\n")


def test_a_contact_can_be_enrolled_and_the_campaigns_rules_hold(oncue: Oncue, ran: Path) -> None:
    assert oncue("contact", "enrol", "ben@example.com", "call-hot-leads", *IN).code == 0
    refused = oncue("contact", "enrol", "ben@example.com", "welcome", *IN)
    assert refused.code == 1
    assert "does not enter welcome" in refused.err
    unknown = oncue("contact", "enrol", "ben@example.com", "welcom", *IN)
    assert unknown.code == 2


def test_an_import_updates_and_creates(oncue: Oncue, ran: Path) -> None:
    (oncue.folder / "new.csv").write_text(
        "email,first_name,employees\nben@example.com,Benno,5\ndee@example.com,Dee,many\n"
    )
    told = oncue("contact", "import", "new.csv", "--no-triggers", *IN)
    assert told.code == 1
    assert "1 line rejected (1 bad_value)" in told.err
    assert "first_name  Benno" in oncue("contact", "show", "ben@example.com", *IN).out
    assert oncue("contact", "show", "dee@example.com", *IN).code == 2


def test_a_merge_prints_the_survivor(oncue: Oncue, ran: Path) -> None:
    told = oncue("contact", "merge", "ben@example.com", "ana@example.com", *IN)
    assert (told.code, told.out) == (0, "email:ana@example.com\n")
    assert oncue("contact", "show", "ben@example.com", *IN).out.startswith("email:ana@example.com\n")


def test_an_export_has_everything_and_an_erasure_leaves_nothing(oncue: Oncue, ran: Path) -> None:
    document = json.loads(oncue("contact", "export", "ana@example.com", *IN).out)
    assert len(document["inputs"]) > 2
    assert document["messages"]
    told = oncue("contact", "erase", "ana@example.com", *IN, "--yes")
    assert (told.code, told.err) == (0, "ana@example.com: erased\n")
    assert oncue("contact", "show", "ana@example.com", *IN).code == 2
    assert "ana@example.com" not in oncue("report", *IN, "--audit").out


def test_an_erasure_says_whom_it_removes(oncue: Oncue, ran: Path) -> None:
    oncue("contact", "merge", "ben@example.com", "ana@example.com", *IN)
    told = oncue("contact", "erase", "ben@example.com", *IN, "--yes")
    who = "email:ana@example.com, into which email:ben@example.com was merged"
    assert (told.code, told.err) == (0, f"{who}: erased\n")
    assert oncue("contact", "show", "ana@example.com", *IN).code == 2


def test_nobody_is_erased_without_being_asked(oncue: Oncue, ran: Path) -> None:
    told = oncue("contact", "erase", "ana@example.com", *IN)
    assert told.code == 2
    assert "add --yes" in told.err
    assert oncue("contact", "show", "ana@example.com", *IN).code == 0


def test_a_suppressed_contact_gets_nothing_until_it_is_lifted(oncue: Oncue, ran: Path) -> None:
    assert oncue("contact", "suppress", "ben@example.com", *IN).code == 0
    assert "\n  suppressed  operator\n" in oncue("contact", "show", "ben@example.com", *IN).out
    assert oncue("contact", "suppress", "ben@example.com", *IN, "--lift").code == 0
    assert "\n  suppressed  " not in oncue("contact", "show", "ben@example.com", *IN).out


def test_clashes_are_listed_and_the_exit_code_is_1(oncue: Oncue, ran: Path) -> None:
    assert oncue("contact", "clashes", *IN) == (0, "", "")
    replay(oncue, ran, "c1", "2026-03-08T00:00:00Z", contact="77")
    replay(oncue, ran, "c2", "2026-03-08T00:01:00Z", contact={"id": "77", "email": "ana@example.com"})
    told = oncue("contact", "clashes", *IN)
    assert told.code == 1
    assert told.out.splitlines()[1].split()[2:] == ["id:77", "email:ana@example.com", "email:ana@example.com"]
    assert json.loads(oncue("contact", "clashes", *IN, "--format", "json").out)[0]["contact"] == "id:77"


# --- pause and resume


def test_a_paused_campaign_takes_no_step_until_it_is_resumed(oncue: Oncue, ran: Path) -> None:
    assert oncue("pause", "campaigns/welcome", *IN).err == "campaigns/welcome: paused\n"
    replay(oncue, ran, "p1", "2026-03-09T00:00:00Z")
    assert "campaigns/welcome (paused): 3 entered, 1 inside" in oncue("report", *IN).out
    before = oncue("report", *IN).out
    assert oncue("resume", "campaigns/welcome", *IN).err == "campaigns/welcome: resumed\n"
    after = oncue("report", *IN).out
    assert "messages   3 done" in before
    assert "messages   4 done" in after


def test_a_misspelt_unit_or_campaign_gets_the_one_that_was_meant(oncue: Oncue, ran: Path) -> None:
    told = oncue("pause", "campaigns/wellcome", *IN)
    assert (told.code, told.err.rpartition(": ")[2]) == (2, "did you mean campaigns/welcome?\n")
    told = oncue("contact", "enrol", "ana@example.com", "wellcome", *IN)
    assert (told.code, told.err.rpartition(": ")[2]) == (2, "did you mean welcome?\n")


def test_a_pause_survives_and_a_second_one_changes_nothing(oncue: Oncue, ran: Path) -> None:
    oncue("pause", "web_forms/signup/on_submission", *IN)
    told = oncue("pause", "web_forms/signup/on_submission", *IN)
    assert (told.code, told.err) == (0, "web_forms/signup/on_submission: was paused already\n")
    assert "paused" in oncue("list", "fulfillment", *IN).out
    assert oncue("resume", "web_forms/signup/on_submission", *IN).code == 0
    assert oncue("resume", "web_forms/signup/on_submission", *IN).err.endswith("was not paused\n")
    assert "paused" not in oncue("list", "fulfillment", *IN).out


def test_a_unit_that_cannot_be_paused_is_wrong_usage_with_the_likely_one(oncue: Oncue, ran: Path) -> None:
    told = oncue("pause", "welcome", *IN)
    assert told.code == 2
    assert "campaigns/welcome" in told.err
