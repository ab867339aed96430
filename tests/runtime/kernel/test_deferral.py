"""Messages that wait for a better hour: members stand at their step, other actions go on without them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from oncue.runtime.kernel.contact import identity
from oncue.runtime.kernel.inputs import Handover, Suppress
from oncue.schemas.zones import rules
from tests.runtime.kernel.stage import Stage

ANA: dict[str, Any] = {"email": "ana@x.test", "subscribed": ["prospects"], "first_name": "Ana"}
DEFERRED = "deferred default quiet hours"
CAP = ", frequency_caps: [{channel: email, at_most: 1, per: 7 days}]"
NIGHT = "quiet_hours: {from: '21:00', to: '08:00'%s}"
TEXT = """
campaigns:
  mail:
    starts_when: [manual]
    runs: every_time
    exit_when: tagged "stop"
    steps:
      - {id: send, send_email: {rules: [{when: score >= 50, use: invite-vip}], default: invite}}
      - {id: pause, wait: 1 day}
      - {add_tag: after}
web_forms:
  f:
    on_submission:
      - {send_email: invite, once: true}
      - {add_tag: seen}
  news: {on_submission: [{subscribe: newsletter}]}
"""


def stage(policies: str, now: str = "2026-03-02 22:00", **contact: Any) -> Stage:
    return Stage(TEXT, contact={**ANA, **contact}, settings=f"policies: {{{policies}}}\n", now=now)


def quiet(now: str = "2026-03-02 22:00", more: str = "", **contact: Any) -> Stage:
    return stage(NIGHT % more, now, **contact)


def sent_at(on: Stage) -> list[str]:
    """When the emails went out, in New York."""
    zone, epoch = rules("America/New_York"), datetime(1970, 1, 1, tzinfo=UTC)
    instants = [int(str(entry.data["at"])) for entry in on.entries("event", "email.sent")]
    return [f"{(epoch + timedelta(microseconds=at)).astimezone(zone):%m-%d %H:%M}" for at in instants]


# --- members


def test_a_member_stands_at_its_step_until_the_hour_and_later_waits_count_from_then() -> None:
    on = quiet()
    on.enrol("mail")
    assert on.places == [("mail", "send")]
    assert on.sent == []
    assert on.count("campaigns/mail", "send", "pending/default") == 1
    on.until("2026-03-03 07:59:59")
    assert on.sent == []
    on.until("2026-03-03 08:00")
    assert sent_at(on) == ["03-03 08:00"]
    assert on.results("campaigns/mail", "send") == [DEFERRED, "done default"]
    on.until("2026-03-04 07:59")
    assert on.places == [("mail", "pause")]
    on.until("2026-03-04 08:00")
    assert on.state.tags == {"after"}


def test_the_message_says_what_is_true_when_it_is_made_and_the_rule_is_the_one_of_the_arrival() -> None:
    on = quiet()
    on.enrol("mail")
    on.load(email="ana@x.test", first_name="Bo", score=90)
    on.until("2026-03-03 08:00")
    [effect] = on.effects
    assert (effect.payload["email"], effect.payload["values"]) == ("invite", {"first_name": "Bo"})


def test_the_gate_is_asked_from_the_top_when_the_hour_has_come() -> None:
    on = quiet()
    on.enrol("mail")
    on.play(Suppress("operator"))
    on.until("2026-03-03 08:00")
    assert on.results("campaigns/mail", "send") == [
        "deferred default quiet hours",
        "refused default suppressed",
    ]
    assert on.places == [("mail", "pause")]
    assert on.count("campaigns/mail", "send", "pending/default") == 0
    assert on.count("campaigns/mail", "send", "refused:suppressed/default") == 1


def test_a_message_may_be_deferred_again() -> None:
    """The contact has moved to Tokyo, where it is night by then."""
    on = quiet(more=", timezone: contact", timezone="America/New_York")
    on.enrol("mail")
    on.load(email="ana@x.test", timezone="Asia/Tokyo")
    on.until("2026-03-03 08:00")
    assert on.sent == []
    on.until("2026-03-03 18:00")
    assert sent_at(on) == ["03-03 18:00"]
    assert on.count("campaigns/mail", "send", "done/default") == 1


def test_leaving_the_campaign_cancels_a_deferred_message() -> None:
    on = quiet()
    on.enrol("mail")
    on.load(email="ana@x.test", tags=["stop"], triggers=True)
    on.until("2026-03-04 12:00")
    assert on.sent == []
    assert on.results("campaigns/mail", "send") == [
        "deferred default quiet hours",
        "cancelled default exit_when",
    ]
    assert on.count("campaigns/mail", "send", "cancelled/default") == 1


def test_a_deferred_message_fills_no_cap_before_it_is_made() -> None:
    on = stage(NIGHT % "" + CAP)
    on.enrol("mail")
    on.event("web_form.submission of f")
    on.until("2026-03-03 08:00")
    assert sorted(on.results("campaigns/mail", "send") + on.results("web_forms/f", "send_email")) == [
        "deferred default quiet hours", "deferred default quiet hours", "done default",
        "refused default frequency cap",
    ]  # fmt: skip


def test_a_paused_campaign_keeps_a_deferred_message_until_it_is_resumed() -> None:
    on = quiet()
    on.enrol("mail")
    on.pause("campaigns/mail")
    on.until("2026-03-03 12:00")
    assert on.sent == []
    on.resume()
    assert sent_at(on) == ["03-03 12:00"]


def test_a_campaign_resumed_at_night_defers_the_message_anew() -> None:
    on = quiet()
    on.enrol("mail")
    on.pause("campaigns/mail")
    on.until("2026-03-03 23:00")
    on.resume()
    on.until("2026-03-04 09:00")
    assert sent_at(on) == ["03-04 08:00"]


def test_a_plan_without_quiet_hours_lets_a_deferred_message_go() -> None:
    on = quiet()
    on.enrol("mail")
    on.change_plan(TEXT)
    assert on.sent == ["invite"]


# --- fulfillment actions


def test_a_fulfillment_action_s_message_waits_while_the_others_are_done() -> None:
    on = quiet()
    on.event("web_form.submission of f")
    assert on.state.tags == {"seen"}
    assert on.sent == []
    on.until("2026-03-03 08:00")
    assert sent_at(on) == ["03-03 08:00"]
    unit = "web_forms/f/on_submission"
    assert on.results(unit, "send_email") == [DEFERRED, "done default"]
    assert on.count(unit, "send_email", "done/default") == 1


def test_once_is_spent_by_a_deferred_message() -> None:
    on = quiet()
    on.event("web_form.submission of f")
    on.event("web_form.submission of f")
    on.until("2026-03-03 08:00")
    assert on.sent == ["invite"]


def test_a_message_that_is_due_while_its_fulfillment_action_is_paused_is_held() -> None:
    on = quiet()
    on.event("web_form.submission of f")
    on.pause("web_forms/f")
    on.until("2026-03-03 08:00")
    assert [effect.held for effect in on.effects] == [True]
    assert on.count("web_forms/f/on_submission", "send_email", "pending/default") == 1


def test_a_subscription_that_has_to_be_confirmed_waits_with_its_confirmation() -> None:
    on = quiet()
    on.event("web_form.submission of news")
    assert "newsletter" not in on.state.subscriptions
    on.until("2026-03-03 08:00")
    assert on.state.subscriptions["newsletter"] == {"email": "pending"}
    assert on.sent == ["confirm-newsletter"]


def test_the_erasure_of_a_contact_ends_what_is_deferred() -> None:
    on = quiet()
    on.enrol("mail")
    on.event("web_form.submission of f")
    outcome = identity.erase(on.program, on.state, on.now)
    on.take(outcome)
    on.until("2026-03-04 12:00")
    assert on.sent == []
    assert on.count("campaigns/mail", "send", "cancelled/default") == 1
    assert on.count("web_forms/f/on_submission", "send_email", "cancelled/default") == 1


# --- whose night, and which day


@pytest.mark.parametrize(
    ("more", "contact", "expected"),
    [
        ("", {"timezone": "Asia/Tokyo"}, "03-02 12:00"),  # the project's, where nothing is said
        (", timezone: contact", {"timezone": "Asia/Tokyo"}, "03-02 18:00"),  # 8:00 in Tokyo
        (", timezone: contact", {}, "03-02 12:00"),
        (", timezone: contact", {"timezone": "Mars/Olympus"}, "03-02 12:00"),
        (", timezone: Europe/Berlin", {}, "03-02 12:00"),
        (", timezone: Asia/Kolkata", {}, "03-02 21:30"),
    ],
)
def test_quiet_hours_are_in_the_zone_that_they_name(
    more: str, contact: dict[str, Any], expected: str
) -> None:
    on = quiet("2026-03-02 12:00", more, **contact)
    on.enrol("mail")
    on.later("1 day")
    assert sent_at(on) == [expected]


@pytest.mark.parametrize(
    ("more", "contact", "expected"),
    [
        ("", {}, "12-26 00:00"),
        ("", {"timezone": "Asia/Tokyo"}, "12-26 00:00"),
        (NIGHT % ", timezone: contact, channels: [sms]" + ", ", {"timezone": "Asia/Tokyo"}, "12-25 10:00"),
    ],
)
def test_blackout_days_are_in_the_zone_of_the_quiet_hours_else_the_project_s(
    more: str, contact: dict[str, Any], expected: str
) -> None:
    """At 10:00 on Christmas Day in New York it is past midnight in Tokyo."""
    on = stage(f"{more}blackout_dates: [2026-12-25]", "2026-12-25 10:00", **contact)
    on.enrol("mail")
    on.until("2026-12-26 12:00")
    assert sent_at(on) == [expected]


def test_quiet_hours_are_for_the_channels_that_they_name() -> None:
    on = quiet(more=", channels: [sms]")
    on.enrol("mail")
    assert sent_at(on) == ["03-02 22:00"]


def test_a_message_for_which_there_is_no_time_is_refused() -> None:
    days = [date.fromordinal(date(2026, 3, 2).toordinal() + day).isoformat() for day in range(410)]
    on = stage(f"blackout_dates: [{', '.join(days)}]")
    on.enrol("mail")
    assert on.results("campaigns/mail", "send") == ["refused default no sending time"]


# --- on the way out


def test_a_deferral_at_hand_over_leaves_the_message_in_the_outbox_and_counts_as_done() -> None:
    on = quiet("2026-03-02 20:59")
    on.enrol("mail")
    key, due = on.effects[0].key, on.instant("2026-03-03 08:00")
    on.later("1 minute")
    on.play(Handover(key, "deferred", "quiet hours", due))
    [entry] = on.entries("handover")
    assert (entry.result, entry.why, entry.data) == ("deferred", "quiet hours", {"message": key, "due": due})
    assert on.count("campaigns/mail", "send", "done/default") == 1
    on.until("2026-03-03 08:00")
    on.play(Handover(key, "done"))
    assert on.count("campaigns/mail", "send", "done/default") == 1
    assert sent_at(on) == ["03-02 20:59"]
    assert on.state.sent[key].at == due


def test_what_is_deferred_on_its_way_out_fills_no_cap_until_it_leaves() -> None:
    on = stage(NIGHT % "" + CAP, "2026-03-02 20:59")
    on.enrol("mail")
    on.play(Handover(on.effects[0].key, "deferred", "quiet hours", on.instant("2026-03-03 08:00")))
    on.event("web_form.submission of f")
    assert len(on.sent) == 2
    on.until("2026-03-03 08:00")
    on.play(Handover(on.effects[0].key, "done"))
    on.until("2026-03-10 07:59")
    on.enrol("mail")
    assert on.results("campaigns/mail", "send")[-1] == "refused default frequency cap"


def test_an_open_cannot_belong_to_what_has_not_left() -> None:
    on = quiet("2026-03-02 20:59")
    on.enrol("mail")
    on.play(Handover(on.effects[0].key, "deferred", "quiet hours", on.instant("2026-03-03 08:00")))
    on.event("email.open of invite")
    assert on.entries("event", "email.open")[-1].data["ignored"] == "unmatched"


def test_leaving_takes_back_what_waits_in_the_outbox() -> None:
    on = quiet("2026-03-02 20:59")
    on.enrol("mail")
    on.play(Handover(on.effects[0].key, "deferred", "quiet hours", on.instant("2026-03-03 08:00")))
    on.load(email="ana@x.test", tags=["stop"], triggers=True)
    assert on.cancelled == [on.effects[0].key]
    on.play(Handover(on.effects[0].key, "cancelled", "left the campaign"))
    assert on.count("campaigns/mail", "send", "cancelled/default") == 1


def test_a_held_message_that_is_released_at_night_goes_out_in_the_morning() -> None:
    on = quiet("2026-03-02 12:00")
    on.pause("web_forms/f")
    on.event("web_form.submission of f")
    on.until("2026-03-02 22:00")
    key, unit = on.effects[0].key, "web_forms/f/on_submission"
    on.play(Handover(key, "deferred", "quiet hours", on.instant("2026-03-03 08:00")))
    assert on.count(unit, "send_email", "pending/default") == 1
    on.until("2026-03-03 08:00")
    on.play(Handover(key, "done"))
    assert on.count(unit, "send_email", "done/default") == 1
    assert sent_at(on) == ["03-03 08:00"]


def test_a_member_past_its_last_step_leaves_its_messages_to_go_out() -> None:
    text = "campaigns: {c: {starts_when: [manual], steps: [{send_email: invite}]}}"
    on = Stage(text, contact=ANA)
    on.enrol("c")
    assert on.places == []
    assert on.cancelled == []
