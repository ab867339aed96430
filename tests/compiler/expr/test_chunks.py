"""What is said about conditions, word by word.

A file of tests/chunks holds conditions, one a line, each with what is said about it below: a marker under the
place, the code, the message, the hint; or `ok`, or the canonical form where that is another. `@ PLACE` says
where the conditions after it stand. `pytest --rewrite` writes what is said anew; git shows the review.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from oncue.compiler import codes
from oncue.compiler.expr.catalog import Issue, Place
from oncue.compiler.expr.compile import compile_condition
from tests.compiler.expr.workspace import CATALOG, PLACES

CHUNKS = Path(__file__).parents[2] / "chunks"
FILES = sorted(CHUNKS.glob("*.txt"))


def said(condition: str, place: Place) -> list[str]:
    compiled, issues = compile_condition(condition, CATALOG, place)
    lines = [line for issue in issues for line in marked(issue)]
    if compiled is not None:
        lines.append("    ok" if compiled.text == condition else f"    = {compiled.text}")
    return lines


def marked(issue: Issue) -> Iterator[str]:
    mark = "^" * max(issue.end - issue.start, 1)
    severity = "" if issue.severity == "error" else f" {issue.severity}:"
    yield f"{' ' * issue.start}{mark} {issue.code}{severity} {issue.message}"
    yield f"    ({issue.hint})"


def is_said(line: str) -> bool:
    return (line.lstrip().startswith(("^", "= ", "(")) and line[:1] in " ^") or line == "    ok"


def rewritten(text: str) -> str:
    """The file with what is said about each condition as it is now."""
    place, lines = PLACES["segment"], []
    for line in text.splitlines():
        if is_said(line):
            continue
        lines.append(line)
        if line.startswith("@ "):
            place = PLACES[line[2:]]
        elif line.strip() and not line.startswith("#"):
            lines += said(line, place)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_said_about_conditions(file: Path, rewrite: bool) -> None:
    text = file.read_text("utf-8")
    now = rewritten(text)
    if rewrite:
        file.write_text(now, "utf-8")
    assert now == (now if rewrite else text)


def test_there_are_chunks_and_they_show_every_code_of_the_language() -> None:
    told = "".join(file.read_text("utf-8") for file in FILES)
    shown = {code for code in codes.known() if code.startswith("C") and f"^ {code} " in told.replace(":", "")}
    # Too long and empty conditions do not fit on a line.
    assert {code for code in codes.known() if code.startswith("C")} - shown == {"C005"}


def test_one_mistake_is_one_issue() -> None:
    for file in FILES:
        if file.stem.startswith("one-mistake") or file.stem in ("syntax", "slips", "names", "types"):
            lines = file.read_text("utf-8").splitlines()
            counts = [sum("^ C" in each for each in chunk) for chunk in chunks(lines)]
            assert max(counts) <= 1, file.stem


def chunks(lines: list[str]) -> Iterator[list[str]]:
    """Each condition with what is said about it."""
    current: list[str] = []
    for line in lines:
        if not is_said(line):
            yield current
            current = []
        current.append(line)
    yield current
