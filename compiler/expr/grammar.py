"""The parser made from grammar.lark.

Lark makes the parser's tables, which takes longer than everything else that a small workspace asks of the
compiler. So they are kept beside the grammar, and believed only for that very grammar; for another one they
are made anew. `python -m oncue.compiler.expr.grammar` writes them after a change of the grammar.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from oncue.compiler.expr.build import Builder
from oncue.compiler.expr.lalr import PASSED, SPLICED, Parser, Rule, Tables

if TYPE_CHECKING:
    from lark import Lark

TABLES = "grammar.tables.json"
_HERE = Path(__file__).parent


@cache
def parser() -> Parser:
    """The LALR(1) parser with its contextual lexer; reduces straight to nodes."""
    return Parser(_kept() or made(), Builder())


def _read(name: str) -> bytes:
    return (_HERE / name).read_bytes()


def _made_from() -> str:
    return sha256(_read("grammar.lark")).hexdigest()


def _kept() -> Tables | None:
    """The kept tables; None if they are missing or of another grammar."""
    try:
        tables = msgspec.json.decode(_read(TABLES), type=Tables)
    except (OSError, msgspec.MsgspecError):
        return None
    return tables if tables.made_from == _made_from() else None


# --- from the grammar -----------------------------------------------------------------------------


def lark() -> Lark:
    """Lark's own parser of the grammar."""
    from lark import Lark

    return Lark(_read("grammar.lark").decode(), parser="lalr", lexer="contextual")


def made() -> Tables:
    """The tables for the grammar as it is."""
    from lark.parsers.lalr_analysis import Shift

    found: Any = lark()
    table = found.parser.parser._parse_table
    rules = {rule: number for number, rule in enumerate(found.rules)}
    numbers = _numbered(table.start_states["start"], table.states, Shift)
    states = [
        {
            str(kind): numbers[to] if action is Shift else -1 - rules[to]
            for kind, (action, to) in table.states[state].items()
        }
        for state in numbers
    ]
    terminals = [(one.name, one.pattern.to_regexp()) for one in found.parser.lexer.root_lexer.terminals]
    ignored = set(found.ignore_tokens)
    return Tables(
        made_from=_made_from(),
        terminals=[(name, pattern) for name, pattern in terminals if name not in ignored],
        ignored="|".join(pattern for name, pattern in terminals if name in ignored),
        rules=[_rule(rule) for rule in found.rules],
        states=states,
        start=numbers[table.start_states["start"]],
        end=numbers[table.end_states["start"]],
    )


def _numbered(start: int, states: dict[int, Any], shift: object) -> dict[int, int]:
    """The states in the order in which they are met from the start: Lark's own order changes from run to
    run, and the kept tables should not."""
    numbers: dict[int, int] = {}
    waiting = [start]
    while waiting:
        state = waiting.pop()
        if state not in numbers:
            numbers[state] = len(numbers)
            waiting += [to for _, (action, to) in sorted(states[state].items()) if action is shift]
    return numbers


def _rule(rule: Any) -> Rule:  # noqa: ANN401  Lark's internals
    """A rule as Lark's tree builder would treat it: absent optional parts are None, a repetition's helper
    rule (its name begins with `_`) joins in, and `?rule` hands its only child on."""
    absent = rule.options.empty_indices or (False,) * len(rule.expansion)
    symbols = iter(range(len(rule.expansion)))
    children: list[int | list[int]] = []
    for missing in absent:
        place = -1 if missing else next(symbols)
        joins = place >= 0 and rule.expansion[place].name.startswith("_")
        children.append([place] if joins else place)
    name = str(rule.origin.name)
    builder = str(rule.alias or "") or (SPLICED if name.startswith("_") else name)
    if builder == name and rule.options.expand1 and children == [0]:
        builder = PASSED
    plain = children == list(range(len(rule.expansion)))
    return Rule(name, len(rule.expansion), builder, None if plain else children)


if __name__ == "__main__":
    (_HERE / TABLES).write_bytes(msgspec.json.encode(made(), order="sorted") + b"\n")
