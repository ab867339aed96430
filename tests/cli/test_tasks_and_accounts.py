"""tasks, account, and reports on what campaigns achieve, on the workspace of splits, accounts and tasks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oncue.cli.render import outcomes
from oncue.runtime.views.outcomes import interval
from tests.cli.oncue_process import Oncue
from tests.runtime import sales, shop

IN = ("-w", "sales")
BOUGHT = [
    shop.event(f"b{number}", "purchase", f"p{number}@sales.test", f"2026-01-0{number}T10:00:00Z", total=5)
    for number in (2, 3, 6)
]
VISITED = [
    shop.event(
        f"v{n}",
        "web_page.visit",
        f"p{n}@sales.test",
        "2026-01-01T10:00:00Z",
        url="https://sales.test/pricing",
    )
    for n in range(10)
]


@pytest.fixture
def ran(oncue: Oncue, tmp_path: Path) -> Path:
    folder = tmp_path / "sales"
    folder.mkdir()
    for name, text in sales.FILES.items():
        (folder / name).write_text(text)
    rows = [*sales.people(12), {"account": "firm 0", "tier": "gold", "at": "2026-01-04"}]
    shop.write(folder / "in.jsonl", [*rows, *VISITED, *BOUGHT])
    told = oncue("run", *IN, "--clock", "events", "sales/in.jsonl")
    assert told.code == 0
    assert "12 contact rows, 1 account row" in told.err
    return folder


def ids(oncue: Oncue, *more: str) -> list[str]:
    return [task["id"] for task in json.loads(oncue("tasks", "list", *IN, *more, "--format", "json").out)]


# --- tasks


def test_tasks_are_listed_the_earliest_due_first(oncue: Oncue, ran: Path) -> None:
    lines = oncue("tasks", "list", *IN).out.splitlines()
    assert lines[0].split() == ["task", "state", "due", "owner", "contact", "title"]
    assert [line.split()[1] for line in lines[1:]] == ["overdue", "overdue", "open"]
    assert lines[1].split()[2:5] == ["2026-01-04", "11:00:00+01:00", "ana"]
    assert lines[1].endswith("Call p2@sales.test")


def test_only_the_tasks_asked_for_are_listed(oncue: Oncue, ran: Path) -> None:
    assert len(ids(oncue)) == 3
    assert len(ids(oncue, "--open")) == 3
    assert len(ids(oncue, "--overdue")) == 2
    assert len(ids(oncue, "--open", "--owner", "ana")) == 3, "bo's turns were the deals'"
    told = oncue("tasks", "list", *IN, "--owner", "nobody")
    assert (told.code, told.out, told.err) == (0, "", "no such tasks\n")


def test_a_task_is_completed_and_reopened_from_the_command_line(oncue: Oncue, ran: Path) -> None:
    first, second, _ = ids(oncue)
    told = oncue("tasks", "complete", first, second[:12], *IN)
    assert (told.code, told.err) == (0, f"{first}: completed\n{second[:12]}: completed\n")
    assert oncue("tasks", "complete", first, *IN).err == f"{first}: was completed already\n"
    assert oncue("tasks", "reopen", first, *IN).err == f"{first}: open again\n"
    shown = oncue("tasks", "show", second, *IN).out
    assert "  completed 2026-01-06 11:00:00+01:00 by operator\n" in shown
    assert "task.completed" in shown
    assert "done:" not in shown
    assert (
        json.loads(oncue("tasks", "show", second, *IN, "--format", "json").out)["task"]["state"]
        == "completed"
    )
    head = oncue("report", *IN).out
    assert "tasks      1 open, 1 overdue, 1 completed (0 on time)" in head


@pytest.mark.parametrize("command", [("show",), ("complete",), ("reopen",)])
def test_a_task_that_there_is_not_is_told(command: tuple[str, ...], oncue: Oncue, ran: Path) -> None:
    told = oncue("tasks", *command, "zzz", *IN)
    assert (told.code, told.err) == (2, "oncue: there is no task zzz; `oncue tasks list` shows them all\n")


def test_a_slip_in_a_subcommand_gets_the_nearest(oncue: Oncue, ran: Path) -> None:
    told = oncue("tasks", "compleet", "x", *IN)
    assert told.code == 2
    assert "did you mean 'complete'?" in told.err


# --- accounts


def test_an_account_is_shown_with_its_contacts(oncue: Oncue, ran: Path) -> None:
    told = oncue("account", "show", "Firm 0", *IN)
    assert told.out.splitlines()[0] == "firm 0"
    assert "  tier: gold" in told.out.splitlines()
    assert "  contact: email:p1@sales.test" in told.out.splitlines()
    listed = oncue("account", "list", *IN).out.splitlines()
    assert listed[1].split()[:3] == ["firm", "0", "2"]
    document = json.loads(oncue("account", "show", "firm 0", *IN, "--format", "json").out)
    assert document["contacts"] == ["email:p1@sales.test", "email:p2@sales.test"]


# --- contact


def test_a_contact_is_shown_with_its_deals_tasks_and_paths(oncue: Oncue, ran: Path) -> None:
    lines = oncue("contact", "show", "p2@sales.test", *IN).out.splitlines()
    shown = [line.strip() for line in lines if line.startswith("  ")]
    assert "deal        Order p2@sales.test: open, in orders at closing, worth 2, owner bo" in shown
    assert any(line.startswith("task        Call p2@sales.test: open (") for line in shown)
    assert "converted   order" in shown
    assert any(line.startswith("path        test/split_test: ") for line in shown)
    assert "account     tier: gold" in shown


# --- reports


def test_the_report_shows_a_split_with_rates_and_its_winner(oncue: Oncue, ran: Path) -> None:
    document = json.loads(oncue("report", "campaigns/test", *IN, "--format", "json").out)
    test, until, paths = document["campaigns"][0]["splits"]
    assert [test["kind"], until["kind"], paths["kind"]] == ["split_test", "split_until", "split_paths"]
    assert sum(path["contacts"] for path in test["paths"]) == 8
    assert sum(path["taken"] for path in test["paths"]) == 10
    assert test["winner"] in {"short", "long"}
    assert test["decided"] == "2026-01-01T10:00:00Z"
    text = oncue("report", "campaigns/test", *IN).out
    assert "path of split_test" in text
    assert f"decided 2026-01-01 11:00:00+01:00: {test['winner']}" in text
    for path in test["paths"]:
        low, high = interval(path["matches"], path["contacts"])
        assert (path["low"], path["high"]) == (low, high)


def test_the_report_adds_up_deals_conversions_and_goals(oncue: Oncue, ran: Path) -> None:
    document = json.loads(oncue("report", *IN, "--format", "json").out)
    [orders] = document["pipelines"]
    new = {name: orders["stages"][0][name] for name in ("stage", "open", "open_value", "won", "won_value")}
    assert new == {"stage": "new", "open": 1, "open_value": "6", "won": 0, "won_value": "0"}
    assert orders["stages"][2]["open"] == 2, "whose goal was not reached in time went on"
    assert [(one["converted"], one["value"]) for one in document["conversions"]] == [(3, "31.5")]
    sell = next(one for one in document["campaigns"] if one["id"] == "sell")
    assert [(goal["name"], goal["achieved"]) for goal in sell["goals"]] == [("second", 0)]
    lines = oncue("report", "pipelines/orders", *IN).out.splitlines()
    assert lines[0].split() == ["deals", "in", "orders", "open", "worth", "won", "worth", "lost", "worth"]
    assert "conversion" not in "\n".join(lines)


def test_the_report_says_why_messages_were_refused(oncue: Oncue, ran: Path) -> None:
    shop.write(ran / "more.jsonl", [
        shop.event("x1", "web_page.visit", "new@sales.test", "2026-01-07", url="https://sales.test/pricing")
    ])  # fmt: skip
    assert oncue("run", *IN, "--clock", "events", "sales/more.jsonl").code == 0
    assert "refused    1 no consent" in oncue("report", *IN).out


def test_the_list_has_pipelines_and_conversions_where_there_are_any(oncue: Oncue, ran: Path) -> None:
    text = oncue("list", *IN).out
    assert "pipeline  open deals  where" in text
    assert "audience" not in text
    assert oncue("list", "audiences", *IN).out == "no audiences\n"
    assert (
        json.loads(oncue("list", "conversions", *IN, "--format", "json").out)["conversions"][0]["id"]
        == "order"
    )


def test_an_interval_is_wilsons() -> None:
    low, high = interval(5, 10)
    assert (round(low, 4), round(high, 4)) == (0.2366, 0.7634)
    assert interval(0, 10)[0] == 0.0
    assert round(interval(10, 10)[0], 4) == 0.7225
    assert interval(10, 10)[1] == 1.0


def test_a_split_that_is_not_decided_says_so() -> None:
    from oncue.runtime.views.outcomes import PathReport, SplitReport

    paths = [PathReport("a", 4, 1, 4, 0.25, 0.05, 0.7), PathReport("b", 0, 0, 0, None, None, None)]
    text = outcomes.split(SplitReport("split_test", "split_test", "x:1", paths, "", None), "UTC")
    assert text.splitlines()[-1] == "not decided yet"
    assert text.splitlines()[1].split() == ["a", "4", "1", "4", "25.0%", "5.0%", "and", "70.0%"]
