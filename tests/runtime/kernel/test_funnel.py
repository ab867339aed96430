"""Memberships, responses, the active one, its stages and its end."""

from __future__ import annotations

import pytest

from tests.runtime.kernel.funnels import KINDS, SETTINGS, funnel, visit
from tests.runtime.kernel.stage import Stage


def stamps(stage, campaign):
    """The stages that the response has come to, with the minutes since the stage began."""
    member = stage.state.funnel.memberships[campaign]
    start = stage.instant("2026-03-02 09:00")
    names = ("responded", "engaged", "opportunity", "won", "lost", "ended", "reactivated")
    return {
        name: (getattr(member, name) - start) // 60_000_000
        for name in names
        if getattr(member, name) is not None
    }


def test_a_response_that_qualifies_becomes_the_active_one():
    stage = visit(funnel(score=70), "webinar")
    assert stage.responses == {"webinar": "attended active"}
    assert stage.state.funnel.active == "webinar"
    assert stamps(stage, "webinar") == {"responded": 0, "engaged": 0}


def test_one_that_does_not_qualify_is_resolved_and_a_later_score_changes_nothing():
    stage = visit(funnel(), "webinar", "score", "score")
    assert stage.responses == {"webinar": "attended resolved_no_action"}


def test_with_an_active_response_every_other_one_is_already_engaged_whether_it_qualifies_or_not():
    stage = visit(funnel(score=70), "webinar", "fair", "cold", "contact-us")
    assert stage.responses == {
        "webinar": "attended active",
        "fair": "visited resolved_already_engaged",
        "contact-us": "asked resolved_already_engaged",
    }


def test_a_membership_without_a_responded_status_is_no_response_until_it_gets_one():
    stage = visit(funnel(score=70), "invited")
    assert stage.responses == {"webinar": "invited"}
    stage.later("1 day")
    assert visit(stage, "webinar").responses == {"webinar": "attended active"}
    assert stage.state.funnel.memberships["webinar"].at < stage.now, "it is the same membership"


def test_another_responded_status_changes_the_status_and_nothing_else():
    stage = visit(funnel(), "webinar")
    stage.later("1 day")
    visit(stage, "score", "asked")
    assert stage.responses == {"webinar": "asked resolved_no_action"}
    assert stamps(stage, "webinar") == {"responded": 0}


def test_a_status_that_is_no_responded_one_is_not_written_over_a_response():
    stage = visit(funnel(), "webinar", "invited")
    assert stage.responses == {"webinar": "attended resolved_no_action"}
    assert stage.results("landing_pages/invited/on_view") == ["done default has responded already"]


def test_the_same_status_again_is_no_change():
    stage = visit(funnel(), "webinar", "webinar")
    assert stage.results("landing_pages/webinar/on_view") == ["done default", "done default no change"]


def test_entering_a_flow_makes_a_member_with_the_first_status_and_writing_one_runs_no_step():
    stage = funnel()
    stage.event("web_form.submission of demo-request")
    assert stage.responses == {"drip": "inside"}
    stage.later("1 day")
    assert stage.responses == {"drip": "done resolved_no_action"}
    stage.event("web_form.submission of demo-request")
    assert stage.responses == {"drip": "done resolved_no_action"}, "who is a member keeps the status"
    other = visit(funnel(), "webinar", "fair", "list")
    assert other.places == []


def test_a_campaign_without_statuses_writes_no_membership():
    stage = Stage("campaigns: {plain: {starts_when: [{event: purchase}], steps: [{wait: 1 day}]}}")
    stage.event("purchase", total=1)
    assert stage.places == [("plain", "wait")]
    assert stage.state.funnel is None


# --- modes ---


@pytest.mark.parametrize(
    ("mode", "before", "after"),
    [
        ("active", None, "open"),
        ("active", "working", "open"),
        ("active", "nurture", "open"),
        ("passive", None, None),
        ("passive", "nurture", "nurture"),
        ("hybrid", None, "open"),
        ("hybrid", "nurture", "open"),
        ("hybrid", "working", "working"),
        ("hybrid", "customer", "customer"),
    ],
)
def test_the_mode_says_who_writes_the_status(mode, before, after):
    stage = visit(funnel(mode=mode, score=70, **({"status": before} if before else {})), "webinar")
    assert stage.state.fields.get("status") == after


# --- how it ends ---


def test_an_inactive_status_ends_the_active_response_and_the_next_one_may_become_active():
    stage = visit(funnel(score=70), "webinar", "nurture", "fair")
    assert stage.responses == {"webinar": "attended resolved_inactive", "fair": "visited active"}


def test_each_action_sees_what_the_earlier_ones_of_its_event_have_ended():
    stage = visit(funnel(), "everything")
    assert stage.responses == {"webinar": "attended resolved_inactive", "fair": "visited active"}


def test_from_one_inactive_status_to_another_none_becomes_inactive():
    stage = visit(funnel(mode="passive", score=70, status="nurture"), "webinar", "recycled")
    assert stage.responses == {"webinar": "attended active"}
    assert visit(stage, "open", "recycled").responses == {"webinar": "attended resolved_inactive"}


def test_a_row_that_is_loaded_silently_ends_it_too():
    stage = visit(funnel(score=70), "webinar")
    stage.load(email="ana@x.test", status="nurture")
    assert stage.responses == {"webinar": "attended resolved_inactive"}


def test_the_first_deal_that_is_added_while_it_is_active_is_its_deal():
    stage = visit(funnel(score=70), "deal", "webinar")
    stage.later("5 minutes")
    assert stamps(visit(stage, "win"), "webinar") == {"responded": 0, "engaged": 0}, "an earlier deal is not"
    visit(stage, "deal")
    stage.later("5 minutes")
    visit(stage, "deal", "lose")
    assert stage.responses == {"webinar": "attended active"}, (
        "the newest deal, which was lost, is not its own"
    )
    stage.later("5 minutes")
    visit(stage, "win")
    assert stage.responses == {"webinar": "attended resolved_won"}
    reached = {"responded": 0, "engaged": 0, "opportunity": 5, "won": 15, "ended": 15}
    assert stamps(stage, "webinar") == reached


def test_a_lost_deal_ends_it_as_lost():
    stage = visit(funnel(score=70), "webinar", "deal", "lose")
    assert stage.responses == {"webinar": "attended resolved_lost"}


def test_what_reports_add_up():
    stage = visit(funnel(score=70), "webinar")
    stage.later("2 minutes")
    visit(stage, "deal")
    stage.later("3 minutes")
    visit(stage, "win", "fair", "contact-us")
    counts = {
        name: number for (unit, _, name), number in stage.counts.items() if "webinar" in unit and number
    }
    assert counts == {
        "stage/responded": 1,
        "stage/engaged": 1,
        "stage/opportunity": 1,
        "stage/won": 1,
        "seconds/opportunity": 120,
        "seconds/won": 180,
        "won value": 500,
        "response/resolved_won": 1,
    } | {name: number for name, number in counts.items() if "/default" in name or name == "fired"}
    assert stage.count("campaigns/fair", "", "response/active") == 1
    assert stage.count("campaigns/contact-us", "", "response/resolved_already_engaged") == 1


# --- conditions ---


def test_conditions_read_the_active_response():
    from tests.runtime.kernel.funnels import KINDS, SETTINGS
    from tests.runtime.kernel.stage import Stage

    text = (
        KINDS
        + """
segments:
  inside: response.campaign == "webinar" and response.status != "asked"
  stuck: response.stage == "engaged" and response.engaged_at older than 2 days
  none: response.campaign is not set
"""
    )
    stage = Stage(text, settings=SETTINGS.replace("{mode}", "active"), contact={"id": "ana", "score": 70})
    visit(stage, "fair-invited")
    assert stage.state.segments == {"none"}
    visit(stage, "webinar")
    assert stage.state.segments == {"inside"}
    stage.later("2 days")
    assert stage.state.segments == {"inside", "stuck"}, "by time alone"
    visit(stage, "deal")
    assert stage.state.segments == {"inside"}
    visit(stage, "asked", "win")
    assert stage.state.segments == {"none"}


def test_in_campaign_asks_for_a_status_where_there_is_no_flow_and_for_the_flow_where_there_is_one():
    text = KINDS + "segments: {guests: in campaign webinar, dripping: in campaign drip}\n"
    stage = Stage(text, settings=SETTINGS.replace("{mode}", "active"), contact={"email": "ana@x.test"})
    visit(stage, "invited")
    assert stage.state.segments == {"guests"}
    stage.event("web_form.submission of demo-request")
    assert stage.state.segments == {"guests", "dripping"}
    stage.later("1 day")
    assert stage.state.segments == {"guests"}
    assert stage.responses == {"webinar": "invited", "drip": "done resolved_no_action"}
