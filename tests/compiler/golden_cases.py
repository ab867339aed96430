"""Cases for the compiler: a YAML file that may stand for several (`# FILE: path` starts one)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

GOLDEN = Path(__file__).parent.parent / "golden"
_FILE = re.compile(rb"^# FILE: (\S+)\r?\n", re.MULTILINE)
SETTINGS = b"project: acme\ntimezone: America/New_York\n"


def cases(folder: str) -> list[Path]:
    """The cases of tests/golden/FOLDER, in order."""
    return sorted((GOLDEN / folder).glob("*.yaml"))


def files_of(case: Path) -> dict[str, bytes]:
    """The files of a case. What stands before the first marker is campaigns.yaml; an oncue.yaml that is
    not there is supplied."""
    head, *rest = _FILE.split(case.read_bytes())
    files = {"campaigns.yaml": head} if head.strip() else {}
    files.update(dict(_pairs(rest)))
    return files if "oncue.yaml" in files else {"oncue.yaml": SETTINGS, **files}


def _pairs(parts: list[bytes]) -> Iterator[tuple[str, bytes]]:
    for path, data in zip(parts[::2], parts[1::2], strict=True):
        yield path.decode(), data
