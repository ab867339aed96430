"""Test nodes: what is true or false of a contact at an instant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from tests.oracle.tree import Duration, Test, ValueNode, clock, group, quoted
from tests.oracle.values import Events, Literal
from tests.oracle.world import at, day_of, same_text


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
class And(Test):
    parts: tuple[Test, ...]
    chain = True

    def text(self) -> str:
        return " and ".join(group(part) for part in self.parts)

    def holds(self, world, now, row=None):
        return all(part.holds(world, now, row) for part in self.parts)


@dataclass(frozen=True)
class Or(Test):
    parts: tuple[Test, ...]
    chain = True

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
    """On a channel, or (None) on any."""

    list: str
    channel: str | None = None

    def text(self) -> str:
        by = f" by {self.channel}" if self.channel else ""
        return f"subscribed to {self.list}{by}"

    def holds(self, world, now, row=None):
        states = world.lists.get(self.list, {})
        return any(state == "subscribed" for c, state in states.items() if self.channel in (None, c))


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
