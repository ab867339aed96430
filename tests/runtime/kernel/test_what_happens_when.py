"""Questions of docs/semantics.md that no other test asks by themselves."""

from __future__ import annotations

from oncue.runtime.kernel.contact import identity
from tests.runtime.kernel.stage import Stage
from tests.runtime.kernel.test_adopt import campaign, inside

RULES = """
- wait: 2 days
- add_tag:
    rules:
      - {when: score >= 10, use: warm}
      - {when: score >= 50, use: hot}
    default: cold
"""
SWAPPED = """
- wait: 2 days
- add_tag:
    rules:
      - {when: score >= 50, use: hot}
      - {when: score >= 10, use: warm}
    default: cold
"""


def test_the_order_of_rules_changes_for_those_who_come_to_the_step_from_then_on():
    stage = inside(RULES)
    stage.load(email="ana@x.test", score=80)
    stage.change_plan(campaign(SWAPPED))
    assert stage.places == [("c", "wait")]
    stage.later("2 days")
    assert stage.state.tags == {"hot"}
    assert stage.results("campaigns/c", "add_tag") == ["done rule 1"]


def test_who_has_passed_rules_whose_order_changes_is_not_asked_again():
    stage = inside(RULES.replace("- wait: 2 days\n", "") + "- wait: 9 days\n")
    assert stage.state.tags == {"cold"}
    stage.load(email="ana@x.test", score=80)
    stage.change_plan(campaign(SWAPPED.replace("- wait: 2 days\n", "") + "- wait: 9 days\n"))
    assert stage.state.tags == {"cold"}


def test_who_stands_at_a_wait_that_is_removed_goes_on_at_once():
    stage = inside("- {id: rest, wait: 2 days}\n- add_tag: z")
    stage.change_plan(campaign("- add_tag: z"))
    assert stage.state.tags == {"z"}
    assert stage.places == []


MAILS = "- wait: 2 days\n- send_email: invite\n- send_email: receipt\n- add_tag: after"


def test_who_unsubscribes_while_waiting_stays_and_gets_only_what_needs_no_consent():
    stage = Stage(campaign("- send_email: invite\n" + MAILS))
    stage.event("purchase")
    stage.event("email.unsubscribe of invite")
    assert stage.places == [("c", "wait")]
    stage.later("2 days")
    assert stage.sent == ["invite", "receipt"]
    assert stage.results("campaigns/c", "send_email-2") == ["refused default no consent"]
    assert stage.state.tags == {"after"}


def test_who_unsubscribes_from_everything_while_waiting_gets_nothing_more():
    stage = Stage(campaign("- send_email: invite\n" + MAILS))
    stage.event("purchase")
    stage.event("email.unsubscribe of invite", all=True)
    stage.later("2 days")
    assert stage.sent == ["invite"]
    assert stage.state.tags == {"after"}


def test_who_is_erased_while_waiting_gets_nothing_more():
    stage = inside("- wait: 2 days\n- send_email: receipt")
    stage.take(identity.erase(stage.program, stage.state, stage.now))
    assert (stage.places, stage.state.wake) == ([], None)
    assert [entry.why for entry in stage.entries("campaign.ended")] == ["erased"]


def test_a_changed_segment_lets_members_stay_and_triggers_nothing():
    segments = "segments:\n  hot: score >= 50\n"
    starts = "campaigns: {c: {starts_when: [{enters_segment: hot}], steps: [{wait: 2 days}, {add_tag: z}]}}\n"
    stage = Stage(segments + starts)
    stage.load(email="ana@x.test", score=60, triggers=True)
    stage.change_plan(segments.replace("50", "90") + starts)
    assert stage.state.segments == set()
    assert stage.places == [("c", "wait")]
    stage.change_plan(segments + starts)
    assert len(stage.entries("campaign.entered")) == 1
