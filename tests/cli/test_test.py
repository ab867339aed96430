"""`oncue test` as people and CI call it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.oncue_process import COMMAND, Oncue

FAILING = """
tests:
  nobody is welcomed:
    starts_at: 2026-03-02 09:00
    contacts: [{email: <ben>@example.com}]
    steps:
      - event: web_form.submission of signup
      - expect: {sent: []}
"""


@pytest.fixture
def failing(acme: Path) -> Path:
    (acme / "more.yaml").write_text(FAILING.replace("<ben>", "ben"))
    return acme


def test_the_starters_tests_pass_and_go_through_all_of_it(oncue: Oncue, acme: Path) -> None:
    told = oncue("test", "-w", "acme", "--cover", "100", "--show-coverage")
    assert (told.code, told.out) == (0, "")
    assert told.err.startswith("acme: 3 tests, all passed, 100 % covered (")


def test_a_failure_shows_line_expected_actual_and_the_way_there(oncue: Oncue, failing: Path) -> None:
    told = oncue("test", "-w", "acme")
    assert told.code == 1
    lines = told.out.splitlines()
    assert lines[:5] == [
        "more.yaml:3:3: nobody is welcomed",
        "  more.yaml:8:18: sent, at 2026-03-02 09:00:00+00:00",
        "    expected: nothing",
        "    actual:   welcome",
        "    what led there:",
    ]
    assert lines[5].endswith("more.yaml:7:9")
    assert "campaigns/welcome hello  done, default (email welcome)" in told.out
    assert "4 tests, 1 failed" in told.err


def test_a_name_chooses_tests(oncue: Oncue, failing: Path) -> None:
    assert oncue("test", "-w", "acme", "--name", "LARGE company").err.startswith("acme: 1 test, all passed")
    told = oncue("test", "-w", "acme", "--name", "small company")
    assert (told.code, told.out) == (2, "")
    assert "no test is named like 'small company'" in told.err


def test_too_little_coverage_is_an_error_that_says_what_is_missing(oncue: Oncue, acme: Path) -> None:
    told = oncue("test", "-w", "acme", "--name", "large", "--cover", "50", "--show-coverage")
    assert told.code == 1
    assert "campaigns.yaml:" in told.out
    assert "not covered: campaigns/welcome hello rule 1" in told.out
    assert "50 % must be covered" in told.err
    assert oncue("test", "-w", "acme", "--name", "large", "--cover", "10").code == 0


def test_json_tells_everything(oncue: Oncue, failing: Path) -> None:
    document = json.loads(oncue("test", "-w", "acme", "--format", "json").out)
    assert (document["version"], document["passed"], document["failed"]) == (1, 3, 1)
    assert document["coverage"]["percent"] == 100
    (failed,) = [each for each in document["tests"] if not each["passed"]]
    (failure,) = failed["failures"]
    assert (failure["what"], failure["expected"], failure["actual"]) == ("sent", "nothing", "welcome")
    assert failure["clock"] == "2026-03-02T09:00:00Z"
    assert failure["trace"][0]["path"] == "more.yaml"


def test_junit_is_xml_with_a_suite_for_each_file(oncue: Oncue, failing: Path) -> None:
    root = ElementTree.fromstring(oncue("test", "-w", "acme", "--format", "junit").out)
    suites = {suite.get("name"): suite for suite in root}
    assert list(suites) == ["more.yaml", "tests.yaml"]
    (case,) = suites["more.yaml"]
    (failure,) = case
    assert failure.get("message") == "sent: expected nothing, actual welcome"
    assert suites["tests.yaml"].get("failures") == "0"
    assert {case.get("line") for case in suites["tests.yaml"]} >= {"3"}


def test_mistakes_in_a_test_are_told_as_by_validate(oncue: Oncue, acme: Path) -> None:
    (acme / "more.yaml").write_text(FAILING.replace("<ben>", "ben").replace("sent: []", "sent: [welcom]"))
    told = oncue("test", "-w", "acme")
    assert (told.code, told.out) == (1, "")
    assert "more.yaml:8:25: unknown message `welcom` [N201]" in told.err
    assert oncue("validate", "acme").code == 1


def test_a_workspace_without_tests_has_nothing_to_report(oncue: Oncue, acme: Path) -> None:
    (acme / "tests.yaml").unlink()
    told = oncue("test", "-w", "acme")
    assert (told.code, told.out) == (0, "")
    assert "there are no tests" in told.err
    assert oncue("test", "-w", "acme", "--cover", "1").code == 1


def test_nothing_is_written_and_nothing_sent(oncue: Oncue, acme: Path) -> None:
    before = sorted(path for path in acme.rglob("*"))
    oncue("test", "-w", "acme")
    assert sorted(path for path in acme.rglob("*")) == before


def heed_interrupts() -> None:
    """A shell starts what it runs in the background with Ctrl-C ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_watching_runs_the_tests_again_after_a_change(oncue: Oncue, acme: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "test", "-w", "acme", "--watch"], cwd=oncue.folder, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "NO_COLOR": "1"},
        preexec_fn=heed_interrupts,
    ) as watching:  # fmt: skip
        assert watching.stderr is not None
        assert "3 tests, all passed" in watching.stderr.readline()
        assert "waiting for a change" in watching.stderr.readline()
        (acme / "tests.yaml").write_text(FAILING.replace("<ben>", "ben"))
        assert "1 test, 1 failed" in watching.stderr.readline()
        assert "waiting for a change" in watching.stderr.readline()
        time.sleep(0.1)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(timeout=20) == 1
