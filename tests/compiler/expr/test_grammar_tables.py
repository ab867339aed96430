"""The parser's kept tables are those of the grammar, never believed for another one, and run as Lark would
run them."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Lark
from lark.exceptions import UnexpectedInput

from oncue.compiler.expr import grammar
from oncue.compiler.expr import nodes as n
from oncue.compiler.expr.build import Builder
from oncue.compiler.expr.lalr import MisfitError, Parser
from oncue.compiler.expr.names import RESERVED
from oncue.compiler.expr.parse import parse

TEXTS = [
    'score >= 50 and country in ["US", "CA"]',
    "not did email.open of step invite since start",
    "did purchase where total >= 100 in last 30 days",
    "count(purchase in last 90 days) >= 2 or (vip == true and not phone is set)",
    'a not in [] and now between 9:00 and 17:30 and tagged "x" and renewal_date before today at 9:00',
    "",
    " ",
    "score >=",
    "score >= \n ",
    "((score > 5",
    "score = 5",
    'tagged "x" tagged',
    "did purchase of step",
    "3 - 4 -5",
]


@cache
def lark() -> Lark:
    return Lark(
        grammar._read("grammar.lark").decode(), parser="lalr", lexer="contextual", transformer=Builder()
    )


def by_lark(text: str) -> object:
    """The tree with its place; or where Lark stops, and what it would take there."""
    try:
        tree: object = lark().parse(text)
    except UnexpectedInput as error:
        token = getattr(error, "token", None)
        if token is not None and token.type == "$END":
            place = len(text.rstrip())
        else:
            place = (error.pos_in_stream if token is None else token.start_pos) or 0
        return place, error.interactive_parser.accepts()  # type: ignore[attr-defined]
    assert isinstance(tree, n.Node)
    return tree, tree.start, tree.end


def by(parser: Parser, text: str) -> object:
    try:
        tree = parser.parse(text)
    except MisfitError as misfit:
        return misfit.place, misfit.accepted
    return tree, tree.start, tree.end


def test_the_tables_are_those_of_the_grammar() -> None:
    """If this fails after a change of the grammar: python -m oncue.compiler.expr.grammar"""
    assert grammar._kept() == grammar.made(), "run python -m oncue.compiler.expr.grammar"


@pytest.mark.parametrize("text", TEXTS)
def test_a_condition_is_read_as_lark_reads_it(text: str) -> None:
    assert by(grammar.parser(), text) == by_lark(text)


@given(st.lists(st.sampled_from(sorted({word for text in TEXTS for word in text.split(" ")})), max_size=8))
def test_words_in_any_order_are_read_as_lark_reads_them(words: list[str]) -> None:
    assert by(grammar.parser(), " ".join(words)) == by_lark(" ".join(words))


@pytest.mark.parametrize("text", ["", "{", '{"made_from": "another grammar"}'])
def test_tables_of_another_grammar_are_not_believed(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = grammar._read
    monkeypatch.setattr(
        grammar, "_read", lambda name: text.encode() if name == grammar.TABLES else real(name)
    )
    assert grammar._kept() is None
    grammar.parser.cache_clear()
    assert by(grammar.parser(), TEXTS[0]) == by_lark(TEXTS[0])
    grammar.parser.cache_clear()


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_a_reserved_word_is_no_name(word: str) -> None:
    tree, _ = parse(f"{word} == 1")
    assert tree is None or n.Name(0, 0, word) not in n.children(tree)


@pytest.mark.parametrize(
    "word",
    [
        "at",
        "by",
        "of",
        "set",
        "has",
        "last",
        "first",
        "count",
        "sum",
        "within",
        "before",
        "contains",
        "step",
        "start",
    ],
)
def test_other_words_of_the_language_may_be_names(word: str) -> None:
    assert grammar.parser().parse(f"{word} == 1 and score > {word} and {word} is set")
