"""Conditions that hold for nobody are told; what holds for somebody, somewhere, never is."""

from __future__ import annotations

import pytest

from oncue.compiler.pipeline import compile_files

SETTINGS = b"""project: acme
timezone: UTC
fields: {employees: number, vip: boolean, interests: {type: text, many: true}}
events: {purchase: {total: number}}
"""


def said(when: str) -> list[str]:
    """The codes of the warnings about a goal and a branch with that condition."""
    text = (
        'segments:\n  nobody: tagged "a" and not tagged "a"\n  some: tagged "a"\n'
        "campaigns:\n  c:\n    starts_when: [manual]\n    steps:\n"
        f"      - if: |\n          {when}\n        then: [{{add_tag: x}}]\n"
        f"      - goal:\n          name: met\n          when: |\n            {when}\n"
    )
    found = compile_files({"oncue.yaml": SETTINGS, "c.yaml": text.encode()})[1]
    assert [each.message for each in found if each.severity == "error"] == []
    return [each.code for each in found if each.code in ("L121", "L123") and each.span.line > 3]


@pytest.mark.parametrize(
    "when",
    [
        "score > 50 and score < 30",
        "score > 5 and score < 5",
        "score > 5 and score == 5",
        "score >= 5 and score <= 5 and score != 5",
        "employees == 5 and employees == 6",
        'country == "US" and country == "CA"',
        'country == "US" and country != " us"',
        'tagged "a" and not tagged "a"',
        'tagged "a" and (score > 5 and not tagged "a")',
        "phone is set and not (phone is set)",
        'phone is not set and phone == "1"',
        'phone is not set and phone contains "1"',
        'in segment some and not tagged "a"',
        'in segment some and not (score > 5 or tagged "a")',
        "last(purchase) is set and not did purchase",
        "count(purchase) < 3 and count(purchase in last 7 days) > 3",
        "employees + 1 > 5 and employees < 4",
        "did purchase where total > 5 and not did purchase",
        "count(purchase) > 3 and count(purchase) < 2",
        "did purchase and not did purchase",
    ],
)
def test_what_holds_for_nobody_is_told(when: str) -> None:
    assert said(when) == ["L123", "L121"]


@pytest.mark.parametrize("when", ["in segment nobody", "score > 5 and in segment nobody"])
def test_what_a_segment_rules_out_is_told_at_the_segment(when: str) -> None:
    assert said(when) == []


@pytest.mark.parametrize(
    "when",
    [
        "score > 30 and score < 50",
        "score >= 5 and score <= 5",
        "score > 50 or score < 30",
        "score > 5 and employees < 3",
        'country == "US" or country == "CA"',
        'country == "US" and country == " us "',
        'country != "US" and country != "CA"',
        'tagged "a" and not tagged "b"',
        'interests has "a" and interests has "b"',
        'phone is not set and phone != "1"',
        "not (score > 5) and not (score < 5)",
        "in segment some and not in segment nobody",
        "count(purchase) > 3 and count(purchase in last 7 days) < 2",
        "sum(purchase.total) > 100 and max(purchase.total) < 50",
        "employees + 1 > 5 and employees < 5",
        "did purchase where total > 5 and not did purchase where total > 6",
    ],
)
def test_what_holds_for_somebody_is_left_alone(when: str) -> None:
    assert said(when) == []
