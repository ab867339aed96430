"""Conditions on the contact's deal and account: which deal is meant, what is missing, and when it matters."""

from __future__ import annotations

import msgspec
import pytest

from oncue.runtime.kernel.state import ContactState, Deal
from oncue.schemas.conditions import CondNode, Has, In, IsSet, Not, OlderThan, Owned, TextTest, Within
from oncue.schemas.values import DAY, ValueType
from tests.runtime.kernel.asking import (
    NOBODY,
    at,
    changes,
    compare,
    compiled,
    contact,
    day,
    field,
    holds,
    lit,
    number,
)

NEW = Deal(id="1", at=at("2026-01-01T09:00"), pipeline="sales", stage="new", title="first")


def owned(of: str, name: str, type_: ValueType = "text") -> Owned:
    return Owned(of, name, type_)


def stage_is(stage: str) -> CondNode:
    return compare(owned("deal", "stage"), "==", lit(stage, "text"), "text")


def with_deals(*deals: Deal) -> ContactState:
    return ContactState(key="id:1", created_at=0, deals=list(deals))


def a_deal(number: int, stage: str, status: str = "open") -> Deal:
    return msgspec.structs.replace(NEW, id=str(number), stage=stage, status=status)


@pytest.mark.parametrize(
    ("deals", "meant"),
    [
        ([("new", "open")], "new"),
        ([("new", "open"), ("proposal", "open")], "proposal"),
        ([("new", "open"), ("proposal", "won")], "new"),
        ([("new", "lost"), ("proposal", "won")], "proposal"),
        ([("new", "open"), ("proposal", "lost"), ("offer", "open"), ("end", "won")], "offer"),
    ],
)
def test_the_deal_is_the_newest_open_one_or_else_the_newest(deals, meant) -> None:
    state = with_deals(*[a_deal(place, *each) for place, each in enumerate(deals, 1)])
    assert [each for each, _ in deals if holds(stage_is(each), state)] == [meant]


@pytest.mark.parametrize("type_", ["text", "number", "boolean", "date", "datetime", "many"])
@pytest.mark.parametrize("of", ["deal", "account"])
def test_somebody_without_deal_and_account_has_none_of_their_fields(of: str, type_: ValueType) -> None:
    assert not holds(IsSet(owned(of, "plan", type_)), NOBODY)


@pytest.mark.parametrize("name", ["title", "status", "pipeline", "stage", "owner", "value", "score"])
def test_a_deal_that_is_not_there_says_nothing(name: str) -> None:
    type_: ValueType = "number" if name in ("value", "score") else "text"
    mine = owned("deal", name, type_)
    assert not holds(IsSet(mine), NOBODY)
    assert not holds(compare(mine, "==", lit("", type_) if type_ == "text" else lit(0), type_), NOBODY)
    assert holds(compare(mine, "!=", lit("x", "text") if type_ == "text" else lit(0), type_), NOBODY)


def test_a_deal_without_owner_and_value_has_neither() -> None:
    assert not holds(IsSet(owned("deal", "owner")), with_deals(NEW))
    assert not holds(IsSet(owned("deal", "value", "number")), with_deals(NEW))
    assert holds(IsSet(owned("deal", "score", "number")), with_deals(NEW))
    full = msgspec.structs.replace(NEW, owner="ana", value=number(10))
    assert holds(In(owned("deal", "owner"), "text", ("ana", "bo")), with_deals(full))
    assert holds(compare(owned("deal", "value", "number"), ">=", lit(10)), with_deals(full))


def test_custom_fields_of_deal_and_account_meet_those_of_the_contact() -> None:
    state = contact(employees=number(5))
    state.deals = [msgspec.structs.replace(NEW, fields={"seats": number(7)})]
    state.account = {"seats": number(5), "regions": ["north", "south"], "industry": "retail"}
    seats = owned("deal", "seats", "number"), owned("account", "seats", "number")
    assert holds(compare(seats[0], ">", seats[1]), state)
    assert holds(compare(seats[1], "==", field("employees")), state)
    assert holds(Has(owned("account", "regions", "many"), "North"), state)
    assert holds(TextTest("starts", owned("account", "industry"), "RE"), state)


def test_dates_of_deal_and_account_say_when_they_matter() -> None:
    state = with_deals(msgspec.structs.replace(NEW, fields={"closes": day("2026-03-10")}))
    state.account = {"renews": day("2026-04-01")}
    now = at("2026-03-01T12:00")
    closes = Within("next", "date", owned("deal", "closes", "date"), 7 * DAY)
    assert changes(closes, state, now) == at("2026-03-03T00:00")
    renews = OlderThan("date", owned("account", "renews", "date"), DAY)
    assert changes(renews, state, now) == at("2026-04-02T00:00")
    assert changes(OlderThan("datetime", owned("deal", "created_at", "datetime"), 90 * DAY), state, now) == (
        at("2026-01-01T09:00") + 90 * DAY
    )
    assert changes(stage_is("new"), state, now) is None


def test_a_condition_says_that_it_reads_deal_or_account() -> None:
    assert compiled(Not(stage_is("new"))).needs == {"deal"}
    assert compiled(IsSet(owned("account", "industry"))).needs == {"account"}
    older = OlderThan("date", owned("account", "renews", "date"), DAY)
    assert compiled(older).needs == {"account", "clock"}


def test_a_condition_that_names_neither_does_not_look_for_them() -> None:
    source = compiled(compare(field("score"), ">=", lit(50))).source
    assert "deal" not in source
    assert "account" not in source
