"""Tree to text: the one canonical form of a condition. ``parse(unparse(node)) == node`` for every tree that
`parse` gives."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from oncue.compiler.expr import nodes as n

_BARE_ID = re.compile(r"\w[\w.-]*\Z")
_TESTS = {"contains": "contains", "starts": "starts with", "ends": "ends with", "matches": "matches"}

# How tightly a form binds; a part that binds less than its place asks for stands in parentheses.
OR, AND, NOT, TEST, SUM, PRODUCT, ATOM = range(7)
_LEVELS: dict[type[n.Node], int] = {
    **dict.fromkeys((n.Text, n.Number, n.Boolean, n.Date, n.DayWord, n.Now, n.Name, n.Aggregate), ATOM),
    n.Or: OR,
    n.And: AND,
    n.Not: NOT,
}
# What a `where` takes without parentheses, next to plain values.
_VALUE_TESTS = (n.Compare, n.In, n.TextTest, n.IsSet, n.Has, n.Within, n.OlderThan)


def unparse(node: n.Node) -> str:
    """The canonical text of a tree, on one line."""
    return _WRITERS[type(node)](node)


def level(node: n.Node) -> int:
    """How tightly the canonical text of a tree binds: `OR` to `ATOM`."""
    if isinstance(node, n.Arith):
        return SUM if node.sign in "+-" else PRODUCT
    if isinstance(node, n.Not) and isinstance(node.part, n.IsSet):
        return TEST
    return _LEVELS.get(type(node), TEST)


def quoted(text: str) -> str:
    """A text as a condition writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _in(node: n.Node, least: int) -> str:
    text = _WRITERS[type(node)](node)
    return text if level(node) >= least else f"({text})"


def _number(node: n.Number) -> str:
    return node.value


def _boolean(node: n.Boolean) -> str:
    return "true" if node.value else "false"


def _day(node: n.Date | n.DayWord) -> str:
    day = node.day if isinstance(node, n.Date) else node.word
    return day if node.at is None else f"{day} at {node.at}"


def _arith(node: n.Arith) -> str:
    left, right = (SUM, PRODUCT) if node.sign in "+-" else (PRODUCT, ATOM)
    return f"{_in(node.left, left)} {node.sign} {_in(node.right, right)}"


def _aggregate(node: n.Aggregate) -> str:
    inner = node.path.path + _target(node.target) + _where(node.where) + _window(node.window)
    return f"{node.fn}({inner})"


def _any_of(node: n.Or) -> str:
    return " or ".join([_in(part, AND) for part in node.parts])


def _all_of(node: n.And) -> str:
    return " and ".join([_in(part, NOT) for part in node.parts])


def _not(node: n.Not) -> str:
    if isinstance(node.part, n.IsSet):
        return f"{_in(node.part.value, SUM)} is not set"
    return f"not {_in(node.part, NOT)}"


def _compare(node: n.Compare) -> str:
    return f"{_in(node.left, SUM)} {node.order} {_in(node.right, SUM)}"


def _in_list(node: n.In) -> str:
    return f"{_in(node.value, SUM)} in [{', '.join([_in(item, SUM) for item in node.items])}]"


def _text_test(node: n.TextTest) -> str:
    return f"{_in(node.value, SUM)} {_TESTS[node.test]} {_in(node.pattern, SUM)}"


def _is_set(node: n.IsSet) -> str:
    return f"{_in(node.value, SUM)} is set"


def _has(node: n.Has) -> str:
    return f"{_in(node.value, SUM)} has {_in(node.item, SUM)}"


def _within(node: n.Within) -> str:
    return f"{_in(node.value, SUM)} within {node.side} {_duration(node.duration)}"


def _older_than(node: n.OlderThan) -> str:
    return f"{_in(node.value, SUM)} older than {_duration(node.duration)}"


def _tagged(node: n.Tagged) -> str:
    tag = node.tag
    return f"tagged {quoted(tag.value) if isinstance(tag, n.Text) else _ref(tag)}"


def _subscribed(node: n.Subscribed) -> str:
    by = "" if node.channel is None else f" by {_ref(node.channel)}"
    return f"subscribed to {_ref(node.list)}{by}"


def _now_between(node: n.NowBetween) -> str:
    return f"now between {node.since} and {node.until}"


def _did(node: n.Did) -> str:
    times = "" if node.times is None else f" {_times(node.times)}"
    return f"did {node.event.path}{_target(node.target)}{_where(node.where)}{times}{_window(node.window)}"


def _ref(node: n.Ref) -> str:
    return node.name if _BARE_ID.match(node.name) else quoted(node.name)


def _duration(node: n.Duration) -> str:
    known = node.unit in ("minute", "hour", "day", "week")
    return f"{node.count} {node.unit}{'s' if known and node.count != '1' else ''}"


def _times(node: n.Times) -> str:
    return f"{node.order} {node.count.value} {'time' if node.count.value == '1' else 'times'}"


def _target(node: n.Of | n.OfStep | None) -> str:
    if node is None:
        return ""
    if isinstance(node, n.OfStep):
        return f" of step {_ref(node.step)}"
    return ' of "step"' if node.asset.name == "step" else f" of {_ref(node.asset)}"


def _where(node: n.Node | None) -> str:
    return "" if node is None else f" where {_where_test(node)}"


def _where_test(node: n.Node) -> str:
    if isinstance(node, n.Not) and not isinstance(node.part, n.IsSet):
        return f"not {_where_test(node.part)}"
    plain = level(node) >= SUM or isinstance(node, (*_VALUE_TESTS, n.Not))
    return unparse(node) if plain else f"({unparse(node)})"


def _window(node: n.Window | None) -> str:
    if node is None:
        return ""
    if isinstance(node, n.InLast):
        return f" in last {_duration(node.duration)}"
    return " since start" if isinstance(node, n.SinceStart) else f" since {_day(node.day)}"


_WRITERS: dict[type[n.Node], Callable[[Any], str]] = {
    n.Text: lambda node: quoted(node.value),
    n.Number: _number,
    n.Boolean: _boolean,
    n.Date: _day,
    n.DayWord: _day,
    n.Now: lambda _: "now",
    n.Name: lambda node: str(node.path),
    n.Arith: _arith,
    n.Aggregate: _aggregate,
    n.Or: _any_of,
    n.And: _all_of,
    n.Not: _not,
    n.Compare: _compare,
    n.In: _in_list,
    n.TextTest: _text_test,
    n.IsSet: _is_set,
    n.Has: _has,
    n.Within: _within,
    n.OlderThan: _older_than,
    n.Tagged: _tagged,
    n.Subscribed: _subscribed,
    n.InSegment: lambda node: f"in segment {_ref(node.segment)}",
    n.InCampaign: lambda node: f"in campaign {_ref(node.campaign)}",
    n.NowBetween: _now_between,
    n.Did: _did,
}
