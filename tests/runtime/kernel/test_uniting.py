"""Deals, tasks, conversions and accounts of two contacts that are one, and of one that is erased."""

from __future__ import annotations

from oncue.runtime.kernel.contact import identity
from oncue.runtime.kernel.entities.kept import TaskState
from oncue.runtime.kernel.letters import CloseTask, Letter
from tests.runtime.kernel.crm import crm, flow
from tests.runtime.kernel.stage import Stage

STEPS = """
- add_deal: {title: "{{ first_name }} {{ entry.sku }}", pipeline: sales}
- add_task: {title: "Call {{ first_name }}", owner: ana, note: private}
- convert: signup
"""
ANA, BEA = "email:ana@x.test", "email:bea@x.test"


def two(**account: str) -> Stage:
    """Ana, then Bea, each with a deal before and after the other's."""
    stage = crm(
        STEPS,
        flow("hears", "- add_tag: called", "starts_when: [{event: task.completed}]"),
        contact={"email": "ana@x.test", "first_name": "Ana"},
    )
    stage.later("1 hour")
    stage.meet(email="bea@x.test", first_name="Bea", **account)
    for who, sku in (("ana", "1"), ("bea", "2"), ("ana", "3")):
        stage.turn_to(f"{who}@x.test")
        stage.event("purchase", sku=sku)
        stage.later("1 hour")
    return stage


def merge(stage: Stage) -> None:
    other = stage.states.pop(BEA)
    stage.take(identity.merge(stage.program, stage.states[ANA], other, stage.now))


def test_deals_stand_in_the_order_of_their_making_and_each_has_a_number_of_its_own():
    stage = two()
    merge(stage)
    assert [(deal.id, deal.title) for deal in stage.state.deals] == [
        ("1", "ana 1"),
        ("3", "bea 2"),
        ("2", "ana 3"),
    ]
    assert [(deal.campaign, deal.entry) for deal in stage.state.deals] == [("c", 1), ("c", 3), ("c", 2)]
    stage.event("purchase", sku="4")
    assert [deal.id for deal in stage.state.deals] == ["1", "3", "2", "4"]


def test_conversions_add_up_and_tasks_belong_to_the_survivor():
    stage = two()
    merge(stage)
    assert stage.state.conversions == {"signup": 3}
    assert len(stage.state.tasks) == 3
    (bea,) = [key for key, mark in stage.state.tasks.items() if mark.title == "Call Bea"]
    stage._deliver([Letter(f"task/{bea}", "", CloseTask("operator"))])
    assert stage.state.tags == {"called"}


def test_an_account_that_only_the_other_had_is_the_survivors_from_now_on():
    stage = two(account="acme")
    merge(stage)
    assert stage.state.fields["account"] == "acme"
    assert ANA in stage.roster["acme"]


def test_an_erased_contacts_tasks_keep_neither_title_nor_note_and_are_closed():
    stage = two(account="acme")
    outcome = identity.erase(stage.program, stage.states.pop(BEA), stage.now)
    stage._deliver(outcome.letters)
    assert stage.roster["acme"] == []
    tasks = [state for state in stage.entities.values() if isinstance(state, TaskState)]
    erased = [task for task in tasks if not task.contact]
    assert [(task.title, task.note, task.by, task.wake) for task in erased] == [("", "", "erased", None)]
    assert sorted(task.title for task in tasks) == ["", "Call Ana", "Call Ana"]
