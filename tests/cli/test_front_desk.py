"""What holds for every command: help, versions, exit codes, streams."""

from __future__ import annotations

import errno
import os
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from oncue.cli import exits, output
from oncue.cli.main import COMMANDS, OF_CONTACTS
from tests.cli.oncue_process import COMMAND, ROOT, Oncue, process

EVERY = [*((name,) for name in COMMANDS), *(("contact", name) for name in OF_CONTACTS)]


def test_the_version_is_the_packages(oncue: Oncue) -> None:
    assert oncue("--version") == (0, f"oncue {version('oncue')}\n", "")


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_the_help_of_every_command_has_an_example(command: tuple[str, ...], oncue: Oncue) -> None:
    told = oncue(*command, "--help")
    assert told.code == 0
    assert re.search(rf"Example:\n +oncue {' '.join(command)}\b", told.out), told.out


@pytest.mark.parametrize("group", ["contact", "account", "tasks", "lists", "outbox"])
def test_no_line_of_a_groups_help_breaks_off(group: str, oncue: Oncue) -> None:
    told = oncue(group, "--help").out
    commands = told.partition("Commands:\n")[2].splitlines()
    assert commands
    assert [line for line in commands if line.endswith("...")] == []


def test_the_help_lists_every_command_without_loading_one(tmp_path: Path) -> None:
    script = "import sys; from oncue.cli.main import main; main(['--help']); print(sorted(sys.modules))"
    done = subprocess.run([*COMMAND[:1], "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert all(f"\n  {name}" in done.stdout for name in COMMANDS)
    loaded = {name for name in COMMANDS if f"'oncue.cli.{name}'" in done.stdout}
    assert loaded == set()
    assert "'lark'" not in done.stdout
    assert "'oncue.runtime" not in done.stdout


def test_an_unknown_command_is_wrong_usage_and_names_the_nearest(oncue: Oncue) -> None:
    told = oncue("valdate")
    assert told.code == 2
    assert "there is no command 'valdate'; did you mean 'validate'?" in told.err
    assert told.out == ""
    assert "did you mean 'contact enrol'?" in oncue("enrol", "ana@example.com", "welcome").err


def test_the_commands_about_contacts_are_known_to_the_hint() -> None:
    from oncue.cli import contact

    assert set(OF_CONTACTS) == set(contact.command.commands)


@pytest.mark.parametrize(
    "arguments",
    [("validate", "--fromat", "json"), ("run", "--clock", "sun"), ("explain", "X999"), ("contact",), ()],
    ids=" ".join,
)
def test_wrong_usage_exits_2_and_says_so_on_stderr(arguments: tuple[str, ...], oncue: Oncue) -> None:
    told = oncue(*arguments)
    assert told.code == 2
    assert told.err
    assert "Traceback" not in told.err


def test_a_workspace_that_is_no_folder_is_wrong_usage(oncue: Oncue) -> None:
    told = oncue("validate", "nowhere")
    assert (told.code, told.out) == (2, "")
    assert "there is no folder nowhere" in told.err


def test_the_settings_file_stands_for_its_folder(oncue: Oncue, acme: Path) -> None:
    assert oncue("validate", "acme/oncue.yaml").code == 0


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (click.UsageError("not so"), 2, "not so"),
        (click.ClickException("no"), 3, "oncue: no\n"),
        (exits.CommandError("cannot"), 3, "oncue: cannot\n"),
        (
            OSError(errno.ENOSPC, "No space left on device", "x.db"),
            3,
            "oncue: x.db: no space left on device\n",
        ),
        (KeyboardInterrupt(), 3, "oncue: stopped\n"),
        (BrokenPipeError(), 0, ""),
        (RecursionError("too deep\nhere"), 3, "oncue: internal error: RecursionError: too deep\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_every_way_of_ending_is_one_of_four_codes_without_a_traceback(
    error: BaseException,
    code: int,
    message: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exits, "silence", lambda _stream: None)

    def fail() -> None:
        raise error

    assert exits.guard(fail) == code
    told = capfd.readouterr().err
    assert message in told
    assert "Traceback" not in told


def test_a_reader_that_leaves_early_is_no_failure(acme: Path) -> None:
    script = f"{' '.join(COMMAND)} schema campaigns | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=acme)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_under_stdout_is_told_in_one_line(acme: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, "schema", "campaigns"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 3
    assert done.stderr == "oncue: no space left on device\n"


class Terminal:
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colours_are_for_terminals_and_no_color_is_honoured(
    variables: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert output.coloured(Terminal()) is expected  # type: ignore[arg-type]


def test_output_that_the_terminal_cannot_show_is_escaped(acme: Path) -> None:
    (acme / "more.yaml").write_text('segments:\n  far: citi == "Málaga"\n', "utf-8")
    told = process(acme, "validate", PYTHONIOENCODING="ascii")
    assert told.code == 1
    assert 'citi == "M\\xe1laga"' in told.out


def test_counts_read_like_english() -> None:
    assert [output.plural(n, "error") for n in (0, 1, 2, 1200)] == [
        "0 errors",
        "1 error",
        "2 errors",
        "1,200 errors",
    ]
    assert output.plural(2, "entry") == "2 entries"


def test_no_command_file_imports_more_than_click_at_the_top() -> None:
    """Start-up stays small because the heavy modules are imported inside the functions that need them."""
    heavy = (
        "lark",
        "jinja2",
        "jsonschema",
        "oncue.runtime",
        "oncue.compiler",
        "sqlite3",
        "importlib.metadata",
    )
    script = (
        "import sys\n"
        f"import {', '.join(f'oncue.cli.{name}' for name in COMMANDS)}\n"
        f"print([m for m in sys.modules if m.startswith({heavy!r})])"
    )
    done = subprocess.run([*COMMAND[:1], "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\n", done.stderr
