"""What the compiler is sure of, against the oracle: no contact may show otherwise."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from oncue.compiler.expr.compile import compile_condition
from oncue.compiler.flow.certainty import verdict
from oncue.schemas import conditions as c
from tests.oracle import tree as oracle
from tests.oracle.bridge import Kernel, catalog
from tests.oracle.conditions import And, Compare, Did, In, InSegment, IsSet, Not, Or, Tagged
from tests.oracle.forms import PRODUCTIONS, draw_case
from tests.oracle.pools import Draw
from tests.oracle.values import Events, Field, Literal
from tests.oracle.world import Happening, World

UTC = ZoneInfo("UTC")
NOW = 1_800_000_000_000_000
TRIES = 400
OPENS = Events("email.open")
COUNTS = (0, 1, 2, 3, 4)
SCORES = (None, *map(Fraction, (-1, 0, 1, 3, 4, 5, 6)))
COUNTRIES = (None, "de", "FR", "it")
WORLDS = [
    World(
        UTC,
        {name: value for name, value in (("score", score), ("country", country)) if value is not None},
        frozenset(tags), {}, frozenset(),
        [Happening("email.open", NOW - 10 - each, each) for each in range(count)],
    )
    for score, country, tags, count in product(SCORES, COUNTRIES, ((), ("hot",)), COUNTS)
]  # fmt: skip


def leaf(d: Draw) -> oracle.Test:
    form = d.one(["number", "number", "number", "text", "in", "set", "tagged", "did"])
    score, country = Field("number", "score"), Field("text", "country")
    if form == "number":
        order = d.one(["==", "!=", "<", "<=", ">", ">="])
        return Compare(order, score, Literal("number", Fraction(d.one([0, 3, 5]))))
    if form == "text":
        return Compare(d.one(["==", "!="]), country, Literal("text", d.one(["de", "fr"])))
    if form == "in":
        return In(country, tuple(Literal("text", each) for each in d.one([["de"], ["de", "fr"]])))
    if form == "set":
        return IsSet(d.one([score, country]), d.one([True, False]))
    if form == "did":
        return Did(OPENS, d.one(["at least", "at most", "exactly"]), d.one([1, 2, 3]))
    return Tagged("hot")


def grown(d: Draw, depth: int) -> oracle.Test:
    form = d.one(["leaf", "and", "or", "or", "not", "segment"]) if depth else "leaf"
    if form == "leaf":
        return leaf(d)
    if form == "not":
        return Not(grown(d, depth - 1))
    if form == "segment":
        return InSegment("seg-two", grown(d, 0))
    parts = tuple(grown(d, depth - 1) for _ in range(d.one([2, 3])))
    return And(parts) if form == "and" else Or(parts)


def segments(test: oracle.Test) -> list[InSegment]:
    if isinstance(test, InSegment):
        return [test]
    inner = test.parts if isinstance(test, And | Or) else (test.part,) if isinstance(test, Not) else ()
    return [each for part in inner for each in segments(part)]


def judged(test: oracle.Test) -> bool | None:
    compiled, issues = compile_condition(test.text(), catalog("UTC"))
    assert compiled is not None, issues
    named = segments(test)
    inner = compile_condition(named[0].condition.text(), catalog("UTC"))[0] if named else None
    return verdict(compiled.node, lambda _: None if inner is None else inner.node)


def test_a_verdict_is_what_every_contact_shows_and_no_verdict_has_contacts_for_both() -> None:
    """Over one field of each type, a tag and a count, the samples are all that there is: so it is exact."""
    found = {True: 0, False: 0, None: 0}
    for number in range(TRIES):
        test = grown(Draw(f"certainty {number}"), 2)
        if len(segments(test)) > 1:
            continue
        said = judged(test)
        shown = {test.holds(world, NOW) for world in WORLDS}
        assert shown == ({True, False} if said is None else {said}), test.text()
        found[said] += 1
    assert min(found.values()) > 10, found


@pytest.mark.parametrize("production", PRODUCTIONS)
def test_whatever_is_asked_a_verdict_is_never_a_false_alarm(production: str) -> None:
    for number in range(6):
        case = draw_case(production, f"{production} certainty {number}")
        node, holds = Kernel(case).root.node, case.condition.holds(case.world, case.now)
        assert verdict(node, lambda _: None) in (None, holds), case.condition.text()
        assert verdict(c.Or((node, c.Not(node))), lambda _: None) in (None, True), case.condition.text()
        assert verdict(c.And((node, c.Not(node))), lambda _: None) in (None, False), case.condition.text()
