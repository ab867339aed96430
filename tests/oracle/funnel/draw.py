"""Random workspaces with a funnel and scenarios, a few contacts, what they do and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from tests.oracle.conditions import Compare
from tests.oracle.funnel.nodes import RESOLVED, Eligible, FunnelSpace, Machine, Register, Scenario
from tests.oracle.journey.draw import (
    SEGMENTS,
    Case,
    Steps,
    behaviour,
    happening,
    person,
    policies,
    trigger,
)
from tests.oracle.journey.nodes import Act, Campaign, Node, Policies
from tests.oracle.journey.pools import BEGIN, BOUNDS, TICK, TICKS, ZONE, Scope, duration, leaf, score, test
from tests.oracle.pools import Draw
from tests.oracle.tree import Duration, Test
from tests.oracle.values import Field, Literal
from tests.oracle.world import HOUR, Happening

FLOWS = ("camp-a", "camp-b")
PLAIN = ("fair", "prompt", "reached", "webinar")  # statuses only
SCENARIOS = ("again", "back", "late", "other")
STATUSES = ("open", "working", "nurture", "recycled", "customer")
SPANS = {"1 hour": HOUR, "6 hours": 6 * HOUR, "1 day": 24 * HOUR}
KINDS = (
    "record_response", "record_response", "record_response", "record_response", "adjust_score",
    "adjust_score", "update_contact", "update_contact", "update_contact", "add_deal", "add_deal",
    "update_deal", "update_deal", "assign_owner", "add_tag", "remove_tag", "start_campaign", "send_email",
)  # fmt: skip
LONE = tuple(kind for kind in KINDS if kind not in ("start_campaign", "send_email"))  # no flow, no message
SAYINGS: tuple[tuple[str, Any], ...] = (
    *(("status", status) for status in STATUSES),
    ("points", Fraction(50)),
    ("points", Fraction(10)),
    ("score", Fraction(0)),
    ("score", Fraction(30)),
    ("plan", "gold"),
)


@dataclass
class FunnelCase(Case):
    """`commands`: what an operator does after everything else of a tick: merge two contacts, erase one, set a
    scenario off for one, pause a scenario or resume it."""

    workspace: FunnelSpace
    commands: tuple[tuple[int, str, tuple[str, ...]], ...] = ()


def draw_funnel(seed: str) -> FunnelCase:
    d = Draw(seed)
    segments: dict[str, Test] = {}
    for name in SEGMENTS[: d.number(1, 2)]:
        segments[name] = test(d, Scope(dict(segments)))
    registers = {name: register(d) for name in PLAIN}
    registers |= {name: register(d) for name in FLOWS if d.chance(70)}
    names = FLOWS[: d.number(1, 2)]
    registers = {name: one for name, one in registers.items() if name not in FLOWS or name in names}
    ways = Ways(d, registers)
    campaigns = tuple(campaign(d, name, names, segments, ways) for name in names)
    mode = d.one(["active", "passive", "hybrid"])
    people = [with_status(d, number) for number in range(1, d.one([1, 1, 2]) + 1)]
    space = FunnelSpace(
        ZONE,
        segments,
        campaigns,
        policies(d),
        ways.visit(segments, names),
        Machine(mode, test(d, Scope(segments)) if d.chance(30) else leaf_score(d)),
        registers,
        tuple(scenario(d, name, mode, registers, segments) for name in SCENARIOS[: d.number(1, 4)]),
    )
    return FunnelCase(space, people, None, [pair for one in people for pair in history(d, one.key)])


def draw_crowd(seed: str, size: int) -> FunnelCase:
    """The same with so many contacts."""
    case, d = draw_funnel(seed), Draw(f"{seed} crowd")
    people = [with_status(d, number) for number in range(1, size + 1)]
    return replace(case, people=people, events=[pair for one in people for pair in history(d, one.key)])


def draw_united(seed: str) -> FunnelCase:
    """Three contacts without flows, of whom some turn out to be one, or are erased."""
    d = Draw(seed)
    segments: dict[str, Test] = {"seg-a": test(d, Scope({}))}
    registers = {name: register(d) for name in PLAIN}
    mode = d.one(["active", "passive", "hybrid"])
    people = [with_status(d, number) for number in (1, 2, 3)]
    space = FunnelSpace(
        ZONE,
        segments,
        (),
        Policies(),
        Ways(d, registers, LONE).visit(segments, ()),
        Machine(mode, leaf_score(d)),
        registers,
        tuple(scenario(d, name, mode, registers, segments) for name in SCENARIOS[: d.number(1, 4)]),
    )
    ticks = sorted(d.number(24, TICKS - 48) for _ in range(2))
    commands = [(ticks[0], "merge", ("1", d.one(["2", "3"])))]
    commands += [(ticks[1], *d.one([("merge", ("2", "3")), ("erase", ("1",)), ("erase", ("3",))]))]
    commands = sorted([*commands, *switches(d, space.scenarios, ticks[1])], key=lambda one: one[0])
    events = [pair for one in people for pair in history(d, one.key)]
    gone = erased(tuple(commands))
    events = [pair for pair in events if pair[0] not in gone or pair[1].at <= BEGIN + ticks[1] * TICK]
    return FunnelCase(space, people, None, events, tuple(commands))


def switches(
    d: Draw, scenarios: tuple[Scenario, ...], end: int
) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Before that tick."""
    first, last = sorted(d.number(1, end - 1) for _ in range(2))
    name = d.one(scenarios).id
    if d.chance(40):
        yield from [(first, "pause", (name,)), (last, "resume", (name,))]
    for scenario in scenarios:
        if scenario.type == "invocable":
            yield d.number(1, end - 1), "reactivate", (d.one("123"), scenario.id)


def erased(commands: tuple[tuple[int, str, tuple[str, ...]], ...]) -> frozenset[str]:
    """Everybody who is erased, with those who had turned out to be the same."""
    same = {name: {name} for name in "123"}
    for _, what, names in commands:
        if what == "erase":
            return frozenset(same[names[0]])
        if what != "merge":
            continue
        together = same[names[0]] | same[names[1]]
        same.update(dict.fromkeys(together, together))
    return frozenset()


def leaf_score(d: Draw) -> Test:
    return score(d, Scope({}))


def with_status(d: Draw, number: int) -> Any:
    one = person(d, number)
    fields = {**one.fields, **({"status": d.one(STATUSES)} if d.chance(60) else {})}
    return replace(one, account="", fields=fields)


def register(d: Draw) -> Register:
    statuses = [("invited", False), ("came", d.chance(50)), ("spoke", True)][d.one([0, 0, 1, 2]) :]
    responded = [name for name, yes in statuses if yes]
    default = d.one(responded) if d.chance(60) else ""
    return Register(tuple(statuses), default, d.chance(15))


class Ways:
    """The actions of these worlds."""

    def __init__(self, d: Draw, registers: dict[str, Register], kinds: tuple[str, ...] = KINDS) -> None:
        self.d, self.registers, self.kinds = d, registers, kinds

    def of(self, kind: str, names: tuple[str, ...]) -> Act:
        d = self.d
        if kind == "record_response":
            name = d.one(sorted(self.registers))
            status, _ = d.one(list(self.registers[name].statuses))
            return Act(kind, f"{{campaign: {name}, status: {status}}}", (name, status))
        if kind == "update_contact" and d.chance(80):
            status = d.one(STATUSES)
            return Act(kind, f"{{set: {{status: {status}}}}}", ("set", "status", status))
        if kind == "update_deal" and d.chance(60):
            status = d.one(["won", "lost"])
            return Act(kind, f"{{status: {status}}}", ({}, "status", status))
        return behaviour(d, kind, names)

    def kind(self, names: tuple[str, ...]) -> str:
        kind = self.d.one(self.kinds)
        return "add_tag" if kind == "start_campaign" and not names else kind

    def visit(self, segments: dict[str, Test], names: tuple[str, ...]) -> Any:
        d = self.d
        return tuple(
            (
                self.of(self.kind(names), names),
                d.chance(15),
                test(d, Scope(segments)) if d.chance(25) else None,
            )
            for _ in range(d.number(3, 7))
        )


class FunnelSteps(Steps):
    ways: Ways

    def kind(self) -> str:
        return self.ways.kind(self.later)

    def of(self, kind: str) -> Act:
        if kind == "wait":
            return super().of(kind)
        return self.ways.of(kind, self.later if kind == "start_campaign" else self.names)

    def split(self, name: str, depth: int) -> Node:
        return self.branch(name, depth)


def campaign(d: Draw, name: str, names: tuple[str, ...], segments: dict[str, Test], ways: Ways) -> Campaign:
    triggers = tuple(trigger(d, segments, names) for _ in range(d.number(1, 2)))
    steps = FunnelSteps(d, name, names, segments)
    steps.ways = ways
    steps.entry = any(one.on == "event" and one.what == "buy" for one in triggers)
    block = steps.block(4, 1)
    exit_when = leaf(d, steps.inside()) if d.chance(20) else None
    return Campaign(name, triggers, every_time=d.chance(75), exit_when=exit_when, steps=block)


# --- scenarios ------------------------------------------------------------------------------------


def scenario(
    d: Draw, name: str, mode: str, registers: dict[str, Register], segments: dict[str, Test]
) -> Scenario:
    types = ["score", "score", "invocable", "response_prompt"]
    kind = d.one(types + (["active_status", "active_status"] if mode != "active" else []))
    wait = span(d) if d.chance(60) else None
    given = Scenario(
        name,
        kind,
        d.one([None, Duration("5 days", 5 * 24 * HOUR), Duration("2 days", 2 * 24 * HOUR)]),
        eligible(d),
        when=test(d, Scope(segments)) if d.chance(30) else None,
        wait=wait,
        non_responses=d.chance(50),
        default=default(d, kind, registers, segments) if d.chance(60) else ((), None),
        sync=d.one([{}, {}, {"status": "working"}, {"points": Fraction(50)}, {"plan": "gold"}]),
        assign=d.one(["", "", "bo", "sdr"]),
        notify=d.chance(20),
    )
    return replace(given, **triggered(d, kind, segments))


def triggered(d: Draw, kind: str, segments: dict[str, Test]) -> dict[str, Any]:
    if kind == "response_prompt":
        return {"prompts": ("prompt",) if d.chance(70) else ("prompt", "fair")}
    if kind == "invocable":
        when = test(d, Scope({}, event=True)) if d.chance(30) else None
        return {"on": ("buy", when)}
    if kind == "active_status":
        return {}
    if d.chance(30):
        return {"changes": d.one(["points", "plan"])}
    if d.chance(40):
        return {"crosses": test(d, Scope(segments))}
    name = d.one(["score", "score", "points"])
    bound = Fraction(d.one(BOUNDS) if name == "score" else "40")
    return {"crosses": Compare(">=", Field("number", name), Literal("number", bound))}


def eligible(d: Draw) -> Eligible:
    never = d.chance(60)
    statuses = tuple(name for name in RESOLVED if d.chance(40))
    within = duration(d) if d.chance(40) or not (never or statuses) else None
    return Eligible(d.one(["any", "all"]), never, statuses, within)


def default(d: Draw, kind: str, registers: dict[str, Register], segments: dict[str, Test]) -> Any:
    barred = ("prompt", "fair") if kind == "response_prompt" else ()
    names = [name for name in sorted(registers) if name not in barred]
    if d.chance(60):
        return (), d.one(names)
    uses = [(test(d, Scope(segments)), d.one([*names, None])) for _ in range(d.number(1, 2))]
    return tuple(uses), d.one([*names, None])


def span(d: Draw) -> Duration:
    written = d.one(list(SPANS))
    return Duration(written, SPANS[written])


# --- histories ------------------------------------------------------------------------------------


def history(d: Draw, key: str) -> list[tuple[str, Happening]]:
    ticks = sorted(d.number(1, TICKS - 24) for _ in range(d.one([3, 6, 12, 20])))
    if d.chance(40):  # whole waits apart, so that they meet their ends
        ticks = [max(1, tick // 6 * 6) for tick in ticks]
    kinds = (
        "buy",
        "buy",
        "ping",
        "web_page.visit",
        "web_page.visit",
        "web_page.visit",
        "identify",
        "identify",
    )
    return [(key, once(d, key, d.one(kinds), BEGIN + tick * TICK)) for tick in ticks]


def once(d: Draw, key: str, kind: str, now: int) -> Happening:
    if kind != "identify":
        return happening(d, kind, now)
    name, value = d.one(list(SAYINGS))
    return Happening(kind, now, now, {name: value})
