"""Random small workspaces from the whole catalogue, a few contacts, and what they do, on a clock of whole
hours. Everything is drawn from small pools, so that things meet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from tests.oracle.journey.deeds import STAGES
from tests.oracle.journey.nodes import (
    Act,
    Campaign,
    Decide,
    Do,
    End,
    Goal,
    Goto,
    If,
    Node,
    Policies,
    Split,
    Trigger,
    WaitAt,
    WaitDate,
    WaitUntil,
    Workspace,
)
from tests.oracle.journey.pools import (
    BEGIN,
    BOUNDS,
    DURATIONS,
    EMAILS,
    TAGS,
    TICK,
    TICKS,
    ZONE,
    Scope,
    duration,
    leaf,
    test,
)
from tests.oracle.pools import Draw
from tests.oracle.tree import Duration, Test
from tests.oracle.world import Happening, at

ZONES = ("", "", "Europe/Berlin", "America/New_York", "Asia/Tokyo")
CAMPAIGNS = ("camp-a", "camp-b", "camp-c")
SEGMENTS = ("seg-a", "seg-b")
Page = tuple[tuple[Act, bool, Test | None], ...]
DAYS = tuple(date(2026, 3, day) for day in (5, 7, 8, 9, 12))


@dataclass
class Person:
    """A contact as its row says; `fields` as the interpreter has them."""

    key: str
    reachable: frozenset[str]
    zone: str
    channels: frozenset[str]  # on which it is subscribed to news
    tags: frozenset[str]
    account: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class Case:
    workspace: Workspace
    people: list[Person]
    seats: Fraction | None  # of the account acme; None: nobody has told
    events: list[tuple[str, Happening]]


def draw_case(seed: str) -> Case:
    d = Draw(seed)
    segments: dict[str, Test] = {}
    for name in SEGMENTS[: d.number(1, 2)]:
        segments[name] = test(d, Scope(dict(segments)))
    names = CAMPAIGNS[: d.number(1, 3)]
    campaigns = tuple(campaign(d, name, names, segments) for name in names)
    people = [person(d, number) for number in range(1, d.one([1, 1, 2, 3]) + 1)]
    return Case(
        Workspace(ZONE, segments, campaigns, policies(d), visit(d, names, segments)),
        people,
        seats=Fraction(d.one(["1", "5"])) if d.chance(70) else None,
        events=[pair for one in people for pair in history(d, one.key)],
    )


def person(d: Draw, number: int) -> Person:
    fields: dict[str, Any] = {
        "score": Fraction(d.one(["0", "0", "10", "30"])),
        "last_name": "Li",
        "company": "X",
    }
    optional = {
        "points": Fraction(d.one(["0", "40", "95"])),
        "divisor": Fraction(d.one(["0", "2"])),
        "plan": d.one(["free", "gold"]),
        "renewal_date": d.one(DAYS),
        "owner": d.one(["ana", "cy"]),
    }
    fields.update({name: value for name, value in optional.items() if d.chance(60)})
    return Person(
        str(number),
        frozenset(channel for channel in ("email", "sms") if d.chance(85)),
        d.one(ZONES),
        frozenset(channel for channel in ("email", "sms") if d.chance(80)),
        frozenset(tag for tag in TAGS if d.chance(20)),
        "acme" if d.chance(60) else "",
        fields,
    )


def history(d: Draw, key: str) -> list[tuple[str, Happening]]:
    ticks = sorted(d.number(1, TICKS - 24) for _ in range(d.one([1, 3, 6, 10])))
    if d.chance(40):  # whole days apart, so that they meet the ends of waits and windows
        ticks = [max(1, tick // 24 * 24) for tick in ticks]
    kinds = ("buy", "buy", "ping", "email.open", "web_page.visit", "web_page.visit")
    return [(key, happening(d, d.one(kinds), BEGIN + tick * TICK)) for tick in ticks]


def happening(d: Draw, kind: str, now: int) -> Happening:
    props = {"total": Fraction(d.one(["5", "50"]))} if kind == "buy" and d.chance(85) else {}
    assets = {"email.open": (d.one(EMAILS),), "web_page.visit": ("pricing",)}.get(kind, ())
    return Happening(kind, now, now, props, assets)  # type: ignore[arg-type]


def policies(d: Draw) -> Policies:
    quiet = d.one([None, None, (21 * 60, 8 * 60), (0, 6 * 60)])
    caps = [("email", d.number(1, 2), span(d, "2 days")), ("sms", 1, span(d, "1 day"))]
    return Policies(
        quiet=quiet,
        quiet_zone=d.one(["", "contact"]) if quiet else "",
        caps=tuple(cap for cap in caps if d.chance(35)),
        blackout=tuple(sorted({d.one(DAYS) for _ in range(d.number(1, 2))})) if d.chance(30) else (),
        daily=d.one([None, None, None, 1, 2]),
    )


def span(d: Draw, most: str) -> Duration:
    written = d.one([most, "6 hours"])
    return Duration(written, DURATIONS[written])


# --- fulfillment actions --------------------------------------------------------------------------


def visit(d: Draw, names: tuple[str, ...], segments: dict[str, Test]) -> Page:
    if d.chance(40):
        return ()
    found = []
    for _ in range(d.number(1, 4)):
        when = test(d, Scope(segments)) if d.chance(30) else None
        found.append((behaviour(d, d.one(KINDS), names), d.chance(30), when))
    return tuple(found)


# --- campaigns ------------------------------------------------------------------------------------

KINDS = (
    "send_email", "send_email", "send_email", "send_sms", "send_sms", "send_site_message",
    "send_notification", "webhook", "add_note", "add_to_audience", "remove_from_audience",
    "create_salesforce_lead", "create_salesforce_contact", "add_tag", "add_tag", "remove_tag",
    "adjust_score", "adjust_score", "subscribe", "unsubscribe", "update_contact", "update_contact",
    "convert", "math", "math", "math", "update_account", "assign_owner", "assign_owner", "add_deal",
    "add_deal", "update_deal", "update_deal", "adjust_deal_score", "add_deal_note", "add_task",
    "add_task", "complete_task", "start_campaign", "end_campaign",
)  # fmt: skip


class Steps:
    """Draws the steps of one campaign, numbered. `later`: what it may start without a cycle."""

    def __init__(self, d: Draw, name: str, names: tuple[str, ...], segments: dict[str, Test]) -> None:
        self.d, self.names, self.segments = d, names, segments
        self.entry = False
        self.later = tuple(other for other in names if other > name)
        self.count = self.goals = 0
        self.sends: list[str] = []

    def inside(self) -> Scope:
        return Scope(self.segments, campaign=True, entry=self.entry, sends=tuple(self.sends))

    def number(self) -> str:
        self.count += 1
        return f"s{self.count}"

    def block(self, most: int, depth: int) -> tuple[Node, ...]:
        return tuple(step for _ in range(self.d.number(1, most)) for step in self.step(depth))

    def step(self, depth: int) -> tuple[Node, ...]:
        kinds = ["do"] * 7 + ["wait"] * 3 + ["until", "at", "date", "goal"]
        kind = self.d.one(kinds + ["branch", "branch", "split", "split", "loop", "end"] * min(depth, 1))
        if kind == "loop":
            return self.loop(depth)
        return (getattr(self, kind)(self.number(), depth),)

    def wait(self, name: str, depth: int) -> Node:
        return self.with_rules(name, "wait")

    def at(self, name: str, depth: int) -> Node:
        return WaitAt(name, self.d.one([0, 540, 120]), self.d.one([None, 0, 6]), self.d.one(["", "contact"]))

    def date(self, name: str, depth: int) -> Node:
        return WaitDate(name, "renewal_date", self.d.one([0, -1, 2]), 540, self.d.one(["skip", "end"]))

    def end(self, name: str, depth: int) -> Node:
        return End(name)

    def goal(self, name: str, depth: int) -> Node:
        d = self.d
        self.goals += 1
        unmet = d.one(["wait", "continue", "end"])
        at_most = duration(d) if unmet == "wait" and d.chance(60) else None
        return Goal(name, f"g{self.goals}", test(d, self.inside()), unmet, at_most, d.chance(25))

    def until(self, name: str, depth: int) -> Node:
        at_most = duration(self.d) if self.d.chance(70) else None
        branch = self.block(2, depth - 1) if depth and at_most is not None and self.d.chance(50) else ()
        return WaitUntil(name, test(self.d, self.inside()), at_most, branch)

    def branch(self, name: str, depth: int) -> Node:
        when = test(self.d, self.inside())
        otherwise = self.block(2, depth - 1) if self.d.chance(50) else ()
        return If(name, when, self.block(2, depth - 1), otherwise)

    def loop(self, depth: int) -> tuple[Node, ...]:
        """A wait, and a way back to it."""
        first = self.number()
        length = duration(self.d)
        again = Goto(self.number(), first, self.d.one([None, 1, 2]))
        when = test(self.d, self.inside())
        return (Do(first, (), Act("wait", length.text(), length)), If(self.number(), when, (again,), ()))

    def split(self, name: str, depth: int) -> Node:
        d = self.d
        kind = d.one(["split_paths", "split_test", "split_test", "split_until"])
        if kind == "split_until":
            paths = tuple((path, self.maybe(depth)) for path in ("before", "after"))
        else:
            paths = tuple((path, self.maybe(depth)) for path in ("red", "blue", "green")[: d.number(2, 3)])
        if kind == "split_paths":
            percents = ((20, 80), (20, 30, 50))[len(paths) - 2] if d.chance(50) else ()
            return Split(name, kind, paths, percents)
        decide = d.one([Decide(contacts=d.number(1, 3)), Decide(matches=d.number(1, 2)), self.by_date()])
        match = test(d, self.inside()) if kind == "split_test" or decide.matches else None
        return Split(name, kind, paths, (), match, decide)

    def by_date(self) -> Decide:
        day, minutes = self.d.one(DAYS), self.d.one([0, 540])
        return Decide(day=day, minutes=minutes, at=at(ZONE, day, minutes))

    def maybe(self, depth: int) -> tuple[Node, ...]:
        return self.block(2, depth - 1) if self.d.chance(75) else ()

    def do(self, name: str, depth: int) -> Node:
        step = self.with_rules(name, self.kind())
        self.sends += [name] if step.kind == "send_email" else []
        return step

    def kind(self) -> str:
        kind = self.d.one(KINDS)
        return "add_tag" if kind == "start_campaign" and not self.later else kind

    def with_rules(self, name: str, kind: str) -> Do:
        """A step with or without rules; all its uses are of one kind."""
        d = self.d
        ends = kind != "wait" and d.chance(15)
        if d.chance(65):
            return Do(name, (), self.of(kind), ends=ends)
        if d.chance(30):
            return Do(name, ((test(d, self.inside()), self.of(kind)),), None, short=True, ends=ends)
        uses = [self.of(kind), *([None if d.chance(40) else self.of(kind)] if d.chance(50) else [])]
        rules = tuple((test(d, self.inside()), use) for use in uses)
        return Do(name, rules, None if d.chance(40) else self.of(kind), ends=ends)

    def of(self, kind: str) -> Act:
        return behaviour(self.d, kind, self.later if kind == "start_campaign" else self.names)


def behaviour(d: Draw, kind: str, names: tuple[str, ...]) -> Act:
    """One way of the kind."""
    if kind == "wait":
        length = duration(d)
        return Act(kind, length.text(), length)
    if kind == "adjust_score":
        text = d.one(["+10", "+20", "+5"])
        return Act(kind, text, Fraction(text))
    if kind in ("start_campaign", "end_campaign"):
        name = d.one([*names, "others"] if kind == "end_campaign" else names)
        return Act(kind, name, name)
    text, given = d.one(WAYS[kind])
    return Act(kind, text, given)


def deal(
    title: str, pipeline: str, stage: str, value: Fraction | None = None, owner: str | None = None
) -> dict[str, Any]:
    return {"title": title, "pipeline": pipeline, "stage": stage, "value": value, "owner": owner}


WAYS: dict[str, list[tuple[str, Any]]] = {
    "send_email": [(name, name) for name in EMAILS],
    "send_sms": [("{text: Hello, list: news}", "news")],
    "send_site_message": [("offer", "offer")],
    "send_notification": [(f"{{to: {to}, subject: Look, text: Here}}", None) for to in ("ana", "sdr")],
    "webhook": [("https://hook.test/in", None)],
    "add_note": [("Hello", None)],
    "add_to_audience": [("vips", None)],
    "remove_from_audience": [("vips", None)],
    "create_salesforce_lead": [("{}", None)],
    "create_salesforce_contact": [("{set: {LeadSource: Web}}", None)],
    "add_tag": [(tag, tag) for tag in TAGS],
    "remove_tag": [(tag, tag) for tag in TAGS],
    "subscribe": [("news", {"email"}), ("{list: news, channels: [email, sms]}", {"email", "sms"})],
    "unsubscribe": [("news", None)],
    "convert": [("signup", "signup")],
    "update_contact": [
        ("{set: {plan: gold}}", ("set", "plan", "gold")),
        ("{set: {points: 50}}", ("set", "points", Fraction(50))),
        ("{copy: {points: divisor}}", ("copy", "points", "divisor")),
        ("{copy: {points: score}}", ("copy", "points", "score")),
        ("{clear: [owner]}", ("clear", "owner", None)),
    ],
    "math": [
        ("points + 10", ("points", "+", Fraction(10))),
        ("points - 50", ("points", "-", Fraction(50))),
        ("points * 0.3", ("points", "*", Fraction("0.3"))),
        ("points / divisor", ("points", "/", "divisor")),
        ("deal.value + points", ("deal.value", "+", "points")),
        ("deal.value / 3", ("deal.value", "/", Fraction(3))),
        ("account.seats + 1", ("account.seats", "+", Fraction(1))),
        ("account.seats / divisor", ("account.seats", "/", "divisor")),
    ],
    "update_account": [("{set: {seats: 5}}", Fraction(5)), ("{set: {seats: 7}}", Fraction(7))],
    "assign_owner": [
        ("ana", ("user", "ana")),
        ("{round_robin: sdr}", ("team", "sdr")),
        ("{round_robin: empty}", ("team", "empty")),
    ],
    "add_deal": [
        ("{title: One, pipeline: sales, value: 100}", deal("One", "sales", "new", Fraction(100))),
        ("{title: Two, pipeline: renewals, stage: talks}", deal("Two", "renewals", "talks")),
        (
            "{title: Three, pipeline: sales, owner: {round_robin: sdr}}",
            deal("Three", "sales", "new", None, "sdr"),
        ),
    ],
    "update_deal": [
        ("{status: won}", ({}, "status", "won")),
        ("{status: open}", ({}, "status", "open")),
        ("{stage: demo}", ({}, "stage", "demo")),
        ("{stage: talks}", ({}, "stage", "talks")),
        ("{deal: {pipeline: sales}, value: 50}", ({"pipeline": "sales"}, "value", Fraction(50))),
        ("{deal: {title: One}, status: lost}", ({"title": "One"}, "status", "lost")),
    ],
    "adjust_deal_score": [("+5", Fraction(5))],
    "add_deal_note": [("Hello", None)],
    "add_task": [
        ("{title: Call, owner: ana, due: 1 day}", ("user", "ana", "Call")),
        ("{title: Call, owner: {round_robin: sdr}}", ("team", "sdr", "Call")),
        ("Write", ("contact_owner", "", "Write")),
    ],
    "complete_task": [("{title: Call}", "Call"), ("{title: Write}", "Write")],
}  # fmt: skip

PLAIN = (
    "event", "event", "event", "event", "enters_segment", "leaves_segment", "tag_added", "tag_removed",
    "score_crosses", "subscribed", "unsubscribed", "field_changed",
)  # fmt: skip


def campaign(d: Draw, name: str, names: tuple[str, ...], segments: dict[str, Test]) -> Campaign:
    triggers = tuple(trigger(d, segments, names) for _ in range(d.number(1, 2)))
    steps = Steps(d, name, names, segments)
    steps.entry = any(one.on == "event" and one.what == "buy" for one in triggers)
    block = steps.block(5, 2)
    exit_when = leaf(d, steps.inside()) if d.chance(30) else None
    return Campaign(name, triggers, every_time=d.chance(75), exit_when=exit_when, steps=block)


def trigger(d: Draw, segments: dict[str, Test], names: tuple[str, ...]) -> Trigger:
    if d.chance(25):
        return named(d, names)
    on = d.one(PLAIN)
    bound = d.one(BOUNDS)
    what = {
        "event": d.one(["buy", "ping", "email.open of promo", "web_page.visit of pricing"]),
        "enters_segment": d.one(sorted(segments)),
        "leaves_segment": d.one(sorted(segments)),
        "score_crosses": f'">= {bound}"',
        "subscribed": "news",
        "unsubscribed": "news",
        "field_changed": d.one(["points", "owner", "plan"]),
    }.get(on, d.one(TAGS))
    key = Fraction(bound) if on == "score_crosses" else None
    when = test(d, Scope(segments, event=on == "event" and what == "buy")) if d.chance(25) else None
    return Trigger(on, what, key, when, once=d.chance(15))


def named(d: Draw, names: tuple[str, ...]) -> Trigger:
    """A trigger of what actions cause."""
    name, stage = d.one(names), d.one(["demo", "talks", "new"])
    pipeline = next(pipeline for pipeline, stages in STAGES.items() if stage in stages)
    return d.one(
        [
            Trigger("converted", "signup", ("converted", {"conversion": "signup"})),
            Trigger("action_failed", name, ("action.failed", {"campaign": name})),
            Trigger("deal_stage", stage, ("deal.stage", {"pipeline": pipeline, "stage": stage})),
        ]
    )
