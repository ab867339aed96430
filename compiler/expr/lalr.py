"""Runs the tables that Lark makes of the grammar: a contextual lexer and an LALR(1) driver, in one loop.

Lark is asked only when the grammar changes (see `grammar`); importing it takes longer than everything else
that a small workspace asks of the compiler, and its general loop twice as long as this one.

In each state only the terminals that the state accepts are looked for, in Lark's order: that is what makes
`in last`, `in segment` and `in [` three terminals without conflict.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from msgspec import Struct

END = "$END"
PASSED = ""  # the builder of a rule that hands its only child on
SPLICED = "*"  # the builder of a rule whose children join those of the rule above it

Action = int  # from 0: shift and go to that state; below: reduce by rule number -1 - action
Match = Callable[[str, int], "re.Match[str] | None"]
Build = Callable[[list[Any]], Any]


class Rule(Struct, frozen=True, array_like=True):
    """One alternative: what it reduces to, how many symbols it takes, the method that builds its node, and
    (where they differ from those symbols) its children: places of symbols, -1 for an absent part, and
    ``[place]`` for a list that joins in."""

    origin: str
    size: int
    builder: str
    children: list[int | list[int]] | None = None


class Tables(Struct, frozen=True):
    """What the grammar comes to. `terminals` are name and expression in the order in which they are tried;
    `made_from` is the digest of the grammar's text."""

    made_from: str
    terminals: list[tuple[str, str]]
    ignored: str
    rules: list[Rule]
    states: list[dict[str, Action]]
    start: int
    end: int


class Token(str):
    """A terminal's text; `type` is its name."""

    __slots__ = ("end_pos", "start_pos", "type")
    type: str
    start_pos: int
    end_pos: int


class MisfitError(Exception):
    """The text fits the grammar up to `place` only; there, one of `accepted` would fit."""

    def __init__(self, place: int, accepted: frozenset[str]) -> None:
        self.place = place
        self.accepted = accepted


class Parser:
    """A parser for `tables` that calls a method of `builder` for each rule it recognises."""

    def __init__(self, tables: Tables, builder: object) -> None:
        self._tables = tables
        self._states = tables.states
        self._rules = [
            (rule.origin, rule.size, _build(rule, builder), rule.builder == PASSED) for rule in tables.rules
        ]
        self._scanners: list[Match | None] = [None] * len(tables.states)
        self._by_terminals: dict[str, Match] = {}

    def parse(self, text: str) -> Any:  # noqa: ANN401  what the builder makes
        """What the builder makes of the text; raises MisfitError where it does not fit the grammar."""
        states: list[int] = [self._tables.start]
        values: list[Any] = []
        scanners, place = self._scanners, 0
        while True:
            state = states[-1]
            match = (scanners[state] or self._scanner(state))(text, place)
            if match is None:
                break
            number, kind = match.lastindex or 0, match.lastgroup or ""  # there always are
            token = Token(match[number])
            token.type = kind
            token.start_pos, token.end_pos = match.span(number)
            if not self._reduce(states, values, kind):
                raise MisfitError(token.start_pos, self._accepted(states))
            states.append(self._states[states[-1]][kind])
            values.append(token)
            place = token.end_pos
        stuck = len(text) - len(text[place:].lstrip())
        if stuck < len(text) or not self._reduce(states, values, END):
            raise MisfitError(min(stuck, len(text.rstrip())), self._accepted(states))
        return values[-1]

    def _reduce(self, states: list[int], values: list[Any], kind: str) -> bool:
        """Reduces until the terminal can be shifted (or, for the end, until all is one); False if it fits
        nowhere. Both stacks change in place."""
        table, rules, last = self._states, self._rules, self._tables.end
        while True:
            action = table[states[-1]].get(kind)
            if action is None:
                return False
            if action >= 0:
                return True
            origin, size, build, passed = rules[-1 - action]
            if passed:
                states[-1] = table[states[-2]][origin]
            else:
                values[-size:] = [build(values[-size:])]
                del states[-size:]
                states.append(table[states[-1]][origin])
            if states[-1] == last and kind == END:
                return True

    def _accepted(self, states: list[int]) -> frozenset[str]:
        """The terminals that would fit here."""
        return frozenset(
            kind for kind in self._states[states[-1]] if kind.isupper() and self._fits(list(states), kind)
        )

    def _fits(self, states: list[int], kind: str) -> bool:
        while (action := self._states[states[-1]].get(kind)) is not None:
            if action >= 0:
                return True
            origin, size, _, _ = self._rules[-1 - action]
            del states[-size:]
            states.append(self._states[states[-1]][origin])
            if states[-1] == self._tables.end and kind == END:
                return True
        return False

    def _scanner(self, state: int) -> Match:
        """Finds the next terminal among those that the state accepts; equal sets share one expression."""
        accepted = self._states[state]
        parts = [f"(?P<{name}>{pattern})" for name, pattern in self._tables.terminals if name in accepted]
        # nothing at all fits where only the end does
        expression = f"(?>(?:{self._tables.ignored})?)(?:{'|'.join(parts) or '(?!)'})"
        match = self._by_terminals.get(expression)
        if match is None:
            match = self._by_terminals[expression] = re.compile(expression).match
        self._scanners[state] = match
        return match


def _build(rule: Rule, builder: object) -> Build:
    """What makes a rule's value of the values of its symbols."""
    make: Build = list if rule.builder in (PASSED, SPLICED) else getattr(builder, rule.builder)
    children = rule.children
    if children is None:
        return make
    if all(isinstance(child, int) for child in children):
        return lambda found: make([None if child == -1 else found[child] for child in children])  # type: ignore[index]
    return lambda found: make(_spliced(children, found))


def _spliced(children: list[int | list[int]], found: list[Any]) -> list[Any]:
    values: list[Any] = []
    for child in children:
        if isinstance(child, list):
            values += found[child[0]]
        else:
            values.append(None if child == -1 else found[child])
    return values
