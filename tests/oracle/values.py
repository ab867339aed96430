"""Value nodes: literals, fields, properties, days, arithmetic, and what the history is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from tests.oracle.tree import Duration, Node, Test, ValueNode, clock, group, literal
from tests.oracle.world import Happening, Value, World, at, day_of, present, rounded


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
class DealField(ValueNode):
    """Of the newest open deal; where none is open, of the newest."""

    type: str
    name: str

    def text(self) -> str:
        return f"deal.{self.name}"

    def value(self, world, now, row=None):
        meant = [deal for deal in world.deals if deal.values["status"] == "open"] or list(world.deals)
        return present(meant[-1].values.get(self.name)) if meant else None


@dataclass(frozen=True)
class AccountField(ValueNode):
    type: str
    name: str

    def text(self) -> str:
        return f"account.{self.name}"

    def value(self, world, now, row=None):
        return present(world.account.get(self.name))


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
class Now(ValueNode):
    type = "datetime"

    def text(self) -> str:
        return "now"

    def value(self, world, now, row=None):
        return now


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
        where = f" where {group(self.where)}" if self.where else ""
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
