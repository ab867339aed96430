"""The language's own syntax tree: what somebody wrote, in one form, with places.

`start` and `end` are offsets in the condition's text. They do not count when nodes are compared, so that
``parse(unparse(node)) == node``. Nothing here is resolved: `Name` may be a field, a property or a mistake.
A test may stand where a value belongs and the other way round; the checker says so.

Chains of `and` and of `or` are flat, parentheses leave no trace, `x is not set` is ``Not(IsSet(x))``, and
every negated variant (`not in`, `did not`, `is not tagged`) is ``Not(...)``.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Order = Literal["==", "!=", "<", "<=", ">", ">=", "before", "after"]
Function = Literal["count", "sum", "min", "max", "first", "last"]


class Node(Struct, frozen=True, eq=False, gc=False):
    """A stretch of the text, ``text[start:end]``."""

    start: int
    end: int

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__struct_fields__[2:])

    def __ne__(self, other: object) -> bool:  # Struct has its own, which would compare places
        return not self == other

    def __hash__(self) -> int:
        return hash(type(self))


# --- values ---------------------------------------------------------------------------------------


class Text(Node, frozen=True, eq=False):
    """A text in double quotes; `value` has its escapes resolved."""

    value: str


class Number(Node, frozen=True, eq=False):
    """`value` is the shortest decimal, or what was written where that is no number of the language."""

    value: str


class Boolean(Node, frozen=True, eq=False):
    value: bool


class Date(Node, frozen=True, eq=False):
    """``2026-07-01``, or, with `at` (``HH:MM``), an instant of that day."""

    day: str
    at: str | None


class DayWord(Node, frozen=True, eq=False):
    """`today`, `tomorrow` or `yesterday`, or, with `at` (``HH:MM``), an instant of that day."""

    word: str
    at: str | None


class Now(Node, frozen=True, eq=False):
    """The instant of evaluation."""


class Name(Node, frozen=True, eq=False):
    """``score``, ``event.link``, ``purchase.total``: one path, as written."""

    path: str


class Arith(Node, frozen=True, eq=False):
    sign: Literal["+", "-", "*", "/"]
    left: Node
    right: Node


class Aggregate(Node, frozen=True, eq=False):
    """``sum(purchase.total of X where T in last 90 days)``; `path` is an event or a property of one."""

    fn: Function
    path: Name
    target: Of | OfStep | None
    where: Node | None
    window: Window | None


# --- parts of tests -------------------------------------------------------------------------------


class Ref(Node, frozen=True, eq=False):
    """An id, bare or quoted."""

    name: str


class Of(Node, frozen=True, eq=False):
    asset: Ref


class OfStep(Node, frozen=True, eq=False):
    step: Ref


class Duration(Node, frozen=True, eq=False):
    """`count` is digits (perhaps a fraction, a mistake); `unit` singular where it is known: ``day``."""

    count: str
    unit: str


class InLast(Node, frozen=True, eq=False):
    duration: Duration


class SinceStart(Node, frozen=True, eq=False):
    pass


class Since(Node, frozen=True, eq=False):
    day: Date | DayWord


Window = InLast | SinceStart | Since


class Times(Node, frozen=True, eq=False):
    order: Literal["at least", "at most", "exactly"]
    count: Number


# --- tests ----------------------------------------------------------------------------------------


class And(Node, frozen=True, eq=False):
    """Two or more parts, none of them an `And`."""

    parts: tuple[Node, ...]


class Or(Node, frozen=True, eq=False):
    """Two or more parts, none of them an `Or`."""

    parts: tuple[Node, ...]


class Not(Node, frozen=True, eq=False):
    part: Node


class Compare(Node, frozen=True, eq=False):
    """`before` and `after` are what `<` and `>` become beside a date, a day word or `now`."""

    order: Order
    left: Node
    right: Node


class In(Node, frozen=True, eq=False):
    value: Node
    items: tuple[Node, ...]


class TextTest(Node, frozen=True, eq=False):
    test: Literal["contains", "starts", "ends", "matches"]
    value: Node
    pattern: Node


class IsSet(Node, frozen=True, eq=False):
    value: Node


class Has(Node, frozen=True, eq=False):
    value: Node
    item: Node


class Within(Node, frozen=True, eq=False):
    side: Literal["next", "last"]
    value: Node
    duration: Duration


class OlderThan(Node, frozen=True, eq=False):
    value: Node
    duration: Duration


class Tagged(Node, frozen=True, eq=False):
    """`tag` is a `Text`; a `Ref` is a tag without its quotes, a mistake."""

    tag: Text | Ref


class Subscribed(Node, frozen=True, eq=False):
    list: Ref
    channel: Ref | None


class InSegment(Node, frozen=True, eq=False):
    segment: Ref


class InCampaign(Node, frozen=True, eq=False):
    campaign: Ref


class NowBetween(Node, frozen=True, eq=False):
    """Both ``HH:MM``."""

    since: str
    until: str


class Did(Node, frozen=True, eq=False):
    event: Name
    target: Of | OfStep | None
    where: Node | None
    times: Times | None
    window: Window | None


def children(node: Node) -> list[Node]:
    """The nodes directly below, in the order of the fields."""
    found: list[Node] = []
    for name in node.__struct_fields__[2:]:
        value = getattr(node, name)
        if isinstance(value, Node):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(value)
    return found


def depth_over(node: Node, limit: int) -> Node | None:
    """A node deeper than `limit` levels below `node`, or None. Level by level, without recursion."""
    level = [node]
    for _ in range(limit):
        level = [child for parent in level for child in children(parent)]
        if not level:
            return None
    return level[0]
