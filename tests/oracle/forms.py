"""Random conditions. `PRODUCTIONS` names every form of the language; each case has one as its root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.conditions import (
    And,
    Compare,
    Did,
    Has,
    In,
    InCampaign,
    InSegment,
    IsSet,
    Not,
    NowBetween,
    OlderThan,
    Or,
    Subscribed,
    Tagged,
    TextTest,
    Within,
)  # fmt: skip
from tests.oracle.pools import (
    ACCOUNT_FIELDS,
    ASSETS,
    CAMPAIGNS,
    CHANNELS,
    DEAL_FIELDS,
    DURATIONS,
    FIELDS,
    LISTS,
    MINUTES,
    NUMBERS,
    PATTERNS,
    PRICES,
    PROPS,
    SEGMENTS,
    STEPS,
    TAGS,
    TEXTS,
    ZONES,
    Draw,
)  # fmt: skip
from tests.oracle.tree import Duration, Test, ValueNode
from tests.oracle.values import (
    AccountField,
    Aggregate,
    Arithmetic,
    Day,
    DealField,
    Events,
    Field,
    Literal,
    Now,
    Property,
    Window,
)  # fmt: skip
from tests.oracle.world import World
from tests.oracle.worlds import day, world


@dataclass
class Scope:
    """What a condition may say where it stands, and how deep it may still go."""

    zone: ZoneInfo
    anchor: date
    event: str | None = None  # the type of the triggering event
    campaign: str | None = None  # with an entry that a purchase started
    row: str | None = None  # inside a `where`: the type of the event asked about
    world: World | None = None  # where the condition will be asked, and when
    now: int = 0
    depth: int = 2
    segments: dict[str, Test] = field(default_factory=dict)  # all that were used, by name
    level: int = 0  # the first segment that may be used here

    def below(self, **changes: Any) -> Scope:
        return Scope(**{**self.__dict__, "depth": self.depth - 1, **changes})


def duration(d: Draw, whole_days: bool = False) -> Duration:
    written = d.one([w for w in DURATIONS if not whole_days or "day" in w or "week" in w])
    return Duration(written, DURATIONS[written])


def some_day(d: Draw, scope: Scope, instant: bool | None = None, fixed: bool = False) -> Day:
    which = day(d, scope.anchor) if fixed or d.chance(50) else d.one(["today", "tomorrow", "yesterday"])
    with_time = d.chance(40) if instant is None else instant
    return Day(which, d.one(MINUTES) if with_time else None)


def since_day(d: Draw, scope: Scope) -> Day:
    """Since tomorrow nothing can have happened; the compiler says so."""
    drawn = some_day(d, scope)
    return Day("today", drawn.minutes) if drawn.which == "tomorrow" else drawn


def operand(d: Draw, scope: Scope, kind: str) -> ValueNode:
    """A value of a type that is no literal."""
    if scope.row is not None:
        of_entry = scope.campaign and d.chance(20)
        return props_of(d, "entry", kind) if of_entry else props_of(d, "row", kind, scope.row)
    choices: list[Callable[[], ValueNode]] = [lambda: d.one(fields_of(kind))] * 3
    choices += [lambda: d.one(of_deal(kind)), lambda: d.one(of_account(kind))]
    if scope.event:
        choices += [lambda: props_of(d, "event", kind)]
    if scope.campaign:
        choices += [lambda: props_of(d, "entry", kind)]
    if scope.depth > 0:
        choices += [lambda: aggregate(d, scope, kind)]
        if kind == "number":
            choices += [lambda: arithmetic(d, scope)]
    return d.one(choices)()


def fields_of(kind: str) -> list[Field]:
    return [Field(t, name) for name, t in FIELDS.items() if t == kind]


def of_deal(kind: str) -> list[DealField]:
    return [DealField(t, name) for name, t in DEAL_FIELDS.items() if t == kind]


def of_account(kind: str) -> list[AccountField]:
    return [AccountField(t, name) for name, t in ACCOUNT_FIELDS.items() if t == kind]


def props_of(d: Draw, of: str, kind: str, event: str = "purchase") -> ValueNode:
    return d.one([Property(t, of, name) for name, t in PROPS[event].items() if t == kind])


def aggregate(d: Draw, scope: Scope, kind: str, function: str | None = None) -> ValueNode:
    """An aggregate that gives the type; numbers and texts come from purchases, instants from any event."""
    if kind == "number":
        function = function or d.one(["count", "sum", "min", "max", "first", "last"])
        if function == "count":
            return Aggregate(kind, function, events(d, scope))
        return Aggregate(kind, function, events(d, scope, "purchase"), d.one(PRICES))
    function = function or d.one(["first", "last"])
    if kind == "datetime" and function in ("first", "last") and d.chance(70):
        return Aggregate(kind, function, events(d, scope))
    named = [name for name, t in PROPS["purchase"].items() if t == kind]
    return Aggregate(kind, function, events(d, scope, "purchase"), d.one(named))


def arithmetic(d: Draw, scope: Scope, sign: str | None = None) -> Arithmetic:
    inner = scope.below()
    right = operand(d, inner, "number") if d.chance(50) else number_literal(d)
    return Arithmetic(sign or d.one(["+", "-", "*", "/"]), operand(d, inner, "number"), right)


def number_literal(d: Draw) -> Literal:
    return Literal("number", Fraction(d.one(NUMBERS)))


def number_near(d: Draw, scope: Scope, left: ValueNode) -> Literal:
    """A number that the other side is likely to equal, or to miss by the last place."""
    if scope.row is None and scope.world is not None and d.chance(60):
        found = left.value(scope.world, scope.now)
        if found is not None:
            near = found + d.one([0, 0, 0, 1, -1]) * Fraction(1, 10**9)
            if abs(near) < 10**18:
                return Literal("number", near)
    return number_literal(d)


def literal_of(d: Draw, scope: Scope, kind: str) -> Literal:
    if kind == "number":
        return number_literal(d)
    if kind == "date":
        return Literal(kind, day(d, scope.anchor))
    return Literal(kind, d.one(TEXTS) if kind == "text" else d.chance(50))


def events(d: Draw, scope: Scope, kind: str | None = None) -> Events:
    kind = kind or d.one(["purchase", "purchase", "web_page.visit", "email.open", "email.click"])
    asset = step = None
    if kind in ASSETS and d.chance(40):
        asset = d.one(ASSETS[kind])
    elif kind.startswith("email") and scope.campaign and d.chance(70):
        step = d.one(list(STEPS))
    where = where_test(d, scope.below(row=kind)) if PROPS[kind] and d.chance(40) else None
    return Events(kind, asset, step, where, window(d, scope))


def window(d: Draw, scope: Scope) -> Window:
    kinds = ["", "last", "last", "since", *(["start"] if scope.campaign else [])]
    kind = d.one(kinds)
    if kind == "last":
        return Window("last", duration(d))
    return Window(kind, day=since_day(d, scope) if kind == "since" else None)


def where_test(d: Draw, scope: Scope) -> Test:
    """What may stand in a `where`: tests of the event's own properties."""
    assert scope.row is not None
    kinds = sorted({*PROPS[scope.row].values()})
    kind = d.one(kinds)
    if kind == "many":
        test: Test = Has(operand(d, scope, kind), "golf")
    elif kind in ("date", "datetime"):
        order = d.one(["before", "after"])
        test = Compare(order, operand(d, scope, kind), some_day(d, scope, fixed=True))
    else:
        forms = [text_equal, text_test, in_list, is_set] if kind == "text" else [compare, in_list, is_set]
        test = d.one(forms)(d, scope, kind)
    if d.chance(20):
        test = Not(test)
    if scope.depth > 0 and d.chance(20):
        return d.one([And, Or])((test, where_test(d, scope.below())))
    return test


def compare(d: Draw, scope: Scope, kind: str = "number", order: str | None = None) -> Test:
    left = operand(d, scope, kind)
    if kind == "boolean":
        return Compare(order or "==", left, Literal(kind, d.chance(50)))
    right = operand(d, scope.below(), kind) if d.chance(30) else number_near(d, scope, left)
    return Compare(order or d.one(["==", "!=", "<", "<=", ">", ">="]), left, right)


def text_equal(d: Draw, scope: Scope, kind: str = "text", order: str | None = None) -> Test:
    right = operand(d, scope.below(), kind) if d.chance(30) else literal_of(d, scope, kind)
    return Compare(order or d.one(["==", "!="]), operand(d, scope, kind), right)


def in_list(d: Draw, scope: Scope, kind: str = "text") -> Test:
    if kind == "boolean":
        return compare(d, scope, kind)
    return In(operand(d, scope, kind), tuple(literal_of(d, scope, kind) for _ in range(d.number(1, 3))))


def text_test(d: Draw, scope: Scope, kind: str = "text", test: str | None = None) -> Test:
    test = test or d.one(["contains", "starts with", "ends with", "matches"])
    return TextTest(test, operand(d, scope, "text"), d.one(PATTERNS))


def is_set(d: Draw, scope: Scope, kind: str = "text") -> Test:
    return IsSet(operand(d, scope, kind), d.chance(50))


def side(d: Draw, scope: Scope, order: str, left: str, right: str) -> Test:
    """A day or an instant before or after another."""
    other: ValueNode
    if right == "datetime" and d.chance(15):
        other = Now()
    elif d.chance(50):
        other = some_day(d, scope, instant=right == "datetime")
    else:
        other = operand(d, scope.below(), right)
    return Compare(order, operand(d, scope, left), other)


def within(d: Draw, scope: Scope, which: str, kind: str) -> Test:
    return Within(which, operand(d, scope, kind), duration(d, kind == "date"))


def older(d: Draw, scope: Scope, kind: str) -> Test:
    return OlderThan(operand(d, scope, kind), duration(d, kind == "date"))


def did(d: Draw, scope: Scope, order: str = "", **changes: Any) -> Test:
    found = events(d, scope)
    if changes:
        found = Events(**{**found.__dict__, **changes})
    least = 1 if order == "at least" else 0
    return Did(found, order, d.number(least, 3) if order else 1)


def between(d: Draw, scope: Scope) -> Test:
    start = d.one(MINUTES)
    return NowBetween(start, d.one([m for m in MINUTES if m != start]))


def in_segment(d: Draw, scope: Scope) -> Test:
    """One of three, each of which may use the later ones; once used it keeps its condition."""
    if scope.level >= len(SEGMENTS):
        return Tagged("hot")
    place = d.number(scope.level, len(SEGMENTS) - 1)
    name = SEGMENTS[place]
    if name not in scope.segments:
        bare = scope.below(event=None, campaign=None, depth=1, level=place + 1)
        scope.segments[name] = condition(d, bare)
    return InSegment(name, scope.segments[name])


def both(d: Draw, scope: Scope, kind: Callable[[tuple[Test, ...]], Test]) -> Test:
    return kind(tuple(condition(d, scope.below()) for _ in range(d.number(2, 3))))


def condition(d: Draw, scope: Scope) -> Test:
    """Any form; leaves only, when deep enough."""
    names = list(PRODUCTIONS) if scope.depth > 0 else LEAVES
    if not scope.campaign:
        names = [name for name in names if name not in INSIDE]
    return PRODUCTIONS[d.one(names)](d, scope)


KINDS = ("text", "number", "boolean", "date", "datetime", "many")

PRODUCTIONS: dict[str, Callable[[Draw, Scope], Test]] = {
    "and": lambda d, s: both(d, s, And),
    "or": lambda d, s: both(d, s, Or),
    "not": lambda d, s: Not(condition(d, s.below())),
    **{
        f"number {o}": (lambda d, s, o=o: compare(d, s, "number", o))
        for o in ("==", "!=", "<", "<=", ">", ">=")
    },
    **{f"text {o}": (lambda d, s, o=o: text_equal(d, s, "text", o)) for o in ("==", "!=")},
    "boolean ==": lambda d, s: compare(d, s, "boolean"),
    "text in": lambda d, s: in_list(d, s, "text"),
    "number in": lambda d, s: in_list(d, s, "number"),
    "date in": lambda d, s: in_list(d, s, "date"),
    **{
        t: (lambda d, s, t=t: text_test(d, s, "text", t))
        for t in ("contains", "starts with", "ends with", "matches")
    },
    **{
        f"{k} is set": (lambda d, s, k=k: is_set(d, s, k))
        for k in ("text", "number", "boolean", "date", "datetime", "many")
    },
    **{f"deal {k}": (lambda d, s, k=k: of_type(d, d.one(of_deal(k)), s, k)) for k in KINDS},
    **{f"account {k}": (lambda d, s, k=k: of_type(d, d.one(of_account(k)), s, k)) for k in KINDS},
    "has": lambda d, s: Has(operand(d, s, "many"), d.one(["golf", "GOLF", "strasse", "chess"])),
    "tagged": lambda d, s: Tagged(d.one(TAGS)),
    "subscribed to": lambda d, s: Subscribed(d.one(LISTS)),
    "subscribed to by": lambda d, s: Subscribed(d.one(LISTS), d.one(CHANNELS)),
    "in segment": in_segment,
    "in campaign": lambda d, s: InCampaign(d.one(CAMPAIGNS)),
    **{
        f"{left} {order} {right}": (lambda d, s, o=order, a=left, b=right: side(d, s, o, a, b))
        for order in ("before", "after", "==", "!=")
        for left in ("date", "datetime")
        for right in ("date", "datetime")
    },
    **{
        f"{kind} within {which}": (lambda d, s, k=kind, w=which: within(d, s, w, k))
        for kind in ("date", "datetime")
        for which in ("next", "last")
    },
    **{f"{kind} older than": (lambda d, s, k=kind: older(d, s, k)) for kind in ("date", "datetime")},
    "now between": between,
    "did": did,
    **{f"did {o}": (lambda d, s, o=o: did(d, s, o)) for o in ("at least", "at most", "exactly")},
    "did of asset": lambda d, s: did(d, s, event="web_page.visit", asset="pricing", step=None, where=None),
    "did of step": lambda d, s: did(d, s, event="email.open", asset=None, step="first", where=None),
    "did where": lambda d, s: did(
        d, s, event="purchase", asset=None, step=None, where=where_test(d, s.below(row="purchase"))
    ),
    "did where and": lambda d, s: did(
        d,
        s,
        event="purchase",
        asset=None,
        step=None,
        where=And((where_test(d, s.below(row="purchase")), where_test(d, s.below(row="purchase")))),
    ),
    "did in last": lambda d, s: did(d, s, window=Window("last", duration(d))),
    "did since start": lambda d, s: did(d, s, window=Window("start")),
    "did since date": lambda d, s: did(d, s, window=Window("since", day=since_day(d, s))),
    **{
        f"{f}()": (lambda d, s, f=f: aggregate_test(d, s, "number", f))
        for f in ("count", "sum", "min", "max", "first", "last")
    },
    **{
        f"{f}() of a {k}": (lambda d, s, f=f, k=k: aggregate_test(d, s, k, f))
        for f in ("first", "last", "min", "max")
        for k in ("text", "boolean", "date", "datetime", "many")
        if f in ("first", "last") or k in ("date", "datetime")
    },
    **{f"arithmetic {o}": (lambda d, s, o=o: arithmetic_test(d, s, o)) for o in ("+", "-", "*", "/")},
}
INSIDE = ("did of step", "did since start")
LEAVES = [name for name in PRODUCTIONS if name not in ("and", "or", "not", "in segment", "did where and")]


def aggregate_test(d: Draw, scope: Scope, kind: str, function: str) -> Test:
    """An aggregate with a test that its type has."""
    return of_type(d, aggregate(d, scope, kind, function), scope, kind)


def of_type(d: Draw, found: ValueNode, scope: Scope, kind: str) -> Test:
    """A value with a test that its type has."""
    if kind == "number":
        order = d.one(["==", "!=", "<", "<=", ">", ">="])
        return Compare(order, found, number_near(d, scope, found))
    if kind == "text":
        return Compare(d.one(["==", "!="]), found, literal_of(d, scope, "text"))
    if kind == "boolean":
        return Compare("==", found, Literal(kind, d.chance(50)))
    if kind == "many":
        return Has(found, "golf")
    whole = kind == "date"
    return d.one(
        [
            lambda: OlderThan(found, duration(d, whole)),
            lambda: Within(d.one(["next", "last"]), found, duration(d, whole)),
            lambda: Compare(d.one(["before", "after"]), found, some_day(d, scope)),
        ]
    )()


def arithmetic_test(d: Draw, scope: Scope, sign: str) -> Test:
    order = d.one(["==", "!=", "<", "<=", ">", ">="])
    left = arithmetic(d, scope, sign)
    return Compare(order, left, number_near(d, scope, left))


# --- whole cases ----------------------------------------------------------------------------------


@dataclass
class Case:
    """A condition in its place, a world, and the first instant at which to ask."""

    condition: Test
    segments: dict[str, Test]
    world: World
    now: int
    scope: Scope


def draw_case(production: str, seed: str) -> Case:
    """The case of that seed, whose condition has the production as its root."""
    d = Draw(seed)
    name = d.one(list(ZONES))
    zone, anchor = ZoneInfo(name), date.fromisoformat(d.one(ZONES[name]))
    around, now = world(d, zone, anchor)
    scope = Scope(zone, anchor, world=around, now=now)
    place = "campaign" if production in INSIDE else d.one(["segment", "trigger", "campaign"])
    if place == "trigger":
        scope.event = "purchase"
    elif place == "campaign":
        scope.campaign = "spring"
    root = PRODUCTIONS[production](d, scope)
    return Case(root, scope.segments, around, now, scope)
