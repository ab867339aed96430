"""The parser made from grammar.lark, built once, at first use.

Building it takes longer than everything else that a small workspace asks of the compiler, so its tables are
kept beside the grammar. They are believed only for the very grammar and the very Lark that made them;
otherwise the parser is built anew, which gives the same one. `python -m oncue.compiler.expr.grammar` writes
the tables after a change of the grammar.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef
from oncue.compiler.expr.build import Builder

TABLES = "grammar.tables.json"


@cache
def parser() -> Lark:
    """The LALR(1) parser with its contextual lexer; reduces straight to nodes."""
    return _from_tables() or _from_grammar(Builder())


def _read(name: str) -> str:
    return files("oncue.compiler.expr").joinpath(name).read_text(encoding="utf-8")


def _made_from() -> str:
    return f"lark {lark.__version__}, {sha256(_read('grammar.lark').encode()).hexdigest()}"


def _from_grammar(builder: Builder | None) -> Lark:
    return Lark(_read("grammar.lark"), parser="lalr", lexer="contextual", transformer=builder)


def _from_tables() -> Lark | None:
    """The parser from its tables; None if they are missing or of another grammar or Lark."""
    try:
        kept = json.loads(_read(TABLES), object_hook=_numbered)
    except (OSError, ValueError):
        return None
    if kept["made_from"] != _made_from():
        return None
    load: Callable[..., Lark] = Lark._load_from_dict
    return load(kept["data"], kept["memo"], transformer=Builder())


def _numbered(entries: dict[str, Any]) -> dict[Any, Any]:
    """JSON has texts for keys; the tables' states are numbers."""
    return {int(key) if key.isdecimal() else key: value for key, value in entries.items()}


def tables() -> str:
    """The tables' text for the grammar as it is."""
    data, memo = _from_grammar(None).memo_serialize([TerminalDef, Rule])
    made = {"made_from": _made_from(), "data": data, "memo": memo}
    return json.dumps(made, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name(TABLES).write_text(tables(), encoding="utf-8")
