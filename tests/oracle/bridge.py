"""From the oracle's case to oncue's: the condition compiled, the history fed to a contact's state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

from oncue.compiler.expr.catalog import Catalog, Place
from oncue.compiler.expr.compile import Compiled, compile_condition, merge_tracks
from oncue.runtime.kernel.conditions import functions as conditions
from oncue.runtime.kernel.conditions.functions import CompiledCondition
from oncue.runtime.kernel.conditions.history import History
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.state import ContactState, Deal, Member, fork
from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas import builtins
from oncue.schemas.conditions import CondNode
from oncue.schemas.plan import EventSpec, FieldSpec
from oncue.schemas.values import Value as Compared
from tests.oracle.forms import Case
from tests.oracle.pools import (
    ACCOUNT_FIELDS,
    ASSETS,
    CAMPAIGNS,
    DEAL_FIELDS,
    FIELDS,
    LISTS,
    PROPS,
    SEGMENTS,
    STEPS,
)
from tests.oracle.world import Happening, Value, World, present


@cache
def catalog(zone: str) -> Catalog:
    """The workspace that all cases share."""
    return Catalog(
        timezone=zone,
        fields={**builtins.CONTACT_FIELDS, **{name: FieldSpec(kind) for name, kind in FIELDS.items()}},
        events={
            **builtins.EVENTS,
            "purchase": EventSpec({name: FieldSpec(kind) for name, kind in PROPS["purchase"].items()}),
        },
        assets={
            "emails": frozenset(ASSETS["email.open"]),
            "web_pages": frozenset(ASSETS["web_page.visit"]),
        },
        segments=frozenset(SEGMENTS),
        lists=frozenset(LISTS),
        campaigns=frozenset(CAMPAIGNS),
        deal={name: FieldSpec(kind) for name, kind in DEAL_FIELDS.items()},
        account={name: FieldSpec(kind) for name, kind in ACCOUNT_FIELDS.items()},
    )


class Kernel:
    """A case as oncue sees it, ready to be asked at any instant from `case.now` on."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.zone = Zone(case.world.zone.key)
        self.place = Place(
            event=(case.scope.event,) if case.scope.event else (),
            campaign=case.scope.campaign,
            entry=("purchase",) if case.scope.campaign else (),
            steps={step: frozenset({email}) for step, email in STEPS.items()} if case.scope.campaign else {},
        )
        self.root = self.front_end(case.condition.text(), self.place)
        self.segments = {name: self.front_end(c.text(), Place()) for name, c in case.segments.items()}
        self.tracks = merge_tracks(t for c in (self.root, *self.segments.values()) for t in c.tracks)
        self.compiled: dict[str, CompiledCondition] = {}
        self.condition = self.back_end(self.root)
        history = History(self.tracks, self.where)
        self.state = feed(case.world, history, case.now)
        self.member = next((m for m in self.state.members if m.campaign == case.scope.campaign), None)
        triggering = case.world.event if case.scope.event else None
        self.event: Mapping[str, Compared] = compared_all(triggering.props) if triggering else {}

    def front_end(self, text: str, place: Place) -> Compiled:
        compiled, issues = compile_condition(text, catalog(self.case.world.zone.key), place)
        errors = [issue for issue in issues if issue.severity == "error"]
        assert not errors, (text, errors)
        assert compiled is not None
        return compiled

    def back_end(self, compiled: Compiled) -> CompiledCondition:
        return self.compile(compiled.node)

    def compile(self, node: CondNode) -> CompiledCondition:
        return conditions.compile_condition(node, tracks=self.tracks, segments=self.segment, zone=self.zone)

    def where(self, node: CondNode) -> CompiledCondition:
        return conditions.compile_condition(node, tracks={}, segments=self.segment, zone=self.zone)

    def segment(self, name: str) -> CompiledCondition:
        if name not in self.compiled:
            self.compiled[name] = self.back_end(self.segments[name])
        return self.compiled[name]

    def test(self, now: int) -> bool:
        return self.condition.test(self.state, now, self.event, self.member)

    def next(self, now: int) -> int | None:
        return self.condition.next(self.state, now, self.event, self.member)


def feed(world: World, history: History, now: int) -> ContactState:
    """A contact's state after the whole history, event by event."""
    state = ContactState(
        key="id:1",
        created_at=0,
        fields=compared_all(world.fields),
        tags=set(world.tags),
        subscriptions={name: dict(channels) for name, channels in world.lists.items() if channels},
        deals=[stored(number, deal.values) for number, deal in enumerate(world.deals, 1)],
        account=compared_all(world.account),
    )
    stay = world.stay
    assert stay is not None
    for place, happening in enumerate([*world.happenings, None]):
        if place == stay.handled:
            state.members = members(world, state.seq)
        if happening is not None:
            state = fork(state)
            state.seq += 1
            history.enter(state, event(happening, place), happening.handled)
    return state


def stored(number: int, values: Mapping[str, Value]) -> Deal:
    """A deal as a contact's state holds it."""
    kept: dict[str, Any] = compared_all(values)
    own = {name: kept[name] for name in builtins.DEAL_FIELDS if name in kept and name != "created_at"}
    custom = {name: value for name, value in kept.items() if name not in builtins.DEAL_FIELDS}
    return Deal(id=str(number), at=kept["created_at"], fields=custom, **own)


def members(world: World, seq: int) -> list[Member]:
    assert world.stay is not None
    stay = world.stay
    inside = [
        Member(campaign=name, entry=1, order=order, at=stay.at, seq=seq, step="wait", arrived=stay.at)
        for order, name in enumerate(sorted(world.campaigns))
    ]
    for member in inside:
        if member.campaign == stay.campaign:
            member.props = compared_all(stay.props)
            member.messages = dict(stay.messages)
    return inside


def event(happening: Happening, place: int) -> Event:
    return Event(
        id=f"e{place}",
        type=happening.type,
        at=happening.at,
        assets=happening.assets,
        props=compared_all(happening.props),
        message=happening.message,
        machine=happening.machine,
    )


def compared_all(values: Mapping[str, Value]) -> dict[str, Compared]:
    return {name: compared(value) for name, value in values.items() if present(value) is not None}


def compared(value: Value) -> Compared:
    """A value in the form in which contacts are stored."""
    if isinstance(value, str):
        return value.strip().casefold()
    if isinstance(value, Fraction):
        return int(value * 10**9)
    if isinstance(value, date):
        return value.toordinal()
    if isinstance(value, frozenset):
        return sorted({text.strip().casefold() for text in value})
    return value
