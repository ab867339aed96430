"""What events change by themselves, what is ignored of them, and fulfillment actions in all their states."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.inputs import Handover, Suppress
from tests.runtime.kernel.stage import Stage

EMAIL = """
emails:
  mail:
    subject: Hi
    body: body.md
    list: prospects
    on_open: [{adjust_score: +5}]
    on_click: [{adjust_score: +10}]
campaigns:
  mailing: {starts_when: [manual], runs: every_time, steps: [{id: send, send_email: mail}, {wait: 30 days}]}
  opened: {starts_when: [{event: email.open of mail}], runs: every_time, steps: [{add_note: opened}]}
segments:
  readers: did email.open of mail
"""


def sent() -> Stage:
    stage = Stage(EMAIL)
    stage.enrol("mailing")
    return stage


def test_a_machine_s_open_triggers_and_counts_nothing():
    stage = sent()
    stage.event("email.open of mail", machine=True)
    assert stage.score == 0
    assert stage.state.segments == set()
    assert stage.count("campaigns/opened", "", "entered") == 0
    assert [e.data.get("ignored") for e in stage.entries("event", "email.open")] == ["machine"]
    stage.event("email.open of mail")
    assert stage.score == 5  # the first open was still to come


def test_an_email_event_belongs_to_the_message_that_it_names():
    stage = sent()
    stage.event("email.open", message=stage.effects[0].key)
    assert stage.score == 5


def test_an_unmatched_email_event_enters_history_and_fires_and_starts_nothing():
    stage = Stage(EMAIL)
    stage.event("email.open of mail")
    assert stage.score == 0
    assert stage.state.segments == {"readers"}
    assert stage.count("campaigns/opened", "", "entered") == 0
    assert [e.data.get("ignored") for e in stage.entries("event", "email.open")] == ["unmatched"]


def test_an_event_from_before_the_send_does_not_belong_to_it():
    stage = sent()
    stage.event("email.open of mail", at="2026-03-02 08:59")
    assert stage.score == 0


def test_an_event_with_an_unknown_message_is_unmatched():
    stage = sent()
    stage.event("email.open of mail", message="elsewhere")
    assert stage.score == 0


def test_a_late_event_belongs_to_the_latest_send_that_is_earlier_than_it():
    stage = sent()
    stage.later("31 days")
    stage.enrol("mailing")
    stage.event("email.click of mail", at="2026-03-03 09:00")
    assert stage.score == 10


def test_an_email_reported_as_sent_elsewhere_can_be_opened():
    stage = Stage(EMAIL)
    stage.event("email.sent of mail")
    stage.event("email.open of mail")
    assert stage.score == 5


VISITS = """
web_pages: {pricing: {url: https://acme.test/pricing*, on_visit: [{adjust_score: +500}]}}
segments: {visitors: did web_page.visit of pricing in last 30 days}
campaigns: {c: {starts_when: [{enters_segment: visitors}], steps: [{add_note: c}]}}
"""


def test_a_live_event_older_than_the_limit_enters_history_and_triggers_nothing():
    stage = Stage(VISITS)
    stage.event("web_page.visit of pricing", at="2026-02-23 08:59", live=True)
    assert stage.score == 0
    assert stage.state.segments == {"visitors"}
    assert stage.places == []
    assert stage.entries("campaign.entered") == []
    assert [e.data.get("ignored") for e in stage.entries("event")] == ["too_old"]


def test_a_live_event_within_the_limit_and_any_in_a_replay_trigger():
    for at, live in (("2026-02-23 09:00", True), ("2026-02-10 09:00", False)):
        stage = Stage(VISITS)
        stage.event("web_page.visit of pricing", at=at, live=live)
        assert stage.score == 500
        assert len(stage.entries("campaign.entered")) == 1


def test_a_visit_that_matches_several_pages_fires_all_by_page_id():
    text = """
web_pages:
  zebra: {url: "https://acme.test/*", on_visit: [{add_note: zebra}]}
  alpha: {url: "https://acme.test/pricing*", on_visit: [{add_note: alpha}]}
"""
    stage = Stage(text)
    stage.event("web_page.visit", url="https://acme.test/pricing")
    assert [entry.data["text"] for entry in stage.entries("note")] == ["alpha", "zebra"]


def test_a_visit_that_matches_no_page_is_history_only():
    stage = Stage(VISITS)
    stage.event("web_page.visit", url="https://other.test/")
    assert stage.score == 0
    assert stage.state.segments == set()
    assert len(stage.entries("event", "web_page.visit")) == 1


@pytest.mark.parametrize(
    ("at", "fired"),
    [
        ("2026-03-01 23:59:59", False),
        ("2026-03-02 00:00", True),
        ("2026-03-04 23:59:59", True),
        ("2026-03-05 00:00", False),
    ],
)
def test_the_window_has_both_days_and_goes_by_the_event_s_own_time(at, fired):
    text = "web_forms: {f: {on_submission: {from: 2026-03-02, until: 2026-03-04, actions: [{add_tag: in}]}}}"
    stage = Stage(text, now="2026-03-09 12:00")
    stage.event("web_form.submission of f", at=at)
    assert (stage.state.tags == {"in"}) is fired


ONCE = "web_forms: {f: {on_submission: [{send_email: invite, once: true}]}}"


def test_once_is_not_spent_by_a_refused_action():
    stage = Stage(ONCE, contact={"email": "ana@x.test"})
    stage.event("web_form.submission of f")
    assert stage.results("web_forms/f/on_submission") == ["refused default no consent"]
    stage.load(email="ana@x.test", subscribed=["prospects"])
    stage.event("web_form.submission of f")
    stage.event("web_form.submission of f")
    assert stage.sent == ["invite"]


def test_once_is_not_spent_by_a_failed_action_or_by_no_action():
    text = """
web_forms:
  f:
    on_submission:
      - {update_contact: {copy: {size: industry}}, once: true}
      - {add_tag: rich, when: score > 5, once: true}
"""
    stage = Stage(text)
    stage.load(email="ana@x.test", industry="retail")
    stage.event("web_form.submission of f")
    stage.load(email="ana@x.test", industry="small", score=9)
    stage.event("web_form.submission of f")
    assert stage.state.fields["size"] == "small"
    assert stage.state.tags == {"rich"}


def test_once_is_free_again_when_the_hand_over_refuses_the_message():
    stage = Stage(ONCE)
    stage.event("web_form.submission of f")
    stage.play(Handover(stage.effects[0].key, "refused", "suppressed"))
    stage.event("web_form.submission of f")
    assert stage.sent == ["invite", "invite"]
    assert stage.count("web_forms/f/on_submission", "send_email", "refused:suppressed/default") == 1


PAUSED = "web_forms: {f: {on_submission: [{send_email: invite, once: true}, {add_tag: seen}]}}"


@pytest.mark.parametrize("unit", ["web_forms/f", "web_forms/f/on_submission"])
def test_a_paused_fulfillment_action_holds_its_messages_and_does_the_rest(unit):
    stage = Stage(PAUSED, paused=[unit])
    stage.event("web_form.submission of f")
    stage.event("web_form.submission of f")
    assert stage.state.tags == {"seen"}
    assert [effect.held for effect in stage.effects] == [True]
    assert stage.results("web_forms/f/on_submission", "send_email") == ["held default", "skipped once"]
    assert stage.count("web_forms/f/on_submission", "send_email", "pending/default") == 1
    assert stage.entries("event", "email.sent") == []


def test_a_held_message_that_is_released_counts_as_done_and_as_sent_then():
    stage = Stage(PAUSED, paused=["web_forms/f"])
    stage.event("web_form.submission of f")
    stage.later("1 day")
    stage.play(Handover(stage.effects[0].key, "done"))
    assert stage.count("web_forms/f/on_submission", "send_email", "done/default") == 1
    assert [entry.data["at"] for entry in stage.entries("event", "email.sent")] == [stage.now]


def test_a_held_message_that_is_dropped_counts_as_cancelled():
    stage = Stage(PAUSED, paused=["web_forms/f"])
    stage.event("web_form.submission of f")
    stage.play(Handover(stage.effects[0].key, "cancelled", "dropped"))
    assert stage.count("web_forms/f/on_submission", "send_email", "cancelled/default") == 1
    assert stage.count("web_forms/f/on_submission", "send_email", "pending/default") == 0


def test_a_hand_over_that_refuses_moves_the_send_from_done_to_refused():
    stage = sent()
    stage.play(Handover(stage.effects[0].key, "refused", "suppressed"))
    assert stage.count("campaigns/mailing", "send", "done/default") == 0
    assert stage.count("campaigns/mailing", "send", "refused:suppressed/default") == 1
    stage.event("email.open of mail")
    assert stage.score == 0  # nothing was sent that it could belong to


def test_a_hand_over_that_finally_fails_is_a_failed_action():
    stage = sent()
    stage.play(Handover(stage.effects[0].key, "failed", "mailbox unknown"))
    assert stage.count("campaigns/mailing", "send", "failed/default") == 1
    assert len(stage.entries("event", "action.failed")) == 1
    assert stage.places == [("mailing", "wait")]


def test_a_hand_over_that_fails_ends_the_member_where_the_step_says_so():
    stage = Stage(EMAIL.replace("send_email: mail}", "send_email: mail, on_failure: end}"))
    stage.enrol("mailing")
    stage.play(Handover(stage.effects[0].key, "failed", "mailbox unknown"))
    assert stage.places == []


# --- consent --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contact", "why"),
    [
        ({"id": "7", "subscribed": ["prospects"]}, "no address"),
        ({"email": "a..b@x.test", "subscribed": ["prospects"]}, "invalid address"),
        ({"email": "jürgen@x.test", "subscribed": ["prospects"]}, "invalid address"),
        ({"email": ".a.@x.test", "subscribed": ["prospects"]}, "invalid address"),
        ({"email": f"{'a' * 65}@x.test", "subscribed": ["prospects"]}, "invalid address"),
        ({"email": "ana@x.test", "subscribed": ["prospects"], "suppressed": True}, "suppressed"),
        ({"email": "ana@x.test"}, "no consent"),
        ({"email": "ana@x.test", "subscribed": [{"list": "prospects", "channels": ["sms"]}]}, "no consent"),
    ],
)
def test_the_gate_refuses_with_its_first_reason(contact, why):
    stage = Stage(EMAIL, contact=contact)
    stage.enrol("mailing")
    assert stage.sent == []
    assert stage.results("campaigns/mailing", "send") == [f"refused default {why}"]


def test_an_operational_email_passes_consent_and_never_suppression():
    text = "campaigns: {c: {starts_when: [manual], runs: every_time, steps: [{send_email: receipt}]}}"
    stage = Stage(text, contact={"email": "ana@x.test"})
    stage.enrol("c")
    assert stage.sent == ["receipt"]
    stage.play(Suppress("asked us to stop"))
    stage.enrol("c")
    assert stage.sent == ["receipt"]
    stage.play(Suppress("asked for mail again", lift=True))
    stage.enrol("c")
    assert stage.sent == ["receipt", "receipt"]


def test_unsubscribing_leaves_the_message_s_list():
    stage = sent()
    stage.event("email.unsubscribe of mail")
    assert stage.state.subscriptions["prospects"]["email"] == "unsubscribed"
    assert stage.state.suppressed == ""


def test_unsubscribing_leaves_the_list_that_it_names():
    stage = sent()
    stage.event("email.unsubscribe of mail", list="newsletter")
    assert stage.state.subscriptions["prospects"]["email"] == "subscribed"
    assert stage.state.subscriptions["newsletter"]["email"] == "unsubscribed"


def test_unsubscribing_from_all_suppresses():
    stage = sent()
    stage.event("email.unsubscribe of mail", all=True)
    assert stage.state.suppressed == "unsubscribed from all"


def test_a_complaint_suppresses():
    stage = sent()
    stage.event("email.complaint of mail")
    assert stage.state.suppressed == "complaint"


def test_bounces_are_counted_until_a_click():
    stage = sent()
    stage.event("email.bounce of mail", type="soft")
    stage.event("email.bounce of mail", type="hard")
    assert stage.state.bounces == {"soft": 1, "hard": 1}
    stage.event("email.click of mail")
    assert stage.state.bounces == {}


DOUBLE = "web_forms: {f: {on_submission: [{subscribe: newsletter}, {send_email: news}]}}"


def test_double_opt_in_is_pending_until_confirmed():
    stage = Stage(DOUBLE)
    stage.event("web_form.submission of f")
    assert stage.state.subscriptions["newsletter"] == {"email": "pending"}
    assert stage.sent == ["confirm-newsletter"]
    assert stage.results("web_forms/f/on_submission", "send_email") == ["refused default no consent"]
    stage.event("list.confirm", list="newsletter")
    assert stage.state.subscriptions["newsletter"] == {"email": "subscribed"}
    stage.event("web_form.submission of f")
    assert stage.sent == ["confirm-newsletter", "news"]


def test_a_second_subscribe_while_pending_sends_no_second_confirmation():
    stage = Stage(DOUBLE)
    stage.event("web_form.submission of f")
    stage.event("web_form.submission of f")
    assert stage.sent == ["confirm-newsletter"]


def test_a_confirmation_of_a_subscription_that_nobody_asked_for_changes_nothing():
    stage = Stage(DOUBLE)
    stage.event("list.confirm", list="newsletter")
    assert "newsletter" not in stage.state.subscriptions


def test_a_subscription_whose_confirmation_cannot_be_sent_is_refused():
    stage = Stage(DOUBLE, contact={"id": "7"})
    stage.event("web_form.submission of f")
    assert stage.results("web_forms/f/on_submission", "subscribe") == ["refused default no address"]
    assert stage.state.subscriptions == {}


# --- scores, fields -------------------------------------------------------------------------------


def test_a_score_is_clamped_to_its_bounds_and_says_so():
    text = "web_forms: {up: {on_submission: [{adjust_score: +800}]}, "
    text += "down: {on_submission: [{adjust_score: -5000}]}}"
    stage = Stage(text)
    for form in ("up", "up", "down"):
        stage.event(f"web_form.submission of {form}")
    assert [entry.why for entry in stage.entries("action")] == ["", "clamped", "clamped"]
    assert [entry.data["to"] for entry in stage.entries("action")] == ["800", "1000", "0"]


def test_a_score_is_set_and_reset():
    text = "web_forms: {a: {on_submission: [{adjust_score: {set: 50}}]}, "
    text += "b: {on_submission: [{adjust_score: {reset: true}}]}}"
    stage = Stage(text)
    stage.event("web_form.submission of a")
    assert stage.score == 50
    stage.event("web_form.submission of b")
    assert stage.score == 0


def test_a_missing_score_counts_from_0():
    stage = Stage("web_forms: {a: {on_submission: [{update_contact: {clear: [score]}}, {adjust_score: +5}]}}")
    stage.load(email="ana@x.test", score=70)
    stage.event("web_form.submission of a")
    assert stage.score == 5


def test_a_score_that_is_emptied_is_0_as_it_was_at_first():
    stage = Stage("web_forms: {a: {on_submission: [{update_contact: {clear: [score]}}]}}")
    stage.load(email="ana@x.test", score=70)
    stage.event("web_form.submission of a")
    assert stage.score == 0
    stage.load(email="ana@x.test", score=70)
    stage.load(email="ana@x.test", score="")
    assert stage.score == 0


def test_update_contact_sets_copies_and_clears():
    stage = Stage("""
web_forms:
  a:
    on_submission:
      - update_contact:
          set: {industry: Retail, interests: [Golf, Tennis]}
          copy: {company: job_title}
          clear: [city]
""")
    stage.load(email="ana@x.test", job_title="Head of Sales", city="Rome")
    stage.event("web_form.submission of a")
    fields, shown = stage.state.fields, stage.state.shown
    assert (fields["industry"], shown["industry"]) == ("retail", "Retail")
    assert (fields["interests"], shown["interests"]) == (["golf", "tennis"], ["Golf", "Tennis"])
    assert shown["company"] == "Head of Sales"
    assert "city" not in fields
    assert "city" not in shown


def test_identify_updates_fields_and_identifiers():
    stage = Stage("{}", contact={"email": "ana@x.test"})
    stage.event("identify", id="42", anonymous_id="7f", first_name="Ana", unknown="x")
    assert (stage.state.fields["id"], stage.state.anonymous_ids) == ("42", ["7f"])
    assert stage.state.shown["first_name"] == "Ana"
    assert stage.state.key == "email:ana@x.test"


def test_the_values_that_a_message_shows_are_those_of_its_instant():
    text = (
        "web_forms: {a: {on_submission: [{send_email: invite}, {update_contact: {set: {first_name: Bo}}}]}}"
    )
    stage = Stage(text)
    stage.load(email="ana@x.test", first_name="Ána ")
    stage.event("web_form.submission of a")
    assert stage.effects[0].payload["values"] == {"first_name": "Ána "}


def test_message_keys_are_one_per_pass_and_say_nothing_about_the_contact():
    stage = Stage(
        "campaigns: {c: {starts_when: [{event: purchase}], runs: every_time, steps: [{send_email: invite}]}}"
    )
    stage.event("purchase")
    stage.event("purchase")
    keys = [effect.key for effect in stage.effects]
    assert len(set(keys)) == 2
    assert all(len(key) == 32 and key.isalnum() and "ana" not in key for key in keys)
