"""A backtest of CDNOW from its ninth month on, against the independent script with a launch in it."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from oncue.runtime.backtest.outcome import Story, calendar, outcome
from oncue.runtime.backtest.playing import Span, play_files
from oncue.runtime.backtest.witness import Witness
from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas.plan import Plan
from tests.examples import cdnow_oracle as oracle
from tests.examples.test_cdnow_differences import CUSTOMERS, PURCHASES, behaviour, history, plan

__all__ = ["history", "plan"]  # fixtures

LAUNCH = oracle.midnight(date(1997, 9, 1)) + timedelta(hours=12)  # when nothing else happens
QUARTER = oracle.midnight(date(1997, 12, 1))


class Launched(oracle.Customer):
    """Until the launch nothing starts; from then on purchases count anew for the welcome."""

    def welcome(self, now: datetime) -> None:
        if now < LAUNCH:
            return
        bought, self.bought = self.bought, [each for each in self.bought if each.at >= LAUNCH]
        super().welcome(now)
        self.bought = bought

    def thank_vip(self, now: datetime) -> None:
        if now >= LAUNCH:
            super().thank_vip(now)

    def win_back(self, now: datetime) -> None:
        if now >= LAUNCH:
            super().win_back(now)


def micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


@pytest.mark.parametrize("end", [None, QUARTER])
def test_every_customer_gets_what_plain_python_computes(
    plan: Plan, history: list[Path], monkeypatch: pytest.MonkeyPatch, end: datetime | None
) -> None:
    monkeypatch.setattr(oracle, "Customer", Launched)
    expected = {
        name: Counter(
            {
                fact: number
                for fact, number in behaviour(facts).items()
                if micros(LAUNCH) <= fact[4] and (end is None or fact[4] < micros(end))  # type: ignore[operator]
            }
        )
        for name, facts in oracle.expected(PURCHASES, CUSTOMERS).items()
    }
    witness = Witness(week_of=calendar(Zone(plan.settings.timezone)))
    span = Span(micros(LAUNCH), None if end is None else micros(end))
    stories: list[Story] = []
    played = play_files(plan, history, witness, span=span)
    found = outcome(plan, played, witness.weeks, witness.notes(), each=stories.append)
    assert not found.inside
    told = {
        story.contact.removeprefix("id:"): Counter((*fact, at) for fact, at in story.facts)
        for story in stories
    }
    worth = {name: facts for name, facts in expected.items() if any(fact[0] != "segment" for fact in facts)}
    assert told == worth
    entered = Counter(
        fact[1] for facts in expected.values() for fact in facts.elements() if fact[0] == "entry"
    )
    assert {f"campaigns/{each.id}": each.entered for each in found.report.campaigns} == dict(entered)
    assert all(step.adds_up for each in found.report.campaigns for step in each.steps)
