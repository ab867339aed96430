"""Condition nodes to the Python expression that tests them. See `functions` for the whole picture.

The habit of this file: a missing value costs nothing where a default can stand for it. ``score >= 50`` is
``f.get('score', 49) >= 50``: the default is any value that makes the test false. Where there is no such
lookup, the value is computed once into a local and compared with None first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from oncue.runtime.kernel.conditions.codegen_source import LONG, Piece, Source, join, postorder
from oncue.runtime.kernel.conditions.codegen_values import Values, literal
from oncue.runtime.kernel.conditions.rows import Cell
from oncue.schemas.conditions import (
    Agg,
    And,
    Arith,
    Cmp,
    CondNode,
    Const,
    Day,
    DayOf,
    Field,
    Has,
    In,
    InCampaign,
    InSegment,
    IsSet,
    Lit,
    Not,
    Now,
    NowBetween,
    OlderThan,
    Or,
    Owned,
    Prop,
    Subscribed,
    Tagged,
    TextTest,
    Track,
    ValueNode,
    Within,
)  # fmt: skip
from oncue.schemas.values import DAY, LIMIT, SCALE, compared_text

FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_BEYOND = 10**40  # further out than any number, day or instant
_TRUE, _FALSE = Piece("True"), Piece("False")


def glob(pattern: str) -> Callable[[str], re.Match[str] | None]:
    """A glob as a match of the whole text: `*` any run, `?` one character.

    Each run is taken as short as it can be and never tried again, so the time stays proportional to the
    text whatever the pattern."""
    first, *runs = ["".join("." if c == "?" else re.escape(c) for c in part) for part in pattern.split("*")]
    if not runs:
        return re.compile(first, re.DOTALL).fullmatch
    middle = "".join(f"(?>.*?{part})" for part in runs[:-1] if part)
    return re.compile(f"{first}{middle}.*{runs[-1]}", re.DOTALL).fullmatch


class Tests:
    """Emits condition nodes into a source. `segment` binds a segment's condition and gives its name."""

    def __init__(
        self,
        source: Source,
        tracks: Mapping[str, Track],
        segment: Callable[[str], str],
        row: Callable[[str], Piece] | None = None,
    ) -> None:
        self.source = source
        self.values = Values(source, tracks, self._where, row)
        self._tracks = tracks
        self.segment = segment
        self._pieces: dict[int, Piece] = {}
        self._roots: list[object] = []  # keeps what `_pieces` knows by identity alive

    def piece(self, root: CondNode | ValueNode) -> Piece:
        """The expression of a node."""
        if id(root) not in self._pieces:
            self._roots.append(root)
            for node in postorder(root):
                if id(node) not in self._pieces:
                    self._pieces[id(node)] = _EMIT[type(node)](self, node)
        return self._pieces[id(root)]

    def of(self, node: CondNode | ValueNode) -> Piece:
        """The expression of a node that was emitted before."""
        return self._pieces[id(node)]

    def held(self, piece: Piece, test: Callable[[str], str]) -> Piece:
        """A test of a value that may be missing: false then."""
        if not piece.missing:
            return piece._replace(code=f"({test(piece.code)})", lookup="", raw="")
        name = self.source.fresh("x")
        code = f"(({name} := {piece.code}) is not None and {test(name)})"
        return self.source.cut(Piece(code, depth=piece.depth + 1, locals=piece.locals))

    def _where(self, node: CondNode, track: Track) -> str:
        def column(name: str) -> Piece:
            return Piece(f"r[{2 + track.props.index(name)}]", missing=True)

        inner = Tests(self.source, self._tracks, self.segment, column)
        piece = inner.piece(node)
        return self.source.function(
            self.source.fresh("where"), [f"return {piece.code}"], piece.locals, "r, m"
        )


# --- conditions of conditions ---------------------------------------------------------------------


def _const(tests: Tests, node: Const) -> Piece:
    return _TRUE if node.value else _FALSE


def _and(tests: Tests, node: And) -> Piece:
    return tests.source.cut(join("and", [tests.of(part) for part in node.all])) if node.all else _TRUE


def _or(tests: Tests, node: Or) -> Piece:
    return tests.source.cut(join("or", [tests.of(part) for part in node.any])) if node.any else _FALSE


def _not(tests: Tests, node: Not) -> Piece:
    piece = tests.of(node.cond)
    return tests.source.cut(piece._replace(code=f"(not {piece.code})", depth=piece.depth + 1))


# --- comparisons ----------------------------------------------------------------------------------


def _compare(tests: Tests, node: Cmp) -> Piece:
    order: str = node.order
    left, right, constant = node.left, node.right, node.right
    if isinstance(left, Lit):
        left, right, constant, order = right, left, left, FLIPPED[order]
    if isinstance(constant, Lit):
        bound = literal(constant.type, constant.value)
        return _compare_constant(tests, order, left, bound)
    return _compare_values(tests, order, tests.of(left), tests.of(right))


def _compare_constant(tests: Tests, order: str, left: ValueNode, bound: Cell) -> Piece:
    piece = tests.of(left)
    if bound is None:
        return _TRUE if order == "!=" else _FALSE
    if isinstance(left, Agg) and piece.raw:
        return (
            _compare_count(piece, order, bound) if left.fn == "count" else _compare_sum(piece, order, bound)
        )
    if order in ("==", "!="):
        word = order if not isinstance(bound, bool) else "is" if order == "==" else "is not"
        return Piece(f"{piece.code} {word} {bound!r}", depth=piece.depth, locals=piece.locals)
    if piece.lookup:  # a default that makes the test false
        default = {">=": bound - 1, ">": bound, "<": bound, "<=": bound + 1}[order]
        return Piece(
            f"{piece.lookup}, {default!r}) {order} {bound!r}", depth=piece.depth, locals=piece.locals
        )
    return tests.held(piece, lambda value: f"{value} {order} {bound!r}")


def _compare_count(piece: Piece, order: str, bound: int) -> Piece:
    """A count against a number, without bringing the count to the number's scale."""
    whole, rest = divmod(bound, SCALE)
    if rest and order in ("==", "!="):
        return _TRUE if order == "!=" else _FALSE
    if rest and order in (">=", "<"):
        whole += 1
    return Piece(f"{piece.raw} {order} {whole}", locals=piece.locals)


def _compare_sum(piece: Piece, order: str, bound: int) -> Piece:
    """A sum against a number: one that overflows is missing, so an ordering has two ends."""
    if order in ("==", "!="):
        return Piece(f"{piece.raw} {order} {bound}")
    ends = f"{LIMIT} > {piece.raw}" if order in (">", ">=") else f"{-LIMIT} < {piece.raw}"
    return Piece(f"{ends} {order} {bound}")


def _compare_values(tests: Tests, order: str, left: Piece, right: Piece) -> Piece:
    depth, uses = max(left.depth, right.depth) + 1, left.locals | right.locals
    if order in ("==", "!="):
        code = (
            _equal(tests, left, right) if left.missing and right.missing else f"{left.code} == {right.code}"
        )
        code = f"({code})" if order == "==" else f"(not ({code}))"
    else:
        below = order in ("<", "<=")
        first, left_code = _side(tests, left, _BEYOND if below else -_BEYOND)
        second, right_code = _side(tests, right, -_BEYOND if below else _BEYOND)
        code = f"({first}{second}{left_code} {order} {right_code})"
    return tests.source.cut(Piece(code, depth=depth, locals=uses))


def _equal(tests: Tests, left: Piece, right: Piece) -> str:
    name = tests.source.fresh("x")
    return f"({name} := {left.code}) is not None and {name} == {right.code}"


def _side(tests: Tests, piece: Piece, default: int) -> tuple[str, str]:
    """What must come before an ordering, and the side itself."""
    if not piece.missing:
        return "", piece.code
    if piece.lookup:
        return "", f"{piece.lookup}, {default})"
    name = tests.source.fresh("x")
    return f"({name} := {piece.code}) is not None and ", name


def _in(tests: Tests, node: In) -> Piece:
    piece = tests.of(node.value)
    items = sorted(item for text in node.items if (item := literal(node.type, text)) is not None)
    if not items:
        return _FALSE
    code = "{" + ", ".join(map(repr, dict.fromkeys(items))) + "}"
    if len(items) > LONG:
        code = tests.source.constant(f"frozenset({code})")
    return Piece(f"{piece.code} in {code}", depth=piece.depth, locals=piece.locals)


# --- texts, sets and standing ---------------------------------------------------------------------


def _text(tests: Tests, node: TextTest) -> Piece:
    piece, pattern = tests.of(node.value), compared_text(node.pattern)
    if not node.pattern:
        return _FALSE
    test: str = node.test
    if test == "matches":
        test, pattern = _plain_glob(pattern)
    if test == "equals":
        return Piece(f"{piece.code} == {pattern!r}", depth=piece.depth, locals=piece.locals)
    if test == "matches":
        name = tests.source.constant(f"glob({pattern!r})")
        return tests.held(piece, lambda value: f"{name}({value}) is not None")
    if not pattern:
        return _is_set_value(piece, False)
    if piece.lookup:
        return Piece(
            _TEXT[test](f"{piece.lookup}, '')", repr(pattern)), depth=piece.depth, locals=piece.locals
        )
    return tests.held(piece, lambda value: _TEXT[test](value, repr(pattern)))


_TEXT: dict[str, Callable[[str, str], str]] = {
    "contains": lambda value, pattern: f"{pattern} in {value}",
    "starts": lambda value, pattern: f"{value}.startswith({pattern})",
    "ends": lambda value, pattern: f"{value}.endswith({pattern})",
}


def _plain_glob(pattern: str) -> tuple[str, str]:
    """The test that a simple glob amounts to, and its text."""
    inner = pattern.strip("*")
    if "?" in pattern or "*" in inner:
        return "matches", pattern
    opens, closes = pattern.startswith("*"), pattern.endswith("*")
    if opens or closes:
        return ("contains" if opens and closes else "ends" if opens else "starts"), inner
    return "equals", pattern


def _is_set(tests: Tests, node: IsSet) -> Piece:
    value = node.value
    return _is_set_value(tests.of(value), getattr(value, "type", "") == "many")


def _is_set_value(piece: Piece, many: bool) -> Piece:
    if not piece.missing:
        return _TRUE
    code = f"bool({piece.code})" if many else f"{piece.code} is not None"
    return Piece(code, depth=piece.depth, locals=piece.locals)


def _has(tests: Tests, node: Has) -> Piece:
    piece = tests.of(node.value)
    if not node.item:
        return _FALSE
    item = repr(compared_text(node.item))
    if piece.lookup:
        return Piece(f"{item} in {piece.lookup}, ())", depth=piece.depth, locals=piece.locals)
    return tests.held(piece, lambda value: f"{item} in {value}")


def _tagged(tests: Tests, node: Tagged) -> Piece:
    return Piece(f"{node.tag!r} in s.tags")


def _subscribed(tests: Tests, node: Subscribed) -> Piece:
    channels = f"s.subscriptions.get({node.list!r}, EMPTY)"
    if node.channel is None:
        return Piece(f"'subscribed' in {channels}.values()")
    return Piece(f"{channels}.get({node.channel!r}) == 'subscribed'")


def _in_segment(tests: Tests, node: InSegment) -> Piece:
    return Piece(f"{tests.segment(node.segment)}.test(s, now, EMPTY, None)")


def _in_campaign(tests: Tests, node: InCampaign) -> Piece:
    return Piece(f"{'belongs' if node.statuses else 'inside'}(s, {node.campaign!r})")


# --- times ----------------------------------------------------------------------------------------


def _within(tests: Tests, node: Within) -> Piece:
    piece, next_ = tests.of(node.value), node.side == "next"
    if node.type == "date":
        today, days = tests.source.fresh("x"), node.micros // DAY
        first, final = f"({today} := day(now))", today
        low, high = (first, f"{final} + {days}") if next_ else (f"{first} - {days}", final)
        strict, closed = "<=", "<="
    else:
        low, high = ("now", f"now + {node.micros}") if next_ else (f"now - {node.micros}", "now")
        strict, closed = "<", "<="
    if piece.lookup:
        code = f"{low} {strict} {piece.lookup}, {-_BEYOND}) {closed} {high}"
        return Piece(code, depth=piece.depth, locals=piece.locals)
    return tests.held(piece, lambda value: f"{low} {strict} {value} {closed} {high}")


def _older_than(tests: Tests, node: OlderThan) -> Piece:
    piece = tests.of(node.value)
    limit = f"day(now) - {node.micros // DAY}" if node.type == "date" else f"now - {node.micros}"
    if piece.lookup:
        return Piece(f"{piece.lookup}, {_BEYOND}) <= {limit}", depth=piece.depth, locals=piece.locals)
    return tests.held(piece, lambda value: f"{value} <= {limit}")


def _now_between(tests: Tests, node: NowBetween) -> Piece:
    return Piece(f"between(now, {node.start}, {node.end})") if node.start != node.end else _FALSE


_EMIT: dict[type, Callable[[Tests, Any], Piece]] = {
    Const: _const, And: _and, Or: _or, Not: _not, Cmp: _compare, In: _in, TextTest: _text, IsSet: _is_set,
    Has: _has, Tagged: _tagged, Subscribed: _subscribed, InSegment: _in_segment, InCampaign: _in_campaign,
    Within: _within, OlderThan: _older_than, NowBetween: _now_between,
    Lit: lambda tests, node: tests.values.lit(node),
    Field: lambda tests, node: tests.values.field(node),
    Owned: lambda tests, node: tests.values.owned(node),
    Prop: lambda tests, node: tests.values.prop(node),
    Day: lambda tests, node: tests.values.day(node),
    Now: lambda tests, node: tests.values.now(node),
    DayOf: lambda tests, node: tests.values.day_of(node, tests.of(node.value)),
    Arith: lambda tests, node: tests.values.arith(node, tests.of(node.left), tests.of(node.right)),
    Agg: lambda tests, node: tests.values.agg(node),
}  # fmt: skip
