"""Tasks in the host: completed by events and by hand, found by their ids, merged and erased with contacts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from oncue.runtime import operator
from oncue.runtime.errors import CommandError
from oncue.runtime.views import profiles, reports, tasks
from oncue.runtime.views.summary import Summary
from oncue.runtime.views.tasks import Task
from tests.runtime import sales, shop

AT = "2026-01-02T10:00:00Z"


def replay(folder: Path, *lines: dict[str, Any] | str, **more: Any) -> Summary:
    return shop.replay(folder, lines, plan=sales.plan(), **more)


def bought(name: str, at: str = AT) -> dict[str, Any]:
    return shop.event(f"buy {ord(name[0])} {at}", "purchase", f"{name}@x.test", at, total=5)


def completed(task: str, at: str = "2026-01-03T10:00:00Z", **more: Any) -> dict[str, Any]:
    return {
        "id": f"done {task[:8]}",
        "type": "task.completed",
        "at": at,
        "properties": {"task": task},
        **more,
    }


def only(folder: Path) -> Task:
    [found] = tasks.tasks(folder / "x.db")
    return found


def events(folder: Path, name: str) -> list[str]:
    audit = profiles.profile(folder / "x.db", f"{name}@x.test").audit
    return [entry["unit"] for entry in audit if entry["what"] == "event"]


def test_a_task_is_listed_with_what_there_is_to_know(tmp_path: Path) -> None:
    replay(tmp_path, bought("a"))
    task = only(tmp_path)
    assert (task.title, task.state, task.owner) == ("Call a@x.test", "open", "ana")
    assert task.contact == "email:a@x.test"
    assert (task.due, task.opened_at, task.campaign) == ("2026-01-04T10:00:00Z", AT, "sell")


def test_an_event_without_a_contact_completes_the_task_and_is_its_contacts(tmp_path: Path) -> None:
    replay(tmp_path, bought("a"))
    summary = replay(tmp_path, completed(only(tmp_path).id))
    assert (summary.events, summary.rejected) == (1, 0)
    task = only(tmp_path)
    assert (task.state, task.by, task.closed_at) == ("completed", "event", "2026-01-03T10:00:00Z")
    assert events(tmp_path, "a").count("task.completed") == 1
    notes = [entry for entry in shop.audit(tmp_path) if entry["what"] == "note"]
    assert [note["contact"] for note in notes] == ["email:a@x.test"], "the campaign `done` started"


def test_the_same_event_again_is_repeated(tmp_path: Path) -> None:
    replay(tmp_path, bought("a"))
    line = completed(only(tmp_path).id)
    replay(tmp_path, line)
    assert replay(tmp_path, line).repeated == 1
    other = {**line, "at": "2026-01-04T10:00:00Z"}
    assert replay(tmp_path, other).reasons == {"id_conflict": 1}


def test_an_event_with_its_contact_completes_the_task_once(tmp_path: Path) -> None:
    replay(tmp_path, bought("a"))
    replay(tmp_path, completed(only(tmp_path).id, contact="a@x.test"))
    assert only(tmp_path).state == "completed"
    assert events(tmp_path, "a").count("task.completed") == 1


def test_a_task_that_nobody_knows_is_rejected(tmp_path: Path) -> None:
    replay(tmp_path, bought("a"), completed("nothing"))
    assert shop.rejected(tmp_path) == [(2, "unknown_task")]


def test_a_task_completed_without_its_name_needs_a_contact(tmp_path: Path) -> None:
    line = completed("")
    replay(tmp_path, bought("a"), {**line, "properties": {}}, {**line, "properties": {"task": 7}})
    assert shop.rejected(tmp_path) == [(2, "no_contact"), (3, "bad_property")]


def test_an_event_that_happens_inside_is_rejected(tmp_path: Path) -> None:
    line = shop.event("1", "converted", "a@x.test", AT, conversion="order")
    replay(tmp_path, line)
    assert shop.rejected(tmp_path) == [(1, "inner_event")]


def test_an_operator_completes_and_reopens(tmp_path: Path) -> None:
    replay(tmp_path, bought("a"))
    plan, database = sales.plan(), tmp_path / "x.db"
    task = only(tmp_path)
    assert operator.complete_task(plan, database, task.id[:9])
    assert not operator.complete_task(plan, database, task.id), "it was already"
    assert (only(tmp_path).state, only(tmp_path).by) == ("completed", "operator")
    assert [one.open for one in profiles.profile(database, "a@x.test").tasks] == [False]
    assert operator.reopen_task(plan, database, task.id)
    assert not operator.reopen_task(plan, database, task.id), "it was already"
    assert only(tmp_path).state == "open"
    history = [entry["what"] for entry in tasks.task(database, task.id).audit]
    assert history == ["task.added", "task.completed", "task.reopened"]


def test_a_task_is_named_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    replay(tmp_path, *[bought(name) for name in "abcdefghijklmnopqr"])
    found = tasks.tasks(tmp_path / "x.db")
    first = min(found, key=lambda task: task.id)
    assert tasks.task(tmp_path / "x.db", first.id).task == first
    twins = next(start for start in "0123456789abcdef" if sum(t.id.startswith(start) for t in found) > 1)
    with pytest.raises(CommandError, match=f"more than one task begins with {twins}"):
        tasks.task(tmp_path / "x.db", twins)
    for wrong in ("xyz", "", "task/"):
        with pytest.raises(CommandError, match="there is no task"):
            tasks.task(tmp_path / "x.db", wrong)


def test_tasks_are_chosen_by_state_and_owner(tmp_path: Path) -> None:
    replay(tmp_path, bought("a"), bought("b", "2026-01-03T10:00:00Z"), bought("c", "2026-01-05T10:00:00Z"))
    database = tmp_path / "x.db"
    named = {state: [one.contact[6] for one in tasks.tasks(database, states=frozenset({state}))]
             for state in ("overdue", "open", "completed")}  # fmt: skip
    assert named == {"overdue": ["a", "b"], "open": ["c"], "completed": []}
    owners = {one.owner for one in tasks.tasks(database, owner="bo")}
    assert owners == {"bo"}, "the team's turn, without whoever is not active"
    assert reports.report(database).tasks == tasks.TaskTotals(open=1, overdue=2)


def test_a_task_follows_its_contact_into_a_merge(tmp_path: Path) -> None:
    replay(tmp_path, bought("a"), bought("b", "2026-01-03T09:00:00Z"))
    database, plan = tmp_path / "x.db", sales.plan()
    operator.merge(plan, database, "a@x.test", "b@x.test")
    assert {one.contact for one in tasks.tasks(database)} == {"email:a@x.test"}
    for one in tasks.tasks(database):
        operator.complete_task(plan, database, one.id)
    assert events(tmp_path, "a").count("task.completed") == 2, "both are the survivor's"


def test_erasing_a_contact_leaves_nothing_of_it_in_its_tasks(tmp_path: Path) -> None:
    known = {"email": "anastasia@x.test", "first_name": "Anastasia", "at": "2026-01-01"}
    replay(tmp_path, known, bought("anastasia"), until=shop.START + 4 * 24 * 60 * shop.MINUTE)
    operator.erase(sales.plan(), tmp_path / "x.db", "anastasia@x.test")
    task = only(tmp_path)
    assert (task.title, task.note, task.contact, task.state) == ("", "", "", "completed")
    with closing(sqlite3.connect(tmp_path / "x.db")) as db:
        assert "anastasia" not in "\n".join(db.iterdump()).lower()
    assert operator.reopen_task(sales.plan(), tmp_path / "x.db", task.id)


def test_an_export_has_deals_tasks_account_conversions_and_paths(tmp_path: Path) -> None:
    who = {"email": "a@x.test", "account": "acme", "points": "70", "subscribed": ["news"], "at": "2026-01-01"}
    rows = [who, {"account": "acme", "tier": "gold", "at": "2026-01-01"}]
    visit = shop.event("v", "web_page.visit", "a@x.test", AT, url="https://sales.test/pricing")
    replay(tmp_path, *rows, bought("a"), visit)
    found = profiles.export(tmp_path / "x.db", "a@x.test")
    [deal] = found["deals"]
    assert (deal["title"], deal["stage"], deal["value"]) == ("Order a@x.test", "new", "75")
    assert [task["title"] for task in found["tasks"]] == ["Call a@x.test"]
    assert found["account"]["tier"] == "gold"
    assert found["conversions"] == {"order": 1}
    assert list(found["paths"]) == ["test/split_test"]
    assert {one["kind"] for one in found["inputs"]} == {"contact", "event"}, (
        "letters are not inputs from outside"
    )
