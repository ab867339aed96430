"""Whatever stands under `tests:`, the compiler says what is wrong with it, and never fails."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.compiler.pipeline import check_with_tests
from oncue.compiler.shape.schemas import load
from tests.compiler.shape.test_verdicts import near

SETTINGS = b"project: acme\ntimezone: America/New_York\nevents: {purchase: {total: number}}\n"


@settings(max_examples=100, deadline=None)
@given(st.lists(near(load("tests")), min_size=1, max_size=2))
def test_no_test_however_wrong_stops_the_compiler(documents: list[Any]) -> None:
    tests = {f"story {number}": document for number, document in enumerate(documents)}
    files = {"oncue.yaml": SETTINGS, "tests.yaml": json.dumps({"tests": tests}).encode()}
    diagnostics, plan, suite = check_with_tests(files)
    wrong = [one for one in diagnostics if one.severity == "error"]
    assert all(one.span.path == "tests.yaml" for one in wrong)
    assert (plan() is None) == bool(wrong)
    assert wrong or len(suite.tests) == len(tests)
