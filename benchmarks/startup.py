"""`oncue validate` of one small file, as a whole process, against Python that imports click and yaml. Both
with their modules compiled to bytecode, as an installed program has them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import Row, alone, at_most, medians

SETTINGS = "project: small\ntimezone: Europe/Berlin\n"
SEGMENTS = 'segments:\n  warm: score >= 50 and country in ["DE", "AT"]\n  hot: score >= 80\n'


def measure(small: bool) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        (workspace / "oncue.yaml").write_text(SETTINGS)
        (workspace / "segments.yaml").write_text(SEGMENTS)
        oncue = Path(sys.executable).with_name("oncue")
        validate = [str(oncue), "validate", folder]
        imports = [sys.executable, "-c", "import click, yaml"]
        run(validate)  # writes the bytecode that is missing
        run(imports)
        first, again, bare = medians(
            3 if small else 31,
            [lambda: run(cold(workspace, validate)), lambda: run(validate), lambda: run(imports)],
        )
    figures = f"{first * 1000:.0f} ms, {again * 1000:.0f} ms and {bare * 1000:.0f} ms"
    return [
        at_most("`oncue validate`, one small file, whole process", first / bare, 2.5, figures),
        at_most("the same, unchanged since the last run", again / bare, 2.5),
    ]


def cold(workspace: Path, command: list[str]) -> list[str]:
    """The command, after what an earlier run remembered is gone."""
    for kept in sorted(workspace.rglob(".oncue/**/*"), reverse=True):
        kept.unlink() if kept.is_file() else kept.rmdir()
    return command


def run(command: list[str]) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    silent = subprocess.DEVNULL
    subprocess.run(command, env=environment, check=True, stdout=silent, stderr=silent)


if __name__ == "__main__":
    alone(measure)
