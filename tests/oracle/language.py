"""The condition language once more, as an obvious tree: every node writes itself as text and says what it
means by looking through the whole history. Written from the specification's words, not from the compiler.

A value node has `type` and ``value(world, now, row)``, a test ``holds(world, now, row)``; `row` is the event
that a `where` looks at. Slow on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.oracle.world import DAY, Happening, Value, World, at, day_of, present, rounded, same_text


@dataclass(frozen=True)
class Node:
    def text(self) -> str:
        raise NotImplementedError


class Test(Node):
    def holds(self, world: World, now: int, row: Happening | None = None) -> bool:
        raise NotImplementedError


class ValueNode(Node):
    type: str

    def value(self, world: World, now: int, row: Happening | None = None) -> Value | None:
        raise NotImplementedError


def walk(node: Any) -> Iterator[Any]:
    """The node and everything below it."""
    yield node
    for part in fields(node):
        inner = getattr(node, part.name)
        for child in inner if isinstance(inner, tuple) else (inner,):
            if isinstance(child, Node):
                yield from walk(child)


# --- small things ---------------------------------------------------------------------------------


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def decimal(number: Fraction) -> str:
    whole, rest = divmod(abs(number), 1)
    digits = f"{int(rest * 10**9):09}".rstrip("0")
    return ("-" if number < 0 else "") + str(whole) + ("." + digits if digits else "")


def literal(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return decimal(value)
    if isinstance(value, date):
        return value.isoformat()
    assert isinstance(value, str)
    return quoted(value)


@dataclass(frozen=True)
class Duration(Node):
    """As written, such as ``3 days``, and in microseconds."""

    written: str
    micros: int

    def text(self) -> str:
        return self.written

    @property
    def days(self) -> timedelta:
        return timedelta(days=self.micros // DAY)


# --- values ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Literal(ValueNode):
    type: str
    given: Value

    def text(self) -> str:
        return literal(self.given)

    def value(self, world, now, row=None):
        return present(self.given)


@dataclass(frozen=True)
class Field(ValueNode):
    type: str
    name: str

    def text(self) -> str:
        return self.name

    def value(self, world, now, row=None):
        return present(world.fields.get(self.name))


@dataclass(frozen=True)
class Property(ValueNode):
    """`of`: event (that triggers), entry (that started the stay) or row (that a `where` looks at)."""

    type: str
    of: str
    name: str

    def text(self) -> str:
        return self.name if self.of == "row" else f"{self.of}.{self.name}"

    def value(self, world, now, row=None):
        owner = {"event": world.event, "entry": world.stay, "row": row}[self.of]
        return present(owner.props.get(self.name))


@dataclass(frozen=True)
class Day(ValueNode):
    """``today``, ``tomorrow``, ``yesterday`` or a date, each perhaps ``at HH:MM``."""

    which: str | date
    minutes: int | None = None

    @property
    def type(self) -> str:
        return "date" if self.minutes is None else "datetime"

    def text(self) -> str:
        day = self.which if isinstance(self.which, str) else self.which.isoformat()
        return day if self.minutes is None else f"{day} at {clock(self.minutes)}"

    def day(self, world: World, now: int) -> date:
        if not isinstance(self.which, str):
            return self.which
        offset = {"yesterday": -1, "today": 0, "tomorrow": 1}[self.which]
        return day_of(world.zone, now) + timedelta(days=offset)

    def value(self, world, now, row=None):
        day = self.day(world, now)
        return day if self.minutes is None else at(world.zone, day, self.minutes)

    def begins(self, world: World, now: int) -> int:
        """Its instant, or the day's first."""
        return at(world.zone, self.day(world, now), self.minutes or 0)


@dataclass(frozen=True)
class Arithmetic(ValueNode):
    sign: str
    left: ValueNode
    right: ValueNode
    type = "number"

    def text(self) -> str:
        return f"({self.left.text()} {self.sign} {self.right.text()})"

    def value(self, world, now, row=None):
        left, right = self.left.value(world, now, row), self.right.value(world, now, row)
        if left is None or right is None or (self.sign == "/" and right == 0):
            return None
        if self.sign == "+":
            return rounded(left + right)
        if self.sign == "-":
            return rounded(left - right)
        return rounded(left * right if self.sign == "*" else left / right)


# --- what happened --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window(Node):
    """``in last D``, ``since start``, ``since DATE``; or nothing."""

    kind: str = ""
    span: Duration | None = None
    day: Day | None = None

    def text(self) -> str:
        if self.kind == "last":
            assert self.span is not None
            return f" in last {self.span.text()}"
        if self.kind == "since":
            assert self.day is not None
            return f" since {self.day.text()}"
        return " since start" if self.kind == "start" else ""

    def covers(self, world: World, now: int, place: int, event: Happening) -> bool:
        if self.kind == "last":
            assert self.span is not None
            return now - self.span.micros < event.at <= now
        if self.kind == "since":
            assert self.day is not None
            return event.at >= self.day.begins(world, now)
        if self.kind == "start":
            assert world.stay is not None
            return place >= world.stay.handled and event.at >= world.stay.at
        return True


@dataclass(frozen=True)
class Events(Node):
    """Which events are asked about: ``EVENT [of ASSET | of step STEP] [where ...]``, then the window."""

    event: str
    asset: str | None = None
    step: str | None = None
    where: Test | None = None
    window: Window = Window()

    def head(self) -> str:
        of = f" of {self.asset}" if self.asset else f" of step {self.step}" if self.step else ""
        where = f" where {where_text(self.where)}" if self.where else ""
        return of + where

    def found(self, world: World, now: int) -> list[Happening]:
        """In order of their own time; of equal ones the first handled first."""
        hits = [e for place, e in enumerate(world.happenings) if self.fits(world, now, place, e)]
        return sorted(hits, key=lambda event: event.at)

    def fits(self, world: World, now: int, place: int, event: Happening) -> bool:
        if event.type != self.event or event.machine:
            return False
        if self.asset and self.asset not in event.assets:
            return False
        if self.step:
            assert world.stay is not None
            if not event.message or world.stay.messages.get(self.step) != event.message:
                return False
            if place < world.stay.handled:
                return False  # the message was not sent yet
        if self.where and not self.where.holds(world, now, event):
            return False
        return self.window.covers(world, now, place, event)


def where_text(test: Test) -> str:
    """One test with its `not`, or parentheses."""
    return f"({test.text()})" if isinstance(test, (And, Or)) else test.text()


@dataclass(frozen=True)
class Did(Test):
    events: Events
    order: str = ""  # at least | at most | exactly
    times: int = 1

    def text(self) -> str:
        times = f" {self.order} {self.times} times" if self.order else ""
        return f"did {self.events.event}{self.events.head()}{times}{self.events.window.text()}"

    def holds(self, world, now, row=None):
        count = len(self.events.found(world, now))
        if self.order == "at most":
            return count <= self.times
        return count == self.times if self.order == "exactly" else count >= self.times


@dataclass(frozen=True)
class Aggregate(ValueNode):
    type: str
    function: str
    events: Events
    prop: str | None = None

    def text(self) -> str:
        prop = f".{self.prop}" if self.prop else ""
        inside = f"{self.events.event}{prop}{self.events.head()}{self.events.window.text()}"
        return f"{self.function}({inside})"

    def value(self, world, now, row=None):
        events = self.events.found(world, now)
        if self.prop is None:
            values = [event.at for event in events]
        else:
            values = [v for e in events if (v := present(e.props.get(self.prop))) is not None]
        if self.function == "count":
            return Fraction(len(values))
        if self.function == "sum":
            return rounded(sum(values, Fraction(0)))
        if not values:
            return None
        if self.function in ("min", "max"):
            return {"min": min, "max": max}[self.function](values)
        return values[0 if self.function == "first" else -1]


# --- tests ----------------------------------------------------------------------------------------


def group(test: Test) -> str:
    return f"({test.text()})" if isinstance(test, (And, Or)) else test.text()


@dataclass(frozen=True)
class And(Test):
    parts: tuple[Test, ...]

    def text(self) -> str:
        return " and ".join(group(part) for part in self.parts)

    def holds(self, world, now, row=None):
        return all(part.holds(world, now, row) for part in self.parts)


@dataclass(frozen=True)
class Or(Test):
    parts: tuple[Test, ...]

    def text(self) -> str:
        return " or ".join(group(part) for part in self.parts)

    def holds(self, world, now, row=None):
        return any(part.holds(world, now, row) for part in self.parts)


@dataclass(frozen=True)
class Not(Test):
    part: Test

    def text(self) -> str:
        return f"not {group(self.part)}"

    def holds(self, world, now, row=None):
        return not self.part.holds(world, now, row)


@dataclass(frozen=True)
class Compare(Test):
    """Numbers by all six orders, texts and booleans by two, days and instants by before, after, ==, !=."""

    order: str
    left: ValueNode
    right: ValueNode

    def text(self) -> str:
        return f"{self.left.text()} {self.order} {self.right.text()}"

    def holds(self, world, now, row=None):
        left, right = self.left.value(world, now, row), self.right.value(world, now, row)
        if left is None or right is None:
            return self.order == "!="
        if self.left.type == "text":
            left, right = same_text(left), same_text(right)
        if {self.left.type, self.right.type} == {"date", "datetime"}:  # the instant counts as its day
            left = day_of(world.zone, left) if self.left.type == "datetime" else left
            right = day_of(world.zone, right) if self.right.type == "datetime" else right
        if self.order in ("==", "!="):
            return (left == right) is (self.order == "==")
        if self.order in ("<", "before"):
            return left < right
        if self.order in (">", "after"):
            return left > right
        return left <= right if self.order == "<=" else left >= right


@dataclass(frozen=True)
class In(Test):
    left: ValueNode
    items: tuple[Literal, ...]

    def text(self) -> str:
        return f"{self.left.text()} in [{', '.join(item.text() for item in self.items)}]"

    def holds(self, world, now, row=None):
        return any(Compare("==", self.left, item).holds(world, now, row) for item in self.items)


@dataclass(frozen=True)
class TextTest(Test):
    test: str  # contains | starts with | ends with | matches
    left: ValueNode
    pattern: str

    def text(self) -> str:
        return f"{self.left.text()} {self.test} {quoted(self.pattern)}"

    def holds(self, world, now, row=None):
        value = self.left.value(world, now, row)
        if value is None:
            return False
        text, pattern = same_text(value), same_text(self.pattern)
        if self.test == "contains":
            return pattern in text
        if self.test == "starts with":
            return text.startswith(pattern)
        if self.test == "ends with":
            return text.endswith(pattern)
        glob = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
        return re.fullmatch(glob, text, re.DOTALL) is not None


@dataclass(frozen=True)
class IsSet(Test):
    left: ValueNode
    negated: bool = False

    def text(self) -> str:
        return f"{self.left.text()} is {'not ' if self.negated else ''}set"

    def holds(self, world, now, row=None):
        return (self.left.value(world, now, row) is None) is self.negated


@dataclass(frozen=True)
class Has(Test):
    left: ValueNode
    item: str

    def text(self) -> str:
        return f"{self.left.text()} has {quoted(self.item)}"

    def holds(self, world, now, row=None):
        values = self.left.value(world, now, row) or ()
        return same_text(self.item) in {same_text(value) for value in values}


@dataclass(frozen=True)
class Tagged(Test):
    tag: str

    def text(self) -> str:
        return f"tagged {quoted(self.tag)}"

    def holds(self, world, now, row=None):
        return self.tag in world.tags


@dataclass(frozen=True)
class Subscribed(Test):
    list: str

    def text(self) -> str:
        return f"subscribed to {self.list}"

    def holds(self, world, now, row=None):
        return "subscribed" in world.lists.get(self.list, {}).values()


@dataclass(frozen=True)
class InSegment(Test):
    """Evaluated afresh: the segment's own condition, here and now."""

    name: str
    condition: Test

    def text(self) -> str:
        return f"in segment {self.name}"

    def holds(self, world, now, row=None):
        return self.condition.holds(world, now)


@dataclass(frozen=True)
class InCampaign(Test):
    name: str

    def text(self) -> str:
        return f"in campaign {self.name}"

    def holds(self, world, now, row=None):
        return self.name in world.campaigns


@dataclass(frozen=True)
class Within(Test):
    side: str  # next | last
    left: ValueNode
    span: Duration

    def text(self) -> str:
        return f"{self.left.text()} within {self.side} {self.span.text()}"

    def holds(self, world, now, row=None):
        value = self.left.value(world, now, row)
        if value is None:
            return False
        if self.left.type == "date":
            today = day_of(world.zone, now)
            if self.side == "next":
                return today <= value <= today + self.span.days
            return today - self.span.days <= value <= today
        if self.side == "next":
            return now < value <= now + self.span.micros
        return now - self.span.micros < value <= now


@dataclass(frozen=True)
class OlderThan(Test):
    left: ValueNode
    span: Duration

    def text(self) -> str:
        return f"{self.left.text()} older than {self.span.text()}"

    def holds(self, world, now, row=None):
        value = self.left.value(world, now, row)
        if value is None:
            return False
        if self.left.type == "date":
            return value <= day_of(world.zone, now) - self.span.days
        return value <= now - self.span.micros


@dataclass(frozen=True)
class NowBetween(Test):
    """[a, b) of each local day, or to the next day's b where a is later."""

    start: int
    end: int

    def text(self) -> str:
        return f"now between {clock(self.start)} and {clock(self.end)}"

    def holds(self, world, now, row=None):
        today = day_of(world.zone, now)
        for days in (-1, 0, 1):
            day = today + timedelta(days=days)
            last = day + timedelta(days=1) if self.start > self.end else day
            if at(world.zone, day, self.start) <= now < at(world.zone, last, self.end):
                return True
        return False
