"""Account rows, and who belongs to an account."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oncue.runtime import operator
from oncue.runtime.errors import CommandError, InputError
from oncue.runtime.views import accounts, profiles
from oncue.runtime.views.summary import Summary
from tests.runtime import sales, shop

AT = "2026-01-02T10:00:00Z"


def replay(folder: Path, *lines: dict[str, Any] | str, **more: Any) -> Summary:
    return shop.replay(folder, lines, plan=sales.plan(), **more)


def person(name: str, **more: Any) -> dict[str, Any]:
    return {"email": f"{name}@x.test", "at": AT, "account": "Acme", **more}


def row(**fields: Any) -> dict[str, Any]:
    return {"account": "acme", "at": AT, **fields}


def shown(folder: Path, name: str) -> dict[str, Any]:
    return profiles.profile(folder / "x.db", f"{name}@x.test").account


def tier(folder: Path, name: str) -> object:
    return shown(folder, name).get("tier")


def members(folder: Path, account: str = "acme") -> list[str]:
    return accounts.account(folder / "x.db", account).contacts


def test_an_account_row_reaches_every_contact_of_the_account(tmp_path: Path) -> None:
    summary = replay(tmp_path, person("a"), person("b"), person("c", account="other"), row(tier="gold"))
    assert (summary.contacts, summary.accounts) == (3, 1)
    assert [tier(tmp_path, name) for name in "abc"] == ["gold", "gold", None]
    assert "campaign.entered" in {entry["what"] for entry in shop.audit(tmp_path)}, "enters_segment: gold"


def test_whoever_joins_later_hears_what_the_account_is(tmp_path: Path) -> None:
    replay(tmp_path, row(tier="gold"), person("a", account=" ACME ", at="2026-01-03"))
    assert tier(tmp_path, "a") == "gold"
    assert members(tmp_path) == ["email:a@x.test"]


def test_an_account_has_its_contacts_in_order_of_joining(tmp_path: Path) -> None:
    rows = [person(name, at=f"2026-01-0{day}") for name, day in (("b", 2), ("a", 3), ("c", 4))]
    back = [person("b", account="other", at="2026-01-05"), person("b", at="2026-01-06")]
    replay(tmp_path, *rows, *back)
    assert members(tmp_path) == ["email:a@x.test", "email:c@x.test", "email:b@x.test"]
    assert members(tmp_path, "Other") == []


def test_an_empty_cell_clears_a_field_of_the_account(tmp_path: Path) -> None:
    replay(tmp_path, person("a"), row(tier="free", visits="3"), row(tier="", at="2026-01-03"))
    assert shown(tmp_path, "a") == {"visits": "3"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (row(teir="gold"), "unknown_field"),
        (row(tier="silver"), "bad_value"),
        (row(visits="many"), "bad_value"),
        (row(account=""), "no_account"),
        (row(account="a\tb"), "bad_id"),
        (row(account=["acme"]), "bad_value"),
        (row(at="yesterday"), "bad_time"),
        (row(first_name="Ana"), "no_contact"),
        (row(contact="a@x.test"), "unknown_field"),
    ],
)
def test_an_account_row_that_cannot_be_used_is_rejected(tmp_path: Path, line: Any, reason: str) -> None:
    replay(tmp_path, person("a"), line)
    assert shop.rejected(tmp_path) == [(2, reason)]
    assert shown(tmp_path, "a") == {}


def test_a_row_with_an_identifier_is_a_contacts(tmp_path: Path) -> None:
    replay(tmp_path, person("a"), {"email": "", "account": "acme", "at": AT})
    assert shop.rejected(tmp_path) == [(2, "no_contact")]


def test_account_rows_come_in_csv_too(tmp_path: Path) -> None:
    replay(tmp_path, person("a"))
    source = tmp_path / "accounts.csv"
    source.write_text("account,tier,visits\nacme,free,0002.50\nother,free,\nthird,silver,1\n")
    summary = operator.import_(sales.plan(), tmp_path / "x.db", source)
    assert (summary.accounts, summary.contacts, summary.reasons) == (2, 0, {"bad_value": 1})
    assert shown(tmp_path, "a") == {"tier": "free", "visits": "2.5"}
    assert [one.id for one in accounts.accounts(tmp_path / "x.db")] == ["acme", "other"]


@pytest.mark.parametrize(
    ("heads", "words"),
    [
        ("account,teir", r"no account field `teir` \(did you mean `tier`\?\)"),
        ("account,first_name", "no column says whose row it is"),
        ("first_name,account", "no column says whose row it is"),
    ],
)
def test_a_slip_in_the_heading_of_accounts_is_told_once(tmp_path: Path, heads: str, words: str) -> None:
    source = tmp_path / "accounts.csv"
    source.write_text(f"{heads}\nacme,gold\n")
    with pytest.raises(InputError, match=words):
        operator.import_(sales.plan(), tmp_path / "x.db", source)


def test_accounts_may_be_imported_silently(tmp_path: Path) -> None:
    replay(tmp_path, person("a"))
    source = shop.write(tmp_path / "accounts.jsonl", [{"account": "acme", "tier": "gold"}])
    operator.import_(sales.plan(), tmp_path / "x.db", source, triggers=False)
    profile = profiles.profile(tmp_path / "x.db", "a@x.test")
    assert profile.account == {"tier": "gold"}
    assert not profile.campaigns
    assert "campaign.entered" not in {entry["what"] for entry in profile.audit}


def test_an_account_row_is_handled_once_however_often_its_file_is_read(tmp_path: Path) -> None:
    lines = [person("a"), row(tier="gold")]
    assert replay(tmp_path, *lines).accounts == 1
    assert replay(tmp_path, *lines).repeated == 2


def test_merging_leaves_one_contact_in_the_account(tmp_path: Path) -> None:
    replay(tmp_path, person("a", account=""), person("b", at="2026-01-03"), row(tier="gold", at="2026-01-04"))
    operator.merge(sales.plan(), tmp_path / "x.db", "a@x.test", "b@x.test")
    assert members(tmp_path) == ["email:a@x.test"], "the gap was filled"
    assert tier(tmp_path, "a") == "gold"
    replay(tmp_path, row(tier="free", at="2026-01-05"))
    assert tier(tmp_path, "b") == "free"


def test_an_erased_contact_is_in_no_account(tmp_path: Path) -> None:
    replay(tmp_path, person("a"), person("b"))
    operator.erase(sales.plan(), tmp_path / "x.db", "a@x.test")
    assert members(tmp_path) == ["email:b@x.test"]
    replay(tmp_path, person("a"), person("b"), row(tier="gold", at="2026-01-05"))
    assert tier(tmp_path, "b") == "gold"


def test_an_account_that_there_is_not_is_told(tmp_path: Path) -> None:
    replay(tmp_path, person("a"))
    with pytest.raises(CommandError, match="there is no account acm"):
        accounts.account(tmp_path / "x.db", "acm")
