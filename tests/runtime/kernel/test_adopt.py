"""A changed plan takes effect while contacts are inside."""

from __future__ import annotations

import pytest

from tests.runtime.kernel.stage import Stage


def campaign(steps: str, head: str = "", more: str = "") -> str:
    lines = "\n".join(f"      {line}" for line in steps.strip("\n").splitlines())
    return f"campaigns:\n  c:\n    starts_when: [{{event: purchase}}]\n{head}    steps:\n{lines}\n{more}"


def inside(steps: str, **kwargs: str) -> Stage:
    stage = Stage(campaign(steps, **kwargs))
    stage.event("purchase")
    return stage


BASE = "- add_tag: a\n- wait: 2 days\n- add_tag: z"


def test_a_step_inserted_before_a_member_s_place_is_not_made_up():
    stage = inside(BASE)
    stage.change_plan(campaign("- {id: new, add_tag: new}\n" + BASE))
    stage.later("2 days")
    assert stage.state.tags == {"a", "z"}


def test_a_step_inserted_right_after_a_member_s_place_is_next():
    stage = inside(BASE)
    stage.change_plan(campaign(BASE.replace("- add_tag: z", "- {id: new, add_tag: new}\n- add_tag: z")))
    stage.later("2 days")
    assert stage.state.tags == {"a", "new", "z"}


def test_members_who_ended_are_not_called_back():
    stage = inside("- add_tag: a")
    stage.change_plan(campaign("- add_tag: a\n- add_note: more"))
    stage.later("2 days")
    assert stage.entries("note") == []


@pytest.mark.parametrize(("wait", "left"), [("3 days", "2 days"), ("36 hours", "12 hours")])
def test_a_changed_wait_counts_the_time_that_has_passed(wait, left):
    stage = inside(BASE)
    stage.later("1 day")
    stage.change_plan(campaign(BASE.replace("2 days", wait)))
    assert stage.places == [("c", "wait")]
    stage.later(left)
    assert stage.places == []


def test_a_wait_that_is_over_by_its_new_length_ends_at_once():
    stage = inside(BASE)
    stage.later("1 day")
    stage.change_plan(campaign(BASE.replace("2 days", "5 hours")))
    assert stage.state.tags == {"a", "z"}


def test_a_condition_is_judged_afresh():
    stage = inside("- wait: {until: score >= 50}\n- add_tag: z")
    stage.load(email="ana@x.test", score=20)
    stage.change_plan(campaign("- wait: {until: score >= 10}\n- add_tag: z"))
    assert stage.state.tags == {"z"}


def test_an_exit_that_holds_under_the_new_plan_takes_the_member_out():
    stage = inside(BASE)
    stage.change_plan(campaign(BASE, head='    exit_when: tagged "a"\n'))
    assert stage.places == []
    assert len(stage.entries("campaign.exited")) == 1


def test_a_removed_step_sends_its_members_to_the_next_sibling_that_is_left():
    stage = inside(BASE)
    stage.change_plan(campaign("- add_tag: a\n- add_tag: z"))
    assert stage.state.tags == {"a", "z"}
    assert stage.count("campaigns/c", "wait", "removed") == 1


NESTED = """
- if: score < 50
  then:
    - {id: rest, wait: 2 days}
    - {id: inner, add_note: inner}
- {id: outer, add_note: outer}
"""


@pytest.mark.parametrize(
    ("changed", "notes"),
    [
        (NESTED.replace("    - {id: rest, wait: 2 days}\n", ""), ["inner", "outer"]),
        (NESTED.replace("id: rest, wait: 2 days", "id: x, add_note: x").replace("inner", "y"), ["outer"]),
        ("- {id: outer, add_note: outer}", ["outer"]),
        ("- {id: other, add_note: other}", []),
    ],
)
def test_then_to_what_follows_the_branch_then_to_the_end(changed, notes):
    stage = inside(NESTED)
    assert stage.places == [("c", "rest")]
    stage.change_plan(campaign(changed))
    assert [entry.data["text"] for entry in stage.entries("note")] == notes
    assert stage.places == []


def test_a_renamed_step_keeps_its_members():
    stage = inside(BASE)
    stage.later("1 day")
    stage.change_plan(campaign(BASE.replace("- wait: 2 days", "- {id: pause, was: wait, wait: 2 days}")))
    assert stage.places == [("c", "pause")]
    stage.later("1 day")
    assert stage.count("campaigns/c", "pause", "done/default") == 1


def test_a_removed_campaign_ends_its_members():
    stage = inside(BASE)
    stage.change_plan('segments: {tagged-a: tagged "a"}')
    assert stage.places == []
    assert [entry.why for entry in stage.entries("campaign.ended")] == ["campaign removed"]


HOT = "segments: {hot: score >= 50}\n"
STARTS = "campaigns: {n: {starts_when: [{enters_segment: hot}], steps: [{add_note: n}]}}\n"


def test_contacts_already_in_a_segment_do_not_enter_a_campaign_deployed_later():
    stage = Stage(HOT)
    stage.load(email="ana@x.test", score=60)
    stage.change_plan(HOT + STARTS)
    assert stage.entries("campaign.entered") == []
    stage.load(email="ana@x.test", score=10, triggers=True)
    stage.load(email="ana@x.test", score=60, triggers=True)
    assert len(stage.entries("campaign.entered")) == 1


@pytest.mark.parametrize(("score", "enters"), [(60, True), (40, False)])
def test_unless_the_trigger_says_existing(score, enters):
    starts = "{enters_segment: hot, existing: true}"
    text = (
        HOT + f"campaigns: {{n: {{starts_when: [{starts}], runs: every_time, steps: [{{add_note: n}}]}}}}\n"
    )
    stage = Stage(HOT)
    stage.load(email="ana@x.test", score=score)
    stage.change_plan(text)
    assert (len(stage.entries("campaign.entered")) == 1) is enters
    stage.change_plan(text + "  # the same again\n")
    assert (len(stage.entries("campaign.entered")) == 1) is enters


def test_a_changed_segment_changes_without_a_word_and_starts_nothing():
    stage = Stage(HOT + STARTS)
    stage.load(email="ana@x.test", score=30)
    stage.change_plan(HOT.replace("50", "20") + STARTS)
    assert stage.state.segments == {"hot"}
    assert stage.entries("segment") == stage.entries("campaign.entered") == []


def test_a_segment_that_uses_a_changed_one_is_judged_again():
    text = "segments:\n  hot: score >= 50\n  hot-ish: in segment hot or score > 900\n"
    stage = Stage(text)
    stage.load(email="ana@x.test", score=30)
    stage.change_plan(text.replace("50", "20"))
    assert stage.state.segments == {"hot", "hot-ish"}


def test_a_segment_that_is_gone_is_forgotten_with_its_timer():
    stage = Stage("segments: {fresh: did purchase in last 3 days}\n")
    stage.event("purchase")
    assert stage.state.wake is not None
    stage.change_plan(HOT)
    assert stage.state.segments == set()
    assert stage.state.wake is None


DATE = 'campaigns: {d: {starts_when: [FIRST{date: {field: renewal_date, at: "09:00"}}], runs: every_time}}\n'


def test_dates_are_reckoned_for_new_triggers_and_follow_those_that_move_in_the_file():
    stage = Stage(HOT)
    stage.load(email="ana@x.test", renewal_date="2026-03-10")
    stage.change_plan(DATE.replace("FIRST", ""))
    stage.change_plan(DATE.replace("FIRST", "{event: purchase}, "))
    stage.until("2026-03-10 09:00")
    assert [entry.why for entry in stage.entries("campaign.entered")] == ["starts_when 2"]


def test_a_changed_date_trigger_fires_by_its_new_time_only():
    stage = Stage(DATE.replace("FIRST", ""))
    stage.load(email="ana@x.test", renewal_date="2026-03-10")
    stage.change_plan(DATE.replace("FIRST", "").replace("09:00", "18:00"))
    stage.until("2026-03-10 17:59")
    assert stage.entries("campaign.entered") == []
    stage.until("2026-03-10 18:00")
    assert len(stage.entries("campaign.entered")) == 1


def test_once_marks_and_entries_follow_a_rename():
    old = """
web_forms: {f: {on_submission: [{adjust_score: +10, once: true}]}}
campaigns: {c: {starts_when: [{event: purchase}], steps: [{wait: 9 days}]}}
segments: {all: score >= 0}
"""
    new = """
web_forms: {g: {was: f, on_submission: [{id: points, was: adjust_score, adjust_score: +10, once: true}]}}
campaigns: {d: {was: c, starts_when: [{event: purchase}], steps: [{wait: 9 days}]}}
segments: {everybody: {was: all, when: score >= 0}}
"""
    stage = Stage(old)
    stage.event("web_form.submission of f")
    stage.event("purchase")
    stage.change_plan(new)
    assert stage.places == [("d", "wait")]
    assert stage.state.segments == {"everybody"}
    stage.event("web_form.submission of g")
    assert stage.score == 10
    stage.event("purchase")
    assert [entry.why for entry in stage.entries("campaign.refused")] == ["runs once"]


def test_a_step_that_takes_the_name_of_a_renamed_one_sends_a_message_of_its_own():
    emails = "emails:\n  hello: {subject: Hello, body: body.md, operational: true}\n"
    stage = inside("- send_email: hello\n- wait: 2 days", more=emails)
    steps = "- {id: first, was: send_email, send_email: hello}\n- wait: 2 days\n- send_email: hello"
    stage.change_plan(campaign(steps, more=emails))
    stage.later("2 days")
    assert stage.sent == ["hello", "hello"]
    assert len({effect.key for effect in stage.effects}) == 2


def test_members_follow_a_generated_name_that_shifts():
    stage = inside("- wait: 2 days\n- add_tag: a\n- wait: 5 days")
    newer = "- wait: 9 days\n- {was: wait, wait: 2 days}\n- add_tag: a\n- {was: wait-2, wait: 5 days}"
    stage.change_plan(campaign(newer))
    assert stage.places == [("c", "wait-2")]
    stage.change_plan(campaign(newer + "\n- add_tag: z"))
    assert stage.places == [("c", "wait-2")]
    stage.later("2 days")
    assert stage.places == [("c", "wait-3")]


def test_members_of_a_step_that_is_gone_do_not_land_on_the_one_that_has_its_name_now():
    stage = inside("- wait: 2 days\n- add_tag: a\n- wait: 5 days")
    stage.change_plan(campaign("- add_tag: a\n- {was: wait-2, wait: 5 days}"))
    assert stage.state.tags == {"a"}
    assert stage.places == [("c", "wait")]


def test_members_in_a_branch_follow_the_step_that_owns_it():
    branch = "- if: score < 50\n  then: [{wait: 2 days}, {add_tag: a}]"
    stage = inside(branch)
    stage.change_plan(campaign(branch.replace("- if", "- id: low\n  was: if\n  if")))
    assert stage.places == [("c", "low/then/wait")]
    stage.later("2 days")
    assert stage.state.tags == {"a"}
