"""Does something again whenever a file of a workspace changes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import click

from oncue.cli import exits, output

EVERY = 0.3  # seconds between two looks

State = dict[str, tuple[int, int]]


def watched(folder: Path, work: Callable[[], int]) -> int:
    """Runs `work` now and after each change, until Ctrl-C, which is the normal end. What it finds wrong is
    told and waited out; its latest code is the exit code."""
    code = exits.OK
    try:
        while True:
            before = state_of(folder)
            code = _tried(work)
            output.words("waiting for a change; Ctrl-C ends it")
            while state_of(folder) == before:
                time.sleep(EVERY)
    except KeyboardInterrupt:
        return code


def _tried(work: Callable[[], int]) -> int:
    try:
        return work()
    except click.UsageError as error:
        error.show()
        return exits.USAGE


def state_of(folder: Path) -> State:
    """Every file's time and size, hidden folders apart."""
    found: State = {}
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = os.path.join(root, name)
            try:
                info = os.stat(path)
            except OSError:  # it has just gone
                continue
            found[path] = (info.st_mtime_ns, info.st_size)
    return found
