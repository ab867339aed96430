"""What the compiler proves about conditions, against the oracle: no contact may show otherwise; and over
grids that hold every kind of contact there is, whatever is so is found."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from oncue.compiler.expr.compile import Compiled, compile_condition, merge_tracks
from oncue.compiler.proofs.prover import Prover
from oncue.schemas import conditions as c
from tests.oracle import tree as oracle
from tests.oracle.bridge import Kernel, catalog
from tests.oracle.conditions import InSegment
from tests.oracle.forms import PRODUCTIONS, Case, condition, draw_case
from tests.oracle.grids import GRIDS, NOW, TODAY, Grid, a_world, grown
from tests.oracle.pools import Draw
from tests.oracle.tree import walk
from tests.oracle.world import World

TRIES = 40
LEAST = 3  # findings, so that no test passes because nothing is ever found
NAMES = [(name, solver) for name in GRIDS for solver in (True, False)]


class Asked:
    """A prover and the conditions that it is asked about, as a workspace has them."""

    def __init__(self, tests: list[oracle.Test], solver: bool) -> None:
        inside = {each.name: compiled(each.condition) for test in tests for each in segments(test)}
        every = [compiled(test) for test in tests]
        tracks = merge_tracks(track for each in [*every, *inside.values()] for track in each.tracks)
        self.nodes = [each.node for each in every]
        self.prover = Prover(catalog("UTC"), tracks, lambda name: inside[name].node, solver)

    def hiding(self) -> tuple[int, ...]:
        return self.prover.hiding(self.nodes[-1], self.nodes[:-1])


def compiled(test: oracle.Test) -> Compiled:
    found, issues = compile_condition(test.text(), catalog("UTC"))
    assert found is not None, (test.text(), issues)
    return found


def segments(test: oracle.Test) -> list[InSegment]:
    return [each for each in walk(test) if isinstance(each, InSegment)]


def drawn(grid: Grid, seed: str, many: int) -> list[oracle.Test]:
    """Random conditions; a segment's name means the same in all of them."""
    d = Draw(seed)
    while True:
        tests = [grown(d, grid.leaf, 2) for _ in range(many)]
        meant = {(each.name, each.condition) for test in tests for each in segments(test)}
        if len(meant) == len({name for name, _ in meant}):
            return tests


# --- exact over grids -----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "solver"), NAMES)
def test_what_holds_for_all_or_for_nobody_is_found(name: str, solver: bool) -> None:
    grid, found = GRIDS[name], {True: 0, False: 0, None: 0}
    for number in range(TRIES):
        (test,) = drawn(grid, f"verdict {name} {number}", 1)
        asked = Asked([test], solver)
        said = asked.prover.verdict(asked.nodes[0])
        shown = {test.holds(world, NOW) for world in grid.worlds}
        if grid.hangs and not solver and said is None:
            continue
        assert shown == ({True, False} if said is None else {said}), test.text()
        found[said] += 1
    assert found[True] + found[False] >= (LEAST if solver or not grid.hangs else 1), found


@pytest.mark.parametrize(("name", "solver"), NAMES)
def test_a_hidden_rule_is_found_with_the_rules_that_hide_it(name: str, solver: bool) -> None:
    grid, found = GRIDS[name], {1: 0, 2: 0}
    for number in range(TRIES):
        *earlier, test = tests = drawn(grid, f"hidden {name} {number}", 3)
        meeting = [world for world in grid.worlds if test.holds(world, NOW)]
        asked = Asked(tests, solver)
        places = asked.hiding()
        met = [[each.holds(world, NOW) for each in earlier] for world in meeting]
        text = [each.text() for each in tests]
        if places:
            assert all(any(each[place] for place in places) for each in met), text
            for place in places if solver or not grid.hangs else ():  # none of them is needless
                fewer = [other for other in places if other != place]
                assert not fewer or not all(any(each[other] for other in fewer) for each in met), text
            found[len(places)] += 1
        elif meeting and (solver or not grid.hangs):
            assert not all(any(each) for each in met), text
    assert found[1] >= LEAST, found


@pytest.mark.parametrize(("name", "solver"), NAMES)
def test_who_is_named_meets_the_condition(name: str, solver: bool) -> None:
    grid, named = GRIDS[name], 0
    for number in range(TRIES):
        (test,) = drawn(grid, f"named {name} {number}", 1)
        asked = Asked([test], solver)
        contact = asked.prover.together([(asked.nodes[0], True)]).contact
        if contact is not None and not any(unshown(subject.of) for subject in contact):
            assert test.holds(as_world(contact), NOW), (test.text(), contact)
            named += 1
    assert named >= LEAST


def unshown(of: object) -> bool:
    """What `as_world` does not make: windows, and when something happened."""
    return isinstance(of, c.Agg) and (of.fn != "count" or of.span.kind != "all")


def as_world(contact: Any) -> World:
    """The contact that a proof names, for the oracle."""
    fields: dict[str, Any] = {}
    tags, count, lists = [], 0, {}
    for subject, sample in contact.items():
        of = subject.of
        if isinstance(of, c.Field) and sample is not None:
            fields[of.name] = shown(of.type, sample, subject.frame)
        elif isinstance(of, c.Agg):
            count = sample // 10**9
        elif isinstance(of, c.Tagged) and sample:
            tags.append(of.tag)
        elif subject.kind == "channels":
            lists[of[1]] = dict.fromkeys(sample, "subscribed")
    return a_world(fields, tags, range(count), lists)


def shown(type_: str, sample: Any, frame: str) -> Any:
    if type_ == "date":
        return TODAY + timedelta(days=sample) if frame else date.fromordinal(sample)
    if type_ == "many":
        return sample or frozenset(["something else"])
    return Fraction(sample, 10**9) if type_ == "number" else sample or " "


# --- sound over the whole language ----------------------------------------------------------------


@pytest.mark.parametrize("production", PRODUCTIONS)
def test_whatever_is_asked_nothing_proven_is_false(production: str) -> None:
    for number in range(4):
        case = draw_case(production, f"{production} proof {number}")
        other, third = (condition(Draw(f"{production} {number} {each}"), case.scope) for each in "ab")
        prover, nodes = prover_of(case, [case.condition, other, third])
        asked = [case.condition, other, third]
        holds = [test.holds(case.world, case.now) for test in asked]
        for node, held in zip(nodes, holds, strict=True):
            assert prover.verdict(node) in (None, held), asked
        for place in prover.hiding(nodes[0], nodes[1:]):
            assert place in (0, 1)
        hiding = prover.hiding(nodes[0], nodes[1:])
        assert not hiding or not holds[0] or any(holds[1:][place] for place in hiding), asked


@pytest.mark.parametrize("production", PRODUCTIONS)
def test_what_is_so_by_its_form_is_proven_of_any_test(production: str) -> None:
    case = draw_case(production, f"{production} form")
    other = condition(Draw(f"{production} other"), case.scope)
    prover, (one, two) = prover_of(case, [case.condition, other])
    assert prover.verdict(c.Or((one, c.Not(one)))) is True, case.condition.text()
    assert prover.verdict(c.And((one, c.Not(one)))) is False, case.condition.text()
    if prover.verdict(c.And((one, two))) is None:
        assert prover.hiding(c.And((one, two)), [c.Or((two, one))]) == (0,), case.condition.text()
        assert (
            prover.hiding(two, [c.And((two, one)), c.And((two, c.Not(one)))])
            or prover.verdict(two) is not None
        )


def prover_of(case: Case, tests: list[oracle.Test]) -> tuple[Prover, list[c.CondNode]]:
    kernels = [Kernel(Case(test, case.scope.segments, case.world, case.now, case.scope)) for test in tests]
    tracks = {name: track for kernel in kernels for name, track in kernel.tracks.items()}
    named = kernels[0].segments
    prover = Prover(catalog(case.world.zone.key), tracks, lambda name: named[name].node)
    return prover, [kernel.root.node for kernel in kernels]
