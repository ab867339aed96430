"""Source 002, reactivation scenarios: each sentence that states a behaviour, as a test."""

from __future__ import annotations

import pytest

from tests.runtime.kernel.funnels import LATE, candidates, funnel, visit


def scenario(text: str) -> str:
    return f"reactivation_scenarios:\n  s: {{{text}}}\n"


ANY = "eligible: {any: [never_reactivated]}"


def test_scenarios_monitor_what_happens_after_a_member_is_inserted():
    """They enable you to monitor events that happen after a campaign member is inserted."""
    stage = visit(funnel(LATE), "webinar")
    stage.later("3 days")
    visit(stage, "score")
    stage.later("20 minutes")
    assert stage.responses == {"webinar": "attended active"}


def test_they_monitor_what_happens_independently_of_any_insertion():
    """Or that happen independently of a campaign member response insertion."""
    stage = visit(
        funnel(scenario(f"type: score, crosses: score >= 65, {ANY}, default_campaign: threshold")), "score"
    )
    assert stage.responses == {"threshold": "reached active"}


def test_each_scenario_listens_for_a_triggering_condition():
    """Each reactivation scenario "listens" for a triggering condition."""
    stage = visit(funnel(LATE), "webinar", "grade", "open", "fair")
    stage.later("1 day")
    assert stage.judged() == []


def test_it_finds_a_response_in_the_history_and_makes_it_active():
    """It finds a response in the campaign history on a lead or contact to make into an active response."""
    stage = visit(funnel(scenario(f"type: invocable, {ANY}")), "webinar", "fair")
    stage.reactivate("s")
    assert stage.responses == {"webinar": "attended resolved_no_action", "fair": "visited active"}


def test_or_it_turns_a_non_response_into_an_active_response():
    """OR it finds a non-response in the campaign history and turns it into an active response."""
    stage = visit(funnel(scenario(f"type: invocable, {ANY}, consider_non_responses: true")), "invited")
    stage.reactivate("s")
    assert stage.responses == {"webinar": "attended active"}


def test_or_it_inserts_a_default_campaign_member_for_that_role():
    """OR it inserts a default campaign member to fill that active response role."""
    text = scenario(f"type: invocable, {ANY}, consider_non_responses: true, default_campaign: threshold")
    stage = visit(funnel(text), "fair-invited")
    stage.reactivate("s")
    assert stage.responses == {"fair": "invited", "threshold": "reached active"}


def test_the_correct_campaigns_go_on_getting_the_credit():
    """The correct campaigns continue to receive credit for engagement and opportunities."""
    stage = visit(funnel(LATE), "webinar", "score")
    stage.later("20 minutes")
    visit(stage, "fair", "deal", "win")
    assert stage.responses == {"webinar": "attended resolved_won", "fair": "visited resolved_already_engaged"}
    assert stage.count("campaigns/webinar", "", "won value") == 500


def test_qualification_is_evaluated_when_the_member_is_associated():
    """The criteria must appear on the lead or contact before the campaign member is created or added."""
    assert visit(funnel(), "score", "webinar").responses == {"webinar": "attended active"}
    assert visit(funnel(), "webinar", "score").responses == {"webinar": "attended resolved_no_action"}


def test_a_response_below_the_threshold_drives_no_new_funnel_and_processing_ends_there():
    """It sets the Response Status to Resolved - No Action Required, and processing ends there."""
    stage = visit(funnel(), "webinar")
    assert stage.responses == {"webinar": "attended resolved_no_action"}
    assert stage.state.wake is None
    assert "status" not in stage.state.fields


def test_a_score_twenty_minutes_later_does_not_reevaluate_recent_responses_by_itself():
    """That score increment event does not automatically prompt a re-evaluation."""
    stage = visit(funnel(), "webinar")
    stage.later("20 minutes")
    visit(stage, "score")
    stage.later("30 days")
    assert stage.responses == {"webinar": "attended resolved_no_action"}


def test_if_you_want_it_to_you_use_the_score_scenario():
    """But what if you want it to? Well, in that case, you'd use the Score Reactivation Scenario."""
    stage = visit(funnel(LATE), "webinar")
    stage.later("20 minutes")
    visit(stage, "score")
    stage.later("20 minutes")
    assert stage.responses == {"webinar": "attended active"}


def test_a_prompt_triggers_reactivation_of_a_recent_response_instead_of_inserting_the_prompt():
    """Which response prompt campaigns trigger reactivation of a recent response instead of inserting it."""
    text = scenario(f"type: response_prompt, prompts: [contact-us], look_back: 30 days, {ANY}")
    stage = visit(funnel(text), "webinar")
    stage.later("29 days")
    assert visit(stage, "contact-us").responses == {"webinar": "attended active"}
    late = visit(funnel(text), "webinar")
    late.later("30 days")
    assert visit(late, "contact-us").responses["contact-us"] == "asked resolved_no_action"


def test_a_field_update_is_the_event_of_a_score_scenario():
    """A field update on leads or contacts will be the reactivation event for Score Reactivation."""
    stage = visit(funnel(scenario(f"type: score, field_changes: industry, {ANY}")), "webinar", "grade")
    assert stage.responses == {"webinar": "attended active"}


@pytest.mark.parametrize(
    "on", ["event: purchase", "field_changed: industry", "tag_added: vip", "deal_stage: new"]
)
def test_events_on_tasks_leads_or_contacts_trigger_it_for_the_related_record(on):
    """Monitor events on Tasks, Leads, or Contacts to trigger reactivation for a related record."""
    stage = visit(funnel(scenario(f"type: invocable, on: {{{on}}}, {ANY}")), "webinar")
    stage.event("purchase", total=1)
    stage.load(triggers=True, email="ana@x.test", industry="tools", tags=["vip"])
    visit(stage, "deal")
    assert stage.responses == {"webinar": "attended active"}


def test_a_completed_task_triggers_it_for_its_contact():
    """The same, of tasks."""
    text = scenario(f"type: invocable, on: {{event: task.completed}}, {ANY}").replace(
        "reactivation", "reactivation"
    )
    stage = visit(funnel(text), "webinar")
    stage.event("task.completed", task="t1")
    assert stage.responses == {"webinar": "attended active"}


def test_in_passive_mode_a_status_from_inactive_to_active_reactivates():
    """Reactivate responses when a lead or contact status is updated from inactive to active."""
    text = scenario(f"type: active_status, {ANY}")
    stage = visit(funnel(text, mode="passive", status="nurture"), "webinar", "open")
    assert stage.responses == {"webinar": "attended active"}
    assert stage.state.fields["status"] == "open"


def test_there_is_a_wait_period_before_triggering_reactivation():
    """Wait period before triggering reactivation."""
    stage = visit(funnel(LATE), "webinar", "score")
    stage.later("19 minutes")
    assert stage.judged() == []
    stage.later("1 minute")
    assert stage.judged() == ["reactivated"]


def test_there_is_a_look_back_to_find_a_recent_response():
    """Look-back time period to find a recent response to tie to an engagement and track a new funnel."""
    text = scenario(f"type: invocable, look_back: 30 days, {ANY}")
    stage = visit(funnel(text), "webinar")
    stage.later("30 days")
    stage.reactivate("s")
    assert candidates(stage) == [{"webinar": "it is older than look_back"}]


def test_it_can_sync_fields_assign_and_notify():
    """Ability to trigger sync on update fields, assignment, notifications."""
    text = scenario(f"type: invocable, {ANY}, sync: {{industry: tools}}, assign: bo, notify: [ana]")
    stage = visit(funnel(text, owner="ana"), "webinar")
    stage.reactivate("s")
    assert (stage.state.fields["industry"], stage.state.fields["owner"]) == ("tools", "bo")
    assert [effect.payload["to"] for effect in stage.effects] == [["ana@acme.test"]]


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ("never_reactivated", "reactivated"),
        ("{status: [resolved_no_action]}", "reactivated"),
        ("{within: 30 days}", "reactivated"),
        ("{status: [resolved_won]}", "nothing"),
        ("{status: [resolved_won]}, {within: 1 day}", "nothing"),
        ("{status: [resolved_won]}, {within: 1 day}, never_reactivated", "reactivated"),
    ],
)
def test_a_response_is_eligible_if_it_meets_at_least_one_of_three_criteria(criteria, expected):
    """Not reactivated before; a response status that is configured as eligible; within the timeframe."""
    stage = visit(funnel(scenario(f"type: invocable, eligible: {{any: [{criteria}]}}")), "webinar")
    stage.later("2 days")
    stage.reactivate("s")
    assert stage.judged() == [expected]
