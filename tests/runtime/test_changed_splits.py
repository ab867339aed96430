"""A changed plan takes effect on a database in which contacts share splits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oncue.compiler.pipeline import compile_files
from oncue.runtime.engine.entities import decode
from oncue.runtime.errors import PlanError
from oncue.runtime.hosts.local import run
from oncue.runtime.kernel.entities.kept import SplitState
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import reports
from oncue.schemas.plan import Plan
from tests.runtime import shop

CAMPAIGN = """
campaigns:
  c:
    starts_when: [{event: buy}]
    steps:
      - id: ab
        split_test:
          paths:
            a: [{wait: 3 days}, {add_tag: was-a}]
            b: [{wait: 3 days}, {add_tag: was-b}]
          match: tagged "won"
          decide: {contacts: 8}
"""


def plan(text: str = CAMPAIGN) -> Plan:
    files = {"oncue.yaml": "project: splits\ntimezone: UTC\nevents: {buy: {}}\n", "c.yaml": text}
    found, diagnostics = compile_files({name: body.encode() for name, body in files.items()})
    assert found is not None, diagnostics
    return found


def buys(*numbers: int) -> list[dict[str, Any]]:
    return [shop.event(f"e{n}", "buy", f"p{n}@x.test", f"2026-01-01T10:{n:02}:00Z") for n in numbers]


def splits(folder: Path) -> dict[str, SplitState]:
    store = SqliteStore(folder / "x.db")
    try:
        found = {row.name: decode(row.name, row.state) for row in store.entities("split/")}
    finally:
        store.close()
    return {name: state for name, state in found.items() if isinstance(state, SplitState) and state.arrived}


def test_a_split_under_another_id_keeps_its_counts_and_decides_with_them(tmp_path: Path) -> None:
    shop.replay(tmp_path, buys(*range(5)), plan=plan())
    (before,) = splits(tmp_path).values()
    renamed = plan(CAMPAIGN.replace("id: ab", "id: cd\n        was: ab"))
    shop.replay(tmp_path, buys(*range(5, 12)), plan=renamed)
    found = splits(tmp_path)
    assert list(found) == ["split/c/cd"]
    assert sum(before.arrived.values()) == 5
    assert sum(found["split/c/cd"].arrived.values()) == 8
    assert found["split/c/cd"].winner == "a"


def test_a_split_that_is_content_with_fewer_is_decided_at_once(tmp_path: Path) -> None:
    """The log, replayed, says the same."""
    shop.replay(tmp_path, buys(*range(5)), plan=plan())
    shop.replay(tmp_path, buys(6), plan=plan(CAMPAIGN.replace("contacts: 8", "contacts: 4")))
    told = [row for row in shop.audit(tmp_path) if row["what"] == "split.decided"]
    assert [row["at"] for row in told] == ["2026-01-01T10:04:00Z"]
    assert sum(splits(tmp_path)["split/c/ab"].arrived.values()) == 5
    (tmp_path / "again").mkdir()
    run(plan(), tmp_path / "again" / "x.db", [tmp_path / "x.db"], clock="received")
    assert list(reports.audit(tmp_path / "again" / "x.db")) == shop.audit(tmp_path)
    assert splits(tmp_path / "again") == splits(tmp_path)


def test_a_path_that_holds_somebody_cannot_be_taken_away(tmp_path: Path) -> None:
    shop.replay(tmp_path, buys(*range(7)), plan=plan())
    paths = splits(tmp_path)["split/c/ab"].arrived
    path = "            b: [{wait: 3 days}, {add_tag: was-b}]"
    gone = CAMPAIGN.replace(path, "            z: [{add_tag: z}]")
    with pytest.raises(PlanError) as refused:
        shop.replay(tmp_path, [], plan=plan(gone))
    assert str(refused.value).splitlines()[1] == (
        f"c.yaml:7: campaign c: {paths['b']} contacts stand in path b of ab, which is gone. Keep the path "
        "until they have left it, or write `was:` with its name in the path that takes its place, or with "
        "the names of its steps (ab/b/wait, ab/b/add_tag) beside those that take theirs; or say in "
        "oncue.yaml where they go: `migrate: {campaigns/c/ab/b: end}`, or campaigns/ID/STEP instead of `end`."
    )
    summary = shop.replay(tmp_path, buys(8), plan=plan(), until=shop.START + 5 * 24 * 60 * shop.MINUTE)
    assert not summary.adopted
    assert shop.replay(tmp_path, [], plan=plan(gone)).adopted, "they have left it"
