"""The parser made from grammar.lark, at first use.

Working out the LALR tables takes about 50 ms, too long for a command that checks one small file. So they are
kept beside the grammar in grammar.tables.json, made by ``python -m oncue.compiler.expr.grammar``. They count only for
the very grammar and the version of Lark that they were made with; otherwise they are worked out anew.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import lark
import msgspec
from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef
from oncue.compiler.expr.build import Builder

_HERE: Traversable = files("oncue.compiler.expr")


@cache
def parser() -> Lark:
    """The LALR(1) parser with its contextual lexer; reduces straight to nodes."""
    text = _HERE.joinpath("grammar.lark").read_text(encoding="utf-8")
    return from_tables(text) or from_grammar(text)


def from_grammar(text: str) -> Lark:
    """The parser worked out from the grammar."""
    return Lark(text, parser="lalr", lexer="contextual", transformer=Builder())


def from_tables(text: str) -> Lark | None:
    """The parser from the kept tables, or None if they are not of this grammar."""
    try:
        kept = msgspec.json.decode(_HERE.joinpath("grammar.tables.json").read_bytes())
        return _load(kept) if kept["of"] == _stamp(text) else None
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return None


def tables(text: str) -> bytes:
    """What grammar.tables.json must hold for a grammar."""
    data, memo = from_grammar(text).memo_serialize([TerminalDef, Rule])
    options = {name: value for name, value in data["options"].items() if name != "transformer"}
    kept = {"of": _stamp(text), "data": {**data, "options": options}, "memo": memo}
    return msgspec.json.encode(msgspec.json.decode(msgspec.json.encode(kept)), order="sorted") + b"\n"


def _stamp(text: str) -> str:
    return f"lark {lark.__version__}, grammar {sha256(text.encode()).hexdigest()}"


def _load(kept: dict[str, Any]) -> Lark:
    data = kept["data"]
    rows = data["parser"]["parser"]
    rows["states"] = {int(state): _by_number(row) for state, row in rows["states"].items()}
    rows["tokens"] = _by_number(rows["tokens"])
    data["options"]["transformer"] = None
    return Lark._load_from_dict(data, _by_number(kept["memo"]), transformer=Builder())


def _by_number(table: dict[str, Any]) -> dict[int, Any]:
    """JSON has made texts of the numbers."""
    return {int(number): value for number, value in table.items()}


if __name__ == "__main__":
    import sys

    sys.stdout.buffer.write(tables(_HERE.joinpath("grammar.lark").read_text(encoding="utf-8")))
