"""The pre-commit hook and the GitHub action: their YAML is what those tools read, and their commands run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
SLIP = "segments:\n  eager: scor >= 50\n"
WARNED = "segments:\n  not-big: not employees >= 50\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository that has a workspace in `acme`."""
    assert shell("oncue init acme", tmp_path).returncode == 0
    return tmp_path


def shell(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """As the runner does it: bash that stops at the first failure."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
        cwd=folder, env={**os.environ, "PATH": PATH, **environment},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


# --- pre-commit ---


def hook() -> dict[str, Any]:
    (one,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    return dict(one)


def test_the_hook_has_what_pre_commit_asks_for() -> None:
    one = hook()
    assert {"id", "name", "entry", "language"} <= set(one)
    assert one["language"] == "python"
    for path in ("acme/people.yaml", "oncue.yml", "emails/a b.md", "layouts/base.html"):
        assert re.search(one["files"], path)
    assert not re.search(one["files"], "setup.py")


def test_the_hook_checks_the_workspace_in_its_arguments(checkout: Path) -> None:
    assert shell(f"{hook()['entry']} acme", checkout).returncode == 0
    (checkout / "acme/more.yaml").write_text(SLIP)
    done = shell(f"{hook()['entry']} acme", checkout)
    assert done.returncode == 1
    assert "[C010]" in done.stdout


# --- the action ---


def action() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "action.yml").read_text()))


def step(name: str) -> dict[str, Any]:
    return next(each for each in action()["runs"]["steps"] if each["name"] == name)


def run_step(name: str, checkout: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The step's command with the inputs given and the defaults of the others."""
    values = {key: spec["default"] for key, spec in action()["inputs"].items()} | inputs
    given = {
        variable: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: values[match[1]], text)
        for variable, text in step(name).get("env", {}).items()
    }
    return shell(step(name)["run"], checkout, GITHUB_WORKSPACE=str(checkout), **given)


def test_the_action_is_composite_and_each_command_names_its_shell() -> None:
    whole = action()
    assert whole["runs"]["using"] == "composite"
    for each in whole["runs"]["steps"]:
        assert ("uses" in each) != ("run" in each)
        assert "uses" in each or each["shell"] == "bash"


def test_inputs_reach_commands_as_variables_only() -> None:
    """An input that is pasted into a script could be a command."""
    assert all("${{" not in each.get("run", "") for each in action()["runs"]["steps"])
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text()))
    assert used == set(action()["inputs"])


def test_it_installs_what_stands_beside_it() -> None:
    assert step("Install oncue")["run"].endswith('"$GITHUB_ACTION_PATH[prove]"')
    assert (ROOT / "pyproject.toml").exists()


def test_validating_marks_the_line_from_the_root_of_the_checkout(checkout: Path) -> None:
    assert run_step("Validate", checkout, workspace="acme").returncode == 0
    (checkout / "acme/more.yaml").write_text(SLIP)
    done = run_step("Validate", checkout, workspace="acme")
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=acme/more.yaml,line=2,")


def test_warnings_fail_where_the_input_says_so(checkout: Path) -> None:
    (checkout / "acme/more.yaml").write_text(WARNED)
    assert run_step("Validate", checkout, workspace="acme").returncode == 0
    assert run_step("Validate", checkout, workspace="acme", strict="true").returncode == 1


def test_without_tests_there_is_nothing_to_test(checkout: Path) -> None:
    (checkout / "acme/tests.yaml").unlink()
    (checkout / "acme/.venv").mkdir()
    (checkout / "acme/.venv/other.yaml").write_text("tests: {}\n")
    done = run_step("Test", checkout, workspace="acme")
    assert (done.returncode, done.stdout) == (0, "no tests here\n")


def test_with_tests_they_are_run_and_a_failure_fails_the_step(checkout: Path) -> None:
    assert run_step("Test", checkout, workspace="acme", cover="100").returncode == 0
    (checkout / "acme/tests.yaml").unlink()
    (checkout / "acme/more").mkdir()
    tests = checkout / "acme/more/tests.yaml"
    passes = "tests:\n  nobody gets anything:\n    starts_at: 2026-03-02T09:00:00Z\n"
    passes += (
        "    contacts: [{email: ana@x.test, score: 5}]\n    steps: [{expect: [{contact: {score: 5}}]}]\n"
    )
    tests.write_text(passes)
    done = run_step("Test", checkout, workspace="acme")
    assert done.returncode == 0, done.stdout + done.stderr
    assert run_step("Test", checkout, workspace="acme", cover="100").returncode == 1
    tests.write_text(passes.replace("{score: 5}}]}]", "{score: 6}}]}]"))
    done = run_step("Test", checkout, workspace="acme")
    assert done.returncode == 1
    assert "more/tests.yaml:5" in done.stdout


# --- the page about it ---


def shown(part: str) -> Any:
    page = (ROOT / "docs/ci.md").read_text("utf-8").split(f"## {part}")[1]
    return yaml.safe_load(re.findall(r"^```yml\n(.*?)^```", page, re.M | re.S)[0])


def test_the_pages_workflow_gives_the_action_inputs_that_it_has() -> None:
    steps = [each for job in shown("GitHub")["jobs"].values() for each in job["steps"]]
    (ours,) = [each for each in steps if each["uses"].partition("@")[0].endswith("/oncue")]
    assert set(ours["with"]) <= set(action()["inputs"])


def test_the_pages_pre_commit_settings_name_our_hook() -> None:
    (repository,) = shown("pre-commit")["repos"]
    assert [each["id"] for each in repository["hooks"]] == [hook()["id"]]
