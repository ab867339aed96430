"""The collateral example: who is in which batch was worked out by hand; its README's figures are run with all
other pages."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from oncue.compiler import workspace
from oncue.runtime import operator
from oncue.runtime.views import fulfillment, tasks
from tests.examples.test_hand_made import ROOT
from tests.examples.test_lifecycle import told

FOLDER = ROOT / "examples/collateral"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples") / "collateral"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns(".oncue"))
    data = str(folder / "data/march.jsonl")
    told("run", "-w", str(folder), "--clock", "events", "--until", "2026-05-10", data)
    return folder


def streets(folder: Path, name: str) -> list[list[str]]:
    database = folder / ".oncue/oncue.db"
    return [
        [
            line.split(b",")[0].decode()
            for line in b"".join(fulfillment.reissue(database, one.id)).split(b"\r\n")
        ]
        for one in fulfillment.show(database, name).batches
    ]


def test_it_has_nothing_to_say() -> None:
    assert workspace.check(FOLDER, cache=False).diagnostics == []


def test_the_printer_gets_two_batches(ran: Path) -> None:
    assert streets(ran, "brochures") == [
        ["Name", "Ivy Stone", '"Una Hart', ""], ["Name", "Tom Reed", "Ivy Stone", ""],
    ]  # fmt: skip


def test_the_shop_gets_one_by_the_month(ran: Path) -> None:
    assert streets(ran, "swag-box") == [["first_name", "Ivy", ""]]
    (waits,) = fulfillment.show(ran / ".oncue/oncue.db", "swag-box").waiting
    assert (waits.contact, waits.asked) == ("email:una@vale.example", True)


def test_who_waited_for_the_box_goes_on_five_days_later(ran: Path) -> None:
    (notice,) = (ran / ".oncue/outbox").glob("20260405T090000Z-notification-*.eml")
    assert "Subject: Ivy's box should be there" in notice.read_text()


def test_a_completed_task_is_done(ran: Path) -> None:
    database = ran / ".oncue/oncue.db"
    first = tasks.tasks(database)[0].id
    plan = workspace.check(ran).plan
    assert plan is not None
    assert operator.complete_task(plan, database, first[:8])
    assert tasks.task(database, first).task.state == "completed"
