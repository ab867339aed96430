"""Grammar rules to nodes: one method per rule of grammar.lark, called by the parser as it reduces.

Methods take the list of children (tokens and nodes; None for an optional part that is absent) and give a
node. They never fail: what is wrong with a number, a date or a unit is kept and left to the checker.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from oncue.compiler.expr import nodes as n
from oncue.compiler.expr.lalr import Token
from oncue.schemas.values import PLACES, format_number, parse_number

_UNITS = {"minutes": "minute", "hours": "hour", "days": "day", "weeks": "week"}
_UNITS |= {unit: unit for unit in _UNITS.values()}
_ORDERS = {"before": "before", "after": "after", "<": "before", ">": "after"}
_TESTS = {"c": "contains", "s": "starts", "e": "ends", "m": "matches"}

_ESCAPE = re.compile(r"\\(.)")

Children = Sequence[Any]


class Builder:
    """What the parser calls. It has no state."""

    # values

    def name(self, c: Children) -> n.Name:
        return n.Name(c[0].start_pos, c[0].end_pos, str(c[0]))

    def number(self, c: Children) -> n.Number:
        return n.Number(c[0].start_pos, c[0].end_pos, _decimal(c[0]))

    def text(self, c: Children) -> n.Text:
        return n.Text(c[0].start_pos, c[0].end_pos, _unquoted(c[0]))

    def boolean(self, c: Children) -> n.Boolean:
        return n.Boolean(c[0].start_pos, c[0].end_pos, c[0] == "true")

    def now(self, c: Children) -> n.Now:
        return n.Now(c[0].start_pos, c[0].end_pos)

    def date(self, c: Children) -> n.Date:
        return n.Date(c[0].start_pos, _end(c), str(c[0]), _at(c))

    def day_word(self, c: Children) -> n.DayWord:
        return n.DayWord(c[0].start_pos, _end(c), str(c[0]), _at(c))

    def arith(self, c: Children) -> n.Arith:
        return n.Arith(c[0].start, c[2].end, str(c[1]), c[0], c[2])  # type: ignore[arg-type]

    def aggregate(self, c: Children) -> n.Aggregate:
        fn, _, name, target, where, window, close = c
        return n.Aggregate(fn.start_pos, close.end_pos, str(fn), self.name([name]), target, where, window)  # type: ignore[arg-type]

    def group(self, c: Children) -> n.Node:
        node: n.Node = c[1]
        return node

    # logic

    def any_of(self, c: Children) -> n.Node:
        parts = _flat(c, n.Or)
        return n.Or(parts[0].start, parts[-1].end, parts)

    def all_of(self, c: Children) -> n.Node:
        parts = _flat(c, n.And)
        return n.And(parts[0].start, parts[-1].end, parts)

    def negated(self, c: Children) -> n.Not:
        return n.Not(c[0].start_pos, c[1].end, c[1])

    # tests of a value

    def compare(self, c: Children) -> n.Compare:
        left, token, right = c
        order = str(token)
        if order[0] == "i":
            order = "==" if order == "is" else "!="
        elif order in _ORDERS and (isinstance(left, _DAYS) or isinstance(right, _DAYS)):
            order = _ORDERS[order]
        return n.Compare(left.start, right.end, order, left, right)  # type: ignore[arg-type]

    def side(self, c: Children) -> n.Node:
        left, negation, token, right = c
        order = "after" if token.endswith("after") else "before"
        return _maybe_not(negation, n.Compare(left.start, right.end, order, left, right))  # type: ignore[arg-type]

    def in_list(self, c: Children) -> n.Node:
        value, negation, _, _, items, close = c
        return _maybe_not(negation, n.In(value.start, close.end_pos, value, items or ()))

    def items(self, c: Children) -> tuple[n.Node, ...]:
        return tuple(child for child in c if isinstance(child, n.Node))

    def text_test(self, c: Children) -> n.Node:
        value, negation, token, pattern = c
        test = n.TextTest(value.start, pattern.end, _TESTS[token[0]], value, pattern)  # type: ignore[arg-type]
        return _maybe_not(negation, test)

    def has(self, c: Children) -> n.Node:
        value, negation, _, item = c
        return _maybe_not(negation, n.Has(value.start, item.end, value, item))

    def within(self, c: Children) -> n.Node:
        value, negation, token, duration = c
        side = "last" if token.endswith("last") else "next"
        node = n.Within(value.start, duration.end_pos, side, value, _duration(duration))  # type: ignore[arg-type]
        return _maybe_not(negation, node)

    def older_than(self, c: Children) -> n.Node:
        value, negation, _, duration = c
        return _maybe_not(negation, n.OlderThan(value.start, duration.end_pos, value, _duration(duration)))

    def is_set(self, c: Children) -> n.Node:
        node = n.IsSet(c[0].start, c[1].end_pos, c[0])
        return n.Not(node.start, node.end, node) if "not" in c[1] else node

    # tests of the contact

    def tagged(self, c: Children) -> n.Node:
        node = n.Tagged(
            c[0].start_pos, c[1].end_pos, self.text(c[1:]) if c[1].type == "STRING" else _ref(c[1])
        )
        return _maybe_is_not(c[0], node)

    def subscribed(self, c: Children) -> n.Node:
        last = c[3] or c[1]
        channel = _ref(c[3]) if c[3] is not None else None
        return _maybe_is_not(c[0], n.Subscribed(c[0].start_pos, last.end_pos, _ref(c[1]), channel))

    def in_segment(self, c: Children) -> n.Node:
        return _maybe_is_not(c[0], n.InSegment(c[0].start_pos, c[1].end_pos, _ref(c[1])))

    def in_campaign(self, c: Children) -> n.Node:
        return _maybe_is_not(c[0], n.InCampaign(c[0].start_pos, c[1].end_pos, _ref(c[1])))

    def now_between(self, c: Children) -> n.NowBetween:
        return n.NowBetween(c[0].start_pos, c[4].end_pos, _time(c[2]), _time(c[4]))

    # behaviour

    def did(self, c: Children) -> n.Node:
        did, name, target, where, times, window = c
        end = next((part.end for part in (window, times, where, target) if part is not None), name.end_pos)
        return _maybe_is_not(did, n.Did(did.start_pos, end, self.name([name]), target, where, times, window))

    def of_asset(self, c: Children) -> n.Of:
        return n.Of(c[0].start_pos, c[1].end_pos, _ref(c[1]))

    def of_step(self, c: Children) -> n.OfStep:
        return n.OfStep(c[0].start_pos, c[1].end_pos, _ref(c[1]))

    def where(self, c: Children) -> n.Node:
        node: n.Node = c[1]
        return node

    def times(self, c: Children) -> n.Times:
        order = " ".join(c[0].split())
        return n.Times(c[0].start_pos, c[2].end_pos, order, self.number(c[1:]))  # type: ignore[arg-type]

    def in_last(self, c: Children) -> n.InLast:
        return n.InLast(c[0].start_pos, c[1].end_pos, _duration(c[1]))

    def since_start(self, c: Children) -> n.SinceStart:
        return n.SinceStart(c[0].start_pos, c[0].end_pos)

    def since_day(self, c: Children) -> n.Since:
        return n.Since(c[0].start_pos, c[1].end, c[1])

    def ref(self, c: Children) -> Token:
        token: Token = c[0]
        return token


_DAYS = (n.Date, n.DayWord, n.Now)


def _flat(children: Children, kind: type[n.And] | type[n.Or]) -> tuple[n.Node, ...]:
    parts: list[n.Node] = []
    for child in children[::2]:
        if isinstance(child, kind):
            parts.extend(child.parts)
        else:
            parts.append(child)
    return tuple(parts)


def _maybe_not(negation: Token | None, node: n.Node) -> n.Node:
    return node if negation is None else n.Not(node.start, node.end, node)


def _maybe_is_not(token: Token, node: n.Node) -> n.Node:
    """`did not`, `is not tagged`, `is not in segment`: the negation is part of the first word's token."""
    return n.Not(node.start, node.end, node) if "not" in token else node


def _ref(token: Token) -> n.Ref:
    name = _unquoted(token) if token.type == "STRING" else str(token)
    return n.Ref(token.start_pos or 0, token.end_pos or 0, name)


def _unquoted(token: Token) -> str:
    body = token[1:-1]
    return _ESCAPE.sub(r"\1", body) if "\\" in body else body


def _decimal(token: Token) -> str:
    number = parse_number(token)
    if number is None or len(token.partition(".")[2]) > PLACES:
        return str(token)
    return format_number(number)


def _duration(token: Token) -> n.Duration:
    digits = token.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = token[len(digits) :]
    count = digits.strip()
    return n.Duration(
        token.start_pos or 0, token.end_pos or 0, count.lstrip("0") or "0", _UNITS.get(unit.lower(), unit)
    )


def _time(token: Token) -> str:
    return str(token).zfill(5)


def _at(children: Children) -> str | None:
    return None if children[2] is None else _time(children[2])


def _end(children: Children) -> int:
    last = children[2] or children[0]
    end: int = last.end_pos
    return end
