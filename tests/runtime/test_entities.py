"""What contacts share, in the host: splits, accounts, tasks and teams, and the letters between them."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from oncue.runtime import clock, operator
from oncue.runtime.engine import engine
from oncue.runtime.hosts.local import run
from oncue.runtime.views import accounts, profiles, tasks
from tests.runtime import sales, shop

SHARED = (
    "split.decided", "account.changed", "task.added", "task.overdue", "task.completed", "deal.added",
    "goal.achieved",
)  # fmt: skip
DAY = 24 * 60 * shop.MINUTE


def replay(folder: Path, lines: list[dict[str, Any]], **more: Any) -> Any:
    return shop.replay(folder, lines, plan=more.pop("plan", None) or sales.plan(), **more)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unbroken")
    replay(folder, sales.history(300))
    return folder


def whats(folder: Path) -> Counter[str]:
    return Counter(entry["what"] for entry in shop.audit(folder))


# --- order and batches


def test_the_history_has_everything_that_contacts_share(unbroken: Path) -> None:
    seen = whats(unbroken)
    for what in SHARED:
        assert seen[what], what
    assert not shop.rejected(unbroken)


@pytest.mark.parametrize("batch", [1, 100, 5_000])
def test_the_size_of_a_batch_changes_nothing(unbroken: Path, tmp_path: Path, batch: int) -> None:
    replay(tmp_path, sales.history(300), batch=batch)
    assert shop.audit(tmp_path) == shop.audit(unbroken)
    assert shop.contents(tmp_path) == shop.contents(unbroken)
    assert shop.outbox(tmp_path) == shop.outbox(unbroken)


def test_committing_while_the_next_batch_is_worked_on_changes_nothing(
    unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "PIPELINED", 1)
    replay(tmp_path, sales.history(300), batch=7)
    assert shop.contents(tmp_path) == shop.contents(unbroken)


def test_a_cache_of_a_few_contacts_changes_nothing(unbroken: Path, tmp_path: Path) -> None:
    replay(tmp_path, sales.history(300), batch=10, cache=2)
    assert shop.contents(tmp_path) == shop.contents(unbroken)


def test_an_input_in_two_halves_goes_on_where_the_first_ended(tmp_path: Path) -> None:
    lines = sorted(sales.history(300), key=lambda line: line["at"])
    replay(tmp_path / "halves", lines[:150])
    replay(tmp_path / "halves", lines)
    replay(tmp_path / "whole", lines)
    assert shop.contents(tmp_path / "halves") == shop.contents(tmp_path / "whole")


def test_no_split_counts_more_contacts_than_decide_it(unbroken: Path) -> None:
    [split] = [one for one in shop.contents(unbroken)["entities"] if one[0] == "split/test/split_test"]
    assert sum(split[2]["arrived"].values()) == 8
    assert split[2]["winner"] in ("short", "long")


# --- killed


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_four_times_it_ends_with_the_same_entities_and_outbox(tmp_path: Path, seed: int) -> None:
    killing = Path(__file__).with_name("killing.py")
    made = subprocess.run(
        [sys.executable, killing, tmp_path, str(seed), "4", "sales"],
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr


# --- live, and the replay of its log


def test_a_replay_of_the_log_reproduces_what_contacts_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [shop.START + 21 * DAY]

    def wall() -> int:
        now[0] += 11 * shop.MINUTE
        return now[0]

    monkeypatch.setattr(clock, "wall", wall)
    plan, database = sales.plan(), tmp_path / "x.db"
    lines = [{**line, "at": clock.show(now[0])} for line in sales.history(300, seed=5)]
    replay(tmp_path, lines[:150], clock="wall")
    open_ = tasks.tasks(database, states=frozenset({"open", "overdue"}))
    operator.complete_task(plan, database, open_[0].id)
    operator.complete_task(plan, database, open_[1].id[:10])
    operator.reopen_task(plan, database, open_[0].id)
    operator.merge(plan, database, "p4@sales.test", "p5@sales.test")
    now[0] += 4 * DAY
    replay(tmp_path, lines[150:], clock="wall")
    now[0] += 9 * DAY
    replay(tmp_path, [], clock="wall")
    run(plan, tmp_path / "again" / "x.db", [database], clock="received")
    live, again = shop.contents(tmp_path), shop.contents(tmp_path / "again")
    kinds = {kind for _, kind, _, _ in live["audit"]}
    assert kinds >= {"event", "contact", "account", "letter", "alarm", "wake", "complete", "reopen", "merge"}
    for name in ("audit", "contacts", "entities", "rosters", "counts", "outbox"):
        assert again[name] == live[name], name


# --- a changed plan


AT = "2026-01-02T10:00:00Z"


def visited(number: int, at: str) -> dict[str, Any]:
    name = f"p{number}@sales.test"
    return shop.event(f"v{number} {at}", "web_page.visit", name, at, url="https://sales.test/pricing")


def split_of(folder: Path, name: str) -> dict[str, Any]:
    return {row[0]: row[2] for row in shop.contents(folder)["entities"]}[f"split/{name}"]


def test_a_split_keeps_its_counts_and_its_decision_through_a_changed_plan(tmp_path: Path) -> None:
    replay(tmp_path, [*sales.people(12), *(visited(number, AT) for number in range(9))])
    before = split_of(tmp_path, "test/split_test")
    assert before["winner"]
    changed = sales.plan(campaigns="decide: {contacts: 8}=>decide: {contacts: 10}")
    assert replay(tmp_path, [visited(9, "2026-01-03T10:00:00Z")], plan=changed).adopted
    assert split_of(tmp_path, "test/split_test") == before


def test_a_split_follows_the_new_name_of_its_campaign(tmp_path: Path) -> None:
    replay(tmp_path, [*sales.people(12), *(visited(number, AT) for number in range(4))])
    before = split_of(tmp_path, "test/split_test")
    renamed = sales.plan(campaigns="  test:\n=>  trial:\n    was: test\n")
    replay(tmp_path, [visited(number, "2026-01-03T10:00:00Z") for number in range(4, 8)], plan=renamed)
    after = split_of(tmp_path, "trial/split_test")
    assert sum(before["arrived"].values()) == 4
    assert (sum(after["arrived"].values()), bool(after["winner"])) == (8, True)


def test_a_field_of_accounts_may_get_another_type(tmp_path: Path) -> None:
    rows = [
        {"account": name, "seats": seats, "at": AT} for name, seats in (("firm 0", "012"), ("firm 1", "many"))
    ]
    replay(tmp_path, [*sales.people(6), *rows])
    numbers = sales.plan(oncue="seats: text=>seats: number")
    replay(tmp_path, [], plan=numbers)
    for account, person, fields in (("firm 0", 1, {"seats": "12"}), ("firm 1", 5, {})):
        assert accounts.account(tmp_path / "x.db", account).fields == fields
        assert profiles.profile(tmp_path / "x.db", f"p{person}@sales.test").account == fields


def test_what_the_kernel_raised_is_part_of_the_past_too(tmp_path: Path) -> None:
    bought = shop.event("b", "purchase", "p1@sales.test", AT, total=5)
    replay(tmp_path, [*sales.people(3), bought])
    asked = 'did converted where (conversion == "order" and value > 10) and did task.completed'
    newer = sales.plan(people=f"  gold: account=>  ordered: {asked}\n  gold: account")
    [task] = tasks.tasks(tmp_path / "x.db")
    operator.complete_task(sales.plan(), tmp_path / "x.db", task.id)
    replay(tmp_path, [], plan=newer)
    assert profiles.profile(tmp_path / "x.db", "p1@sales.test").segments == ["ordered"]
    assert profiles.profile(tmp_path / "x.db", "p2@sales.test").segments == []
