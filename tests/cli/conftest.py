from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.changing import Workspace
from tests.cli.oncue_process import Oncue


@pytest.fixture
def oncue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Oncue:
    """The command line in an empty folder."""
    return Oncue(tmp_path, capsys)


@pytest.fixture
def acme(oncue: Oncue) -> Path:
    """A folder with the starter workspace `acme`, in which `oncue` works too."""
    assert oncue("init", "acme").code == 0
    return oncue.folder / "acme"


@pytest.fixture
def work(oncue: Oncue) -> Workspace:
    """A workspace to change."""
    return Workspace(oncue)
