"""The compiled condition against the oracle, over random contacts, histories and instants."""

from __future__ import annotations

import pytest

from tests.oracle.bridge import Kernel
from tests.oracle.forms import PRODUCTIONS, Case, draw_case
from tests.oracle.probe import probes

EACH = 70  # cases per form of the language
MANY = 5_000
STEPS = 4  # how often a case follows `next`


def disagreement(case: Case) -> str:
    """Follows time from change to change as a host does, comparing all the way; empty if all agrees."""
    kernel = Kernel(case)
    now = case.now
    for _ in range(STEPS):
        expected = case.condition.holds(case.world, now)
        if kernel.test(now) is not expected:
            return f"at {now}: should be {expected}"
        due = kernel.next(now)
        if due is not None and due <= now:
            return f"at {now}: next is {due}"
        for instant in probes(case, now, due):
            if case.condition.holds(case.world, instant) is not expected:
                return f"at {now}: changes at {instant}, next is {due}"
        if due is None:
            break
        now = due
    return ""


def smallest(production: str, cases: int, salt: str) -> str:
    """The story of the shortest of all cases that disagree; empty if none does."""
    stories = []
    for number in range(cases):
        case = draw_case(production, f"{production} {salt} {number}")
        if found := disagreement(case):
            stories.append(story(case, found))
    return min(stories, key=len, default="")


def story(case: Case, found: str) -> str:
    segments = {name: condition.text() for name, condition in case.segments.items()}
    return f"{case.condition.text()}\n{found}\nsegments: {segments}\n{case.world}"


@pytest.mark.parametrize("production", PRODUCTIONS)
def test_a_compiled_condition_says_what_the_specification_says(production: str) -> None:
    assert not smallest(production, EACH, "")


@pytest.mark.soak
@pytest.mark.parametrize("production", PRODUCTIONS)
def test_a_compiled_condition_says_what_the_specification_says_in_many_cases(production: str) -> None:
    assert not smallest(production, MANY, "soak")
