"""Time zones: the IANA data that the `tzdata` package ships, never the machine's own, so that names and
rules are the same wherever oncue runs."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_DATA = Path(import_module("tzdata").__path__[0])  # it has no types


@cache
def names() -> frozenset[str]:
    """Every IANA time zone name."""
    return frozenset((_DATA / "zones").read_text(encoding="utf-8").split())


@cache
def rules(name: str) -> ZoneInfo:
    """When the clocks of a zone show what. Raises `zoneinfo.ZoneInfoNotFoundError` for an unknown name."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # most workspaces are checked without

    if name not in names():  # also keeps paths such as `../x` out
        raise ZoneInfoNotFoundError(f"no time zone {name!r}")
    with (_DATA / "zoneinfo" / name).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)
