"""Folding never changes what a condition says: not about values, and not about missing ones.

The evaluator below is the specification's rules written down plainly, for conditions over two numbers and a
text that a contact may lack.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.compiler.expr.fold import FALSE, TRUE, fold, fold_value
from oncue.schemas import conditions as c
from oncue.schemas.conditions import Agg, Arith, Cmp, Const, Field, Has, In, IsSet, Lit, Not, TextTest

CONTACTS = st.fixed_dictionaries(
    {},
    optional={"a": st.integers(-3, 3), "b": st.integers(0, 2), "t": st.sampled_from(["x", "XY", " ", "yx"])},
)
NUMBERS = st.sampled_from(["0", "1", "-2", "0.5", "999999999999999999", "0.000000001"])
TEXTS = st.sampled_from(["x", "X ", "xy", "", " ", "*", "?x"])


def number_values() -> st.SearchStrategy[c.ValueNode]:
    leaf = NUMBERS.map(lambda text: Lit("number", text)) | st.sampled_from("ab").map(
        lambda f: Field(f, "number")
    )
    return st.recursive(leaf, lambda x: st.builds(Arith, st.sampled_from("+-*/"), x, x), max_leaves=4)


def text_values() -> st.SearchStrategy[c.ValueNode]:
    return TEXTS.map(lambda text: Lit("text", text)) | st.just(Field("t", "text"))


def value_tests() -> st.SearchStrategy[c.CondNode]:
    orders = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    tests = st.sampled_from(["contains", "starts", "ends", "matches"])
    return st.one_of(
        st.booleans().map(Const),
        st.builds(Cmp, orders, st.just("number"), number_values(), number_values()),
        st.builds(Cmp, st.sampled_from(["==", "!="]), st.just("text"), text_values(), text_values()),
        st.builds(In, text_values(), st.just("text"), st.lists(TEXTS.filter(bool), min_size=1).map(tuple)),
        st.builds(TextTest, tests, text_values(), TEXTS.filter(str.strip)),
        st.builds(IsSet, number_values() | text_values()),
    )


def whole_conditions() -> st.SearchStrategy[c.CondNode]:
    def grown(inner: st.SearchStrategy[c.CondNode]) -> st.SearchStrategy[c.CondNode]:
        chains = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return chains.map(c.And) | chains.map(c.Or) | inner.map(Not)

    return st.recursive(value_tests(), grown, max_leaves=6)


def holds(node: c.CondNode, contact: dict[str, Any]) -> bool:
    match node:
        case Const(value):
            return value
        case c.And(parts):
            return all(holds(part, contact) for part in parts)
        case c.Or(parts):
            return any(holds(part, contact) for part in parts)
        case Not(part):
            return not holds(part, contact)
        case IsSet(value):
            return worth(value, contact) is not None
        case In(value, _, items):
            return worth(value, contact) in [item.strip().lower() for item in items]
        case TextTest(test, value, pattern):
            found = worth(value, contact)
            return found is not None and looks(test, found, pattern.strip().lower())
        case Cmp("!=", type_, left, right):
            return not holds(Cmp("==", type_, left, right), contact)
        case Cmp(order, _, left, right):
            one, other = worth(left, contact), worth(right, contact)
            if one is None or other is None:
                return False
            return {"==": one == other, "<": one < other, "<=": one <= other, ">": one > other}.get(
                order, one >= other
            )
    raise AssertionError(node)


def looks(test: str, text: str, pattern: str) -> bool:
    if test == "contains":
        return text.find(pattern) >= 0
    if test == "starts":
        return text[: len(pattern)] == pattern
    if test == "ends":
        return text[-len(pattern) :] == pattern
    return covers(pattern, text)


def covers(glob: str, text: str) -> bool:
    if not glob:
        return not text
    if glob[0] == "*":
        return any(covers(glob[1:], text[i:]) for i in range(len(text) + 1))
    return bool(text) and glob[0] in ("?", text[0]) and covers(glob[1:], text[1:])


def worth(node: c.ValueNode, contact: dict[str, Any]) -> Any:
    match node:
        case Lit("number", text):
            return Fraction(text)
        case Lit(_, text) | Field(text, "text") if isinstance(node, Lit) or text in contact:
            shown = text if isinstance(node, Lit) else contact[text]
            return shown.strip().lower() if shown else None
        case Field(name, "number"):
            return Fraction(contact[name]) if name in contact else None
        case Arith(sign, left, right):
            return reckoned(sign, worth(left, contact), worth(right, contact))
    return None


def reckoned(sign: str, one: Fraction | None, other: Fraction | None) -> Fraction | None:
    if one is None or other is None or (sign == "/" and other == 0):
        return None
    exact = {"+": one + other, "-": one - other, "*": one * other, "/": one / other if other else one}[sign]
    rounded = round(exact, 9)  # half to even
    return rounded if abs(rounded) < 10**18 else None


@settings(max_examples=200, deadline=None)
@given(whole_conditions(), CONTACTS)
def test_a_folded_condition_says_the_same_of_every_contact(node: c.CondNode, contact: dict[str, Any]) -> None:
    assert holds(fold(node), contact) is holds(node, contact)


@settings(max_examples=100, deadline=None)
@given(whole_conditions())
def test_folding_settles_everything_at_once(node: c.CondNode) -> None:
    once = fold(node)
    assert fold(once) is once


def number(text: str) -> Lit:
    return Lit("number", text)


A = Field("a", "number")
SET = IsSet(A)
COUNT = Agg("count", "t1", "number")
SUM = Agg("sum", "t", "number", "p")


@pytest.mark.parametrize(
    ("node", "folded"),
    [
        (Cmp(">", "number", Arith("/", number("1"), number("0")), number("0")), FALSE),
        (Cmp("!=", "number", Arith("/", A, number("0")), number("0")), TRUE),
        (Cmp("==", "number", Arith("*", number("999999999999999999"), number("9")), A), FALSE),
        (Cmp("==", "text", Lit("text", "Straße "), Lit("text", "STRASSE")), TRUE),
        (Cmp("<", "date", Lit("date", "2026-02-28"), Lit("date", "2026-03-01")), TRUE),
        (
            Cmp(
                "==",
                "datetime",
                Lit("datetime", "2026-07-01T09:00:00-04:00"),
                Lit("datetime", "2026-07-01T15:00:00+02:00"),
            ),
            TRUE,
        ),
        (Cmp("==", "boolean", Lit("boolean", "true"), Lit("boolean", "false")), FALSE),
        (Cmp(">=", "number", COUNT, number("0")), TRUE),
        (Cmp("<", "number", COUNT, number("0")), FALSE),
        (Cmp("==", "number", COUNT, number("-1")), FALSE),
        (Cmp("!=", "number", COUNT, number("-1")), TRUE),
        (IsSet(COUNT), TRUE),
        (IsSet(Lit("text", "")), FALSE),
        (IsSet(Lit("text", " ")), TRUE),
        (In(Lit("text", "us"), "text", ("US", "CA")), TRUE),
        (TextTest("matches", Lit("text", "a.c"), "a?c"), TRUE),
        (TextTest("matches", Lit("text", "abc"), "a.c"), FALSE),
        (c.Within("next", "datetime", Agg("last", "t", "datetime", where=FALSE), 1), FALSE),
        (c.OlderThan("datetime", Agg("last", "t", "datetime", where=FALSE), 1), FALSE),
        (Has(Agg("last", "t", "many", "p", where=FALSE), "x"), FALSE),
        (Cmp("==", "number", Agg("count", "t", "number", where=FALSE), number("0")), TRUE),
        (Cmp(">", "number", Agg("sum", "t", "number", "p", where=TRUE), A), Cmp(">", "number", SUM, A)),
        (Not(Not(IsSet(A))), IsSet(A)),
        (c.And((IsSet(A), TRUE)), IsSet(A)),
        (c.And((SET, c.And((TRUE, c.And((SET, Not(SET))))))), c.And((SET, SET, Not(SET)))),
        (c.Or((IsSet(A), TRUE)), TRUE),
        (c.Or((FALSE, FALSE)), FALSE),
    ],
)  # fmt: skip
def test_what_does_not_depend_on_a_contact_is_settled(node: c.CondNode, folded: c.CondNode) -> None:
    assert fold(node) == folded


@pytest.mark.parametrize(
    "node",
    [
        Cmp("==", "number", A, A),  # false where it is missing
        c.Or((IsSet(A), Not(IsSet(A)))),
        Cmp(">", "number", Arith("*", A, number("0")), number("1")),
        Cmp("==", "date", c.Day(0), c.Day(0)),
        c.Tagged("x"),
        c.NowBetween(0, 5),
    ],
)
def test_what_may_be_missing_or_change_is_left_alone(node: c.CondNode) -> None:
    assert fold(node) is node


def test_a_value_that_can_only_be_missing_has_no_node() -> None:
    assert fold_value(Lit("text", "")) is None
    assert fold_value(Arith("+", A, Arith("/", number("1"), number("0")))) is None
    assert fold_value(c.DayOf(Agg("first", "t", "datetime", where=FALSE))) is None
