"""The border: what is let in, in which form, and what is rejected with which reason."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.inputs import Event, Import
from oncue.runtime.kernel.intake.lines import Reject, admit_contact, admit_event
from oncue.runtime.kernel.link import link
from oncue.runtime.kernel.values.zone import parse_instant
from oncue.schemas.events import EventLine, Who
from oncue.schemas.values import SCALE
from tests.runtime.kernel.stage import plan_of

TEXT = """
web_pages: {pricing: {url: https://acme.test/pricing*}}
trackable_content: {guide: {}}
"""
PROGRAM = link(plan_of(TEXT))
LENIENT = link(plan_of(TEXT, "unknown_events: ignore\n"))
NOW = parse_instant("2026-03-02T14:00:00+00:00")


def line(**given: object) -> EventLine:
    whole = {
        "id": "e1",
        "type": "purchase",
        "at": "2026-03-02T09:00:00-05:00",
        "contact": "ana@x.test",
        **given,
    }
    return EventLine(**whole)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"id": ""}, "no_id"),
        ({"id": " "}, "no_id"),
        ({"id": "a\nb"}, "bad_id"),
        ({"id": "x" * 501}, "bad_id"),
        ({"contact": None}, "no_contact"),
        ({"contact": " "}, "no_contact"),
        ({"contact": Who()}, "no_contact"),
        ({"type": "purchas"}, "unknown_type"),
        ({"type": "web_page.visit", "asset": "prices"}, "unknown_asset"),
        ({"type": "web_page.visit", "asset": "guide"}, "wrong_asset"),
        ({"type": "web_page.visit"}, "no_asset"),
        ({"type": "email.open"}, "no_asset"),
        ({"asset": "pricing"}, "wrong_asset"),
        ({"properties": {"total": "many"}}, "bad_property"),
        ({"properties": {"total": True}}, "bad_property"),
        ({"properties": {"total": [1]}}, "bad_property"),
        ({"properties": {"total": 10**18}}, "bad_property"),
        ({"properties": {"sku": 7}}, "bad_property"),
        ({"type": "email.bounce", "asset": "invite", "properties": {"type": "bouncy"}}, "bad_property"),
        ({"type": "identify", "properties": {"account": "a" * 501}}, "bad_property"),
        ({"type": "identify", "properties": {"account": "a\nb"}}, "bad_property"),
        ({"type": "email.bounce", "asset": "invite"}, "missing_property"),
        ({"type": "list.confirm", "properties": {"list": "nobody"}}, "unknown_list"),
        ({"type": "list.confirm"}, "missing_property"),
        ({"at": ""}, "bad_time"),
        ({"at": "yesterday"}, "bad_time"),
        ({"at": "2026-02-30"}, "bad_time"),
        ({"at": "2026-03-02T25:00:00Z"}, "bad_time"),
        ({"at": "1969-12-31T23:59:59Z"}, "bad_time"),
        ({"at": "2026-03-02T14:05:01Z"}, "future_time"),
        ({"at": "9000-01-01"}, "future_time"),
    ],
)
def test_a_line_that_cannot_be_taken_is_rejected_with_its_reason(given, code):
    found = admit_event(PROGRAM, line(**given), now=NOW)
    assert isinstance(found, Reject)
    assert found.code == code
    assert found.message
    assert not found.skip


@pytest.mark.parametrize(
    "given",
    [{"type": "purchas"}, {"type": "web_page.visit", "asset": "prices"}],
)
def test_undeclared_types_and_assets_may_be_skipped_instead(given):
    found = admit_event(LENIENT, line(**given), now=NOW)
    assert isinstance(found, Reject)
    assert found.skip


def taken(**given: object) -> Event:
    found = admit_event(PROGRAM, line(**given), now=None)
    assert isinstance(found, Event), found
    return found


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-02T09:00:00-05:00", "2026-03-02T14:00:00+00:00"),
        ("2026-03-02T14:00:00Z", "2026-03-02T14:00:00+00:00"),
        ("2026-03-02 14:00Z", "2026-03-02T14:00:00+00:00"),
        ("2026-03-02T14:00:00.123456+0000", "2026-03-02T14:00:00.123456+00:00"),
        ("2026-03-02T09:00:00", "2026-03-02T14:00:00+00:00"),  # the project's zone
        ("2026-03-02", "2026-03-02T05:00:00+00:00"),  # its midnight there
        ("2026-03-08T02:30:00", "2026-03-08T07:00:00+00:00"),  # a gap: the first valid instant after
        ("2026-11-01T01:30:00", "2026-11-01T05:30:00+00:00"),  # an overlap: the first
    ],
)
def test_instants_are_read_in_the_project_s_zone_unless_they_say_otherwise(text, instant):
    assert taken(at=text).at == parse_instant(instant)


def test_a_live_event_up_to_five_minutes_ahead_is_taken():
    assert isinstance(admit_event(PROGRAM, line(at="2026-03-02T14:05:00Z"), now=NOW), Event)


def test_properties_are_kept_in_compared_form_with_what_they_show():
    event = taken(properties={"total": 12.5, "sku": " A1 ", "color": "red"})
    assert event.props == {"total": 12_500_000_000, "sku": "a1"}
    assert event.shown == {"total": "12.5", "sku": " A1 "}


def test_a_number_is_exact_and_may_be_a_text():
    assert taken(properties={"total": 0.1}).props["total"] == 100_000_000
    assert taken(properties={"total": "19.99"}).props["total"] == 19_990_000_000


def test_an_empty_text_is_a_missing_value_and_a_space_is_not():
    assert taken(properties={"sku": ""}).props == {}
    assert taken(properties={"sku": " "}).props == {"sku": ""}


@pytest.mark.parametrize(
    ("contact", "given"),
    [
        ("ana@x.test", ("", "ana@x.test", "")),
        ("42", ("42", "", "")),
        (Who(id="42", email="Ana@X.test", anonymous_id="7f"), ("42", "Ana@X.test", "7f")),
    ],
)
def test_a_contact_is_an_email_if_it_holds_an_at_sign_else_an_id(contact, given):
    event = taken(contact=contact)
    assert (event.id_given, event.email_given, event.anonymous_given) == given


def test_identify_gives_identifiers_and_fields():
    event = taken(
        type="identify", contact=Who(anonymous_id="7f"), properties={"email": "a@x.test", "employees": 5}
    )
    assert (event.email_given, event.anonymous_given) == ("a@x.test", "7f")
    assert event.props["employees"] == 5 * SCALE


def test_a_message_stands_for_its_email():
    assert taken(type="email.open", properties={"message": "K1"}).message == "K1"


def row(**given: object) -> Import:
    found = admit_contact(PROGRAM, given)
    assert isinstance(found, Import), found
    return found


def test_a_row_gives_fields_tags_subscriptions_and_suppression():
    found = row(
        email="Ana@x.test",
        industry="Retail",
        employees="80",
        city="",
        tags="hot;new",
        subscribed="prospects;newsletter",
        suppressed="true",
        at="2026-03-02",
    )
    assert found.email_given == "Ana@x.test"
    assert found.fields == {"industry": "retail", "employees": 80 * SCALE}
    assert found.shown == {"industry": "Retail"}
    assert found.clear == ("city",)
    assert found.tags == ("hot", "new")
    assert found.subscribed == {"prospects": ("email",), "newsletter": ("email",)}
    assert found.suppressed is True
    assert found.at == parse_instant("2026-03-02T05:00:00+00:00")


def test_a_row_may_name_channels():
    found = row(id=42, subscribed=[{"list": "prospects", "channels": ["email", "sms"]}])
    assert found.id_given == "42"
    assert found.subscribed == {"prospects": ("email", "sms")}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "no_contact"),
        ({"email": ""}, "no_contact"),
        ({"email": "a@x.test", "inustry": "retail"}, "unknown_field"),
        ({"email": "a@x.test", "employees": "many"}, "bad_value"),
        ({"email": "a@x.test", "size": "medium"}, "bad_value"),
        ({"email": "a@x.test", "score": 1001}, "bad_value"),
        ({"email": "a@x.test", "score": -1}, "bad_value"),
        ({"email": "a@x.test", "renewal_date": "02/03/2026"}, "bad_value"),
        ({"email": "a@x.test", "vip": "perhaps"}, "bad_value"),
        ({"email": "a@x.test", "created_at": "2026-03-02"}, "read_only"),
        ({"email": "a@x.test", "tags": "Hot"}, "bad_value"),
        ({"email": "a@x.test", "tags": 7}, "bad_value"),
        ({"email": "a@x.test", "subscribed": "nobody"}, "unknown_list"),
        ({"email": "a@x.test", "subscribed": [{"list": "prospects", "channels": ["fax"]}]}, "bad_value"),
        ({"email": "a@x.test", "suppressed": "perhaps"}, "bad_value"),
        ({"email": "a@x.test", "account": "a" * 501}, "bad_value"),
        ({"email": "a@x.test", "at": "soon"}, "bad_time"),
        ({"email": "a\nb@x.test"}, "bad_id"),
    ],
)
def test_a_row_that_cannot_be_taken_is_rejected_with_its_reason(given, code):
    found = admit_contact(PROGRAM, given)
    assert isinstance(found, Reject)
    assert found.code == code
