"""The parser made from grammar.lark: built once, at first use."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from lark import Lark
from oncue.compiler.expr.build import Builder


@cache
def parser() -> Lark:
    """The LALR(1) parser with its contextual lexer; reduces straight to nodes."""
    text = files("oncue.compiler.expr").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer="contextual", transformer=Builder())
