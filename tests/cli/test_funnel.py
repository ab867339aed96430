"""The funnel on the command line, on its example: what people see of it, and what an operator does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from oncue.runtime.views import reports
from tests.cli.oncue_process import Oncue

EXAMPLE = Path(__file__).parents[2] / "examples/funnel"
IN = ("-w", "funnel")


@pytest.fixture
def ran(oncue: Oncue, tmp_path: Path) -> Path:
    folder = tmp_path / "funnel"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".oncue"))
    until = ("--until", "2026-03-05T00:00:00Z")
    told = oncue("run", *IN, "--clock", "events", "funnel/data/march.jsonl", *until)
    assert told.code == 0
    return folder


def test_list_shows_scenarios_with_their_outcomes(oncue: Oncue, ran: Path) -> None:
    found = json.loads(oncue("list", "reactivation_scenarios", *IN, "--format", "json").out)
    late = next(each for each in found["reactivation_scenarios"] if each["id"] == "late-score")
    assert late["outcomes"] == {"reactivated": 1, "inserted": 1, "already_engaged": 2}
    assert late["mean"] == 300
    assert "reactivation.yaml:2" in oncue("list", *IN).out


def test_show_and_export_have_memberships_and_what_waits(oncue: Oncue, ran: Path) -> None:
    assert oncue("contact", "reactivate", "dee", "--scenario", "call-done", *IN).code == 1
    told = oncue("contact", "show", "dee", *IN).out
    assert "response    webinar: attended, resolved_no_action; responded 2026-03-02 10:02:00+01:00" in told
    assert "scenario    call-done: judges at 2026-03-05 02:00:00+01:00 (by hand)" in told
    exported = json.loads(oncue("contact", "export", "dee", *IN).out)
    assert [(one["campaign"], one["response"]) for one in exported["memberships"]] == [
        ("webinar", "resolved_no_action")
    ]
    assert [one["scenario"] for one in exported["scenarios"]] == ["call-done"]


def test_reactivate_tells_what_came_of_it(oncue: Oncue, ran: Path) -> None:
    settings = ran / "reactivation.yaml"
    settings.write_text(settings.read_text().replace("    wait: 1 hour\n", ""))
    assert oncue("run", *IN, "--clock", "events", "--until", "2026-03-05T00:00:00Z", "--db", "new.db",
                 "funnel/data/march.jsonl").code == 0  # fmt: skip
    shutil.move(ran.parent / "new.db", ran / ".oncue/oncue.db")
    told = oncue("contact", "reactivate", "dee", "--scenario", "call-done", *IN)
    assert (told.code, "done, reactivated (cause" in told.out) == (0, True)
    assert "set off: by hand" in told.out
    assert "candidates: webinar (attended, resolved_no_action, 2026-03-02 10:02:00+01:00): taken" in told.out
    again = oncue("contact", "reactivate", "dee", "--scenario", "call-done", *IN)
    assert (again.code, "skipped, already_engaged" in again.out) == (1, True)


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        (
            "cal-done",
            "there is no reactivation scenario cal-done in the plan in force: did you mean call-done?",
        ),
        ("late-score", "late-score is of type score, and only its trigger sets it off; invocable: call-done"),
    ],
)
def test_a_scenario_that_cannot_be_set_off_by_hand_is_refused(
    oncue: Oncue, ran: Path, scenario: str, words: str
) -> None:
    told = oncue("contact", "reactivate", "dee", "--scenario", scenario, *IN)
    assert told.code == 3 or told.code == 2
    assert words in told.err


def test_a_scenario_can_be_paused_and_goes_on(oncue: Oncue, ran: Path) -> None:
    assert oncue("pause", "reactivation_scenarios/call-done", *IN).code == 0
    told = oncue("contact", "reactivate", "dee", "--scenario", "call-done", *IN)
    assert (told.code, "refused, paused" in told.out) == (1, True)
    assert "paused" in oncue("list", "reactivation_scenarios", *IN).out
    assert oncue("resume", "reactivation_scenarios/call-done", *IN).code == 0


def test_who_is_erased_is_in_no_funnel(oncue: Oncue, ran: Path) -> None:
    assert oncue("contact", "erase", "ana", "--yes", *IN).code == 0
    assert oncue("contact", "show", "ana", *IN).code != 0


def test_a_replay_of_the_log_does_what_the_operator_did(oncue: Oncue, ran: Path) -> None:
    oncue("contact", "reactivate", "dee", "--scenario", "call-done", *IN)
    found = [entry["what"] for entry in reports.audit(ran / ".oncue/oncue.db", contact="id:dee")]
    assert found[-1] == "scenario.set_off"
    told = oncue("run", *IN, "--clock", "received", "funnel/.oncue/oncue.db", "--db", "again.db")
    assert told.code == 0
    again = [entry["what"] for entry in reports.audit(ran.parent / "again.db", contact="id:dee")]
    assert again == found


def test_why_tells_the_event_the_wait_the_candidates_and_the_outcome(oncue: Oncue, ran: Path) -> None:
    told = oncue("why", "ana", "--scenario", "late-score", *IN).out
    assert "identify (s1) happened" in told
    assert "set off (its crosses became true); waited until 2026-03-02 10:25:00+01:00" in told
    assert "candidate webinar (attended, resolved_no_action, 2026-03-02 10:00:00+01:00): taken" in told
    assert "webinar became the active response again" in told
    never = oncue("why", "dee", "--scenario", "late-score", *IN).out
    assert "nothing has set it off" in never
    assert "false  score >= 65    score is 20" in never
    unknown = oncue("why", "dee", "--scenario", "late-scor", *IN)
    assert "did you mean late-score?" in unknown.err


def test_the_site_has_the_scenarios_in_words(oncue: Oncue, ran: Path) -> None:
    assert oncue("docs", *IN, "--out", "site", "--counts").code == 0
    page = (ran.parent / "site/reactivation_scenarios.html").read_text()
    assert "Set off when score &gt;= 65 becomes true: 5 minutes later" in page
    assert "that was never reactivated and is resolved_no_action" in page
    assert "1 reactivated, 1 inserted, 2 already engaged" in page
    assert (
        "Statuses of members: invited, registered, attended (responded)"
        in (ran.parent / "site/campaigns/webinar.html").read_text()
    )


def test_diff_tells_what_a_scenario_means_now(oncue: Oncue, tmp_path: Path) -> None:
    for name in ("before", "after"):
        shutil.copytree(EXAMPLE, tmp_path / name, ignore=shutil.ignore_patterns(".oncue"))
    changed = tmp_path / "after/reactivation.yaml"
    changed.write_text(changed.read_text().replace("wait: 5 minutes", "wait: 9 minutes"))
    told = oncue("diff", "before", "after").out
    assert "~ reactivation_scenarios/late-score: changed (reactivation.yaml:2)" in told
    assert "was 5 minutes" in told
    assert "now 9 minutes" in told


def test_a_wait_goes_on_under_another_name_and_why_knows_where_it_began(oncue: Oncue, tmp_path: Path) -> None:
    folder = tmp_path / "funnel"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".oncue", "tests.yaml"))
    replay = ("run", *IN, "--clock", "events", "--until")
    assert oncue(*replay, "2026-03-02T10:22:00+01:00", "funnel/data/march.jsonl").code == 0
    scenarios = folder / "reactivation.yaml"
    scenarios.write_text(
        scenarios.read_text()
        .replace("  late-score:\n", "  late:\n    was: late-score\n")
        .replace("wait: 5 minutes", "wait: 9 minutes")
    )
    (folder / "nothing.jsonl").write_text("")
    assert oncue(*replay, "2026-03-02T10:40:00+01:00", "funnel/nothing.jsonl").code == 0
    told = oncue("why", "ana", "--scenario", "late", *IN).out
    assert "set off (its crosses became true); waited until 2026-03-02 10:29:00+01:00" in told
    found = json.loads(oncue("list", "reactivation_scenarios", *IN, "--format", "json").out)
    late = next(each for each in found["reactivation_scenarios"] if each["id"] == "late")
    assert late["outcomes"] == {"reactivated": 1, "inserted": 1, "already_engaged": 2}


def test_a_backtest_of_one_campaign_shows_its_funnel_and_no_other(oncue: Oncue, ran: Path) -> None:
    told = oncue("backtest", *IN, "--campaign", "webinar", "funnel/data/march.jsonl").out
    heads = [
        line.split("  ")[0] for line in told.splitlines() if line.startswith(("funnel of", "reactivation"))
    ]
    assert heads == ["funnel of webinar"]


def test_a_campaign_of_statuses_alone_is_told_by_them(oncue: Oncue, ran: Path) -> None:
    shutil.copytree(ran, ran.parent / "changed", ignore=shutil.ignore_patterns(".oncue"))
    campaigns = ran.parent / "changed/campaigns.yaml"
    campaigns.write_text(campaigns.read_text() + "  fair-2: {statuses: {seen: {}, met: {responded: true}}}\n")
    told = oncue("diff", "funnel", "changed")
    assert (told.code, "now statuses seen, met\n" in told.out) == (1, True)


def test_the_story_of_a_membership_stands_apart_from_the_flow(oncue: Oncue, tmp_path: Path) -> None:
    (tmp_path / "show").mkdir()
    (tmp_path / "show/oncue.yaml").write_text(
        "project: show\ntimezone: Europe/Berlin\n"
        "funnel: {mode: passive, qualified_when: score >= 65, active_statuses: [a], inactive_statuses: [b]}\n"
        "web_forms: {seat: {}}\n"
        "campaigns:\n  hall:\n    statuses: {asked: {}, came: {responded: true}}\n"
        "    starts_when: [{event: web_form.submission of seat}]\n"
        "    steps: [{wait: 1 day}, {record_response: hall}]\n"
    )
    event = {"id": "1", "type": "web_form.submission", "asset": "seat", "contact": "ana"}
    event["at"] = "2026-03-28T12:00"
    (tmp_path / "events.jsonl").write_text(json.dumps(event) + "\n")
    assert oncue("run", "-w", "show", "--clock", "events", "--until", "2026-04-01", "events.jsonl").code == 0
    told = oncue("why", "ana", "--campaign", "hall", "-w", "show").out
    flow, _, membership = told.partition("\ncampaigns/hall, membership\n")
    assert "the campaign ended for it" in flow
    assert "status asked" not in flow
    assert [line.split("  ")[2] for line in membership.splitlines()][1::2] == [
        "membership: status asked", "response: status came, resolved_no_action",
    ]  # fmt: skip


def test_a_prompt_for_which_nothing_was_found_is_told_to_be_a_response_of_its_own(
    oncue: Oncue, ran: Path
) -> None:
    call = {"id": "h1", "type": "web_form.submission", "asset": "contact-us", "contact": "new-one"}
    call["at"] = "2026-03-06T09:00:00+01:00"
    (ran / "call.jsonl").write_text(json.dumps(call) + "\n")
    assert oncue("run", *IN, "--clock", "events", "funnel/call.jsonl").code == 0
    told = oncue("why", "new-one", "--scenario", "asks-again", *IN).out
    assert "so nothing was done" in told
    assert "the response in contact-us was recorded then: resolved_no_action" in told


@pytest.mark.parametrize(
    ("was", "told"),
    [
        ("", "which is gone: it stays on record, and no scenario takes it up"),
        ("    was: webinar\n", "goes on as campaigns/other"),
    ],
)
def test_diff_tells_what_becomes_of_memberships(oncue: Oncue, ran: Path, was: str, told: str) -> None:
    for path in ran.glob("*.yaml"):
        text = path.read_text().replace("  webinar:\n    description", f"  other:\n{was}    description")
        path.write_text(
            text.replace("campaign: webinar", "campaign: other").replace(
                "response: webinar", "response: other"
            )
        )
    (ran / "tests.yaml").unlink()
    found = oncue("diff", *IN)
    assert found.code == 1, found.err
    memberships = [line for line in found.out.splitlines() if "a membership in campaigns/webinar" in line]
    assert [line.partition("campaigns/webinar")[2].lstrip(",: ") for line in memberships] == [told]
