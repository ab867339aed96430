"""A checked tree to the plan's nodes, and the history they need.

Variants come together here: `did E at least N times` is a comparison of a count, `before` is `<`, and a date
against an instant compares the instant's day. Names were resolved by the checker; its notes are looked up.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal, cast

from msgspec import Struct

from oncue.compiler.expr import instants, literals
from oncue.compiler.expr import nodes as n
from oncue.compiler.expr import tracks as t
from oncue.compiler.expr.catalog import Catalog, Place
from oncue.compiler.expr.check import Checked
from oncue.compiler.expr.fold import FALSE, TRUE, fold
from oncue.compiler.expr.names import Behaviour
from oncue.compiler.expr.types import meet, type_of
from oncue.schemas import conditions as c
from oncue.schemas.values import ValueType

_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_ORDERS = {"before": "<", "after": ">"}
_TIMES: dict[str, c.Order] = {"at least": ">=", "at most": "<=", "exactly": "=="}


class Lowered(Struct, frozen=True):
    """A folded condition and the tracks it reads, sorted by id."""

    node: c.CondNode
    tracks: tuple[c.Track, ...]


def lower(node: n.Node, checked: Checked, catalog: Catalog, place: Place) -> Lowered:
    """Lowers a tree that was checked without error."""
    lowering = _Lowering(checked, catalog, place)
    plain = lowering.test(node)
    folded = fold(plain)
    tracks = tuple(t.merge_tracks(lowering.tracks).values()) if lowering.tracks else ()
    if tracks and folded is not plain:
        used = t.used(folded)
        tracks = tuple(each for each in tracks if each.id in used)
    return Lowered(folded, tracks)


class _Lowering:
    def __init__(self, checked: Checked, catalog: Catalog, place: Place) -> None:
        self.checked = checked
        self.catalog = catalog
        self.place = place
        self.tracks: list[c.Track] = []

    # --- values

    def value(self, node: n.Node) -> c.ValueNode:
        return _VALUES[type(node)](self, node)

    def text(self, node: n.Text) -> c.Lit:
        return c.Lit("text", node.value)

    def number(self, node: n.Number) -> c.Lit:
        return c.Lit("number", node.value)

    def boolean(self, node: n.Boolean) -> c.Lit:
        return c.Lit("boolean", "true" if node.value else "false")

    def date(self, node: n.Date) -> c.Lit:
        if node.at is None:
            return c.Lit("date", node.day)
        return c.Lit("datetime", self._instant(node).isoformat())

    def day_word(self, node: n.DayWord) -> c.Day:
        return c.Day(_DAYS[node.word], None if node.at is None else literals.minutes(node.at))

    def now(self, _: n.Now) -> c.Now:
        return c.Now()

    def name(self, node: n.Name) -> c.ValueNode:
        return self.checked.meanings[id(node)].node

    def arith(self, node: n.Arith) -> c.Arith:
        return c.Arith(node.sign, self.value(node.left), self.value(node.right))

    def aggregate(self, node: n.Aggregate) -> c.Agg:
        behaviour = self.checked.behaviours[id(node)]
        type_: ValueType = "number" if node.fn in ("count", "sum") else "datetime"
        if behaviour.prop is not None:
            type_ = behaviour.spec.properties[behaviour.prop].type
        return self._agg(node.fn, type_, behaviour, node)

    def _instant(self, node: n.Date) -> datetime:
        day = cast(date, literals.day(node.day))
        minutes = 0 if node.at is None else literals.minutes(node.at) or 0
        return instants.at(day, minutes, instants.zone(self.catalog.timezone))

    def _as(self, type_: str, node: c.ValueNode) -> c.ValueNode:
        """The value in the type of its comparison: an instant among dates counts as its day."""
        if type_ != "date" or type_of(node) == "date":
            return node
        if isinstance(node, c.Lit):
            return c.Lit("date", node.value[:10])
        return c.Day(node.offset) if isinstance(node, c.Day) else c.DayOf(node)

    # --- tests

    def test(self, node: n.Node) -> c.CondNode:
        return _TESTS[type(node)](self, node)

    def all_of(self, node: n.And) -> c.And:
        return c.And(tuple([self.test(part) for part in node.parts]))

    def any_of(self, node: n.Or) -> c.Or:
        return c.Or(tuple([self.test(part) for part in node.parts]))

    def negation(self, node: n.Not) -> c.Not:
        return c.Not(self.test(node.part))

    def compare(self, node: n.Compare) -> c.Cmp:
        left, right = self.value(node.left), self.value(node.right)
        type_ = cast(ValueType, meet(type_of(left), type_of(right)))
        order = cast(c.Order, _ORDERS.get(node.order, node.order))
        if type_ == "date":
            left, right = self._as(type_, left), self._as(type_, right)
        return c.Cmp(order, type_, left, right)

    def in_list(self, node: n.In) -> c.In:
        value = self.value(node.value)
        items = [cast(c.Lit, self.value(item)) for item in node.items]
        type_ = type_of(value)
        if type_ in ("date", "datetime") and (type_ == "date" or any(item.type == "date" for item in items)):
            type_, value = "date", self._as("date", value)
            items = [cast(c.Lit, self._as("date", item)) for item in items]
        return c.In(value, type_, tuple(item.value for item in items))

    def text_test(self, node: n.TextTest) -> c.TextTest:
        return c.TextTest(node.test, self.value(node.value), cast(n.Text, node.pattern).value)

    def is_set(self, node: n.IsSet) -> c.IsSet:
        return c.IsSet(self.value(node.value))

    def has(self, node: n.Has) -> c.Has:
        return c.Has(self.value(node.value), cast(n.Text, node.item).value)

    def within(self, node: n.Within) -> c.Within:
        value = self.value(node.value)
        return c.Within(node.side, _time_type(value), value, _micros(node.duration))

    def older_than(self, node: n.OlderThan) -> c.OlderThan:
        value = self.value(node.value)
        return c.OlderThan(_time_type(value), value, _micros(node.duration))

    def tagged(self, node: n.Tagged) -> c.Tagged:
        return c.Tagged(cast(n.Text, node.tag).value)

    def subscribed(self, node: n.Subscribed) -> c.Subscribed:
        return c.Subscribed(node.list.name, None if node.channel is None else node.channel.name)

    def in_segment(self, node: n.InSegment) -> c.InSegment:
        return c.InSegment(node.segment.name)

    def in_campaign(self, node: n.InCampaign) -> c.InCampaign:
        name = node.campaign.name
        return c.InCampaign(name, name in self.catalog.flowless)

    def now_between(self, node: n.NowBetween) -> c.NowBetween:
        return c.NowBetween(literals.minutes(node.since) or 0, literals.minutes(node.until) or 0)

    def did(self, node: n.Did) -> c.Cmp:
        count = self._agg("count", "number", self.checked.behaviours[id(node)], node)
        order, times = (
            (">=", "1") if node.times is None else (_TIMES[node.times.order], node.times.count.value)
        )
        return c.Cmp(cast(c.Order, order), "number", count, c.Lit("number", times))

    # --- history

    def _agg(
        self, fn: n.Function, type_: ValueType, behaviour: Behaviour, node: n.Did | n.Aggregate
    ) -> c.Agg:
        settled, deferred = self._where(node.where)
        span, since = self._span(node.window)
        asset = node.target.asset.name if isinstance(node.target, n.Of) else None
        step = node.target.step.name if isinstance(node.target, n.OfStep) else None
        campaign = self.place.campaign if step is not None else None
        bare = t.track(behaviour.event, asset, campaign, step, settled, since)
        aggregate = c.Agg(fn, bare.id, type_, behaviour.prop, span, deferred)
        self.tracks.append(t.keep(bare, aggregate, self.place.campaign))
        return aggregate

    def _where(self, node: n.Node | None) -> tuple[c.CondNode | None, c.CondNode | None]:
        """What can be settled when the event enters, and what has to wait because it reads the entry."""
        if node is None:
            return None, None
        whole = fold(self.test(node))
        if whole == FALSE:
            return None, FALSE  # the aggregate folds away
        if not t.reads_entry(whole):
            return (None if whole == TRUE else whole), None
        parts = whole.all if isinstance(whole, c.And) else (whole,)
        settled = [part for part in parts if not t.reads_entry(part)]
        deferred = [part for part in parts if t.reads_entry(part)]
        return _joined(settled), _joined(deferred)

    def _span(self, window: n.Window | None) -> tuple[c.Span, int | None]:
        """The window, and the constant instant from which events count at all."""
        if window is None:
            return c.Span(), None
        if isinstance(window, n.InLast):
            return c.Span("last", micros=_micros(window.duration)), None
        if isinstance(window, n.SinceStart):
            return c.Span("start"), None
        if isinstance(window.day, n.Date):
            return c.Span(), instants.micros(self._instant(window.day))
        day = self.day_word(window.day)
        return c.Span("since_day", day=day.offset, minutes=day.at or 0), None


def _joined(parts: list[c.CondNode]) -> c.CondNode | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else c.And(tuple(parts))


def _micros(node: n.Duration) -> int:
    return int(node.count) * literals.UNITS[node.unit]


def _time_type(value: c.ValueNode) -> Literal["date", "datetime"]:
    return "date" if type_of(value) == "date" else "datetime"


_VALUES: dict[type[n.Node], Callable[[_Lowering, Any], c.ValueNode]] = {
    n.Text: _Lowering.text,
    n.Number: _Lowering.number,
    n.Boolean: _Lowering.boolean,
    n.Date: _Lowering.date,
    n.DayWord: _Lowering.day_word,
    n.Now: _Lowering.now,
    n.Name: _Lowering.name,
    n.Arith: _Lowering.arith,
    n.Aggregate: _Lowering.aggregate,
}
_TESTS: dict[type[n.Node], Callable[[_Lowering, Any], c.CondNode]] = {
    n.And: _Lowering.all_of,
    n.Or: _Lowering.any_of,
    n.Not: _Lowering.negation,
    n.Compare: _Lowering.compare,
    n.In: _Lowering.in_list,
    n.TextTest: _Lowering.text_test,
    n.IsSet: _Lowering.is_set,
    n.Has: _Lowering.has,
    n.Within: _Lowering.within,
    n.OlderThan: _Lowering.older_than,
    n.Tagged: _Lowering.tagged,
    n.Subscribed: _Lowering.subscribed,
    n.InSegment: _Lowering.in_segment,
    n.InCampaign: _Lowering.in_campaign,
    n.NowBetween: _Lowering.now_between,
    n.Did: _Lowering.did,
}
