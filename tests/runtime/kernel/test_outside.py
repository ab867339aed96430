"""What leaves for other systems: webhooks, audiences, Salesforce; conversions; a connector's final no."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.inputs import Handover
from tests.runtime.kernel.crm import crm, flow, reasons
from tests.runtime.kernel.stage import Stage

ANA = {
    "email": "Ana@X.test",
    "first_name": "Ana",
    "last_name": "Ng",
    "phone": "+15550102",
    "job_title": "CTO",
    "company": "Acme",
    "city": "Berlin",
    "country": "DE",
}


def one(stage: Stage) -> dict[str, object]:
    """The payload of the one effect, without where it was made."""
    (effect,) = stage.effects
    place = ("unit", "step", "rule", "entry")
    assert [effect.payload[name] for name in place] == ["campaigns/c", effect.payload["step"], "default", 1]
    return {"kind": effect.kind, **{k: v for k, v in effect.payload.items() if k not in place}}


# --- webhooks


def test_a_webhook_says_what_its_body_says_with_the_values_of_now():
    stage = crm(
        "- webhook: {url: 'https://hook.test/a', method: PUT, headers: {X-Key: 'env:KEY', X-Kind: lead},\n"
        "            body: {who: '{{ first_name }} {{ last_name }}', sku: '{{ entry.sku }}',\n"
        "                   none: '{{ state }}', likes: '{{ interests }}'}}",
        contact={**ANA, "interests": ["Golf", "Art"]},
    )
    stage.event("purchase", sku="A1")
    assert one(stage) == {
        "kind": "webhook",
        "url": "https://hook.test/a",
        "method": "PUT",
        "headers": {"X-Key": "env:KEY", "X-Kind": "lead"},
        "contact": "email:ana@x.test",
        "at": "2026-03-02T14:00:00Z",
        "body": {"who": "Ana Ng", "sku": "A1", "none": "", "likes": "Golf, Art"},
    }
    assert reasons(stage) == ["done"]


def test_a_webhook_without_a_body_says_who_the_contact_is_and_where_it_stands():
    stage = crm("- webhook: https://hook.test/a", contact={**ANA, "interests": ["Golf", "Art"]})
    stage.event("purchase", total=12.5)
    body = one(stage)["body"]
    assert isinstance(body, dict)
    assert {
        "email": "Ana@X.test",
        "score": "0",
        "interests": ["Golf", "Art"],
        "city": "Berlin",
    }.items() <= body.items()
    assert (body["contact"], body["campaign"], body["step"]) == ("email:ana@x.test", "c", "webhook")
    assert body["entry.total"] == "12.5"


def test_a_get_has_no_body_and_a_raw_one_is_a_text():
    stage = crm("- webhook: {url: 'https://hook.test/a', method: GET}")
    stage.event("purchase")
    assert "body" not in one(stage)
    stage = crm("- webhook: {url: 'https://hook.test/a', raw: 'hello {{ email }}'}")
    stage.event("purchase")
    assert one(stage)["raw"] == "hello ana@x.test"


@pytest.mark.parametrize(
    "body", ["raw: '{{ company }}{{ company }}'", "body: {a: '{{ company }}', b: '{{ company }}'}"]
)
def test_a_body_beyond_64_kilobytes_fails(body):
    stage = crm(f"- webhook: {{url: 'https://hook.test/a', {body}}}\n- add_tag: after")
    stage.load(email="ana@x.test", company="x" * 60_000)
    stage.event("purchase")
    assert reasons(stage) == ["failed too long", "done"]
    assert stage.effects == []


def test_each_pass_calls_once_and_never_under_the_same_key():
    stage = crm("- webhook: https://hook.test/a")
    stage.event("purchase")
    stage.event("purchase")
    assert len({effect.key for effect in stage.effects}) == 2


def test_a_paused_fulfillment_action_calls_all_the_same():
    text = "web_forms:\n  form:\n    on_submission: [{webhook: 'https://hook.test/a'}]\n"
    stage = Stage(text, paused=["web_forms/form/on_submission"])
    stage.event("web_form.submission of form")
    assert [effect.held for effect in stage.effects] == [False]
    assert stage.effects[0].payload["body"]["event"] == "web_form.submission"


# --- a final no that comes later


def test_a_final_no_moves_the_count_and_is_a_failed_action():
    stage = crm(
        "- webhook: https://hook.test/a\n- wait: 9 days",
        flow("hears", "- add_tag: heard", "starts_when: [{action_failed: {campaign: c, step: webhook}}]"),
    )
    stage.event("purchase")
    assert stage.count("campaigns/c", "webhook", "done/default") == 1
    stage.play(Handover(stage.effects[0].key, "failed", "404 Not Found"))
    assert stage.count("campaigns/c", "webhook", "done/default") == 0
    assert stage.count("campaigns/c", "webhook", "failed/default") == 1
    assert stage.places == [("c", "wait")]
    assert stage.state.tags == {"heard"}


def test_a_final_no_ends_the_member_where_the_step_says_so():
    stage = crm("- add_to_audience: fans\n  on_failure: end\n- wait: 9 days")
    stage.event("purchase")
    stage.play(Handover(stage.effects[0].key, "failed", "no such audience"))
    assert stage.places == []
    assert [entry.why for entry in stage.entries("campaign.ended")] == ["failure"]


def test_leaving_the_campaign_takes_back_no_webhook():
    stage = crm(
        "- webhook: https://hook.test/a\n- wait: 9 days",
        head='exit_when: tagged "stop"\n    starts_when: [{event: purchase}]',
    )
    stage.event("purchase")
    stage.load(email="ana@x.test", tags=["stop"], triggers=True)
    assert stage.places == []
    assert stage.cancelled == []


# --- audiences


@pytest.mark.parametrize(("action", "change"), [("add_to", "add"), ("remove_from", "remove")])
def test_an_audience_is_told_the_address_and_the_phone(action, change):
    stage = crm(f"- {action}_audience: fans", contact=ANA)
    stage.event("purchase")
    assert one(stage) == {
        "kind": "audience", "audience": "fans", "change": change, "email": "Ana@X.test", "phone": "+15550102",
    }  # fmt: skip


def test_who_has_neither_address_nor_phone_is_in_no_audience():
    stage = crm("- add_to_audience: fans", contact={"id": "7"})
    stage.event("purchase", at=None)
    assert reasons(stage) == ["failed no email or phone"]


# --- Salesforce


def test_a_salesforce_lead_has_the_usual_fields_and_what_the_action_says_over_them():
    stage = crm(
        "- create_salesforce_lead: {set: {LeadSource: 'From {{ city }}', Title: Boss},\n"
        "                           copy: {Industry: industry}}",
        contact={**ANA, "industry": "Retail"},
    )
    stage.event("purchase")
    assert one(stage) == {
        "kind": "salesforce",
        "object": "Lead",
        "fields": {
            "FirstName": "Ana", "LastName": "Ng", "Email": "Ana@X.test", "Phone": "+15550102",
            "Title": "Boss", "Company": "Acme", "City": "Berlin", "Country": "DE", "Industry": "Retail",
            "LeadSource": "From Berlin",
        },
    }  # fmt: skip


def test_a_salesforce_contact_has_a_mailing_address_and_no_company():
    stage = crm("- create_salesforce_contact", contact=ANA)
    stage.event("purchase")
    assert one(stage)["fields"] == {
        "FirstName": "Ana", "LastName": "Ng", "Email": "Ana@X.test", "Phone": "+15550102", "Title": "CTO",
        "MailingCity": "Berlin", "MailingCountry": "DE",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("action", "contact", "why"),
    [
        ("create_salesforce_lead", {"company": "Acme"}, "failed no last name"),
        ("create_salesforce_lead", {"last_name": "Ng"}, "failed no company"),
        ("create_salesforce_contact", {"first_name": "Ana"}, "failed no last name"),
        ("create_salesforce_contact: {set: {LastName: '{{ first_name }}'}}", {"first_name": "Ana"}, "done"),
    ],
)
def test_salesforce_needs_a_last_name_and_of_a_lead_a_company(action, contact, why):
    stage = crm(f"- {action}", contact={"email": "ana@x.test", **contact})
    stage.event("purchase")
    assert reasons(stage) == [why]


# --- conversions


@pytest.mark.parametrize(
    ("convert", "value"),
    [
        ("signup", "50"),
        ("{conversion: signup, value: 9.5}", "9.5"),
        ("{conversion: trial, copy: employees}", "12"),
        ("trial", None),
    ],
)
def test_a_conversion_has_its_own_value_or_the_one_that_it_is_given(convert, value):
    stage = crm(f"- convert: {convert}", contact={"email": "ana@x.test", "employees": 12})
    stage.event("purchase")
    (entry,) = stage.entries("action")
    assert entry.data.get("value") == value


def test_a_conversion_without_the_value_that_it_copies_fails():
    stage = crm("- convert: {conversion: signup, copy: employees}")
    stage.event("purchase")
    assert reasons(stage) == ["failed employees has no value"]
    assert stage.state.conversions == {}


def test_a_conversion_is_an_event_counts_and_starts_campaigns():
    stage = crm(
        "- convert: signup\n- convert: trial",
        flow("hears", "- add_tag: heard", "starts_when: [{converted: signup}]"),
        flow("rich", "- add_tag: rich", "starts_when: [{enters_segment: rich}]"),
        "segments:\n  rich: sum(converted.value) >= 100\n",
    )
    stage.event("purchase")
    assert stage.state.tags == {"heard"}
    stage.event("purchase")
    assert stage.state.tags == {"heard", "rich"}
    assert stage.state.conversions == {"signup": 2, "trial": 2}
    assert [entry.unit for entry in stage.entries("campaign.entered", "campaigns/hears")] == [
        "campaigns/hears"
    ] * 2


def test_a_campaign_that_starts_on_a_conversion_sees_its_value():
    stage = crm(
        "- convert: {conversion: signup, copy: employees}",
        flow(
            "big",
            "- add_note: 'worth {{ entry.value }}'",
            "starts_when: [{converted: signup, when: event.value > 60}]",
        ),
    )
    for employees in (60, 61.5):
        stage.load(email="ana@x.test", employees=employees)
        stage.event("purchase")
    assert [entry.data for entry in stage.entries("note")] == [{"text": "worth 61.5"}]
