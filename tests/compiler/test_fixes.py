"""What a diagnostic would write in place of its span does away with it."""

from __future__ import annotations

import pytest

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.pipeline import compile_files
from oncue.compiler.source import Source
from tests.compiler.golden_cases import SETTINGS, cases, files_of


def fixed(files: dict[str, bytes], found: Diagnostic) -> dict[str, bytes]:
    """The files with the fix in place of the span."""
    source = Source(found.span.path, files[found.span.path].decode())
    start = source.starts[found.span.line - 1] + found.span.column - 1
    end = source.starts[found.span.end_line - 1] + found.span.end_column - 1
    return {**files, found.span.path: (source.text[:start] + found.fix + source.text[end:]).encode()}


def place(found: Diagnostic) -> tuple[str, str, str, int, int]:
    return found.code, found.message, found.span.path, found.span.line, found.span.column


@pytest.mark.parametrize("folder", ["diagnostics", "names"])
def test_each_fix_in_the_goldens_does_away_with_its_mistake(folder: str) -> None:
    tried = 0
    for case in cases(folder):
        files = files_of(case)
        for found in compile_files(files)[1]:
            if found.fix:
                after = compile_files(fixed(files, found))[1]
                assert place(found) not in map(place, after), case.stem
                tried += 1
    assert tried > 10


def test_whoever_asks_did_you_mean_offers_the_fix() -> None:
    found = [each for folder in ("diagnostics", "names") for case in cases(folder)
             for each in compile_files(files_of(case))[1]]  # fmt: skip
    asked = [each for each in found if "did you mean" in each.hint]
    assert asked
    assert [each for each in asked if not each.fix or each.fix.strip('"') not in each.hint] == []


@pytest.mark.parametrize(
    ("condition", "fix"),
    [
        ("scor >= 50", "score"),
        ('"scor >= 50"', "score"),
        ('industry == "retial"', '"retail"'),
        ("\"industry == \\\"retial\\\"\"", '\\"retail\\"'),
        ("'industry == \"retial\"'", '"retail"'),
        ("|\n    score > 1 and\n    in segment otehr", "other"),
        ("did purchase where totl > 3", "total"),
        ("did purchas", "purchase"),
        ("contact.score > 5", "score"),
        ("sum(purchase.amout) > 5", "purchase.amount"),
        ('industry == "a, b: d"', ""),
    ],
)  # fmt: skip
def test_a_fix_is_written_as_its_place_needs_it(condition: str, fix: str) -> None:
    settings = b'fields: {industry: {type: text, values: [retail, software, "a, b: c"]}}\n'
    settings += b"events: {purchase: {total: number, amount: number}}\n"
    files = {
        "oncue.yaml": SETTINGS + settings,
        "a.yaml": f"segments:\n  other: score > 1\n  eager: {condition}\n".encode(),
    }
    found = next(each for each in compile_files(files)[1] if each.severity == "error")
    assert found.fix == fix
    if fix:
        assert place(found) not in map(place, compile_files(fixed(files, found))[1])


def test_a_name_in_quotes_is_replaced_with_its_quotes() -> None:
    yaml = b'lists: [news]\ncampaigns:\n  c:\n    starts_when: [{subscribed: "mews"}]\n'
    files = {"oncue.yaml": SETTINGS, "a.yaml": yaml}
    found = next(each for each in compile_files(files)[1] if each.code == "N201")
    assert b"subscribed: news}" in fixed(files, found)["a.yaml"]
