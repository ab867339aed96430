"""Condition nodes to the Python that says when they may change. See `functions` for the whole picture.

Most of a condition stands still until something happens; only its *moving* parts get code here. An atom's
code is an expression for the instant of its next change. `and` and `or` become functions that give
``(value, until)``: as long as one part of an `and` is false, the others cannot matter, so it stays false
until the last of its false parts may have changed; when all are true, the first change matters. For `or`
the other way about. Parts that stand still are asked first: they often settle it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncue.runtime.kernel.conditions.codegen_source import Piece, join, postorder
from oncue.runtime.kernel.conditions.codegen_test import FLIPPED, Tests
from oncue.runtime.kernel.conditions.codegen_values import literal
from oncue.schemas.conditions import (
    Agg,
    And,
    Arith,
    Cmp,
    CondNode,
    Day,
    DayOf,
    Has,
    In,
    InSegment,
    IsSet,
    Not,
    Now,
    NowBetween,
    OlderThan,
    Or,
    TextTest,
    ValueNode,
    Within,
)  # fmt: skip
from oncue.schemas.values import DAY

_CLOCKS = (Now, Day)


def moving(root: CondNode | ValueNode, segment_moves: Callable[[str], bool]) -> set[int]:
    """The identities of all nodes at or below `root` whose value may change by time alone."""
    found: set[int] = set()
    for node in postorder(root):
        if _moves(node, found, segment_moves):
            found.add(id(node))
    return found


def _moves(node: CondNode | ValueNode, found: set[int], segment_moves: Callable[[str], bool]) -> bool:
    if isinstance(node, Day | Now | Within | OlderThan):
        return True
    if isinstance(node, NowBetween):
        return node.start != node.end
    if isinstance(node, Agg):
        return node.span.kind in ("last", "since_day")
    if isinstance(node, InSegment):
        return segment_moves(node.segment)
    if isinstance(node, And):
        return any(id(part) in found for part in node.all)
    if isinstance(node, Or):
        return any(id(part) in found for part in node.any)
    if isinstance(node, Not):
        return id(node.cond) in found
    if isinstance(node, Cmp | Arith):
        return id(node.left) in found or id(node.right) in found
    if isinstance(node, In | TextTest | IsSet | Has | DayOf):
        return id(node.value) in found
    return False


class Changes:
    """Emits when nodes change, into the source of `tests`."""

    def __init__(self, tests: Tests, segment_moves: Callable[[str], bool]) -> None:
        self.tests = tests
        self._segment_moves = segment_moves
        self._moving: set[int] = set()
        self._pairs: dict[int, str] = {}  # functions that give (value, until)

    def until(self, root: CondNode) -> Piece:
        """An expression for the instant at which the condition may change, or NEVER."""
        self.tests.piece(root)
        self._moving = moving(root, self._segment_moves)
        for node in postorder(root):
            if isinstance(node, And | Or) and id(node) in self._moving:
                self._pairs[id(node)] = self._pair(node)
        return self._of(root)

    def moves(self, node: CondNode | ValueNode) -> bool:
        """Whether time alone may change it."""
        return id(node) in self._moving

    def _of(self, node: CondNode) -> Piece:
        while isinstance(node, Not):
            node = node.cond
        if not self.moves(node):
            return _NEVER
        if id(node) in self._pairs:
            return Piece(f"{self._pairs[id(node)]}(s, now, e, m)[1]")
        return _UNTIL[type(node)](self, node)

    def _pair(self, node: And | Or) -> str:
        """A function that gives the value of an `and` or `or` and the instant at which it may change."""
        both = isinstance(node, And)
        parts = node.all if isinstance(node, And) else node.any
        still = [self.tests.of(part) for part in parts if not self.moves(part)]
        lines, uses = [], 0
        if still:
            settled = join("and" if both else "or", still)
            uses |= settled.locals
            lines.append(f"if {'not ' if both else ''}{settled.code}: return {not both}, NEVER")
        names, untils = [], []
        for part in parts:
            if self.moves(part):
                value, until, line, used = self._part(part)
                lines.append(line)
                names.append(value)
                untils.append(until)
                uses |= used
        # an `and` that is true, and an `or` that is false: any part may end it, so the first change counts
        word, first, last = (" and ", "min", "max") if both else (" or ", "max", "min")
        together, apart = self._ends(names, untils, both)
        lines.append(f"if {word.join(names)}: return True, {_call(first, together)}")
        lines.append(f"return False, {_call(last, apart)}")
        return self.tests.source.function(self.tests.source.fresh("change"), lines, uses)

    def _part(self, part: CondNode) -> tuple[str, str, str, int]:
        """Of one moving part: a local with its value, code for its change, the line before, locals used."""
        source, inner, flips = self.tests.source, part, False
        while isinstance(inner, Not):
            inner, flips = inner.cond, not flips
        value = source.fresh("v")
        if id(inner) in self._pairs:
            until = source.fresh("n")
            call = f"{value}, {until} = {self._pairs[id(inner)]}(s, now, e, m)"
            return (f"(not {value})" if flips else value), until, call, 0
        test, change = self.tests.of(part), self._of(inner)
        return value, change.code, f"{value} = {test.code}", test.locals | change.locals

    def _ends(self, names: list[str], untils: list[str], both: bool) -> tuple[list[str], list[str]]:
        """The changes that count when the whole is true, and when it is false."""
        if both:
            return untils, [
                f"0 if {name} else {until}" for name, until in zip(names, untils, strict=True)
            ] if len(names) > 1 else untils
        return [f"{until} if {name} else 0" for name, until in zip(names, untils, strict=True)] if len(
            names
        ) > 1 else untils, untils

    # --- values ---

    def change(self, node: ValueNode) -> str:
        """Code for when a value may change."""
        if not self.moves(node):
            return "NEVER"
        if isinstance(node, Agg):
            return f"value_changes({self.window(node)}, {node.fn!r}, {self.tests.values.column(node)})"
        found = [self._own_change(part) for part in postorder(node) if self.moves(part)]
        return _call("min", sorted({code for code in found if code}))

    def _own_change(self, node: CondNode | ValueNode) -> str:
        if isinstance(node, Agg):
            return self.change(node)
        if isinstance(node, DayOf):
            return "next_midnight(now)" if isinstance(node.value, Now) else ""
        if isinstance(node, Now):
            return "now + 1"
        return "next_midnight(now)" if isinstance(node, Day) else ""

    def window(self, node: Agg) -> str:
        """Code for the window of a moving aggregate."""
        rows, span = self.tests.values.rows(node), node.span
        if span.kind == "last":
            return f"last_window({rows}, now, {span.micros})"
        return f"day_window({rows}, now, zone, {span.day}, {span.minutes})"


_NEVER = Piece("NEVER")


def _call(fn: str, codes: list[str]) -> str:
    return codes[0] if len(codes) == 1 else f"{fn}({', '.join(codes)})"


def _first(*codes: str) -> str:
    return _call("min", [code for code in codes if code != "NEVER"] or ["NEVER"])


# --- atoms ----------------------------------------------------------------------------------------


def _is_clock(node: ValueNode) -> bool:
    return isinstance(node, _CLOCKS) or (isinstance(node, DayOf) and isinstance(node.value, Now))


def _clock_flips(node: ValueNode, order: str, value: str) -> str:
    """When `clock ORDER value` changes, the value standing still."""
    if isinstance(node, Now):
        return f"now_flips({order!r}, now, {value})"
    offset = node.offset if isinstance(node, Day) else 0
    if isinstance(node, Day) and node.at is not None:
        return f"time_flips({order!r}, zone, now, {offset}, {node.at}, {value})"
    return f"day_flips({order!r}, zone, now, {offset}, {value})"


def _cmp(changes: Changes, node: Cmp) -> Piece:
    left, right, order = node.left, node.right, str(node.order)
    if not changes.moves(left) or (not _is_clock(left) and _is_clock(right)):
        left, right, order = right, left, FLIPPED[order]
    other = changes.tests.of(right)
    uses = changes.tests.of(left).locals | other.locals
    if _is_clock(left):
        # until the other side changes it stands still, so the earlier of both is right
        return Piece(_first(_clock_flips(left, order, other.code), changes.change(right)), locals=uses)
    if isinstance(left, Agg) and not changes.moves(right):
        window = changes.window(left)
        column = changes.tests.values.column(left)
        if left.fn == "count":
            return Piece(f"count_flips({window}, {column}, {order!r}, {other.code})", locals=uses)
        return Piece(f"value_flips({window}, {left.fn!r}, {column}, {order!r}, {other.code})", locals=uses)
    return Piece(_first(changes.change(left), changes.change(right)), locals=uses)


def _within(changes: Changes, node: Within) -> Piece:
    if node.type == "date":
        days = node.micros // DAY
        return _edges(changes, node, *((-days, 1) if node.side == "next" else (0, days + 1)))
    return _edges(changes, node, *((-node.micros, 0) if node.side == "next" else (0, node.micros)))


def _older_than(changes: Changes, node: OlderThan) -> Piece:
    later = node.micros // DAY if node.type == "date" else node.micros
    return _edges(changes, node, later, later)


def _edges(changes: Changes, node: Within | OlderThan, opens: int, closes: int) -> Piece:
    value = changes.tests.of(node.value)
    call = "day_edges(zone, now, " if node.type == "date" else "edges(now, "
    code = f"{call}{value.code}, {opens}, {closes})"
    return Piece(_first(code, changes.change(node.value)), locals=value.locals)


def _in(changes: Changes, node: In) -> Piece:
    value = node.value
    if _is_clock(value) and node.type == "date":
        days = changes.tests.source.constant(f"frozenset({[literal('date', text) for text in node.items]!r})")
        offset = value.offset if isinstance(value, Day) else 0
        return Piece(f"day_joins(zone, now, {offset}, {days})")
    return _value(changes, node)


def _value(changes: Changes, node: In | TextTest | IsSet | Has) -> Piece:
    return Piece(changes.change(node.value), locals=changes.tests.of(node.value).locals)


def _in_segment(changes: Changes, node: InSegment) -> Piece:
    name = changes.tests.segment(node.segment)
    return Piece(f"instant_or_never({name}.next(s, now, EMPTY, None))")


def _now_between(changes: Changes, node: NowBetween) -> Piece:
    return Piece(f"between_until(now, {node.start}, {node.end})")


_UNTIL: dict[type, Callable[[Changes, Any], Piece]] = {
    Cmp: _cmp, Within: _within, OlderThan: _older_than, In: _in, TextTest: _value, IsSet: _value, Has: _value,
    InSegment: _in_segment, NowBetween: _now_between,
}  # fmt: skip
