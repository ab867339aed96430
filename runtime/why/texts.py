"""A condition of the plan, or a part of it, as the language writes it. What the compiler brought together
(`count(x) >= 1` and `did x`, `before` and `<`) comes back in one form: compiled again, the text gives the
same node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from oncue.schemas import conditions as c
from oncue.schemas import zones
from oncue.schemas.values import DAY, HOUR, MINUTE, ValueType

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))
_DAYS = {-1: "yesterday", 0: "today", 1: "tomorrow"}
_TIMES = {">=": "at least", "<=": "at most", "==": "exactly"}
_TESTS = {"contains": "contains", "starts": "starts with", "ends": "ends with", "matches": "matches"}

Node = c.CondNode | c.ValueNode


def quoted(text: str) -> str:
    """A text as a condition writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def duration(micros: int) -> str:
    """`90 days`, `36 hours`: the largest unit that it is whole in."""
    for size, name in _UNITS:
        if micros % size == 0:
            return f"{micros // size} {name}{'' if micros == size else 's'}"
    return f"{micros / 1_000_000:g} seconds"


def time_of_day(minutes: int) -> str:
    """`09:00`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


class Writer:
    """Of one plan's conditions. `timezone`: the project's, in which dates are written."""

    def __init__(self, tracks: Mapping[str, c.Track], timezone: str) -> None:
        self._tracks = tracks
        self._zone = zones.rules(timezone)

    def write(self, node: Node) -> str:
        """The text of a node."""
        return _WRITERS[type(node)](self, node)

    # --- values

    def lit(self, node: c.Lit) -> str:
        return self.literal(node.type, node.value)

    def literal(self, type_: ValueType, text: str) -> str:
        """A literal as it is written in a condition."""
        if type_ == "text":
            return quoted(text)
        return self.moment(datetime.fromisoformat(text)) if type_ == "datetime" else text

    def moment(self, instant: datetime) -> str:
        """`2026-07-01 at 09:00`, in the project's zone."""
        return instant.astimezone(self._zone).strftime("%Y-%m-%d at %H:%M")

    def owned(self, node: c.Owned) -> str:
        return f"{node.of}.{node.name}"

    def prop(self, node: c.Prop) -> str:
        return node.name if node.of == "row" else f"{node.of}.{node.name}"

    def day(self, node: c.Day) -> str:
        word = _DAYS.get(node.offset, f"today {node.offset:+d} days")
        return word if node.at is None else f"{word} at {time_of_day(node.at)}"

    def arith(self, node: c.Arith) -> str:
        product = node.sign in "*/"
        left = self._in(node.left, "+-" if product else "")
        right = self._in(node.right, "+-*/" if product else "+-")
        return f"{left} {node.sign} {right}"

    def _in(self, node: c.ValueNode, signs: str) -> str:
        """A side of arithmetic, in parentheses where it is a sum or product that would not hold together."""
        text = self.write(node)
        return f"({text})" if isinstance(node, c.Arith) and node.sign in signs and signs else text

    def agg(self, node: c.Agg) -> str:
        prop = f".{node.prop}" if node.prop is not None else ""
        track = self._tracks[node.track]
        return f"{node.fn}({track.event}{prop}{self.target(track)}{self._where(node)}{self._span(node)})"

    # --- what an aggregate is about

    def target(self, track: c.Track) -> str:
        """` of pricing`, ` of step invite`, or nothing."""
        if track.step is not None:
            return f" of step {_name(track.step)}"
        if track.asset is None:
            return ""
        return f" of {_name(track.asset)}" if track.asset != "step" else ' of "step"'

    def _where(self, node: c.Agg) -> str:
        given = [self._tracks[node.track].where, node.where]
        parts = [part for each in given if each is not None for part in _parts(each)]
        if not parts:
            return ""
        only = parts[0] if len(parts) == 1 else c.And(tuple(parts))
        return f" where {self._one_test(only)}"

    def _one_test(self, node: c.CondNode) -> str:
        if isinstance(node, c.Not) and not isinstance(node.cond, c.IsSet):
            return f"not {self._one_test(node.cond)}"
        text = self.write(node)
        return f"({text})" if isinstance(node, c.And | c.Or) else text

    def _span(self, node: c.Agg) -> str:
        span, since = node.span, self._tracks[node.track].since
        if span.kind == "last":
            return f" in last {duration(span.micros)}"
        if span.kind == "start":
            return " since start"
        if span.kind == "since_day":
            return f" since {self.day(c.Day(span.day, span.minutes or None))}"
        since = span.since if span.kind == "since" else since
        return "" if since is None else f" since {self._since(since)}"

    def _since(self, instant: int) -> str:
        return self.moment(_EPOCH + timedelta(microseconds=instant)).removesuffix(" at 00:00")

    # --- conditions

    def all_of(self, node: c.And) -> str:
        return " and ".join(self._joined(part) for part in node.all)

    def any_of(self, node: c.Or) -> str:
        return " or ".join(f"({self.write(p)})" if isinstance(p, c.Or) else self.write(p) for p in node.any)

    def _joined(self, part: c.CondNode) -> str:
        return f"({self.write(part)})" if isinstance(part, c.And | c.Or) else self.write(part)

    def negation(self, node: c.Not) -> str:
        if isinstance(node.cond, c.IsSet):
            return f"{self.write(node.cond.value)} is not set"
        return f"not {self._joined(node.cond)}"

    def compare(self, node: c.Cmp) -> str:
        return self._did(node) or f"{self.write(node.left)} {node.order} {self.write(node.right)}"

    def _did(self, node: c.Cmp) -> str:
        """`did purchase at least 2 times`, where the comparison is one of a count with a whole number."""
        counted, bound, times = node.left, node.right, _TIMES.get(node.order)
        if not (isinstance(counted, c.Agg) and counted.fn == "count" and counted.prop is None):
            return ""
        if times is None or not isinstance(bound, c.Lit) or not bound.value.isdecimal():
            return ""
        track = self._tracks[counted.track]
        often = f" {times} {bound.value} time{'' if bound.value == '1' else 's'}"
        said = "" if node.order == ">=" and bound.value == "1" else often
        return f"did {track.event}{self.target(track)}{self._where(counted)}{said}{self._span(counted)}"

    def in_list(self, node: c.In) -> str:
        items = ", ".join(self.literal(node.type, item) for item in node.items)
        return f"{self.write(node.value)} in [{items}]"

    def subscribed(self, node: c.Subscribed) -> str:
        by = "" if node.channel is None else f" by {node.channel}"
        return f"subscribed to {_name(node.list)}{by}"


def _parts(node: c.CondNode) -> tuple[c.CondNode, ...]:
    return node.all if isinstance(node, c.And) else (node,)


def _name(name: str) -> str:
    """A name of a step may hold slashes."""
    return name if name.replace("-", "").replace("_", "").isalnum() else quoted(name)


_WRITERS: dict[type[Any], Callable[[Writer, Any], str]] = {
    c.Lit: Writer.lit,
    c.Field: lambda _, node: str(node.name),
    c.Owned: Writer.owned,
    c.Prop: Writer.prop,
    c.Day: Writer.day,
    c.DayOf: lambda writer, node: writer.write(node.value),
    c.Now: lambda _, __: "now",
    c.Arith: Writer.arith,
    c.Agg: Writer.agg,
    c.Const: lambda _, node: "always" if node.value else "never",
    c.And: Writer.all_of,
    c.Or: Writer.any_of,
    c.Not: Writer.negation,
    c.Cmp: Writer.compare,
    c.In: Writer.in_list,
    c.TextTest: lambda writer, node: f"{writer.write(node.value)} {_TESTS[node.test]} {quoted(node.pattern)}",
    c.IsSet: lambda writer, node: f"{writer.write(node.value)} is set",
    c.Has: lambda writer, node: f"{writer.write(node.value)} has {quoted(node.item)}",
    c.Tagged: lambda _, node: f"tagged {quoted(node.tag)}",
    c.Subscribed: Writer.subscribed,
    c.InSegment: lambda _, node: f"in segment {node.segment}",
    c.InCampaign: lambda _, node: f"in campaign {node.campaign}",
    c.Within: lambda writer, node: f"{writer.write(node.value)} within {node.side} {duration(node.micros)}",
    c.OlderThan: lambda writer, node: f"{writer.write(node.value)} older than {duration(node.micros)}",
    c.NowBetween: lambda _, node: f"now between {time_of_day(node.start)} and {time_of_day(node.end)}",
}
