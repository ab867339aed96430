"""How a member travels: steps, branches, gotos, exits, pauses, failures, budgets."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.turn import MAX_STEPS
from tests.runtime.kernel.stage import Stage


def campaign(steps: str, head: str = "starts_when: [{event: purchase}]") -> str:
    """One campaign `c`; `steps` is a YAML block list, indented as it likes."""
    lines = "\n".join(f"      {line}" for line in steps.strip("\n").splitlines())
    heads = "\n".join(f"    {line}" for line in head.strip("\n").splitlines())
    return f"campaigns:\n  c:\n{heads}\n    steps:\n{lines}\n"


def test_a_member_walks_to_the_end_and_is_no_longer_inside():
    stage = Stage(campaign("- add_tag: a\n- adjust_score: +1\n- remove_tag: a"))
    stage.event("purchase")
    assert stage.walked("c") == ["add_tag", "adjust_score", "remove_tag"]
    assert stage.places == []
    assert [entry.why for entry in stage.entries("campaign.ended")] == ["last step"]


def test_a_campaign_without_steps_is_entered_and_ended_at_once():
    stage = Stage("campaigns: {c: {starts_when: [{event: purchase}]}}\nsegments: {inside: in campaign c}\n")
    stage.event("purchase")
    assert [entry.what for entry in stage.entries("campaign")] == []
    assert [entry.what for entry in stage.audit if entry.unit == "campaigns/c"] == [
        "campaign.entered",
        "campaign.ended",
    ]


BRANCH = """
- if: score >= 50
  then:
    - add_tag: high
    - add_tag: higher
  else:
    - add_tag: low
- add_tag: after
"""


@pytest.mark.parametrize(("score", "tags"), [(50, {"high", "higher", "after"}), (49, {"low", "after"})])
def test_an_if_takes_one_branch_and_goes_on_after_it(score, tags):
    stage = Stage(campaign(BRANCH))
    stage.load(email="ana@x.test", score=score)
    stage.event("purchase")
    assert stage.state.tags == tags


def test_an_if_without_an_else_passes_on():
    stage = Stage(campaign("- if: score >= 50\n  then: [{add_tag: high}]\n- add_tag: after"))
    stage.event("purchase")
    assert stage.state.tags == {"after"}


def test_end_ends_the_member_there():
    stage = Stage(campaign("- if: score < 50\n  then: [end]\n- add_tag: after"))
    stage.event("purchase")
    assert stage.state.tags == set()
    assert [entry.why for entry in stage.entries("campaign.ended")] == ["end"]


LOOP = """
- id: again
  adjust_score: +1
- wait: 1 hour
- goto: again
"""


def test_a_goto_goes_back_and_its_passes_count_as_jumps():
    stage = Stage(campaign(LOOP))
    stage.event("purchase")
    stage.later("3 hours")
    assert stage.score == 4
    assert stage.count("campaigns/c", "goto", "jumped") == 3


def test_the_eleventh_pass_of_a_goto_within_24_hours_ends_the_member_with_that_reason():
    stage = Stage(campaign(LOOP))
    stage.event("purchase")
    stage.later("2 days")
    assert stage.score == 11
    assert stage.places == []
    assert [entry.why for entry in stage.entries("campaign.ended")] == ["goto budget"]


def test_passes_older_than_24_hours_do_not_count_against_the_budget():
    stage = Stage(campaign(LOOP.replace("1 hour", "160 minutes")))
    stage.event("purchase")
    stage.later("20 days")
    assert stage.places == [("c", "wait")]


def test_at_most_limits_the_passes_of_one_entry():
    stage = Stage(campaign(LOOP.replace("goto: again", "goto: {step: again, at_most: 2}")))
    stage.event("purchase")
    stage.later("5 days")
    assert stage.score == 3
    assert [entry.why for entry in stage.entries("campaign.ended")] == ["goto at_most"]


EXIT = 'starts_when: [{event: purchase}]\nexit_when: tagged "stop"'


def test_exit_when_takes_a_waiting_member_out_at_once():
    stage = Stage(campaign("- wait: 3 days\n- add_tag: late", EXIT))
    stage.event("purchase")
    stage.load(email="ana@x.test", tags=["stop"], triggers=True)
    assert stage.places == []
    assert stage.results("campaigns/c") == ["pending default", "cancelled default exit_when"]
    stage.later("4 days")
    assert stage.state.tags == {"stop"}


def test_exit_when_is_looked_at_before_each_step():
    stage = Stage(campaign("- add_tag: stop\n- add_tag: more", EXIT))
    stage.event("purchase")
    assert stage.state.tags == {"stop"}
    assert [entry.what for entry in stage.entries("campaign.exited")] == ["campaign.exited"]


def test_exit_when_fires_by_time_alone_exactly_on_time():
    head = "starts_when: [{event: purchase}]\nexit_when: last(purchase) older than 2 days"
    stage = Stage(campaign("- wait: 9 days\n- add_tag: late", head))
    stage.event("purchase")
    stage.until("2026-03-04 08:59")
    assert stage.places == [("c", "wait")]
    stage.until("2026-03-04 09:00")
    assert stage.places == []


def test_exiting_cancels_the_entry_s_messages_that_may_not_have_left():
    stage = Stage(campaign("- send_email: invite\n- wait: 3 days", EXIT))
    stage.event("purchase")
    stage.load(email="ana@x.test", tags=["stop"], triggers=True)
    assert stage.cancelled == [effect.key for effect in stage.effects]


def test_passing_the_last_step_or_end_cancels_nothing():
    for steps in ("- send_email: invite", "- send_email: invite\n- end\n"):
        stage = Stage(campaign(steps))
        stage.event("purchase")
        assert stage.sent == ["invite"]
        assert stage.cancelled == []


FAILING = "- id: set\n  update_contact: {copy: {size: industry}}\n- add_tag: after"


def test_a_failed_action_changes_nothing_and_the_member_goes_on():
    stage = Stage(campaign(FAILING))
    stage.load(email="ana@x.test", industry="retail", size="small")
    stage.event("purchase")
    assert stage.state.fields["size"] == "small"
    assert stage.results("campaigns/c", "set") == ["failed default size is not one of small, large"]
    assert stage.state.tags == {"after"}


def test_on_failure_end_ends_the_member_instead():
    stage = Stage(campaign(FAILING.replace("\n- add_tag", "\n  on_failure: end\n- add_tag")))
    stage.load(email="ana@x.test", industry="retail")
    stage.event("purchase")
    assert stage.state.tags == set()
    assert [entry.why for entry in stage.entries("campaign.ended")] == ["failure"]


def test_a_failed_action_is_an_event_that_can_start_a_campaign():
    text = campaign(FAILING) + (
        '  alarm:\n    starts_when: [{event: action.failed, when: event.campaign == "c"}]\n'
        '    steps: [{add_note: "{{ entry.step }} failed"}]\n'
    )
    stage = Stage(text)
    stage.load(email="ana@x.test", industry="retail")
    stage.event("purchase")
    assert [entry.data["text"] for entry in stage.entries("note")] == ["set failed"]


def test_a_refused_send_does_not_hold_the_member():
    stage = Stage(campaign("- send_email: invite\n- add_tag: after"), contact={"email": "ana@x.test"})
    stage.event("purchase")
    assert stage.results("campaigns/c", "send_email") == ["refused default no consent"]
    assert stage.count("campaigns/c", "send_email", "refused:no consent/default") == 1
    assert stage.state.tags == {"after"}


PAUSABLE = "- wait: 1 day\n- add_tag: waited"


def test_in_a_paused_campaign_contacts_enter_and_take_no_step():
    stage = Stage(campaign(PAUSABLE), paused=["campaigns/c"])
    stage.event("purchase")
    assert stage.count("campaigns/c", "", "entered") == 1
    assert stage.walked("c") == []
    stage.resume()
    assert stage.walked("c") == ["wait"]


def test_waits_go_on_elapsing_while_paused_and_end_at_resume():
    stage = Stage(campaign(PAUSABLE))
    stage.event("purchase")
    stage.pause("campaigns/c")
    stage.later("3 days")
    assert stage.state.tags == set()
    assert stage.state.wake is None or stage.state.wake > stage.now
    stage.resume()
    assert stage.state.tags == {"waited"}


def test_a_member_of_a_paused_campaign_may_exit():
    stage = Stage(campaign(PAUSABLE, EXIT))
    stage.event("purchase")
    stage.pause("campaigns/c")
    stage.load(email="ana@x.test", tags=["stop"], triggers=True)
    assert stage.places == []


def test_a_paused_campaign_does_not_wake_the_contact_again_and_again():
    stage = Stage(campaign("- wait: {until: last(purchase) older than 2 days}\n- add_tag: waited"))
    stage.event("purchase")
    stage.pause("campaigns/c")
    stage.event("web_form.submission of demo-request")
    stage.later("9 days")
    assert stage.state.wake is None
    stage.resume()
    assert stage.state.tags == {"waited"}


def test_one_input_causes_at_most_a_thousand_steps_and_the_member_goes_on_at_the_next():
    steps = "\n".join(f"- {{id: s{number}, adjust_score: +1}}" for number in range(MAX_STEPS + 5))
    stage = Stage(campaign(steps), settings="")
    stage.event("purchase")
    assert len(stage.walked("c")) == MAX_STEPS
    assert [entry.why for entry in stage.entries("cascade_limit")] == ["1000 steps"]
    assert stage.places == [("c", f"s{MAX_STEPS}")]
    stage.event("web_form.submission of demo-request")
    assert stage.places == []
    assert len(stage.walked("c")) == MAX_STEPS + 5


def test_the_step_counts_of_a_busy_campaign_add_up():
    text = campaign(
        "- send_email: invite\n- wait: 1 day\n- if: score > 5\n  then: [end]\n- wait: 1 day", EXIT
    )
    stage = Stage(text)
    stage.event("purchase")
    stage.later("25 hours")
    stage.load(email="ana@x.test", tags=["stop"], triggers=True)
    unit = "campaigns/c"
    found = {(step, name): n for (u, step, name), n in stage.counts.items() if u == unit and n and step}
    assert found == {
        ("send_email", "entered"): 1,
        ("send_email", "done/default"): 1,
        ("send_email", "released"): 1,
        ("wait", "entered"): 1,
        ("wait", "done/default"): 1,
        ("wait", "released"): 1,
        ("if", "entered"): 1,
        ("if", "done/default"): 1,
        ("if", "released"): 1,
        ("wait-2", "entered"): 1,
        ("wait-2", "cancelled/default"): 1,
        ("wait-2", "removed"): 1,
    }


def test_of_step_asks_about_the_message_of_the_latest_pass():
    steps = """
- id: mail
  send_email: invite
- wait: 1 day
- if: did email.open of step mail
  then: [end]
- goto: mail
"""
    stage = Stage(campaign(steps))
    stage.event("purchase")
    first = stage.effects[0].key
    stage.later("25 hours")
    assert stage.sent == ["invite", "invite"]
    stage.event("email.open of invite", message=first)
    stage.later("1 day")
    assert stage.sent == ["invite"] * 3
    stage.event("email.open of invite")
    stage.later("1 day")
    assert [entry.why for entry in stage.entries("campaign.ended")] == ["end"]


def test_since_start_sees_the_member_s_own_sends_and_not_the_entering_event():
    steps = """
- send_email: invite
- wait: 1 hour
- if: did email.sent of invite since start and not did purchase since start
  then: [{add_tag: right}]
"""
    stage = Stage(campaign(steps))
    stage.event("purchase")
    stage.later("1 hour")
    assert stage.state.tags == {"right"}


def test_entry_properties_stay_with_the_member_and_show_as_they_were_given():
    steps = """
- wait: 1 day
- if: entry.sku == "a1"
  then: [{add_note: "{{ entry.sku }} {{ entry.total }}"}]
"""
    stage = Stage(campaign(steps))
    stage.event("purchase", sku="A1", total=12.50)
    stage.later("1 day")
    assert [entry.data["text"] for entry in stage.entries("note")] == ["A1 12.5"]
