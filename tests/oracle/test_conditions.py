"""The compiled condition against the oracle, over random contacts, histories and instants."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.oracle.bridge import Kernel
from tests.oracle.draw import PRODUCTIONS, Case, cases
from tests.oracle.probe import probes

EACH = 20  # cases per form of the language
MANY = 1500
STEPS = 4  # how often a case follows `next`
QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


def check(case: Case) -> None:
    """Follows time from change to change as a host does, comparing all the way."""
    kernel = Kernel(case)
    now = case.now
    for _ in range(STEPS):
        expected = case.condition.holds(case.world, now)
        assert kernel.test(now) is expected, story(case, now)
        due = kernel.next(now)
        assert due is None or due > now, story(case, now)
        for instant in probes(case, now, due):
            differs = case.condition.holds(case.world, instant) is not expected
            assert not differs, f"changes at {instant}, next says {due}; {story(case, now)}"
        if due is None:
            return
        now = due


def story(case: Case, now: int) -> str:
    return f"{case.condition.text()!r} at {now}"


@pytest.mark.parametrize("production", PRODUCTIONS)
def test_a_compiled_condition_says_what_the_specification_says(production: str) -> None:
    seed(production)(agree(production, EACH))()


@pytest.mark.soak
@pytest.mark.parametrize("production", PRODUCTIONS)
def test_a_compiled_condition_says_what_the_specification_says_in_many_cases(production: str) -> None:
    agree(production, MANY)()


def agree(production: str, examples: int) -> Callable[[], None]:
    """A test of so many cases whose root is that form of the language."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=QUIET,
        phases=(Phase.generate, Phase.shrink),
    )
    @given(case=cases(production))
    def look(case: Case) -> None:
        check(case)

    return look
