"""A changed plan takes effect on a database, in one transaction."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncue.runtime.errors import PlanError
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import profiles, reports
from tests.runtime import shop

FIRST = "2026-01-01T10:00:00Z"


def test_the_same_plan_is_not_adopted_again(tmp_path: Path) -> None:
    assert not shop.replay(tmp_path, [shop.visit("1", "a@x.test", FIRST)]).adopted
    assert not shop.replay(tmp_path, []).adopted


def test_members_run_the_plan_in_force(tmp_path: Path) -> None:
    shop.replay(tmp_path, [shop.signup("1", "a@x.test", FIRST)])
    longer = shop.plan(shop="- wait: 2 days=>- wait: 4 days")
    summary = shop.replay(tmp_path, [shop.visit("2", "b@x.test", "2026-01-09T10:00:00Z")], plan=longer)
    assert summary.adopted
    ended = [entry["at"] for entry in shop.audit(tmp_path) if entry["what"] == "campaign.ended"]
    assert ended == ["2026-01-05T10:00:00Z"], "counted from arrival, by the new length"


def test_new_conditions_know_the_past(tmp_path: Path) -> None:
    """The first plan asks nothing about purchases of one product; the log remembers them all."""
    buys = [
        shop.event(name, "purchase", "a@x.test", f"2026-01-0{name}T10:00:00Z", total=15) for name in "123"
    ]
    other = shop.event("9", "purchase", "b@x.test", "2026-01-03T09:00:00Z", total=15)
    shop.replay(tmp_path, [*buys, other])
    regular = "  regular: did purchase where total < 20 at least 3 times in last 30 days"
    newer = shop.plan(shop=f"  quiet: did=>{regular}\n  quiet: did")
    shop.replay(tmp_path, [shop.visit("5", "c@x.test", "2026-01-04T10:00:00Z")], plan=newer)
    assert profiles.profile(tmp_path / "x.db", "a@x.test").segments == ["regular"]
    assert profiles.profile(tmp_path / "x.db", "b@x.test").segments == []
    shop.replay(tmp_path, [], plan=newer, until=shop.START + 31 * 24 * 60 * shop.MINUTE)
    assert profiles.profile(tmp_path / "x.db", "a@x.test").segments == [], (
        "the window moves on over what was made up"
    )


def test_what_was_sent_is_part_of_the_past_too(tmp_path: Path) -> None:
    row = {"email": "a@x.test", "subscribed": ["news"], "at": FIRST}
    shop.replay(tmp_path, [row, shop.visit("1", "a@x.test", FIRST)])
    newer = shop.plan(shop="  quiet: did=>  greeted: did email.sent of hello in last 30 days\n  quiet: did")
    shop.replay(tmp_path, [], plan=newer)
    assert "greeted" in profiles.profile(tmp_path / "x.db", "a@x.test").segments


def test_who_is_in_a_new_segment_is_no_edge_but_counts(tmp_path: Path) -> None:
    shop.replay(tmp_path, [shop.visit("1", "a@x.test", FIRST)])
    newer = shop.plan(shop="  quiet: did=>  seen: did web_page.visit\n  quiet: did")
    shop.replay(tmp_path, [], plan=newer)
    sizes = {one.id: one.size for one in reports.report(tmp_path / "x.db").segments}
    assert sizes["seen"] == 1


def test_a_plan_that_fails_to_take_effect_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oncue.runtime.plans import adoption

    shop.replay(tmp_path, shop.history(30))
    before = shop.contents(tmp_path)

    def broken(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(adoption, "adopt", broken)
    with pytest.raises(MemoryError):
        shop.replay(tmp_path, [], plan=shop.plan(shop="- wait: 2 days=>- wait: 3 days"))
    monkeypatch.undo()
    assert shop.contents(tmp_path) == before
    store = SqliteStore(tmp_path / "x.db", write=False)
    assert len(store.plans()) == 1
    store.close()


def test_another_projects_plan_is_refused(tmp_path: Path) -> None:
    shop.replay(tmp_path, [shop.visit("1", "a@x.test", FIRST)])
    with pytest.raises(PlanError, match="belongs to the project shop, the plan to other"):
        shop.replay(tmp_path, [], plan=shop.plan(oncue="project: shop=>project: other"))
