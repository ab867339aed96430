"""The parser's kept tables are those of the grammar, and never believed for another one."""

from __future__ import annotations

import pytest
from lark import Lark
from lark.exceptions import UnexpectedInput
from oncue.compiler.expr import grammar
from oncue.compiler.expr import nodes as n
from oncue.compiler.expr.build import Builder
from oncue.compiler.expr.names import RESERVED
from oncue.compiler.expr.parse import parse

TEXTS = [
    'score >= 50 and country in ["US", "CA"]',
    "not did email.open of step invite since start",
    "did purchase where total >= 100 in last 30 days",
    "count(purchase in last 90 days) >= 2 or (vip == true and not phone is set)",
    "score >=",
    "((score > 5",
    "score = 5",
]


def outcome(parser: Lark, text: str) -> object:
    try:
        return parser.parse(text)
    except UnexpectedInput as error:
        interactive = getattr(error, "interactive_parser", None)
        return type(error), error.pos_in_stream, None if interactive is None else interactive.accepts()


def test_the_tables_are_those_of_the_grammar() -> None:
    """If this fails after a change of the grammar: python -m oncue.compiler.expr.grammar"""
    kept = grammar._from_tables()
    assert kept is not None, "run python -m oncue.compiler.expr.grammar"
    built = grammar._from_grammar(Builder())
    assert [outcome(kept, text) for text in TEXTS] == [outcome(built, text) for text in TEXTS]


@pytest.mark.parametrize("text", ["", "{", '{"made_from": "lark 0.1, another grammar"}'])
def test_tables_of_another_grammar_are_not_believed(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = grammar._read
    monkeypatch.setattr(grammar, "_read", lambda name: text if name == grammar.TABLES else real(name))
    assert grammar._from_tables() is None
    grammar.parser.cache_clear()
    assert outcome(grammar.parser(), TEXTS[0]) == outcome(grammar._from_grammar(Builder()), TEXTS[0])
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
