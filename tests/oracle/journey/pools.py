"""Small pools that random workspaces, conditions and histories are drawn from, so that they meet; and random
conditions over them. The clock goes in whole hours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.oracle.conditions import (
    And,
    Compare,
    Did,
    InCampaign,
    InSegment,
    Not,
    OlderThan,
    Or,
    Subscribed,
    Tagged,
)
from tests.oracle.pools import Draw
from tests.oracle.tree import Duration, Test
from tests.oracle.values import AccountField, Aggregate, DealField, Events, Field, Literal, Property, Window
from tests.oracle.world import DAY, HOUR, at

ZONE = ZoneInfo("America/New_York")
BEGIN = at(ZONE, date(2026, 3, 5))  # the clocks change on the 8th
TICK = HOUR
TICKS = 24 * 9
DURATIONS = {"6 hours": 6 * HOUR, "1 day": DAY, "2 days": 2 * DAY, "3 days": 3 * DAY}
EMAILS = ("promo", "promo-two")
TAGS = ("hot", "cold", "new")
BOUNDS = ("10", "20", "30")
CAUSED = ("converted", "goal.achieved", "action.failed", "task.completed", "deal.stage")


@dataclass
class Scope:
    """What a condition may use: segments, the campaign that it stands in, the purchase that triggers or that
    started the entry, and the campaign's steps that send."""

    segments: dict[str, Test]
    campaign: bool = False
    event: bool = False
    entry: bool = False
    sends: tuple[str, ...] = ()
    depth: int = 1

    def below(self) -> Scope:
        return replace(self, depth=self.depth - 1)


def test(d: Draw, scope: Scope) -> Test:
    return own(d) if d.chance(25) else condition(d, scope)


def own(d: Draw) -> Test:
    """What the flow's first pool has not: fields that actions change, and events that they cause."""
    points = Compare(
        d.one([">=", "<"]), Field("number", "points"), Literal("number", Fraction(d.one(["40", "50"])))
    )
    owner = Compare(d.one(["==", "!="]), Field("text", "owner"), Literal("text", d.one(["ana", "bo"])))
    plan = Compare("==", Field("text", "plan"), Literal("text", "gold"))
    stage = Compare("==", DealField("text", "stage"), Literal("text", d.one(["demo", "talks"])))
    worth = Compare(">=", DealField("number", "value"), Literal("number", Fraction(100)))
    won = Compare("==", DealField("text", "status"), Literal("text", "won"))
    seats = Compare(">=", AccountField("number", "seats"), Literal("number", Fraction(d.one(["5", "6"]))))
    happened = Did(Events(d.one(CAUSED)))
    return d.one([points, owner, plan, stage, worth, won, seats, seats, happened, happened])


def condition(d: Draw, scope: Scope) -> Test:
    if scope.depth > 0 and d.chance(35):
        parts = (condition(d, scope.below()), condition(d, scope.below()))
        return d.one([And, Or])(parts)
    test = leaf(d, scope)
    return Not(test) if d.chance(20) else test


def leaf(d: Draw, scope: Scope) -> Test:
    forms = [score, did, did, did, total, lapsed, lambda d, s: Tagged(d.one(TAGS))]
    if scope.segments:
        forms.append(in_segment)
    if scope.campaign:
        forms += [lambda d, s: InCampaign("camp-a"), lambda d, s: Subscribed("news")]
    if scope.event:
        forms += [lambda d, s: bought_for(s, "event")] * 3
    if scope.entry:
        forms += [lambda d, s: bought_for(s, "entry")] * 2
    if scope.sends:
        forms += [opened_step] * 4
    return d.one(forms)(d, scope)


def in_segment(d: Draw, scope: Scope) -> Test:
    name = d.one(sorted(scope.segments))
    return InSegment(name, scope.segments[name])


def score(d: Draw, scope: Scope) -> Test:
    return Compare(d.one([">=", "<"]), Field("number", "score"), Literal("number", Fraction(d.one(BOUNDS))))


def bought_for(scope: Scope, of: str) -> Test:
    return Compare(">=", Property("number", of, "total"), Literal("number", Fraction(50)))


def opened_step(d: Draw, scope: Scope) -> Test:
    return Did(Events("email.open", step=d.one(scope.sends)))


def did(d: Draw, scope: Scope) -> Test:
    order = d.one(["", "", "at least", "exactly"])
    if d.chance(20):
        events = Events("email.open", asset=d.one(EMAILS), window=window(d, scope))
    else:
        events = Events(d.one(["buy", "ping"]), window=window(d, scope))
    return Did(events, order, 2 if order else 1)


def total(d: Draw, scope: Scope) -> Test:
    spent = Aggregate("number", "sum", Events("buy", window=window(d, scope)), "total")
    return Compare(">=", spent, Literal("number", Fraction(d.one(["50", "55"]))))


def lapsed(d: Draw, scope: Scope) -> Test:
    return OlderThan(Aggregate("datetime", "last", Events("buy")), duration(d))


def window(d: Draw, scope: Scope) -> Window:
    if scope.campaign and d.chance(40):
        return Window("start")
    return Window("last", duration(d)) if d.chance(60) else Window()


def duration(d: Draw) -> Duration:
    written = d.one(list(DURATIONS))
    return Duration(written, DURATIONS[written])
