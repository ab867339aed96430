"""Messages on the site and notifications to people of the house."""

from __future__ import annotations

from typing import Any

import pytest

from oncue.runtime.kernel.contact import identity
from oncue.runtime.kernel.inputs import Handover, Suppress
from tests.runtime.kernel.stage import Stage

ANA: dict[str, Any] = {"email": "ana@x.test", "first_name": "Ana", "subscribed": ["prospects"]}
TEXT = """
web_pages:
  pricing: {url: "https://acme.test/pricing*"}
  home: {url: "https://acme.test/"}
site_messages:
  coupon:
    title: Hi {{ first_name }}
    text: Use {{ entry.sku | default("SPRING") }}.
    page: pricing
    expires: 2 days
  hello: {text: Welcome}
campaigns:
  offer:
    starts_when: [{event: purchase}]
    runs: every_time
    exit_when: tagged "stop"
    steps:
      - {id: show, send_site_message: coupon}
      - {id: rest, wait: 30 days}
      - if: did site_message.shown where id == "coupon"
        then: [{add_tag: seen}]
  greet: {starts_when: [manual], runs: every_time, steps: [{id: show, send_site_message: hello}]}
web_forms:
  f: {on_submission: [{send_site_message: hello}]}
"""


def stage(text: str = TEXT, **contact: Any) -> Stage:
    return Stage(text, contact={**ANA, **contact})


def shown(on: Stage) -> list[str]:
    return [str(effect.payload["message"]) for effect in on.effects]


def visit(on: Stage, path: str = "pricing", **more: Any) -> None:
    on.event("web_page.visit", url=f"https://acme.test/{path}", **more)


def test_a_site_message_is_shown_once_at_the_next_visit_of_its_page() -> None:
    on = stage()
    on.event("purchase", sku="A1")
    assert on.results("campaigns/offer", "show") == ["done default"]
    assert on.effects == []
    visit(on, "")
    assert on.effects == []
    visit(on, "pricing?plan=pro")
    visit(on)
    [effect] = on.effects
    assert effect.kind == "site_message"
    assert effect.payload == {
        "message": "coupon", "title": "Hi Ana", "text": "Use A1.", "pages": ["pricing"],
        "unit": "campaigns/offer", "step": "show", "rule": "default", "entry": 1,
    }  # fmt: skip
    [entry] = on.entries("site_message")
    assert (entry.result, entry.data["site_message"]) == ("done", "coupon")


def test_a_message_without_a_page_is_shown_at_any_visit() -> None:
    on = stage()
    on.enrol("greet")
    visit(on, "somewhere/else")
    assert shown(on) == ["hello"]


def test_several_messages_that_fit_are_shown_in_the_order_in_which_they_were_sent() -> None:
    on = stage()
    on.enrol("greet")
    on.event("purchase")
    on.enrol("greet")
    visit(on)
    assert shown(on) == ["hello", "coupon", "hello"]
    assert len({effect.key for effect in on.effects}) == 3


def test_conditions_may_ask_for_what_was_shown() -> None:
    on = stage()
    on.event("purchase")
    visit(on)
    on.later("31 days")
    assert on.state.tags == {"seen"}


def test_a_machine_s_visit_shows_nothing() -> None:
    on = stage()
    on.enrol("greet")
    visit(on, machine=True)
    assert on.effects == []
    visit(on)
    assert shown(on) == ["hello"]


def test_a_visit_that_is_too_old_shows_nothing() -> None:
    on = stage()
    on.enrol("greet")
    visit(on, at="2026-02-20 09:00", live=True)
    assert on.effects == []


def test_what_a_visit_s_own_actions_send_is_shown_at_the_visit_after_it() -> None:
    on = stage(TEXT.replace('pricing*"}', 'pricing*", on_visit: [{send_site_message: hello}]}'))
    visit(on)
    assert on.effects == []
    visit(on, "")
    assert shown(on) == ["hello"]


@pytest.mark.parametrize(("at", "number"), [("2026-03-04 08:59:59", 1), ("2026-03-04 09:00", 0)])
def test_a_message_is_shown_until_it_expires(at: str, number: int) -> None:
    on = stage()
    on.event("purchase")
    on.until(at)
    visit(on)
    assert len(on.effects) == number


def test_a_message_that_expires_is_cancelled_at_that_instant() -> None:
    on = stage()
    on.event("purchase")
    on.later("10 days")
    [entry] = on.entries("site_message")
    assert (entry.result, entry.why) == ("cancelled", "expired")
    assert on.at[on.audit.index(entry)] == on.instant("2026-03-04 09:00")
    assert on.count("campaigns/offer", "show", "cancelled/default") == 1
    assert on.count("campaigns/offer", "show", "done/default") == 0


def test_leaving_takes_what_nobody_has_seen_from_the_shelf() -> None:
    on = stage()
    on.enrol("greet")
    on.event("purchase")
    on.load(email="ana@x.test", tags=["stop"], triggers=True)
    visit(on)
    assert shown(on) == ["hello"]
    assert [entry.why for entry in on.entries("site_message", "campaigns/offer")] == ["exit_when"]


def test_nothing_is_sent_or_shown_to_a_suppressed_contact() -> None:
    on = stage()
    on.enrol("greet")
    on.play(Suppress("operator"))
    on.enrol("greet")
    assert on.results("campaigns/greet", "show") == ["done default", "refused default suppressed"]
    visit(on)
    assert on.effects == []
    on.play(Suppress("operator", lift=True))
    visit(on)
    assert shown(on) == ["hello"]


def test_a_site_message_needs_no_consent_and_no_address() -> None:
    on = Stage(TEXT, contact={"anonymous_id": "7f"})
    on.event("web_form.submission of f")
    assert on.results("web_forms/f/on_submission") == ["done default"]


def test_while_its_fulfillment_action_is_paused_a_message_stays_on_the_shelf() -> None:
    on = stage()
    on.event("web_form.submission of f")
    on.pause("web_forms/f")
    visit(on)
    assert on.effects == []
    on.resume()
    visit(on)
    assert shown(on) == ["hello"]


def test_a_message_that_is_gone_from_the_plan_is_cancelled() -> None:
    on = stage()
    on.event("web_form.submission of f")
    on.change_plan(
        TEXT.replace("send_site_message: hello", "add_tag: x").replace("  hello: {text: Welcome}\n", "")
    )
    visit(on)
    assert on.effects == []
    assert [entry.why for entry in on.entries("site_message")] == ["the message is gone"]


def test_a_shelved_message_follows_a_rename_of_itself_and_of_its_campaign() -> None:
    on = stage()
    on.enrol("greet")
    text = TEXT.replace("  hello: {text: Welcome}", "  welcome: {was: hello, text: Welcome}")
    text = text.replace("send_site_message: hello", "send_site_message: welcome")
    on.change_plan(text.replace("  greet: {", "  greetings: {was: greet, "))
    visit(on)
    assert shown(on) == ["welcome"]
    assert on.effects[0].payload["unit"] == "campaigns/greetings"


def test_a_shown_message_whose_delivery_fails_is_a_failed_action() -> None:
    on = stage()
    on.event("purchase")
    visit(on)
    on.play(Handover(on.effects[0].key, "failed", "the site is gone"))
    assert on.count("campaigns/offer", "show", "failed/default") == 1
    [failure] = on.entries("event", "action.failed")
    assert failure.unit == "action.failed"


def test_an_erased_contact_leaves_nothing_on_the_shelf() -> None:
    on = stage()
    on.event("web_form.submission of f")
    on.take(identity.erase(on.program, on.state, on.now))
    assert on.count("web_forms/f/on_submission", "send_site_message", "cancelled/default") == 1
    assert on.state.site_messages == []


def test_of_two_contacts_that_are_one_the_shelves_are_one() -> None:
    """Of the two stays in one campaign the younger ends, and takes its message with it."""
    on = stage()
    on.event("purchase")
    ana = on.state
    on.now = on.instant("2026-03-02 10:00")
    on.meet(email="bo@x.test", first_name="Bo")
    on.event("purchase")
    on.enrol("greet")
    bo = on.states.pop(on.key)
    on.take(identity.merge(on.program, ana, bo, on.now))
    assert [one.message for one in on.state.site_messages] == ["coupon", "hello"]
    assert set(on.state.due) == {f"site/{on.state.site_messages[0].key}"}
    assert [entry.why for entry in on.entries("site_message")] == ["merged"]
    visit(on)
    assert [effect.payload["title"] for effect in on.effects] == ["Hi Ana", ""]


# --- notifications

PEOPLE = """
users:
  ana: {email: ana@acme.test}
  bo: {email: bo@acme.test}
  cy: {email: cy@acme.test, active: false}
teams: {sdr: [bo, cy, ana]}
campaigns:
  tell:
    starts_when: [manual]
    runs: every_time
    steps:
      - id: tell
        send_notification: {to: %s, subject: "Call {{ first_name }}", text: "Score {{ score }}"}
"""


@pytest.mark.parametrize(
    ("to", "contact", "addresses"),
    [
        ("bo", {}, ["bo@acme.test"]),
        ("sdr", {}, ["bo@acme.test", "ana@acme.test"]),
        ("owner", {"owner": "ana"}, ["ana@acme.test"]),
        ("[ana, sdr, owner]", {"owner": "bo"}, ["ana@acme.test", "bo@acme.test"]),
        ("[owner, bo]", {"owner": "cy"}, ["bo@acme.test"]),
    ],
)
def test_a_notification_is_one_email_to_everybody_whom_it_names(
    to: str, contact: dict[str, Any], addresses: list[str]
) -> None:
    on = stage(PEOPLE % to, **contact)
    on.enrol("tell")
    [effect] = on.effects
    assert (effect.kind, effect.payload["to"]) == ("notification", addresses)
    assert (effect.payload["subject"], effect.payload["text"]) == ("Call Ana", "Score 0")


@pytest.mark.parametrize("contact", [{}, {"owner": "cy"}, {"owner": "nobody"}])
def test_a_notification_to_nobody_fails(contact: dict[str, Any]) -> None:
    on = stage(PEOPLE % "owner", **contact)
    on.enrol("tell")
    assert on.results("campaigns/tell", "tell") == ["failed default nobody to tell"]


def test_a_notification_passes_no_gate_and_fills_none() -> None:
    on = Stage(
        PEOPLE % "bo",
        contact={"id": "7", "suppressed": True},
        settings="policies: {max_sends_per_contact_per_day: 1, quiet_hours: {from: '21:00', to: '08:00'}}\n",
        now="2026-03-02 23:00",
    )
    for _ in range(3):
        on.enrol("tell")
    assert on.results("campaigns/tell", "tell") == ["done default"] * 3


def test_a_notification_of_a_stay_that_ended_still_goes_out() -> None:
    on = stage(PEOPLE % "bo" + "      - wait: 9 days\n" + '    exit_when: tagged "stop"\n')
    on.enrol("tell")
    on.load(email="ana@x.test", tags=["stop"], triggers=True)
    assert on.places == []
    assert on.cancelled == []


def test_a_notification_of_a_paused_fulfillment_action_is_held() -> None:
    text = (
        PEOPLE % "bo"
        + "web_forms: {f: {on_submission: [{send_notification: {to: bo, subject: x, text: y}}]}}\n"
    )
    on = Stage(text, contact=ANA, paused=["web_forms/f"])
    on.event("web_form.submission of f")
    assert [effect.held for effect in on.effects] == [True]
    on.play(Handover(on.effects[0].key, "done"))
    assert on.count("web_forms/f/on_submission", "send_notification", "done/default") == 1
