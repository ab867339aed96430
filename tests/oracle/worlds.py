"""Random contacts and histories: missing values, late events, window edges exactly at the boundary."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.oracle.pools import (
    ACCOUNT_FIELDS,
    ASSETS,
    BIG,
    CHANNELS,
    DEAL_FIELDS,
    DURATIONS,
    FIELDS,
    LISTS,
    MINUTES,
    NUMBERS,
    PROPS,
    STAGES,
    STATUSES,
    STEPS,
    TAGS,
    TEXTS,
    USERS,
    Draw,
)  # fmt: skip
from tests.oracle.world import MINUTE, Deal, Happening, Stay, Value, World, at


def value(d: Draw, kind: str, zone: ZoneInfo, anchor: date) -> Value | None:
    """A value of a type, missing one time in five."""
    if d.chance(20):
        return None
    if kind == "text":
        return d.one([*TEXTS, ""])
    if kind == "number":
        return Fraction(d.one([*NUMBERS, *BIG]))
    if kind == "boolean":
        return d.chance(50)
    if kind == "date":
        return day(d, anchor)
    if kind == "datetime":
        return moment(d, zone, anchor)
    return frozenset(d.one([("golf",), ("Golf ", "chess"), ("straße",), ()]))


def day(d: Draw, anchor: date) -> date:
    return anchor + timedelta(days=d.one([0, 0, 0, 0, 0, 1, -1, 2, -2, 7, -7, 30, -30, 365, -365]))


def moment(d: Draw, zone: ZoneInfo, anchor: date) -> int:
    """An instant at which something may change: a time of a day near, plus or minus a duration."""
    base = at(zone, anchor, d.one(MINUTES))
    shift = d.one([0, 0, 0, 0, *DURATIONS.values()]) * d.one([1, -1])
    return base + shift + d.one([0, 0, 0, 1, -1])


def world(d: Draw, zone: ZoneInfo, anchor: date) -> tuple[World, int]:
    """A world and the first instant at which it may be asked."""
    now = at(zone, anchor, d.one(MINUTES)) + d.one([0, 0, 1, -1])
    contact = {name: v for name, kind in FIELDS.items() if (v := value(d, kind, zone, anchor)) is not None}
    contact["score"] = Fraction(d.one(["0", "50", "100"]))
    contact["created_at"] = now - d.one([0, *DURATIONS.values()])
    happenings = history(d, zone, anchor, now)
    stay = entry(d, zone, anchor, happenings, now)
    return (
        World(
            zone=zone,
            fields=contact,
            tags=frozenset(tag for tag in TAGS if d.chance(40)),
            lists={name: subscription(d) for name in LISTS if d.chance(60)},
            campaigns=frozenset({"spring"} | ({"onboarding"} if d.chance(50) else set())),
            happenings=happenings,
            event=happening(d, "purchase", zone, anchor, now),
            stay=stay,
            deals=tuple(deal(d, zone, anchor, now) for _ in range(d.one([0, 1, 1, 2, 3]))),
            account=values_of(d, ACCOUNT_FIELDS, zone, anchor) if d.chance(70) else {},
        ),
        now,
    )


def values_of(d: Draw, kinds: dict[str, str], zone: ZoneInfo, anchor: date) -> dict[str, Value]:
    drawn = {name: value(d, kind, zone, anchor) for name, kind in kinds.items()}
    return {name: given for name, given in drawn.items() if given is not None}


def deal(d: Draw, zone: ZoneInfo, anchor: date, now: int) -> Deal:
    """Never missing: a title, a status, a pipeline and a stage, a score, and when it was added."""
    always: dict[str, Value] = {
        "title": d.one([text for text in TEXTS if text.strip()]),
        "status": d.one(STATUSES),
        "pipeline": "sales",
        "stage": d.one(STAGES),
        "owner": d.one([*USERS, ""]),
        "score": Fraction(d.one(["0", "50", "100"])),
        "created_at": now - d.one([0, *DURATIONS.values()]),
    }
    return Deal({**values_of(d, DEAL_FIELDS, zone, anchor), **always})


def subscription(d: Draw) -> dict[str, str]:
    return {c: d.one(["subscribed", "pending", "unsubscribed"]) for c in CHANNELS if d.chance(60)}


def history(d: Draw, zone: ZoneInfo, anchor: date, now: int) -> list[Happening]:
    """Up to eight events. Handled in this order, at instants that never go back; some come late, some are
    a little ahead of their handling."""
    events: list[Happening] = []
    handled = 0
    for _ in range(d.one([0, 1, 2, 3, 5, 8])):
        kind = d.one(["purchase", "purchase", "web_page.visit", "email.open", "email.click"])
        event = happening(d, kind, zone, anchor, now)
        handled = min(max(handled, event.at), now)
        events.append(Happening(**{**event.__dict__, "handled": handled}))
    return events


def happening(d: Draw, kind: str, zone: ZoneInfo, anchor: date, now: int) -> Happening:
    when = now - d.one([0, *DURATIONS.values()]) + d.one([0, 0, 1, -1, MINUTE])
    props = properties(d, kind, zone, anchor)
    assets = ASSETS.get(kind, ())
    if kind == "web_page.visit" and d.chance(20):
        about = assets
    else:
        about = (d.one(assets),) if assets else ()
    return Happening(
        type=kind,
        at=when if d.chance(80) else moment_before(d, zone, anchor, now),
        handled=0,
        props=props,
        assets=tuple(sorted(about)),
        message=d.one(["m1", "m2", ""]) if kind.startswith("email") else "",
        machine=kind != "purchase" and d.chance(15),
    )


def properties(d: Draw, kind: str, zone: ZoneInfo, anchor: date) -> dict[str, Value]:
    drawn = {name: value(d, type_, zone, anchor) for name, type_ in PROPS[kind].items()}
    return {name: given for name, given in drawn.items() if given is not None}


def moment_before(d: Draw, zone: ZoneInfo, anchor: date, now: int) -> int:
    return min(moment(d, zone, anchor), now)


def entry(d: Draw, zone: ZoneInfo, anchor: date, happenings: list[Happening], now: int) -> Stay:
    """The stay began with one of the events (or before all of them)."""
    place = d.number(0, len(happenings))
    began = happenings[place - 1].handled if place else min([now, *(e.handled for e in happenings)])
    props = properties(d, "purchase", zone, anchor)
    messages = {step: d.one(["m1", "m2"]) for step in STEPS if d.chance(70)}
    return Stay("spring", began, place, props, messages)
