"""Small words for asking conditions in tests: nodes, states and instants in short."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from oncue.runtime.kernel.conditions.functions import CompiledCondition, compile_condition
from oncue.runtime.kernel.conditions.history import History
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.state import ContactState, Member, fork
from oncue.runtime.kernel.values.zone import Zone, parse_instant
from oncue.schemas.conditions import Agg, Cmp, CondNode, Field, Lit, Order, Span, Track, ValueNode
from oncue.schemas.values import SCALE, Value, ValueType

NEW_YORK = Zone("America/New_York")
NOBODY = ContactState(key="id:1", created_at=0)


def at(text: str, zone: str = "America/New_York") -> int:
    """An instant, from local time unless the text has an offset."""
    moment = datetime.fromisoformat(text)
    return parse_instant((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).isoformat())


def day(text: str) -> int:
    return datetime.fromisoformat(text).toordinal()


def number(value: float) -> int:
    return round(value * SCALE)


def contact(**fields: Value) -> ContactState:
    return ContactState(key="id:1", created_at=0, fields=fields)


def compiled(
    node: CondNode,
    *,
    tracks: tuple[Track, ...] = (),
    segments: Mapping[str, CondNode] | None = None,
    zone: Zone = NEW_YORK,
) -> CompiledCondition:
    by_id = {track.id: track for track in tracks}
    ready: dict[str, CompiledCondition] = {}

    def segment(name: str) -> CompiledCondition:
        if name not in ready:
            assert segments is not None
            ready[name] = compile_condition(segments[name], tracks=by_id, segments=segment, zone=zone)
        return ready[name]

    return compile_condition(node, tracks=by_id, segments=segment, zone=zone)


def holds(
    node: CondNode,
    state: ContactState = NOBODY,
    now: int = 0,
    *,
    event: Mapping[str, Value] | None = None,
    member: Member | None = None,
    tracks: tuple[Track, ...] = (),
    zone: Zone = NEW_YORK,
) -> bool:
    """The condition's value, which is a plain bool."""
    answer = compiled(node, tracks=tracks, zone=zone).test(state, now, event or {}, member)
    assert answer is True or answer is False
    return answer


def changes(
    node: CondNode,
    state: ContactState = NOBODY,
    now: int = 0,
    *,
    member: Member | None = None,
    tracks: tuple[Track, ...] = (),
    zone: Zone = NEW_YORK,
) -> int | None:
    """When the condition says it may change."""
    return compiled(node, tracks=tracks, zone=zone).next(state, now, {}, member)


def lit(value: str | int, type_: ValueType = "number") -> Lit:
    return Lit(type_, str(value))


def field(name: str, type_: ValueType = "number") -> Field:
    return Field(name, type_)


def compare(left: ValueNode, order: Order, right: ValueNode, type_: ValueType = "number") -> Cmp:
    return Cmp(order, type_, left, right)


def count(track: str, span: Span | None = None) -> Agg:
    return Agg("count", track, "number", None, span or Span())


def history(*tracks: Track, zone: Zone = NEW_YORK) -> History:
    by_id = {track.id: track for track in tracks}
    return History(by_id, lambda node: compile_condition(node, tracks=by_id, segments=_no_segment, zone=zone))


def _no_segment(name: str) -> CompiledCondition:
    raise AssertionError(name)


def lived(state: ContactState, book: History, *events: Event, now: int | None = None) -> ContactState:
    """The state after these events, each handled at its own instant unless `now` is given."""
    for event in events:
        state = fork(state)
        state.seq += 1
        book.enter(state, event, event.at if now is None else now)
    return state


def purchase(instant: int, **props: Value) -> Event:
    return Event(id=f"e{instant}", type="purchase", at=instant, props=props)
