"""The tests of conditions, each by what it is about.

An atom is a test of one *subject*: a value of the contact, how far a day or an instant lies from now, the
time of day, a tag, how often something happened. For a sample of the subject (None: missing) it is true or
false. Tests of several values at once (a field against another), and what is understood no better, are
subjects of their own that are true or false freely.

`families` says with which other subjects a subject may hang together: those that share a family.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Literal

from msgspec import Struct

from oncue.compiler.expr.fold import compared, text_fits
from oncue.compiler.expr.tracks import walk
from oncue.compiler.proofs.texts import pattern_of
from oncue.schemas import conditions as c
from oncue.schemas.values import DAY

Sample = Any  # int, str, bool, a frozenset of texts, or None where it is missing
Kind = Literal["number", "count", "date", "datetime", "text", "boolean", "many", "channels", "clock", "free"]

CLOCK = ("clock",)  # the time of day
ORDERS: dict[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
FLIPPED: dict[str, c.Order] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class Subject(Struct, frozen=True):
    """`of` is a value node, a test that is free, or a list; `frame` tells what its samples are: "" the value
    itself, "ago" its distance from today or now."""

    kind: Kind
    of: Hashable
    frame: str = ""


class Atom(Struct, frozen=True, eq=False):
    """`points` are the constants that it compares with; of a text they are texts as written, or patterns."""

    node: c.CondNode
    subject: Subject
    holds: Callable[[Sample], bool]
    families: frozenset[Hashable]
    points: tuple[Any, ...] = ()
    presence: bool = False  # asks only whether there is a value


def atom(node: c.CondNode, tracks: Mapping[str, c.Track]) -> Atom:
    """The atom of a test that is neither `and`, `or`, `not` nor settled."""
    reading = _READINGS.get(type(node))
    found = None if reading is None else reading(node)
    if found is None:
        found = (Subject("free", node), bool, (), False)
    subject, holds, points, presence = found
    return Atom(node, subject, holds, families(subject.of, tracks), points, presence)


def families(of: object, tracks: Mapping[str, c.Track]) -> frozenset[Hashable]:
    """What a value or test reads."""
    if isinstance(of, tuple):
        return frozenset(["now" if of == CLOCK else of])
    return frozenset(family for each in walk(of) for family in _family(each, tracks))


def _family(node: object, tracks: Mapping[str, c.Track]) -> list[Hashable]:
    if isinstance(node, c.Field | c.Prop):
        return [node]
    if isinstance(node, c.Owned):
        return [node.of if node.of == "deal" else node]
    if isinstance(node, c.Agg):
        track = tracks.get(node.track)
        return [("event", node.track if track is None else track.event)]
    if isinstance(node, c.Now | c.Day | c.NowBetween):
        return ["now"]
    if isinstance(node, c.Tagged | c.Subscribed | c.InSegment | c.InCampaign):
        return [node]
    return []


# --- readings: (subject, its test, points, presence); None where a test is free

_Read = tuple[Subject, Callable[[Sample], bool], tuple[Any, ...], bool]


def _cmp(node: c.Cmp) -> _Read | None:
    left, order, right = _plain(node.left), node.order, _plain(node.right)
    if isinstance(left, c.Lit | c.Day | c.Now) and not isinstance(right, c.Lit):
        left, order, right = right, FLIPPED[order], left
    if isinstance(left, c.Day) and left.at is None and isinstance(right, c.Lit):
        point = compared("date", right.value) - left.offset
        return Subject("date", c.Day(0)), partial(_ordered, order, point), (point,), False
    if isinstance(right, c.Lit):
        subject = subject_of(left, node.type)
        point = compared(right.type, right.value)
        if node.type == "text":
            return subject, partial(_ordered, order, point), (right.value,), False
        return subject, partial(_ordered, order, point), (point,), False
    if isinstance(left, c.Lit | c.Day | c.Now):
        return None
    if isinstance(right, c.Day) and node.type == "date" and right.at is None:
        return Subject("date", left, "ago"), partial(_ordered, order, right.offset), (right.offset,), False
    if isinstance(right, c.Now):
        return Subject("datetime", left, "ago"), partial(_ordered, order, 0), (0,), False
    return None


def _plain(value: c.ValueNode) -> c.ValueNode:
    """The day of now is today."""
    return c.Day(0) if value == c.DayOf(c.Now()) else value


def subject_of(value: c.ValueNode, kind: str) -> Subject:
    """The subject that a value itself is."""
    if isinstance(value, c.Agg) and value.fn == "count":
        return Subject("count", value)
    return Subject(kind, value)  # type: ignore[arg-type]


def _ordered(order: str, point: Any, sample: Sample) -> bool:  # noqa: ANN401
    return order == "!=" if sample is None else ORDERS[order](sample, point)


def _in(node: c.In) -> _Read | None:
    if isinstance(node.value, c.Day | c.Now):
        return None
    points = tuple([compared(node.type, item) for item in node.items])
    shown = node.items if node.type == "text" else points
    return subject_of(node.value, node.type), frozenset(points).__contains__, shown, False


def _text(node: c.TextTest) -> _Read:
    patterns = (pattern_of(node.test, node.pattern),)
    return Subject("text", node.value), partial(_text_fits, node.test, node.pattern), patterns, False


def _text_fits(test: str, pattern: str, sample: Sample) -> bool:
    return sample is not None and text_fits(test, sample, pattern)


def _is_set(node: c.IsSet) -> _Read | None:
    value = node.value
    if isinstance(value, c.Day | c.Now | c.Lit | c.DayOf):
        return None  # folded, or not written
    return subject_of(value, "number" if isinstance(value, c.Arith) else value.type), _present, (), True


def _present(sample: Sample) -> bool:
    return sample is not None


def _has(node: c.Has) -> _Read:
    item = compared("text", node.item)
    return Subject("many", node.value), partial(_holds_item, item), (item,), False


def _holds_item(item: str, sample: Sample) -> bool:
    return sample is not None and item in sample


def _subscribed(node: c.Subscribed) -> _Read:
    return Subject("channels", ("list", node.list)), partial(_on, node.channel), (), False


def _on(channel: str | None, sample: Sample) -> bool:
    return bool(sample) if channel is None else channel in sample


def _within(node: c.Within) -> _Read | None:
    days = node.type == "date"
    length = node.micros // DAY if days else node.micros
    low, high = (0, length) if node.side == "next" else (-length, 0)
    if not days:
        low += 1  # open where it becomes false
    return _distance(node.value, node.type, partial(_inside, low, high), (low, high))


def _older(node: c.OlderThan) -> _Read | None:
    length = node.micros // DAY if node.type == "date" else node.micros
    return _distance(node.value, node.type, partial(_inside, None, -length), (-length,))


def _distance(
    value: c.ValueNode,
    kind: Literal["date", "datetime"],
    holds: Callable[[Sample], bool],
    points: tuple[int, ...],
) -> _Read | None:
    fixed = isinstance(value, c.Lit | c.Day | c.Now)
    return None if fixed else (Subject(kind, value, "ago"), holds, points, False)


def _inside(low: int | None, high: int, sample: Sample) -> bool:
    return sample is not None and (low is None or low <= sample) and sample <= high


def _between(node: c.NowBetween) -> _Read:
    return Subject("clock", CLOCK), partial(_at_clock, node.start, node.end), (node.start, node.end), False


def _at_clock(start: int, end: int, sample: Sample) -> bool:
    """By the last minute of the day that has begun, so that a repeated hour counts once."""
    return bool(start <= sample < end if start < end else sample >= start or sample < end)


_READINGS: dict[type, Callable[[Any], _Read | None]] = {
    c.Cmp: _cmp,
    c.In: _in,
    c.TextTest: _text,
    c.IsSet: _is_set,
    c.Has: _has,
    c.Subscribed: _subscribed,
    c.Within: _within,
    c.OlderThan: _older,
    c.NowBetween: _between,
}
