"""The send gate: each check, their order, and what of a contact's messages counts."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, TypeGuard

import pytest
from msgspec.structs import replace

from oncue.runtime.kernel.inputs import Handover, Suppress
from oncue.runtime.kernel.link import link
from oncue.runtime.kernel.sending import gate
from oncue.runtime.kernel.sending.gate import PASS, Ruling, ask, ask_again, draft_of_email
from oncue.runtime.kernel.state import Sent
from oncue.schemas.values import DAY
from tests.runtime.kernel.stage import Stage

ANA: dict[str, Any] = {
    "email": "ana@x.test",
    "phone": "+1 (555) 010-0100",
    "subscribed": [{"list": "prospects", "channels": ["email", "sms"]}],
}
TEXT = """
users: {ana: {email: ana@acme.test}, bo: {email: bo@acme.test, active: false}}
campaigns:
  mail: {starts_when: [manual], runs: every_time, steps: [{send_email: invite, id: send}]}
  receipt: {starts_when: [manual], runs: every_time, steps: [{send_email: receipt, id: send}]}
  sms:
    starts_when: [manual]
    runs: every_time
    steps: [{id: send, send_sms: {text: "Hi {{ first_name | default('you') }}", list: prospects}}]
  code:
    starts_when: [manual]
    runs: every_time
    steps: [{id: send, send_sms: {text: Code, operational: true}}]
  mailing:
    starts_when: [manual]
    steps: [{send_email: invite, id: send}, {wait: 30 days}]
"""


def stage(policies: str = "", now: str = "2026-03-02 09:00", **contact: Any) -> Stage:
    settings = f"policies: {{{policies}}}\n" if policies else ""
    return Stage(TEXT, contact={**ANA, **contact}, settings=settings, now=now)


def outcome(on: Stage, campaign: str) -> str:
    """What became of one message: ``done``, or the result and why."""
    on.enrol(campaign)
    return on.results(f"campaigns/{campaign}", "send")[-1].replace(" default", "")


# --- addresses


@pytest.mark.parametrize(
    ("phone", "result"),
    [
        ("+15550100", "done"),
        ("+1 (555) 010-0100", "done"),
        ("+49 30\u00a01234\u20115678", "done"),
        ("+123456789012345", "done"),
        ("", "refused no phone"),
        (" ", "refused no phone"),
        ("()", "refused no phone"),
        ("5550100", "refused invalid phone"),
        ("0049301234567", "refused invalid phone"),
        ("+0301234567", "refused invalid phone"),
        ("+1234567890123456", "refused invalid phone"),
        ("+12345", "refused invalid phone"),
        ("+1555010x", "refused invalid phone"),
        ("+1555+0100", "refused invalid phone"),
        ("+1555\u0661\u0661\u0661\u0661", "refused invalid phone"),
    ],
)
def test_a_text_message_needs_a_phone_number_with_its_country(phone: str, result: str) -> None:
    assert outcome(stage(phone=phone), "sms") == result


def test_a_text_message_leaves_with_its_text_to_the_number_without_signs() -> None:
    on = stage(first_name="Ana")
    on.enrol("sms")
    [effect] = on.effects
    assert effect.kind == "sms"
    assert effect.payload == {
        "to": "+15550100100", "text": "Hi Ana", "list": "prospects",
        "unit": "campaigns/sms", "step": "send", "rule": "default", "entry": 1,
    }  # fmt: skip
    [happened] = on.entries("event", "sms.sent")
    assert happened.data["id"] == effect.key


# --- suppression and consent


@pytest.mark.parametrize("campaign", ["mail", "sms", "receipt", "code"])
def test_a_suppressed_contact_gets_nothing_not_even_what_is_operational(campaign: str) -> None:
    on = stage()
    on.play(Suppress("asked us to stop"))
    assert outcome(on, campaign) == "refused suppressed"


@pytest.mark.parametrize(
    ("channels", "mail", "sms"),
    [
        (["email"], "done", "refused no consent"),
        (["sms"], "refused no consent", "done"),
        (["email", "sms"], "done", "done"),
    ],
)
def test_consent_is_the_subscription_on_the_message_s_own_channel(
    channels: list[str], mail: str, sms: str
) -> None:
    on = stage(subscribed=[{"list": "prospects", "channels": channels}])
    assert (outcome(on, "mail"), outcome(on, "sms")) == (mail, sms)
    assert (outcome(on, "receipt"), outcome(on, "code")) == ("done", "done")


# --- bad addresses


def bounced(*kinds: str) -> Stage:
    on = stage()
    on.enrol("mail")
    for kind in kinds:
        on.event("email.bounce of invite", type=kind)
    return on


@pytest.mark.parametrize(
    ("kinds", "result"),
    [
        (["hard"], "done"),
        (["hard", "hard"], "refused bad address"),
        (["soft"] * 4, "done"),
        (["soft"] * 5, "refused bad address"),
        (["hard", *["soft"] * 4], "done"),
    ],
)
def test_two_hard_or_five_soft_bounces_make_an_address_bad(kinds: list[str], result: str) -> None:
    on = bounced(*kinds)
    assert outcome(on, "mail") == result
    assert outcome(on, "receipt") == result
    assert outcome(on, "sms") == "done"


@pytest.mark.parametrize("success", ["email.open", "email.reply", "email.click"])
def test_a_success_in_between_starts_the_count_anew(success: str) -> None:
    on = bounced("hard")
    on.event(f"{success} of invite")
    on.event("email.bounce of invite", type="hard")
    assert outcome(on, "mail") == "done"


@pytest.mark.parametrize(
    ("event", "result"),
    [("email.click", "done"), ("email.open", "refused bad address"), ("email.reply", "refused bad address")],
)
def test_what_is_bad_already_is_cleared_by_a_click_only(event: str, result: str) -> None:
    on = bounced("hard", "hard")
    on.event(f"{event} of invite")
    assert outcome(on, "mail") == result


def test_a_machine_s_click_clears_nothing() -> None:
    on = bounced("hard", "hard")
    on.event("email.click of invite", machine=True)
    assert outcome(on, "mail") == "refused bad address"


def test_bounces_belong_to_the_address_and_a_new_one_begins_afresh() -> None:
    on = bounced("hard", "hard")
    on.event("identify", email="new@x.test")
    assert outcome(on, "mail") == "done"


# --- the circuit breaker

LIMIT = "max_sends_per_contact_per_day: {at_most: 2, alert: [ana, bo]}"


def test_the_daily_limit_counts_every_email_and_text_message_of_the_day() -> None:
    on = stage(LIMIT)
    assert [outcome(on, campaign) for campaign in ("receipt", "sms", "code", "mail", "receipt")] == [
        "done", "done", "refused daily limit", "refused daily limit", "refused daily limit",
    ]  # fmt: skip


def test_the_day_of_the_daily_limit_is_the_project_s() -> None:
    on = stage(LIMIT, now="2026-03-02 23:59:58", timezone="Asia/Tokyo")
    assert [outcome(on, "mail") for _ in range(3)] == ["done", "done", "refused daily limit"]
    on.until("2026-03-02 23:59:59.999999")
    assert outcome(on, "mail") == "refused daily limit"
    on.until("2026-03-03 00:00")
    assert [outcome(on, "mail") for _ in range(3)] == ["done", "done", "refused daily limit"]


def test_the_daily_limit_is_written_down_each_time_and_told_once_per_contact_and_day() -> None:
    on = stage(LIMIT)
    for _ in range(4):
        on.enrol("mail")
    assert [(entry.unit, entry.step) for entry in on.entries("daily_limit")] == [
        ("campaigns/mail", "send")
    ] * 2
    [alert] = [effect for effect in on.effects if effect.kind == "notification"]
    assert alert.payload["to"] == ["ana@acme.test"]
    assert "email:ana@x.test has had 2 messages on 2026-03-02" in str(alert.payload["text"])
    on.later("1 day")
    for _ in range(4):
        on.enrol("mail")
    assert len({effect.key for effect in on.effects if effect.kind == "notification"}) == 2


def test_what_was_refused_or_taken_back_before_it_left_does_not_count_against_the_daily_limit() -> None:
    on = stage(LIMIT)
    on.enrol("mail")
    on.play(Handover(on.effects[0].key, "cancelled", "dropped"))
    assert [outcome(on, "mail") for _ in range(3)] == ["done", "done", "refused daily limit"]


def test_nobody_is_told_of_a_daily_limit_without_an_alert() -> None:
    on = stage("max_sends_per_contact_per_day: 1")
    assert [outcome(on, "mail") for _ in range(2)] == ["done", "refused daily limit"]
    assert [effect.kind for effect in on.effects] == ["email"]


# --- frequency caps

CAP = "frequency_caps: [{channel: email, at_most: 2, per: 7 days}]"


def test_a_cap_looks_at_the_window_that_is_open_where_it_begins() -> None:
    on = stage(CAP, now="2026-03-02 09:00")
    assert [outcome(on, "mail") for _ in range(3)] == ["done", "done", "refused frequency cap"]
    on.until("2026-03-09 09:59:59.999999")  # the clocks have changed: seven days are 168 hours
    assert outcome(on, "mail") == "refused frequency cap"
    on.until("2026-03-09 10:00")
    assert outcome(on, "mail") == "done"


def test_a_cap_is_for_its_channel_and_says_nothing_of_others() -> None:
    on = stage("frequency_caps: [{channel: sms, at_most: 1, per: 1 day}]")
    assert [outcome(on, "mail"), outcome(on, "mail"), outcome(on, "sms"), outcome(on, "sms")] == [
        "done", "done", "done", "refused frequency cap",
    ]  # fmt: skip


def test_operational_messages_neither_fill_a_cap_nor_meet_one() -> None:
    on = stage(CAP)
    assert [outcome(on, "receipt") for _ in range(3)] == ["done"] * 3
    assert [outcome(on, "mail") for _ in range(3)] == ["done", "done", "refused frequency cap"]
    assert outcome(on, "receipt") == "done"


def test_of_several_caps_each_holds() -> None:
    caps = "{channel: email, at_most: 3, per: 7 days}, {channel: email, at_most: 1, per: 1 day}"
    on = stage(f"frequency_caps: [{caps}]")
    results = []
    for _ in range(4):
        results += [outcome(on, "mail"), outcome(on, "mail")]
        on.later("1 day")
    capped = "refused frequency cap"
    assert results == ["done", capped, "done", capped, "done", capped, capped, capped]


def test_a_refused_or_cancelled_message_leaves_its_place_under_the_cap() -> None:
    on = stage(CAP)
    on.enrol("mail")
    on.enrol("mail")
    on.play(Handover(on.effects[0].key, "refused", "suppressed"))
    on.play(Handover(on.effects[1].key, "failed", "mailbox unknown"))
    assert [outcome(on, "mail") for _ in range(3)] == ["done", "done", "refused frequency cap"]


def test_what_another_system_reports_as_sent_fills_no_cap() -> None:
    on = stage(CAP)
    for _ in range(3):
        on.event("email.sent of invite")
    assert outcome(on, "mail") == "done"


def test_a_held_message_counts_from_its_release_on() -> None:
    text = TEXT + "web_forms: {f: {on_submission: [{send_email: invite}]}}\n"
    on = Stage(text, contact=ANA, settings=f"policies: {{{CAP}}}\n", paused=["web_forms/f"])
    for _ in range(2):
        on.event("web_form.submission of f")
    assert outcome(on, "mail") == "done"
    on.later("6 days")
    on.play(Handover(on.effects[0].key, "done"))
    assert outcome(on, "mail") == "refused frequency cap"
    on.later("6 days")
    assert outcome(on, "mail") == "done"
    assert outcome(on, "mail") == "refused frequency cap"


# --- the order

EVERY = (
    "quiet_hours: {from: '21:00', to: '08:00'}, frequency_caps: [{channel: email, at_most: 1, per: 7 days}], "
    "blackout_dates: [2026-03-03], max_sends_per_contact_per_day: 1"
)


def test_the_first_objection_wins() -> None:
    """Everything speaks against a contact; what the gate names is put right, one thing after the other."""
    on = stage(EVERY, now="2026-03-03 21:30")
    good, state, said = on.state, on.state, []
    sent = Sent("invite", on.now, unit="campaigns/mail")
    wrong: list[dict[str, Any]] = [
        {"fields": {**good.fields, "email": "nowhere"}},
        {"suppressed": "operator"},
        {"subscriptions": {}},
        {"bounces": {"hard": 2}},
        {"sent": {"key": sent}},
        {"sent": {"key": replace(sent, at=on.now - DAY)}},
        {"sent": {}},
    ]
    for place in range(len(wrong)):
        for change in reversed(wrong[place:]):
            state = replace(state, **change)
        ruling = ask(on.program, state, draft_of_email(on.program, "invite"), on.now)
        said.append(f"{ruling.result} {ruling.why}")
        state = good
    assert said == [
        "refused invalid address", "refused suppressed", "refused no consent", "refused bad address",
        "refused daily limit", "refused frequency cap", "deferred quiet hours",
    ]  # fmt: skip


# --- the second gate


def test_the_second_gate_does_not_count_the_message_itself() -> None:
    on = stage(
        "frequency_caps: [{channel: email, at_most: 1, per: 7 days}], max_sends_per_contact_per_day: 1"
    )
    on.enrol("mail")
    assert ask_again(on.program, on.state, on.effects[0].key, on.now) is PASS


def test_the_second_gate_sees_what_has_changed() -> None:
    on = stage()
    on.enrol("mail")
    on.enrol("sms")
    mail, sms = (effect.key for effect in on.effects)
    on.event("email.unsubscribe of invite")
    assert ask_again(on.program, on.state, mail, on.now) == Ruling("refused", "no consent")
    assert ask_again(on.program, on.state, sms, on.now) is PASS
    on.load(email="ana@x.test", phone="unknown")
    assert ask_again(on.program, on.state, sms, on.now) == Ruling("refused", "invalid phone")


def test_the_second_gate_defers_what_would_leave_in_quiet_hours() -> None:
    on = stage("quiet_hours: {from: '21:00', to: '08:00'}", now="2026-03-02 20:59:59")
    on.enrol("mail")
    on.until("2026-03-02 21:00")
    ruling = ask_again(on.program, on.state, on.effects[0].key, on.now)
    assert ruling == Ruling("deferred", "quiet hours", on.instant("2026-03-03 08:00"))


def test_an_email_that_is_gone_from_the_plan_is_refused_at_the_second_gate() -> None:
    on = stage()
    on.enrol("mail")
    without = link(replace(on.program.plan, emails={}))
    assert ask_again(without, on.state, on.effects[0].key, on.now) == Ruling("refused", "the email is gone")


def test_what_is_no_message_to_the_contact_passes_the_second_gate() -> None:
    on = stage()
    on.play(Suppress("operator"))
    assert ask_again(on.program, on.state, "nobody knows it", on.now) is PASS


def test_a_refusal_by_the_daily_limit_at_the_second_gate_is_told_as_well() -> None:
    on = stage(LIMIT)
    on.enrol("mail")
    on.play(Handover(on.effects[0].key, "refused", "daily limit"))
    assert on.count("campaigns/mail", "send", "refused:daily limit/default") == 1
    assert [effect.kind for effect in on.effects] == ["email", "notification"]


@pytest.mark.parametrize(("length", "result"), [(1_597, "done"), (1_598, "failed too long")])
def test_a_text_message_has_at_most_1600_characters_when_it_is_filled(length: int, result: str) -> None:
    assert outcome(stage(first_name="x" * length), "sms") == result


# --- the page about it


def test_the_page_about_sending_explains_every_reason() -> None:
    source = ast.parse(Path(gate.__file__).read_text("utf-8"))
    checks = [one for one in source.body if isinstance(one, ast.FunctionDef) and one.name in SPEAKERS]
    values = [node.value for one in checks for node in ast.walk(one) if isinstance(node, ast.Return)]
    said = {node.value for value in values if value for node in ast.walk(value) if _is_text(node)}
    said |= {gate.DAILY_LIMIT, gate.NO_TIME, gate.GONE}
    page = (Path(__file__).parents[3] / "docs/sending.md").read_text("utf-8")
    rows = page.split("| reason |")[1].split("\n\n")[0]
    explained = {name for row in rows.splitlines() for name in re.findall(r"`([a-z ]+)`", row.split("|")[1])}
    assert explained == said
    assert len(said) == 11


SPEAKERS = ("_address", "_phone", "_suppression", "_consent", "_bad_address", "_frequency_cap")


NO_REASONS = ("", "email", "subscribed")


def _is_text(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in NO_REASONS
