"""The small texts of triggers: an event, perhaps of an asset; an order and a number."""

from __future__ import annotations

import pytest

from oncue.compiler.expr.catalog import Use
from oncue.compiler.expr.phrases import EventPhrase, Threshold, parse_event, parse_threshold
from tests.compiler.expr.workspace import CATALOG


def test_an_event_of_an_asset_is_read_with_its_uses() -> None:
    found, issues = parse_event(" web_form.submission of demo-request ", CATALOG)
    uses = (Use("events", "web_form.submission", 1, 20), Use("web_forms", "demo-request", 24, 36))
    assert (found, issues) == (EventPhrase("web_form.submission", "demo-request", uses), ())


def test_an_event_alone_is_read() -> None:
    found, _ = parse_event("purchase", CATALOG)
    assert found == EventPhrase("purchase", None, (Use("events", "purchase", 0, 8),))


def test_a_quoted_asset_is_read() -> None:
    found, _ = parse_event('web_page.visit of "pricing"', CATALOG)
    assert found is not None
    assert found.asset == "pricing"


@pytest.mark.parametrize(
    ("text", "code", "place", "hint"),
    [
        ("web_form.submision of x", "C011", "web_form.submision", "did you mean `web_form.submission`?"),
        ("web_form.submission of demo", "C013", "demo", "web forms: `demo-request`"),
        ("web_form.submission of pricing", "C013", "pricing", "web forms: `demo-request`"),
        ("purchase of pricing", "C017", "purchase of pricing", "leave `of ...` out; narrow it with `where`"),
        ("purchase.total", "C026", "purchase.total", "write `did purchase where total ...`"),
        ("purchase where total > 5", "C001", "purchase where total > 5", None),
        ("", "C001", "", None),
        (" purchase of ", "C001", "purchase of", None),
        ("x" * 100_000, "C001", "x" * 100_000, None),
    ],
)  # fmt: skip
def test_what_is_no_event_is_explained(text: str, code: str, place: str, hint: str | None) -> None:
    found, (issue,) = parse_event(text, CATALOG)
    assert found is None
    assert (issue.code, text[issue.start : issue.end]) == (code, place)
    assert issue.hint == (
        hint or "write `web_form.submission of demo-request` or `purchase`; a test goes under `when`"
    )


@pytest.mark.parametrize(
    ("text", "order", "value"),
    [(">= 65", ">=", "65"), (" <2.50 ", "<", "2.5"), ("> -1", ">", "-1"), ("<=0", "<=", "0")],
)  # fmt: skip
def test_a_threshold_is_read(text: str, order: str, value: str) -> None:
    assert parse_threshold(text) == (Threshold(order, value), ())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["65", "== 65", ">= score", ">=", "", ">= 65 points", "=> 65", "9" * 100_000]
)
def test_what_is_no_threshold_is_explained(text: str) -> None:
    found, (issue,) = parse_threshold(text)
    assert found is None
    assert issue.code == "C001"
    assert issue.hint == "write `>= 65`, `> 65`, `<= 65` or `< 65`"


@pytest.mark.parametrize("text", [">= 1000000000000000000", "> 0.1234567891"])
def test_a_threshold_out_of_bounds_is_explained(text: str) -> None:
    found, (issue,) = parse_threshold(text)
    assert (found, issue.code) == (None, "C028")
