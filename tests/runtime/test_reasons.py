"""Why actions failed, as the report tells it."""

from __future__ import annotations

from pathlib import Path

from oncue.runtime import operator
from oncue.runtime.views import reports
from oncue.runtime.views.reasons import Failures, told
from oncue.schemas.audit import AuditEntry
from tests.runtime import shop

PLAN = shop.plan(
    shop="      - adjust_score: +10\n=>      - {math: {field: score, divide: score}}\n"
    "      - {update_deal: {status: won}}\n"
)
ZERO, NO_DEAL = "failed: division by zero", "failed: the contact has no deal"


def results(folder: Path) -> list[dict[str, int]]:
    """What came of the actions of a visit."""
    report = reports.report(folder / "x.db")
    deed = next(one for one in report.fulfillment if one.unit == "web_pages/pricing/on_visit")
    return [action.results.get("default", {}) for action in deed.actions][:2]


def test_the_report_says_why_and_an_erased_contact_takes_its_reasons_along(tmp_path: Path) -> None:
    visits = [shop.visit(name, f"{name}@x.test", "2026-01-02T10:00:00Z") for name in "ab"]
    shop.replay(tmp_path, visits, plan=PLAN)
    assert results(tmp_path) == [{ZERO: 2}, {NO_DEAL: 2}]
    operator.erase(PLAN, tmp_path / "x.db", "a@x.test")
    assert results(tmp_path) == [{ZERO: 1, "failed": 1}, {NO_DEAL: 1, "failed": 1}]


def test_the_most_frequent_reasons_are_told_and_the_rest_is_counted() -> None:
    reasons = {"a": 1, "b": 4, "c": 2, "d": 2, "e" * 100: 3}
    assert told(12, reasons) == {"failed: b": 4, f"failed: {'e' * 80}...": 3, "failed: c": 2, "failed": 3}
    assert told(5, reasons) == {"failed: b": 4, f"failed: {'e' * 80}...": 1}
    assert told(2, {"": 2}) == {"failed": 2}


def test_a_message_that_was_tried_again_counts_by_its_last_outcome() -> None:
    failures = Failures()
    for result, why, message in [
        ("failed", "x", "1"),
        ("failed", "x", "2"),
        ("done", "", "1"),
        ("failed", "y", "2"),
    ]:
        failures.see(AuditEntry("handover", "u", "s", 0, result, "default", why, {"message": message}))
    assert failures.reasons() == {("u", "s", "default"): {"y": 1}}
