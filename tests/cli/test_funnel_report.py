"""`oncue report` on the funnel: stages with their shares and times, and what scenarios came to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.oncue_process import Oncue

SETTINGS = """
project: acme
timezone: Europe/Berlin
funnel: {mode: active, qualified_when: score >= 65, active_statuses: [open], inactive_statuses: [closed]}
pipelines:
  sales: {stages: [new, proposal]}
"""
WORKSPACE = """
campaigns:
  fair: {statuses: {visited: {responded: true}}}
  inbound: {statuses: {reached: {responded: true}}}
web_forms:
  fair: {on_submission: [{record_response: fair}]}
  quote: {on_submission: [{add_deal: {title: Quote, pipeline: sales, value: 12000000000}}]}
  sign: {on_submission: [{update_deal: {status: won}}]}
reactivation_scenarios:
  late-score:
    type: score
    crosses: score >= 65
    wait: 20 minutes
    look_back: 30 days
    eligible: {any: [never_reactivated]}
    default_campaign: inbound
"""
# ana qualifies at once, so that the scenario finds her engaged, and buys; ben's score comes late; cy's comes
# without a response; dan never qualifies.
EVENTS = [
    ("a1", "fair", "ana@x.test", "2026-03-02T09:00:00Z", 70),
    ("a2", "quote", "ana@x.test", "2026-03-04T09:00:00Z", None),
    ("a3", "sign", "ana@x.test", "2026-03-05T21:00:00Z", None),
    ("b1", "fair", "ben@x.test", "2026-03-02T09:00:00Z", None),
    ("b2", None, "ben@x.test", "2026-03-03T09:00:00Z", 80),
    ("c1", None, "cy@x.test", "2026-03-03T09:00:00Z", 90),
    ("d1", "fair", "dan@x.test", "2026-03-02T09:00:00Z", 10),
]
OUTCOMES = {"reactivated": 1, "inserted": 1, "already_engaged": 1}
TEXT = """\
funnel of fair  came  of the stage before  after, on average
responded          3
engaged            2                66.7%             12.2 h
opportunity        1                50.0%           2.0 days
won                1               100.0%             36.0 h
lost               0                 0.0%
now: 1 active, 1 resolved_no_action, 1 resolved_won; deals won: 12000000000
"""


@pytest.fixture
def ran(oncue: Oncue, tmp_path: Path) -> Path:
    folder = tmp_path / "funnel"
    folder.mkdir()
    settings, _, pipelines = SETTINGS.partition("pipelines:")
    (folder / "oncue.yaml").write_text(settings)
    (folder / "all.yaml").write_text(f"pipelines:{pipelines}{WORKSPACE}")
    with (folder / "events.jsonl").open("w") as file:
        for ident, form, contact, at, score in EVENTS:
            if score is not None:
                file.write(json.dumps({"email": contact, "score": score, "at": at}) + "\n")
            if form is not None:
                event = {"id": ident, "type": "web_form.submission", "asset": form}
                file.write(json.dumps({**event, "contact": contact, "at": at}) + "\n")
    told = oncue("run", "-w", folder, "--clock", "events", folder / "events.jsonl", "--until", "2026-03-31")
    assert told.code == 0, told.err
    return folder


def test_the_funnel_shows_shares_and_times_between_stages(oncue: Oncue, ran: Path) -> None:
    told = oncue("report", "-w", ran).out
    assert TEXT in told
    assert "funnel of all campaigns" in told
    assert "entered" not in told  # these campaigns have no steps


def test_a_funnel_that_nobody_has_come_to_is_one_line(oncue: Oncue, ran: Path) -> None:
    (ran / "nothing.jsonl").write_text("")
    empty = ("--db", ran / "empty.db")
    assert oncue("run", "-w", ran, *empty, "--clock", "events", ran / "nothing.jsonl").code == 0
    told = oncue("report", "campaigns/fair", "-w", ran, *empty)
    assert told.out == "funnel of fair: no responses\n"


def test_a_scenario_shows_its_outcomes_and_the_delay(oncue: Oncue, ran: Path) -> None:
    told = oncue("report", "reactivation_scenarios/late-score", "-w", ran)
    assert told.out == (
        "reactivation scenario  type   waiting  outcomes                                      "
        "active after, on average\n"
        "late-score             score        0  1 reactivated, 1 inserted, 1 already engaged  "
        "                  20 min\n"
    )


def test_json_has_the_same_numbers(oncue: Oncue, ran: Path) -> None:
    found = json.loads(oncue("report", "-w", ran, "--format", "json").out)
    everywhere, fair, inbound = found["funnels"]
    assert [stage["reached"] for stage in everywhere["stages"]] == [4, 3, 1, 1, 0]
    assert [stage["reached"] for stage in fair["stages"]] == [3, 2, 1, 1, 0]
    assert inbound["responses"] == {"active": 1}
    [scenario] = found["reactivation_scenarios"]
    assert (scenario["outcomes"], scenario["mean"]) == (OUTCOMES, 1200)


def test_the_page_has_a_picture_of_both(oncue: Oncue, ran: Path) -> None:
    assert oncue("report", "-w", ran, "--html", ran / "report.html").code == 0
    page = (ran / "report.html").read_text(encoding="utf-8")
    assert "Funnel of fair" in page
    assert 'aria-label="3 came"' in page
    assert 'aria-label="1 reactivated, 1 inserted, 1 already engaged"' in page
    assert "deals won: 12000000000" in page
