"""Keys, births, clashes, merges, erasure."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.contact import identity
from oncue.runtime.kernel.state import ContactState
from oncue.schemas.events import Who
from tests.runtime.kernel.stage import Stage
from tests.runtime.kernel.sums import check_members, check_sums

TEXT = """
web_forms: {f: {on_submission: [{adjust_score: +10, once: true}, {add_tag: asked}]}}
segments: {hot: score >= 50, buyers: did purchase at least 2 times}
campaigns:
  c: {starts_when: [{event: purchase}], runs: every_time, steps: [{send_email: receipt}, {wait: 9 days}]}
  warm: {starts_when: [{enters_segment: buyers}], steps: [{add_note: warm}]}
"""


@pytest.mark.parametrize(
    ("who", "key"),
    [
        (Who(id=" 42 ", email="a@x.test"), "id:42"),
        (Who(email=" Ana@X.test ", anonymous_id="7f"), "email:ana@x.test"),
        (Who(anonymous_id="7f"), "anon:7f"),
        (Who(), ""),
    ],
)
def test_a_key_is_the_first_identifier_with_its_type(who, key):
    assert identity.key_of(who) == key


def test_the_first_input_is_the_birth():
    stage = Stage(TEXT, contact=None)
    stage.event("purchase")
    assert stage.audit[0].what == "contact.created"
    assert stage.audit[0].data == {"email": "ana@x.test"}
    assert stage.state.fields["created_at"] == stage.now
    assert stage.score == 0
    stage.event("purchase")
    assert len(stage.entries("contact.created")) == 1


def test_an_id_is_not_replaced_and_the_clash_is_recorded():
    stage = Stage(TEXT, contact={"id": "1", "email": "ana@x.test"})
    stage.load(id="2", email="ana@x.test")
    assert stage.state.fields["id"] == "1"
    assert [entry.data for entry in stage.entries("contact.clash")] == [{"id": "2"}]


def test_a_row_moves_the_email_and_an_event_does_not():
    stage = Stage(TEXT, contact={"id": "1", "email": "ana@x.test"})
    stage.load(id="1", email="Ana@New.test")
    assert stage.state.fields["email"] == "ana@new.test"
    assert stage.state.key == "id:1"


def two() -> tuple[Stage, Stage]:
    """The survivor, created a day earlier, and the other."""
    first = Stage(TEXT, contact={"email": "ana@x.test", "first_name": "Ana", "score": 5})
    second = Stage(
        TEXT, now="2026-03-03 09:00", contact={"anonymous_id": "7f", "first_name": "A.", "score": 20}
    )
    return first, second


def merged(first: Stage, second: Stage) -> ContactState:
    first.now = max(first.now, second.now)
    before = first.counts + second.counts
    outcome = identity.merge(first.program, first.state, second.state, first.now)
    first.counts = before
    first.take(outcome)
    return outcome.state


def test_the_survivor_s_values_win_gaps_are_filled_and_the_larger_score_stays():
    first, second = two()
    second.load(anonymous_id="7f", city="Rome")
    state = merged(first, second)
    assert state.key == "email:ana@x.test"
    assert (state.shown["first_name"], state.shown["city"]) == ("Ana", "Rome")
    assert first.score == 20
    assert state.anonymous_ids == ["7f"]
    assert [entry.data for entry in first.entries("contact.merged")] == [{"other": "anon:7f"}]


def test_tags_history_and_once_marks_are_united():
    first, second = two()
    first.event("purchase")
    second.event("web_form.submission of f")
    second.event("purchase")
    state = merged(first, second)
    assert state.tags == {"asked"}
    assert state.segments == {"buyers"}
    first.event("web_form.submission of f")
    assert first.score == 30  # its own mark was not used up by the first, the second's was


def test_what_a_merge_makes_true_is_an_edge():
    first, second = two()
    first.event("purchase")
    second.event("purchase")
    merged(first, second)
    assert [entry.data["text"] for entry in first.entries("note")] == ["warm"]


def test_suppression_and_unsubscribes_win():
    first, second = two()
    first.load(email="ana@x.test", subscribed=["prospects", "newsletter"])
    second.load(anonymous_id="7f", subscribed=["prospects"], suppressed=True)
    second.state.subscriptions["prospects"] = {"email": "unsubscribed"}
    state = merged(first, second)
    assert state.suppressed == "import"
    assert state.subscriptions["prospects"] == {"email": "unsubscribed"}
    assert state.subscriptions["newsletter"] == {"email": "subscribed"}


def test_in_the_same_campaign_the_older_stay_goes_on():
    first, second = two()
    second.event("purchase")
    first.now = second.now + 1
    first.event("purchase")
    younger = first.state.members[0].at
    state = merged(first, second)
    assert [member.at for member in state.members] == [younger - 1]
    assert [entry.why for entry in first.entries("campaign.ended", "campaigns/c")] == ["merged"]
    check_members([state])
    check_sums(first.counts, [state])


def test_a_stay_that_is_taken_over_still_ends_by_time_alone():
    head = "starts_when: [{event: purchase}], exit_when: last(purchase) older than 2 days"
    text = f"campaigns: {{c: {{{head}, steps: [{{wait: 9 days}}]}}}}"
    first, second = Stage(text), Stage(text, contact={"anonymous_id": "7f"})
    second.event("purchase")
    merged(first, second)
    first.later("47 hours")
    assert first.places == [("c", "wait")]
    first.later("1 hour")
    assert first.places == []


def test_after_a_merge_entries_are_numbered_on():
    first, second = two()
    second.event("purchase")
    state = merged(first, second)
    first.later("9 days")
    first.event("purchase")
    assert first.state.members[0].entry == 2
    assert state.entered["c"] == 1


def test_erasing_ends_every_stay_and_cancels_every_message():
    stage = Stage(TEXT)
    stage.load(email="ana@x.test", score=60, triggers=True)
    stage.event("purchase")
    before = stage.state
    outcome = identity.erase(stage.program, before, stage.now)
    stage.take(outcome)
    assert outcome.cancelled == tuple(before.sent)
    assert stage.state.members == []
    assert stage.state.fields == {}
    assert stage.counts["segments/hot", "", "entered"] == stage.counts["segments/hot", "", "exited"] == 1
    assert [entry.why for entry in stage.entries("campaign.ended")] == ["erased"]
