"""Actions that ask another entity: the member stands still, the fulfillment actions behind wait."""

from __future__ import annotations

from oncue.runtime.kernel.inputs import Wake
from oncue.runtime.kernel.letters import Answer, Letter, TakePath
from oncue.runtime.kernel.step import step
from tests.runtime.kernel.crm import KINDS, crm
from tests.runtime.kernel.stage import ANA, Stage

FORM = (
    KINDS
    + """
web_forms:
  f:
    on_submission:
      - {add_tag: before}
      - {assign_owner: {round_robin: %s}, once: true}
      - {add_note: "owner {{ owner }}"}
      - {assign_owner: {round_robin: sdr}}
      - {add_tag: last}
"""
)


def notes(stage: Stage) -> list[object]:
    return [entry.data["text"] for entry in stage.entries("note")]


def test_fulfillment_actions_go_on_with_the_answer_each_seeing_what_the_earlier_ones_changed() -> None:
    stage = Stage(FORM % "sdr")
    stage.event("web_form.submission of f")
    assert notes(stage) == ["owner ana"]
    assert stage.state.fields["owner"] == "bo"
    assert stage.state.tags == {"before", "last"}
    assert stage.state.errands == []
    unit = "web_forms/f/on_submission"
    assert stage.results(unit) == ["done default"] * 5
    assert all(number >= 0 for number in stage.counts.values())
    assert stage.count(unit, "assign_owner", "pending/default") == 0


def test_an_answer_that_failed_fails_the_action_gives_its_once_back_and_the_others_go_on() -> None:
    stage = Stage(FORM % "away")
    stage.event("web_form.submission of f")
    stage.event("web_form.submission of f")
    results = stage.results("web_forms/f/on_submission", "assign_owner")
    assert results == ["failed default nobody in away is active"] * 2
    assert stage.entries("event", "action.failed")
    assert stage.state.fields["owner"] in ("ana", "bo")


def test_what_is_spent_once_is_not_asked_again() -> None:
    stage = Stage(FORM % "sdr")
    stage.event("web_form.submission of f")
    stage.event("web_form.submission of f")
    assert stage.results("web_forms/f/on_submission", "assign_owner") == ["done default", "skipped once"]


def test_the_members_questions_each_have_their_own_id_and_the_answer_finds_the_one_that_asked() -> None:
    text = "campaigns:\n" + "".join(
        f"  {name}: {{starts_when: [{{event: purchase}}], steps: [{{split_test: "
        f"{{paths: {{x: [], y: []}}, match: score > 1, decide: {{contacts: 9}}}}}}, {{add_tag: {name}}}]}}\n"
        for name in ("a", "b")
    )
    stage = Stage(text)
    outcome = stage.event("purchase")
    asked = [letter.body.question for letter in outcome.letters if isinstance(letter.body, TakePath)]
    assert len(set(asked)) == 2
    assert stage.state.tags == {"a", "b"}


def test_an_answer_that_nobody_waits_for_changes_nothing() -> None:
    stage = crm("- wait: 1 day", contact=ANA)
    stage.event("purchase")
    before = stage.state
    outcome = step(stage.program, before, Letter("", "team/sdr", Answer("1-1", value="bo")), stage.now)
    assert outcome.audit == ()
    assert outcome.state.members == before.members


def test_a_member_that_waits_for_an_answer_stands_still_whatever_else_happens() -> None:
    """As on a host where the answer takes its time."""
    stage = crm("- assign_owner: {round_robin: sdr}\n- add_tag: on", contact=ANA)
    program, now = stage.program, stage.now
    stage.program = program
    asked = step(program, stage.state, _enrolment(), now)
    (letter,) = asked.letters
    (member,) = asked.state.members
    assert letter.to == "team/sdr"
    later = step(program, asked.state, Wake(), now + 1)
    assert later.state.members[0].asked == member.asked
    answer = Letter("", "team/sdr", Answer(member.asked, value="bo"), origin=letter.origin)
    done = step(program, later.state, answer, now + 2)
    assert done.state.fields["owner"] == "bo"
    assert done.state.tags == {"on"}
    assert done.state.members == []


def _enrolment() -> object:
    from oncue.runtime.kernel.inputs import Enrol

    return Enrol("c")
