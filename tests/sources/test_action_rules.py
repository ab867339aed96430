"""Source 001, action rules: each sentence that states a behaviour, as a test. Docstrings give its idea."""

from __future__ import annotations

import pytest

from oncue.compiler.pipeline import compile_files
from tests.runtime.kernel.stage import SETTINGS, Stage

RULES = """
campaigns:
  spring:
    starts_when: [{event: purchase}]
    steps:
      - id: invite
        send_email:
          rules:
            - when: industry == "healthcare"
              use: invite-health
            - when: score >= 80
              use: invite-vip
          default: DEFAULT
      - add_tag: invited
"""
UNIT = "campaigns/spring"


def play(default: str = "invite", **fields: object) -> Stage:
    stage = Stage(RULES.replace("DEFAULT", default))
    stage.load(email="ana@x.test", **fields)
    stage.event("purchase")
    return stage


def test_a_rule_decides_how_an_action_behaves_when_a_member_reaches_it():
    """Rules are conditions that say what the action does once a member of the campaign gets to it."""
    stage = play(industry="healthcare")
    assert stage.sent == ["invite-health"]
    assert stage.results(UNIT, "invite") == ["done rule 1"]


@pytest.mark.parametrize(
    ("step", "seen"),
    [
        ("send_email: invite", lambda stage: stage.sent == ["invite"]),
        ("adjust_score: +10", lambda stage: stage.score == 10),
        ("add_tag: hot", lambda stage: stage.state.tags == {"hot"}),
        (
            "update_contact: {set: {industry: retail}}",
            lambda stage: stage.state.fields["industry"] == "retail",
        ),
        ("add_note: Called", lambda stage: [e.data["text"] for e in stage.entries("note")] == ["Called"]),
        ("wait: 1 day", lambda stage: stage.places == [("c", "wait")]),
    ],
)
def test_every_action_has_a_default_behaviour_that_happens_on_entering(step, seen):
    """At the least, each action does its default to whoever enters it; what there is to set differs."""
    stage = Stage(f"campaigns: {{c: {{starts_when: [{{event: purchase}}], steps: [{{{step}}}]}}}}")
    stage.event("purchase")
    assert seen(stage)
    assert stage.results("campaigns/c")[0].split()[1] == "default"


def test_an_action_without_a_default_is_an_error_that_names_it():
    """Every action has a default: rules alone are not complete."""
    text = """
campaigns:
  c:
    starts_when: [manual]
    steps:
      - add_tag:
          rules: [{when: score > 1, use: hot}]
"""
    plan, found = compile_files({"oncue.yaml": SETTINGS.encode(), "c.yaml": text.encode()})
    assert plan is None
    assert any("default" in f"{issue.message} {issue.hint}" for issue in found)


def test_rules_look_at_field_data():
    """The contact's fields decide whether a rule's conditions match."""
    assert play(score=85).sent == ["invite-vip"]
    assert play(score=79).sent == ["invite"]


def test_rules_look_at_activity_history():
    """So does what the contact did before, as of the moment that the action is reached."""
    text = """
campaigns:
  c:
    starts_when: [{event: purchase}]
    steps:
      - wait: 1 day
      - add_tag:
          rules: [{when: did web_form.submission of demo-request, use: asked}]
          default: silent
"""
    silent, asked = Stage(text), Stage(text)
    for stage in (silent, asked):
        stage.event("purchase")
    asked.event("web_form.submission of demo-request")
    for stage in (silent, asked):
        stage.later("1 day")
    assert silent.state.tags == {"silent"}
    assert asked.state.tags == {"asked"}


def test_rules_see_the_contact_as_it_is_when_the_step_is_reached_not_at_entry():
    """Analysis happens when the member gets to the action."""
    text = """
campaigns:
  c:
    starts_when: [{event: purchase}]
    steps:
      - wait: 1 day
      - add_tag: {rules: [{when: industry == "retail", use: shop}], default: other}
"""
    stage = Stage(text)
    stage.event("purchase")
    stage.load(email="ana@x.test", industry="retail")
    stage.later("1 day")
    assert stage.state.tags == {"shop"}


def test_the_top_most_matching_rule_applies_and_only_that_one():
    """Of several rules that match, the behaviour of the top-most is used."""
    stage = play(industry="healthcare", score=95)
    assert stage.sent == ["invite-health"]
    assert stage.count(UNIT, "invite", "done/rule 1") == 1
    assert stage.count(UNIT, "invite", "done/rule 2") == 0


def test_with_no_matching_rule_the_default_applies():
    """Whoever matches no rule gets the default's behaviour."""
    stage = play(industry="retail", score=10)
    assert stage.sent == ["invite"]
    assert stage.results(UNIT, "invite") == ["done default"]


def test_an_action_does_its_work_a_single_time_and_the_member_moves_to_the_next():
    """Once applied, the member goes into the next action; it is not done to them twice."""
    stage = play(score=85)
    assert stage.walked("spring") == ["invite", "add_tag"]
    stage.load(email="ana@x.test", industry="healthcare", triggers=True)
    stage.event("purchase")
    stage.later("9 days")
    assert stage.sent == ["invite-vip"]
    assert stage.count(UNIT, "invite", "entered") == 1


def test_no_action_as_the_default_does_nothing():
    """The default may be that no action is taken."""
    stage = play("no_action")
    assert stage.sent == []
    assert stage.results(UNIT, "invite") == ["no_action default"]


def test_no_action_goes_up_by_one_in_the_campaign_s_numbers():
    """The member counts in the step's "No Action" statistic."""
    stage = play("no_action")
    assert stage.count(UNIT, "invite", "no_action") == 1
    assert stage.count(UNIT, "invite", "done/default") == 0


def test_no_action_releases_the_member_to_the_next_action():
    """Then the member is let go from the action."""
    stage = play("no_action")
    assert stage.count(UNIT, "invite", "released") == 1
    assert stage.state.tags == {"invited"}


def test_a_rule_still_applies_where_the_default_is_no_action():
    """No action is for those only whom no rule above it matches."""
    stage = play("no_action", score=90)
    assert stage.sent == ["invite-vip"]
    assert stage.count(UNIT, "invite", "no_action") == 0


def test_rules_are_set_per_action_each_action_s_rules_are_its_own():
    """Rules belong to the action whose properties they are."""
    text = """
campaigns:
  c:
    starts_when: [{event: purchase}]
    steps:
      - add_tag: {rules: [{when: score >= 80, use: high}], default: low}
      - adjust_score: {rules: [{when: score < 80, use: +1}], default: +2}
"""
    stage = Stage(text)
    stage.event("purchase")
    assert stage.state.tags == {"low"}
    assert stage.score == 1


def test_a_wait_may_have_rules_too():
    """What the default and the rules are set to varies by action; waiting times are among them."""
    text = """
campaigns:
  c:
    starts_when: [{event: purchase}]
    steps:
      - wait: {rules: [{when: score >= 80, use: 1 hour}], default: 3 days}
      - add_tag: waited
"""
    quick, slow = Stage(text), Stage(text)
    quick.load(email="ana@x.test", score=80)
    for stage in (quick, slow):
        stage.event("purchase")
        stage.later("1 hour")
    assert quick.state.tags == {"waited"}
    assert slow.state.tags == set()
    slow.later("71 hours")
    assert slow.state.tags == {"waited"}
