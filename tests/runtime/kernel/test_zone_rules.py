"""Where the rules of time zones come from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest

from oncue.schemas import zones

UTC_SAYS = "from oncue.runtime.kernel.values.zone import Zone; print(Zone('America/New_York').minute(0))"


def test_the_machines_own_time_zone_files_change_nothing(tmp_path: Path) -> None:
    """A machine whose New York keeps Greenwich time."""
    (tmp_path / "America").mkdir()
    (tmp_path / "America/New_York").write_bytes((zones._DATA / "zoneinfo/UTC").read_bytes())
    machine = {**os.environ, "PYTHONTZPATH": str(tmp_path)}
    plain = "from datetime import *; from zoneinfo import ZoneInfo; "
    plain += "print(datetime(1970, 1, 1, tzinfo=ZoneInfo('America/New_York')).utcoffset())"
    told = [
        subprocess.run([sys.executable, "-c", code], env=machine, capture_output=True, text=True, check=True)
        for code in (plain, UTC_SAYS)
    ]
    assert [done.stdout.strip() for done in told] == ["0:00:00", str(19 * 60)]


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../zones", "America", "/etc/localtime", "localtime"])
def test_a_name_that_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        zones.rules(name)


def test_every_zone_has_rules() -> None:
    assert len(zones.names()) > 500
    assert all(str(zones.rules(name)) == name for name in zones.names())
