"""A condition taken apart says what the whole says: over random conditions, contacts, histories and instants,
the verdict and the values of the explanation are those of the compiled condition, and its text compiles to
the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from oncue.compiler.expr.compile import compile_condition
from oncue.runtime.kernel.conditions.until import holds
from oncue.runtime.why.answer import Part
from oncue.runtime.why.parts import Explainer
from oncue.runtime.why.values import Language, Moment, value_of
from oncue.schemas import conditions as c
from tests.oracle.bridge import Kernel, catalog
from tests.oracle.forms import PRODUCTIONS, Case, draw_case

EACH = 25  # cases per form of the language
MANY = 1_000


def explainer(kernel: Kernel) -> Explainer:
    language = Language(kernel.tracks, kernel.compile, kernel.zone)
    return Explainer(language, kernel.case.world.zone.key, lambda name: (kernel.segments[name].node, "x:1:1"))


def disagreement(case: Case) -> str:
    """Empty if the explanation says what the compiled condition says."""
    kernel = Kernel(case)
    moment = Moment(kernel.state, case.now, dict(kernel.event), kernel.member)
    part = explainer(kernel).explain(kernel.root.node, moment)
    if part.holds is not kernel.test(case.now):
        return f"the whole: {part}"
    wrong = [f"{each}" for each in every(part) if not adds_up(each)]
    return "".join(wrong) or wrong_values(kernel, moment) or made_true(kernel, moment)


def every(part: Part) -> Iterator[Part]:
    yield part
    for inner in part.parts:
        yield from every(inner)


def adds_up(part: Part) -> bool:
    """Whether a verdict is one that its parts can give."""
    inner = [each.holds for each in part.parts]
    return not inner or part.holds in {all(inner), any(inner), not all(inner), not any(inner)}


def wrong_values(kernel: Kernel, moment: Moment) -> str:
    """Comparisons judged once more, by the values that the explanation looked up."""
    language = Language(kernel.tracks, kernel.compile, kernel.zone)
    for node in comparisons(kernel.root.node):
        left, right = (value_of(language, side, moment) for side in (node.left, node.right))
        compiled = kernel.compile(node).test(moment.state, moment.now, moment.props, moment.member)
        if holds(node.order, left, right) is not compiled:
            return f"{node}: {left!r} {right!r}"
    return ""


def made_true(kernel: Kernel, moment: Moment) -> str:
    """Of a condition of which all parts must hold: with those made true that do not, it holds; with the
    others made false it does not; with every part as it is told, it says what it said."""
    root = kernel.root.node
    if not isinstance(root, c.And):
        return ""
    told = [part.holds for part in explainer(kernel).explain(root, moment).parts]

    def says(parts: list[c.CondNode]) -> bool:
        asked = kernel.compile(c.And(tuple(parts)))
        return asked.test(moment.state, moment.now, moment.props, moment.member)

    parts = list(root.all)
    healed = [part if holds else c.Const(True) for part, holds in zip(parts, told, strict=True)]
    broken = [c.Const(False) if holds else part for part, holds in zip(parts, told, strict=True)]
    as_told = [c.Const(holds) for holds in told]
    fine = says(healed) and not says([*broken]) and says([*as_told]) is says(parts)
    return "" if fine else f"made true: {told}"


def comparisons(node: c.CondNode) -> Iterator[c.Cmp]:
    match node:
        case c.Cmp():
            yield node
        case c.And():
            yield from (found for part in node.all for found in comparisons(part))
        case c.Or():
            yield from (found for part in node.any for found in comparisons(part))
        case c.Not():
            yield from comparisons(node.cond)


def same_text(case: Case) -> str:
    """Empty if the written text means the same node."""
    kernel = Kernel(case)
    if isinstance(kernel.root.node, c.Const):
        return ""
    text = explainer(kernel).text(kernel.root.node)
    compiled, _ = compile_condition(text, catalog(case.world.zone.key), kernel.place)
    again = None if compiled is None else compiled.node
    return (
        "" if again == kernel.root.node else f"{case.condition.text()}\n{text}\n{kernel.root.node}\n{again}"
    )


def stories(production: str, cases: int, salt: str) -> str:
    found = []
    for number in range(cases):
        case = draw_case(production, f"{production} {salt} {number}")
        if told := disagreement(case) or same_text(case):
            found.append(f"{case.condition.text()}\n{told}")
    return min(found, key=len, default="")


@pytest.mark.parametrize("production", PRODUCTIONS)
def test_the_parts_of_a_condition_say_what_it_says(production: str) -> None:
    assert not stories(production, EACH, "why")


@pytest.mark.soak
@pytest.mark.parametrize("production", PRODUCTIONS)
def test_the_parts_of_a_condition_say_what_it_says_in_many_cases(production: str) -> None:
    assert not stories(production, MANY, "why soak")
