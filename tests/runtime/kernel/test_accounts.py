"""Accounts: fields that contacts share, who hears of a change, and what it sets off."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.intake.accounts import AccountRow, admit_account
from oncue.runtime.kernel.letters import Letter
from tests.runtime.kernel.crm import crm, flow, reasons
from tests.runtime.kernel.stage import Stage

MEMBER = {"email": "ana@x.test", "account": "Acme"}


def account_row(stage: Stage, **row: object) -> None:
    admitted = admit_account(stage.program, row)
    assert isinstance(admitted, AccountRow), admitted
    stage._deliver([Letter(f"account/{admitted.account}", "", admitted.change)])


def test_a_contact_of_an_account_hears_its_fields():
    stage = crm("- add_note: 'In {{ account.industry }}'", contact=None)
    account_row(stage, account="acme", industry="Retail", seats=10)
    stage.meet(**MEMBER)
    stage.event("purchase")
    assert [entry.data for entry in stage.entries("note")] == [{"text": "In Retail"}]


def test_update_account_sets_copies_and_clears_and_the_next_action_sees_it():
    stage = crm(
        "- update_account: {set: {tier: Gold, seats: 5}, copy: {industry: industry}}\n"
        "- add_note: '{{ account.tier }} {{ account.industry }} {{ account.seats }}'\n"
        "- update_account: {clear: [seats]}\n- update_account: {set: {tier: gold}}",
        contact={**MEMBER, "industry": "Retail"},
    )
    stage.event("purchase")
    assert [entry.data for entry in stage.entries("note")] == [{"text": "Gold Retail 5"}]
    changed = [entry.data for entry in stage.entries("account.changed")]
    assert changed[:2] == [
        {"account": "acme", "industry": ["", "Retail"], "seats": ["", "5"], "tier": ["", "Gold"]},
        {"account": "acme", "seats": ["5", ""]},
    ]


def test_an_update_that_changes_nothing_tells_nobody():
    stage = crm("- update_account: {set: {industry: Retail}}", contact=MEMBER)
    stage.event("purchase")
    before = stage.state.seq
    stage.event("purchase")
    assert reasons(stage) == ["done", "done no change"]
    assert len(stage.entries("account.changed")) == 1
    assert stage.state.seq - before == 2  # the event and the answer, no news of the account


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ("update_account: {copy: {tier: industry}}", "tier is not one of gold, silver"),
        ("update_account: {copy: {seats: employees}}", "seats is above its max, 500"),
        ("math: account.seats + 1", "account.seats has no value"),
        ("math: account.seats + account.seats", "account.seats has no value"),
    ],
)
def test_a_value_that_does_not_fit_the_account_fails_and_nobody_waits(action, why):
    stage = crm(f"- {action}\n- add_tag: after", contact={**MEMBER, "industry": "Retail", "employees": 501})
    stage.event("purchase")
    assert reasons(stage) == [f"failed {why}", "done"]
    assert stage.entries("account.changed") == []


@pytest.mark.parametrize("action", ["update_account: {set: {tier: gold}}", "math: account.seats + 1"])
def test_a_contact_without_an_account_fails_with_that_reason(action):
    stage = crm(f"- {action}\n- add_tag: after")
    stage.event("purchase")
    assert reasons(stage) == ["failed no account", "done"]


WAITER = flow(
    "waits",
    '- wait: {until: account.industry == "retail"}\n- add_tag: moved',
    "starts_when: [{tag_added: w}]",
)


def test_a_change_by_one_contact_moves_a_waiting_member_of_another_at_the_same_instant():
    stage = crm("- update_account: {set: {industry: Retail}}", WAITER, contact=None)
    for name in ("ana", "bea", "cid"):
        stage.meet(email=f"{name}@x.test", account=" ACME ")
        stage.load(email=f"{name}@x.test", tags=["w"], triggers=True)
    stage.meet(email="other@x.test", account="elsewhere")
    stage.load(email="other@x.test", tags=["w"], triggers=True)
    stage.turn_to("bea@x.test")
    stage.event("purchase")
    moved = [key for key, state in stage.states.items() if "moved" in state.tags]
    assert moved == ["email:ana@x.test", "email:bea@x.test", "email:cid@x.test"]


def test_whoever_leaves_an_account_hears_it_no_more_and_forgets_its_fields_at_once():
    stage = crm("- update_account: {set: {industry: Retail}}", WAITER, contact=MEMBER)
    stage.event("purchase")
    assert stage.state.account == {"industry": "retail"}
    stage.load(email="ana@x.test", account="")
    assert stage.state.account == {}
    stage.meet(email="bea@x.test", account="acme")
    stage.event("purchase")
    account_row(stage, account="acme", industry="Health")
    assert stage.states["email:ana@x.test"].account == {}
    assert stage.state.account == {"industry": "health"}


def test_moving_to_another_account_by_an_action_brings_that_ones_fields():
    stage = crm(
        "- update_contact: {set: {account: Beta}}\n- update_account: {set: {tier: gold}}", contact=MEMBER
    )
    account_row(stage, account="beta", industry="Health")
    stage.event("purchase")
    assert stage.state.account == {"industry": "health", "tier": "gold"}
    assert [entry.data["account"] for entry in stage.entries("account.changed")] == ["beta", "beta"]


def test_the_fields_of_an_account_move_segments_and_start_campaigns():
    stage = crm(
        "- add_tag: bought",
        'segments:\n  retailers: account.industry == "retail"\n',
        contact=MEMBER,
        head="starts_when: [{enters_segment: retailers}]",
    )
    account_row(stage, account="acme", industry="Retail")
    assert stage.state.tags == {"bought"}
    account_row(stage, account="acme", industry="Health")
    assert stage.state.segments == set()


def test_a_silent_row_into_an_account_starts_nothing():
    stage = crm(
        "- add_tag: bought",
        'segments:\n  retailers: account.industry == "retail"\n',
        contact=None,
        head="starts_when: [{enters_segment: retailers}]",
    )
    account_row(stage, account="acme", industry="Retail")
    stage.meet(**MEMBER)
    assert stage.state.segments == {"retailers"}
    assert stage.state.tags == set()
    stage.meet(triggers=True, email="bea@x.test", account="acme")
    assert stage.state.tags == {"bought"}


def test_actions_behind_an_update_of_the_account_see_it_on_an_asset_too():
    stage = Stage(
        "web_forms:\n  form:\n    on_submission:\n"
        "      - update_account: {set: {industry: Retail}}\n"
        '      - add_tag: retail\n        when: account.industry == "retail"\n',
        settings="account_fields: {industry: text}\n",
        contact=MEMBER,
    )
    stage.event("web_form.submission of form")
    assert stage.state.tags == {"retail"}


@pytest.mark.parametrize("wrong", ["a" * 501, "a\nb"])
def test_what_is_no_id_becomes_no_account(wrong):
    stage = crm("- update_contact: {copy: {account: city}}", contact={**MEMBER, "city": wrong})
    stage.event("purchase")
    why = "account is no id: longer than 500 characters, or with control characters"
    assert (reasons(stage), stage.state.fields["account"]) == ([f"failed {why}"], "acme")


def test_what_is_no_address_becomes_no_email():
    contact = {**MEMBER, "city": "ana@"}
    stage = crm("- update_contact: {copy: {email: city}}", contact=contact)
    before = stage.state.fields["email"]
    stage.event("purchase")
    why = "email is no email address such as ana@example.com"
    assert (reasons(stage), stage.state.fields["email"]) == ([f"failed {why}"], before)
