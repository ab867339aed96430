"""Runs the tests of a workspace, in several processes where that pays, and adds up what they cover."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase
from multiprocessing import get_context

from msgspec import Struct

from oncue.runtime.testing.coverage import Coverage, coverage
from oncue.runtime.testing.play import Theatre
from oncue.runtime.testing.results import Result
from oncue.schemas.plan import Plan
from oncue.schemas.tests import Suite, WorkspaceTest

WORTH = 2_000  # tests for which another process is worth its start

_theatre: list[Theatre] = []  # of this process, for the ones that it forks


class Report(Struct, frozen=True):
    """All results in the order of the files. `seconds` it took in all."""

    project: str
    results: tuple[Result, ...]
    coverage: Coverage
    seconds: float


def report(plan: Plan, suite: Suite, name: str = "", jobs: int | None = None) -> Report:
    """Runs the tests whose names fit (all, if `name` is empty). `jobs` None: as many processes as pay."""
    start = time.perf_counter()
    chosen = [test for test in suite.tests if fits(test.name, name)]
    theatre = Theatre(plan, suite)
    results = _played(theatre, chosen, _number(len(chosen), jobs))
    covered = coverage(plan, [result.covered for result in results])
    return Report(plan.project, tuple(results), covered, time.perf_counter() - start)


def fits(name: str, wanted: str) -> bool:
    """Whether a test is meant by a part of its name, or by a pattern with ``*``; capitals do not matter."""
    folded = wanted.casefold()
    return fnmatchcase(name.casefold(), folded) if "*" in folded else folded in name.casefold()


def _number(tests: int, jobs: int | None) -> int:
    if not hasattr(os, "fork"):
        return 1
    return max(1, min(jobs if jobs is not None else min(tests // WORTH, os.cpu_count() or 1), tests))


def _played(theatre: Theatre, tests: Sequence[WorkspaceTest], jobs: int) -> list[Result]:
    if jobs == 1:
        return _share(theatre, tests)
    _theatre[:] = [theatre]
    size = -(-len(tests) // jobs)
    parts = [tests[start : start + size] for start in range(0, len(tests), size)]
    try:
        with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
            return [result for part in pool.map(_forked, parts) for result in part]
    finally:
        _theatre.clear()


def _forked(tests: Sequence[WorkspaceTest]) -> list[Result]:
    return _share(_theatre[0], tests)


def _share(theatre: Theatre, tests: Sequence[WorkspaceTest]) -> list[Result]:
    """Plays them without the cycle collector, which would look through everything again and again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return [theatre.play(test) for test in tests]
    finally:
        if collecting:
            gc.enable()
