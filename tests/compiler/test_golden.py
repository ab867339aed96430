"""What users read about wrong files, word by word; and that right files get nothing to read.

`pytest --rewrite` writes the expected texts anew; git shows the review.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from oncue.cli.render import text
from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.pipeline import compile_files
from oncue.compiler.workspace import Sources
from tests.compiler.golden_cases import SETTINGS, cases, files_of


@pytest.mark.parametrize("case", cases("diagnostics"), ids=lambda case: case.stem)
def test_wrong_files_are_explained(case: Path, rewrite: bool) -> None:
    files = files_of(case)
    plan, diagnostics = compile_files(files)
    assert plan is None
    shown = text.render(diagnostics, Sources(files))
    expected = case.with_suffix(".txt")
    if rewrite:
        expected.write_text(shown)
    assert shown == expected.read_text()


@pytest.mark.parametrize("case", cases("lints"), ids=lambda case: case.stem)
def test_what_would_run_but_hardly_as_meant_is_told(case: Path, rewrite: bool) -> None:
    files = files_of(case)
    plan, diagnostics = compile_files(files)
    assert plan is not None
    shown = text.render(diagnostics, Sources(files))
    expected = case.with_suffix(".txt")
    if rewrite:
        expected.write_text(shown, "utf-8")
    assert shown == expected.read_text("utf-8")


@pytest.mark.parametrize("case", cases("good"), ids=lambda case: case.stem)
def test_right_files_are_left_alone(case: Path) -> None:
    files = files_of(case)
    plan, diagnostics = compile_files(files)
    assert text.render([d for d in diagnostics if d.severity != "note"], Sources(files)) == ""
    assert plan is not None


def test_there_is_as_much_right_as_wrong() -> None:
    assert len(cases("good")) >= len(cases("diagnostics"))


def test_all_wrong_files_at_once_give_what_each_gives_alone() -> None:
    """Reading and shape look at one file, so no file may hide or change what is said about another."""
    together: dict[str, bytes] = {"oncue.yaml": SETTINGS}
    alone = set()
    for case in cases("diagnostics"):
        files = files_of(case)
        if files["oncue.yaml"] != SETTINGS:
            continue
        together.update({f"{case.stem}/{path}": data for path, data in files.items() if path != "oncue.yaml"})
        alone |= {said(d, f"{case.stem}/") for d in compile_files(files)[1] if d.code[0] in "YSW"}
    assert {said(d) for d in compile_files(together)[1] if d.code[0] in "YSW"} == alone


def said(diagnostic: Diagnostic, folder: str = "") -> tuple[str, int, int, str, str]:
    span = diagnostic.span
    return (folder + span.path, span.line, span.column, diagnostic.code, diagnostic.message)
