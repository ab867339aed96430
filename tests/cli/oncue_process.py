"""Calls the command line: in this process where that is enough, as a process of its own where it is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from oncue.cli.main import main

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "oncue.cli.main"]


class Told(NamedTuple):
    """What a call came to."""

    code: int
    out: str
    err: str


class Oncue:
    """Calls `oncue` in a folder and captures what it tells."""

    def __init__(self, folder: Path, capture: object) -> None:
        self.folder = folder
        self._capture = capture

    def __call__(self, *arguments: str | Path) -> Told:
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            self._capture.readouterr()  # type: ignore[attr-defined]
            code = main([str(each) for each in arguments])
            out, err = self._capture.readouterr()  # type: ignore[attr-defined]
        finally:
            os.chdir(before)
        return Told(code, out, err)


def process(folder: Path, *arguments: str | Path, stdin: str = "", **environment: str) -> Told:
    """The same as a real process."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=folder, input=stdin, capture_output=True, text=True,
        env={**os.environ, **environment}, timeout=60,
    )  # fmt: skip
    return Told(done.returncode, done.stdout, done.stderr)
