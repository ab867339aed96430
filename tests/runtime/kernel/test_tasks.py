"""Tasks: given, completed, overdue, opened again; what their people and their contact hear."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.entities.kept import TaskState
from oncue.runtime.kernel.letters import CloseTask, Letter, ReopenTask
from tests.runtime.kernel.crm import crm, flow, reasons
from tests.runtime.kernel.stage import Stage

CALL = (
    "add_task: {title: 'Call {{ first_name }}', due: 3 days, "
    "notify_owner_when_overdue: true, notify_manager_after: 2 days}"
)
ANA = {"email": "ana@x.test", "first_name": "Ana", "owner": "ana"}


def task(stage: Stage) -> tuple[str, TaskState]:
    """The one task that there is."""
    ((name, state),) = [(name, state) for name, state in stage.entities.items() if name.startswith("task/")]
    assert isinstance(state, TaskState)
    return name, state


def tell(stage: Stage, body: CloseTask | ReopenTask) -> None:
    stage._deliver([Letter(task(stage)[0], "", body)])


def told(stage: Stage) -> list[str]:
    """What people were told: to whom, and the subject, or the text of a text message."""
    found = []
    for effect in stage.effects:
        said = effect.payload.get("subject", effect.payload["text"])
        found.append(f"{effect.kind} {''.join(effect.payload['to'])}: {said}")
    return found


def test_a_task_is_given_to_the_contacts_owner_with_what_the_step_says():
    stage = crm(
        f"- {CALL[:-1]}, note: 'Ask for {{{{ company }}}}', sms_owner: true}}",
        contact={**ANA, "company": "Acme"},
    )
    stage.event("purchase")
    name, state = task(stage)
    assert (state.title, state.note, state.owner, state.contact) == (
        "Call Ana",
        "Ask for Acme",
        "ana",
        "email:ana@x.test",
    )
    assert state.due == stage.instant("2026-03-05 09:00")
    (added,) = stage.entries("task.added")
    assert added.data == {"task": name[5:], "title": "Call Ana", "owner": "ana", "due": state.due}
    assert told(stage) == ["sms +15550100: New task: Call Ana, due 2026-03-05 09:00"]


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ("add_task: Call", "no owner"),
        ("add_task: {title: Call, owner: gone}", "gone is not active"),
        ("add_task: {title: Call, owner: {round_robin: away}}", "nobody in away is active"),
        ("add_task: {title: '{{ first_name }}', owner: ana}", "the title is empty"),
        ("complete_task: {title: Call}", "no open task"),
    ],
)
def test_a_task_that_cannot_be_fails_with_its_reason(action, why):
    stage = crm(f"- {action}\n- add_tag: after")
    stage.event("purchase")
    assert reasons(stage) == [f"failed {why}", "done"]
    assert not [name for name in stage.entities if name.startswith("task/")]


def test_an_owner_without_a_phone_gets_the_task_and_the_audit_says_so():
    stage = crm("- add_task: {title: Call, owner: bo, sms_owner: true}")
    stage.event("purchase")
    assert reasons(stage) == ["done bo has no phone"]
    assert told(stage) == []


def test_overdue_it_tells_the_owner_and_two_days_later_the_manager_and_nobody_above():
    stage = crm(f"- {CALL}", contact=ANA)
    stage.event("purchase")
    stage.until("2026-03-05 08:59")
    assert told(stage) == []
    stage.until("2026-03-05 09:00")
    assert told(stage) == ["notification ana@acme.test: Overdue: Call Ana"]
    stage.later("30 days")
    assert told(stage)[1:] == ["notification bo@acme.test: Overdue: Call Ana"]
    assert [entry.why for entry in stage.entries("task.overdue")] == ["ana", "bo"]
    assert task(stage)[1].wake is None


def test_without_anybody_to_tell_it_is_overdue_all_the_same():
    stage = crm("- add_task: {title: Call, owner: cy, due: 1 day, notify_manager_after: 1 day}")
    stage.event("purchase")
    stage.later("9 days")
    assert told(stage) == []
    assert [entry.why for entry in stage.entries("task.overdue")] == [
        "nobody is to be told",
        "cy has no manager",
    ]


@pytest.mark.parametrize("when", ["2026-03-04 10:00", "2026-03-05 09:00"])
def test_completed_in_time_it_tells_nobody_even_at_the_very_instant_at_which_it_is_due(when):
    stage = crm(f"- {CALL}", contact=ANA)
    stage.event("purchase")
    stage.now = stage.instant(when)  # events of an instant come before its timers
    stage.event("task.completed", task=task(stage)[0][5:])
    stage.later("30 days")
    assert told(stage) == []
    assert [entry.why for entry in stage.entries("task.completed")] == ["event"]


def test_completed_after_it_was_overdue_the_manager_hears_nothing():
    stage = crm(f"- {CALL}", contact=ANA)
    stage.event("purchase")
    stage.later("4 days")
    tell(stage, CloseTask("operator"))
    stage.later("30 days")
    assert told(stage) == ["notification ana@acme.test: Overdue: Call Ana"]


HEARS = flow("hears", "- add_tag: called", "starts_when: [{event: task.completed}]")


@pytest.mark.parametrize("by", ["operator", "event", "action", "own event"])
def test_a_completed_task_is_an_event_of_its_contact_once(by):
    completes = flow("completes", "- complete_task: {title: call ana}", "starts_when: [{tag_added: done}]")
    stage = crm(
        f"- {CALL}\n- wait: {{until: did task.completed}}\n- add_tag: over", HEARS, completes, contact=ANA
    )
    stage.event("purchase")
    if by == "action":
        stage.load(email="ana@x.test", tags=["done"], triggers=True)
    elif by == "own event":
        stage.event("task.completed", task=task(stage)[0][5:])
    else:
        tell(stage, CloseTask(by, "e77"))
    assert {"called", "over"} <= stage.state.tags
    assert [entry.unit for entry in stage.entries("event")].count("task.completed") == 1
    assert task(stage)[1].by == by.removeprefix("own ")
    tell(stage, CloseTask("operator"))
    assert [entry.unit for entry in stage.entries("event")].count("task.completed") == 1


def test_a_step_names_the_task_that_it_completes():
    stage = crm(
        "- {id: call, add_task: {title: Call, owner: ana}}\n"
        "- {id: mail, add_task: {title: Mail, owner: ana}}\n"
        "- complete_task: call\n- complete_task: call"
    )
    stage.event("purchase")
    assert reasons(stage) == ["done", "done", "done", "failed no open task"]
    assert [(mark.title, mark.open) for mark in stage.state.tasks.values()] == [
        ("Call", False),
        ("Mail", True),
    ]


def test_a_task_that_is_opened_again_gives_the_notices_that_it_has_not_given():
    stage = crm(f"- {CALL}\n- wait: 40 days\n- complete_task: add_task", contact=ANA)
    stage.event("purchase")
    stage.later("1 day")
    tell(stage, CloseTask("operator"))
    stage.later("3 days")
    tell(stage, ReopenTask())
    assert [mark.open for mark in stage.state.tasks.values()] == [True]
    stage.later("0 days")
    assert told(stage) == ["notification ana@acme.test: Overdue: Call Ana"]
    stage.later("40 days")
    assert reasons(stage)[-1] == "done"
    assert [entry.what for entry in stage.audit if entry.what.startswith("task.")] == [
        "task.added", "task.completed", "task.reopened", "task.overdue", "task.overdue", "task.completed",
    ]  # fmt: skip


def test_each_pass_of_a_step_gives_a_task_of_its_own():
    stage = crm("- add_task: {title: Call, owner: ana}")
    stage.event("purchase")
    stage.event("purchase")
    assert len(stage.state.tasks) == 2
    assert len([name for name in stage.entities if name.startswith("task/")]) == 2
