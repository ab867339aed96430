"""Random small workspaces for the flow's oracle, and histories that meet them, on a clock of whole hours."""

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
from tests.oracle.flow import TICK
from tests.oracle.pools import Draw
from tests.oracle.tree import Duration, Test
from tests.oracle.values import Aggregate, Events, Field, Literal, Property, Window
from tests.oracle.workspaces import (
    Action,
    Campaign,
    Do,
    End,
    If,
    StepNode,
    Trigger,
    WaitAt,
    WaitUntil,
    Workspace,
    kind_of,
)  # fmt: skip
from tests.oracle.world import DAY, HOUR, Happening, at

ZONE = ZoneInfo("America/New_York")
BEGIN = at(ZONE, date(2026, 3, 5))  # the clocks change on the 8th
TICKS = 24 * 9
DURATIONS = {"6 hours": 6 * HOUR, "1 day": DAY, "2 days": 2 * DAY, "3 days": 3 * DAY}
EMAILS = ("promo", "promo-two")
TAGS = ("hot", "cold", "new")
BOUNDS = ("10", "20", "30")
SEGMENTS = ("seg-a", "seg-b")
ACTIONS = (
    "add_tag", "add_tag", "remove_tag", "adjust_score", "adjust_score",
    "send_email", "send_email", "send_email", "subscribe", "unsubscribe",
)  # fmt: skip
TRIGGERS = (
    "event", "event", "event", "event", "enters_segment", "enters_segment", "leaves_segment",
    "tag_added", "tag_removed", "score_crosses", "subscribed", "unsubscribed",
)  # fmt: skip
CAMPAIGNS = ("camp-a", "camp-b", "camp-c")


@dataclass(frozen=True)
class Case:
    """A workspace, one contact's row, and its events."""

    workspace: Workspace
    email: bool
    score: Fraction
    tags: frozenset[str]
    lists: frozenset[str]
    events: list[Happening]


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


def draw_case(seed: str) -> Case:
    d = Draw(seed)
    segments: dict[str, Test] = {}
    for name in SEGMENTS[: d.number(1, 2)]:
        segments[name] = condition(d, Scope(dict(segments)))
    names = CAMPAIGNS[: d.number(1, 3)]
    campaigns = tuple(campaign(d, name, segments) for name in names)
    return Case(
        Workspace(ZONE, segments, campaigns),
        email=d.chance(85),
        score=Fraction(d.one(["0", "0", "10", "30"])),
        tags=frozenset(tag for tag in TAGS if d.chance(20)),
        lists=frozenset({"news"} if d.chance(85) else ()),
        events=history(d),
    )


def history(d: Draw) -> list[Happening]:
    ticks = sorted(d.number(0, TICKS - 24) for _ in range(d.one([1, 3, 6, 10, 15])))
    if d.chance(40):  # whole days apart, so that they meet the ends of waits and windows
        ticks = [tick // 24 * 24 for tick in ticks]
    kinds = d.one([("buy", "buy", "ping", "email.open"), ("buy", "email.open", "email.open", "email.open")])
    return [happening(d, d.one(kinds), BEGIN + tick * TICK) for tick in ticks]


def happening(d: Draw, kind: str, now: int) -> Happening:
    props = {"total": Fraction(d.one(["5", "50"]))} if kind == "buy" and d.chance(85) else {}
    return Happening(kind, now, now, props, (d.one(EMAILS),) if kind == "email.open" else ())


# --- conditions -----------------------------------------------------------------------------------


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


# --- campaigns ------------------------------------------------------------------------------------


class Steps:
    """Draws the steps of one campaign, numbered."""

    def __init__(self, d: Draw, segments: dict[str, Test], entry: bool) -> None:
        self.d = d
        self.segments = segments
        self.entry = entry
        self.count = 0
        self.sends: list[str] = []

    def inside(self) -> Scope:
        return Scope(self.segments, campaign=True, entry=self.entry, sends=tuple(self.sends))

    def block(self, most: int, depth: int) -> tuple[StepNode, ...]:
        return tuple(self.step(depth) for _ in range(self.d.number(1, most)))

    def step(self, depth: int) -> StepNode:
        self.count += 1
        name = f"s{self.count}"
        kind = self.d.one(["do"] * 5 + ["wait"] * 3 + ["until", "until", "at"] + ["if", "if", "end"] * depth)
        if kind == "do":
            step = self.do(name, self.d.one(ACTIONS))
            self.sends += [name] if kind_of(step) == "send_email" else []
            return step
        if kind == "wait":
            return self.do(name, "wait")
        if kind == "until":
            return self.until(name, depth)
        if kind == "at":
            return WaitAt(name, self.d.one([0, 540, 120]), self.d.one([None, 0, 6]))
        if kind == "if":
            when = condition(self.d, self.inside())
            otherwise = self.block(2, depth - 1) if self.d.chance(50) else ()
            return If(name, when, self.block(2, depth - 1), otherwise)
        return End(name)

    def until(self, name: str, depth: int) -> WaitUntil:
        at_most = duration(self.d) if self.d.chance(70) else None
        branch = self.block(2, depth - 1) if depth and at_most is not None and self.d.chance(50) else ()
        return WaitUntil(name, condition(self.d, self.inside()), at_most, branch)

    def do(self, name: str, kind: str) -> Do:
        """A step with or without rules; all its uses are of one kind."""
        d = self.d
        if d.chance(60):
            return Do(name, (), self.of(kind))
        if d.chance(30):
            return Do(name, ((condition(d, self.inside()), self.of(kind)),), None, short=True)
        uses = [self.of(kind), *([None if d.chance(40) else self.of(kind)] if d.chance(50) else [])]
        rules = tuple((condition(d, self.inside()), use) for use in uses)
        return Do(name, rules, None if d.chance(40) else self.of(kind))

    def of(self, kind: str) -> Action:
        d = self.d
        if kind == "wait":
            length = duration(d)
            return Action(kind, length.text(), length)
        if kind == "adjust_score":
            return Action(kind, d.one(["+10", "-10", "+20"]))
        if kind in ("subscribe", "unsubscribe"):
            return Action(kind, "news")
        return Action(kind, d.one(EMAILS if kind == "send_email" else TAGS))


def campaign(d: Draw, name: str, segments: dict[str, Test]) -> Campaign:
    triggers = tuple(trigger(d, segments) for _ in range(d.number(1, 2)))
    steps = Steps(d, segments, entry=any(t.on == "event" and t.what == "buy" for t in triggers))
    block = steps.block(4, 2)
    return Campaign(
        name,
        triggers,
        every_time=d.chance(75),
        exit_when=leaf(d, steps.inside()) if d.chance(40) else None,
        steps=block,
    )


def trigger(d: Draw, segments: dict[str, Test]) -> Trigger:
    on = d.one(TRIGGERS)
    what = {
        "event": d.one(["buy", "ping", "email.open of promo", "email.open"]),
        "enters_segment": d.one(sorted(segments)),
        "leaves_segment": d.one(sorted(segments)),
        "score_crosses": '">= {}"',
        "subscribed": "news",
        "unsubscribed": "news",
    }.get(on, d.one(TAGS))
    bound = d.one(BOUNDS)
    when = condition(d, Scope(segments, event=on == "event" and what == "buy")) if d.chance(30) else None
    return Trigger(on, what.format(bound), when, once=d.chance(15), bound=Fraction(bound))
