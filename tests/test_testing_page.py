"""Every block of the page on testing is a test that does what the page says; every example passes its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from oncue.cli.render import tests as render
from oncue.compiler import workspace
from oncue.runtime.testing.report import Report, report
from tests.doc_blocks import ROOT, Block, blocks
from tests.test_docs import shown_after

PAGE = ROOT / "docs/testing.md"
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/tests.yaml"))


def played(folder: Path, file: str = "") -> Report:
    """What comes of a workspace's tests, or of those in one file."""
    found, suite = workspace.check_tests(folder)
    assert found.plan is not None
    tests = tuple(test for test in suite.tests if not file or suite.files[test.at.file] == file)
    return report(found.plan, type(suite)(suite.files, tests))


@pytest.mark.parametrize("block", blocks(PAGE, "yaml"), ids=lambda block: block.name)
def test_the_tests_of_the_page_do_what_it_says(block: Block, rewrite: bool, tmp_path: Path) -> None:
    """One that is marked as failing is followed by what `oncue test` says of it."""
    shutil.copytree(ROOT / "examples/spec", tmp_path / "spec", ignore=shutil.ignore_patterns(".oncue"))
    (tmp_path / "spec/spring.yaml").write_text(block.text, "utf-8")
    done = played(tmp_path / "spec", "spring.yaml")
    assert done.results
    said = render.as_text(done, "America/New_York")
    if "fails" in block.attributes:
        shown_after(PAGE, f"{block.text}```\n", said, rewrite)
    else:
        assert said == ""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_every_example_passes_its_tests_which_go_through_all_of_it(example: Path) -> None:
    done = played(example)
    assert done.results
    assert render.as_text(done, "UTC", show=True) == ""
    assert done.coverage.percent == 100
