"""Deals: added, changed, picked; what fails; what conditions and campaigns make of them."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.contact.deals import shown_deal
from tests.runtime.kernel.crm import crm, flow, reasons
from tests.runtime.kernel.stage import Stage

NEW = 'add_deal: {title: "Plan for {{ first_name }}", pipeline: sales}'


def deals(stage: Stage) -> list[dict[str, object]]:
    return [shown_deal(stage.program, deal) for deal in stage.state.deals]


def names(stage: Stage) -> list[str]:
    return [" ".join((str(deal["title"]), str(deal["stage"]), str(deal["status"]))) for deal in deals(stage)]


def test_a_deal_is_added_in_the_first_stage_with_what_the_step_says_of_it():
    stage = crm(
        "- add_deal: {title: 'Plan for {{ first_name }}', pipeline: sales, value_from: employees,\n"
        "             owner: bo, set: {tariff: Pro}, copy: {close_on: renewal_date}}",
        contact={"email": "ana@x.test", "first_name": "Ana", "employees": 12, "renewal_date": "2026-06-01"},
    )
    stage.event("purchase")
    (deal,) = deals(stage)
    assert deal == {
        "deal": "1",
        "title": "Plan for Ana",
        "pipeline": "sales",
        "stage": "new",
        "status": "open",
        "value": "12",
        "score": "0",
        "owner": "bo",
        "created_at": "2026-03-02T14:00:00Z",
        "tariff": "Pro",
        "close_on": "2026-06-01",
        "campaign": "c",
        "entry": "1",
        "step": "add_deal",
    }
    (added,) = stage.entries("deal.added")
    assert added.data == {
        "deal": "1", "title": "Plan for Ana", "pipeline": "sales", "stage": "new",
        "value": "12", "owner": "bo",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("deal", "why"),
    [
        ("{title: '{{ first_name }}', pipeline: sales}", "the title is empty"),
        ("{title: T, pipeline: sales, value_from: employees}", "employees has no value"),
        ("{title: T, pipeline: sales, copy: {tariff: industry}}", "tariff is not one of basic, pro"),
        ("{title: T, pipeline: sales, owner: contact_owner}", "no owner"),
        ("{title: T, pipeline: sales, owner: gone}", "gone is not active"),
        ("{title: T, pipeline: sales, owner: {round_robin: away}}", "nobody in away is active"),
    ],
)
def test_a_deal_that_cannot_be_is_not_added(deal, why):
    stage = crm(f"- add_deal: {deal}", contact={"email": "ana@x.test", "industry": "retail"})
    stage.event("purchase")
    assert reasons(stage) == [f"failed {why}"]
    assert stage.state.deals == []
    assert [entry.unit for entry in stage.entries("event")][-1] == "action.failed"


def test_an_owner_who_is_no_user_gets_no_deal():
    stage = crm(f"- {NEW[:-1]}, owner: contact_owner}}", contact={"email": "ana@x.test", "owner": "Zoe"})
    stage.load(email="ana@x.test", first_name="Ana")
    stage.event("purchase")
    assert reasons(stage) == ["failed zoe is no user"]


def test_everything_about_a_deal_changes_in_one_action():
    stage = crm(
        f"- {NEW}\n"
        "- update_deal: {title: 'Big {{ deal.title }}', status: won, stage: qualified,\n"
        "                owner: contact_owner, value: 99.5, set: {seats: 3}}\n"
        "- update_deal: {deal: {pipeline: sales}, status: open, clear: [seats]}",
        contact={"email": "ana@x.test", "first_name": "Ana", "owner": "bo"},
    )
    stage.event("purchase")
    first, second = stage.entries("deal.changed")
    assert first.data == {
        "deal": "1",
        "title": ["Plan for Ana", "Big Plan for Ana"],
        "status": ["open", "won"],
        "stage": ["new", "qualified"],
        "owner": ["", "bo"],
        "value": ["", "99.5"],
        "seats": ["", "3"],
    }
    assert second.data == {"deal": "1", "status": ["won", "open"], "seats": ["3", ""]}


def test_an_update_of_which_one_part_does_not_fit_changes_nothing():
    stage = crm(
        f"- {NEW}\n- update_deal: {{stage: qualified, value: 5, copy: {{tariff: industry}}}}",
        contact={"email": "ana@x.test", "first_name": "Ana", "industry": "retail"},
    )
    stage.event("purchase")
    assert reasons(stage) == ["done", "failed tariff is not one of basic, pro"]
    assert names(stage) == ["Plan for Ana new open"]
    assert "value" not in deals(stage)[0]


def test_an_update_to_what_it_is_already_is_done_and_says_so():
    stage = crm(
        f"- {NEW}\n- update_deal: {{stage: new}}", contact={"email": "ana@x.test", "first_name": "Ana"}
    )
    stage.event("purchase")
    assert reasons(stage) == ["done", "done no change"]
    assert [entry.unit for entry in stage.entries("event")].count("deal.stage") == 1


def test_a_stage_of_another_pipeline_fails_and_the_deal_stays_where_it_is():
    stage = crm(
        "- add_deal: {title: R, pipeline: renewals}\n- update_deal: {stage: proposal}\n- add_tag: after"
    )
    stage.event("purchase")
    assert reasons(stage) == ["done", "failed proposal is no stage of pipeline renewals", "done"]
    assert names(stage) == ["R due open"]


def test_the_newest_open_deal_is_meant_and_then_the_one_before_it():
    stage = crm(
        "- add_deal: {title: One, pipeline: sales}\n"
        "- add_deal: {title: Two, pipeline: sales}\n"
        "- update_deal: {status: won}\n- update_deal: {status: lost}\n- update_deal: {status: won}"
    )
    stage.event("purchase")
    assert names(stage) == ["One new lost", "Two new won"]
    assert reasons(stage)[-1] == "failed no open deal"


@pytest.mark.parametrize(
    ("pick", "stages"),
    [
        ("{pipeline: renewals}", ["new", "new", "talking"]),
        ("{title: ' one '}", ["qualified", "new", "due"]),
        ("{title: Two, pipeline: sales}", ["new", "qualified", "due"]),
    ],
)
def test_a_deal_is_picked_by_pipeline_and_title(pick, stages):
    to = "talking" if "renewals" in pick else "qualified"
    stage = crm(
        "- add_deal: {title: One, pipeline: sales}\n- add_deal: {title: Two, pipeline: sales}\n"
        f"- add_deal: {{title: Two, pipeline: renewals}}\n- update_deal: {{deal: {pick}, stage: {to}}}"
    )
    stage.event("purchase")
    assert [deal["stage"] for deal in deals(stage)] == stages


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ("update_deal: {status: won}", "the contact has no deal"),
        ("add_deal_note: Hello", "the contact has no deal"),
        ("adjust_deal_score: +10", "the contact has no deal"),
        ("math: deal.value * 2", "the contact has no deal"),
    ],
)
def test_without_a_deal_an_action_on_one_fails_and_the_member_goes_on(action, why):
    stage = crm(f"- {action}\n- add_tag: after")
    stage.event("purchase")
    assert reasons(stage) == [f"failed {why}", "done"]


def test_a_pick_that_fits_nothing_says_what_it_looked_for():
    stage = crm(
        "- add_deal: {title: One, pipeline: sales}\n"
        "- add_deal_note: {text: N, deal: {title: Two, pipeline: renewals}}\n"
        "- update_deal: {deal: {title: One}, status: lost}\n- adjust_deal_score: {by: +1, deal: {title: One}}"
    )
    stage.event("purchase")
    assert reasons(stage)[1] == 'failed no open deal in pipeline renewals called "Two"'
    assert reasons(stage)[3] == 'failed no open deal called "One"'


def test_a_failure_with_on_failure_end_ends_the_member():
    stage = crm("- update_deal: {status: won}\n  on_failure: end\n- add_tag: after")
    stage.event("purchase")
    assert stage.state.tags == set()
    assert [entry.why for entry in stage.entries("campaign.ended")] == ["failure"]


MANY = "starts_when: [{event: purchase}]\n    entries: many\n    entry_key: sku"


def test_a_pick_by_step_means_the_deal_of_the_members_own_entry():
    stage = crm(
        '- add_deal: {title: "{{ entry.sku }}", pipeline: sales}\n- wait: 1 hour\n'
        '- if: entry.sku == "A1"\n  then:\n    - update_deal: {deal: {step: add_deal}, status: won}',
        head=MANY,
    )
    stage.event("purchase", sku="A1")
    stage.event("purchase", sku="B2")
    stage.later("1 hour")
    assert names(stage) == ["A1 new won", "B2 new open"]


def test_a_deal_that_comes_to_a_stage_moves_a_waiting_member_and_starts_a_campaign():
    stage = crm(
        '- wait: {until: deal.stage == "qualified"}\n- add_tag: seen',
        flow("adds", f"- {NEW}", "starts_when: [{tag_added: lead}]"),
        flow("moves", "- update_deal: {stage: qualified}", "starts_when: [{tag_added: hot}]"),
        flow("hears", "- add_tag: heard", "starts_when: [{deal_stage: qualified}]"),
        flow("notes", "- add_note: '{{ entry.title }}'", "starts_when: [{event: deal.stage}]"),
        contact={"email": "ana@x.test", "first_name": "Ana"},
    )
    stage.event("purchase")
    stage.load(email="ana@x.test", tags=["lead"], triggers=True)
    assert stage.places == [("c", "wait")]
    assert "heard" not in stage.state.tags
    stage.load(email="ana@x.test", tags=["hot"], triggers=True)
    assert {"seen", "heard"} <= stage.state.tags
    assert [entry.data for entry in stage.entries("note")] == [{"text": "Plan for Ana"}] * 2


def test_a_deal_that_is_added_in_a_stage_has_come_to_it():
    stage = crm(
        f"- {NEW}",
        flow("hears", "- add_tag: heard", "starts_when: [{deal_stage: {pipeline: sales, stage: new}}]"),
        contact={"email": "ana@x.test", "first_name": "Ana"},
    )
    stage.event("purchase")
    assert stage.state.tags == {"heard"}


def test_a_deal_note_stands_under_its_deal_and_sees_it():
    stage = crm(
        "- add_deal: {title: One, pipeline: sales}\n- add_deal: {title: Two, pipeline: sales}\n"
        '- add_deal_note: {text: "About {{ deal.title }}", deal: {title: One}}'
    )
    stage.event("purchase")
    assert [entry.data for entry in stage.entries("note")] == [{"text": "About One", "deal": "1"}]


def test_a_deals_score_moves_is_set_and_is_reset():
    stage = crm(
        f"- {NEW}\n- adjust_deal_score: +10\n- adjust_deal_score: -2.5\n"
        "- if: deal.score == 7.5\n  then:\n    - add_tag: right\n"
        "- adjust_deal_score: {set: 50}\n- adjust_deal_score: {reset: true}",
        contact={"email": "ana@x.test", "first_name": "Ana"},
    )
    stage.event("purchase")
    said = [entry.data for entry in stage.entries("action") if "from" in entry.data]
    assert [(data["from"], data["to"]) for data in said] == [
        ("0", "10"),
        ("10", "7.5"),
        ("7.5", "50"),
        ("50", "0"),
    ]
    assert stage.state.tags == {"right"}


def test_a_note_of_a_megabyte_is_refused_and_one_of_64_kilobytes_is_not():
    stage = crm("- add_note: '{{ company }}{{ company }}'\n- add_note: '{{ company }}'")
    stage.load(email="ana@x.test", company="x" * (64 * 1024))
    stage.event("purchase")
    assert reasons(stage) == ["failed too long", "done"]


def test_what_a_value_says_is_no_placeholder():
    stage = crm("- add_note: 'By {{ company }}'")
    stage.load(email="ana@x.test", company="{{ email }}")
    stage.event("purchase")
    assert [entry.data for entry in stage.entries("note")] == [{"text": "By {{ email }}"}]
