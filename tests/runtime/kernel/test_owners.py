"""Owners and teams: whose turn it is, and who can be given nothing."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.entities.kept import TeamState
from tests.runtime.kernel.crm import FIELDS, KINDS, crm, flow, reasons

TEAM = "assign_owner: {round_robin: sdr}"


def test_a_team_takes_turns_across_contacts_and_whoever_is_not_active_is_passed_over():
    stage = crm(f"- {TEAM}", contact=None)
    for name in ("a", "b", "c", "d"):
        stage.meet(email=f"{name}@x.test")
        stage.event("purchase")
    assert [state.fields["owner"] for state in stage.states.values()] == ["ana", "bo", "ana", "bo"]
    assert stage.entities["team/sdr"] == TeamState(last="bo", turns={"ana": 2, "bo": 2})


def test_deals_tasks_and_contacts_share_the_teams_turns():
    stage = crm(
        f"- {TEAM}\n- add_deal: {{title: D, pipeline: sales, owner: {{round_robin: sdr}}}}\n"
        "- add_task: {title: T, owner: {round_robin: sdr}}\n"
        "- update_deal: {owner: {round_robin: sdr}, stage: qualified}"
    )
    stage.event("purchase")
    assert reasons(stage) == ["done"] * 4
    assert stage.state.fields["owner"] == "ana"
    assert [entry.data["owner"] for entry in stage.entries("deal.added")] == ["bo"]
    assert [entry.data["owner"] for entry in stage.entries("task.added")] == ["ana"]
    assert [(deal.owner, deal.stage) for deal in stage.state.deals] == [("bo", "qualified")]
    assert stage.entities["team/sdr"] == TeamState(last="bo", turns={"ana": 2, "bo": 2})


def test_an_action_that_fails_anyway_takes_no_turn():
    stage = crm("- update_deal: {owner: {round_robin: sdr}}")
    stage.event("purchase")
    assert reasons(stage) == ["failed the contact has no deal"]
    assert "team/sdr" not in stage.entities


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ("assign_owner: {round_robin: away}", "nobody in away is active"),
        ("assign_owner: gone", "gone is not active"),
        ("update_contact: {set: {owner: gone}}", "gone is not active"),
        ("update_contact: {copy: {owner: company}}", "zoe is no user"),
    ],
)
def test_nobody_gets_a_contact_who_is_not_there_to_have_it(action, why):
    stage = crm(f"- {action}", contact={"email": "ana@x.test", "company": "Zoe", "owner": "bo"})
    stage.event("purchase")
    assert reasons(stage) == [f"failed {why}"]
    assert stage.state.fields["owner"] == "bo"


def test_a_user_becomes_the_owner_and_then_is_it_already():
    stage = crm("- assign_owner: bo\n- assign_owner: bo")
    stage.event("purchase")
    assert reasons(stage) == ["done", "done no change"]


def test_a_team_whose_last_one_has_left_begins_with_its_first():
    stage = crm(f"- {TEAM}")
    stage.event("purchase")
    stage.event("purchase")
    text = KINDS.replace("sdr: [ana, gone, bo]", "sdr: [cy, ana]") + "campaigns:\n" + flow("c", f"- {TEAM}")
    stage.change_plan(text, FIELDS)
    stage.event("purchase")
    assert stage.state.fields["owner"] == "cy"
