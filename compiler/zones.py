"""Time zone names: the IANA data that the `tzdata` package ships, the same on every machine."""

from __future__ import annotations

from functools import cache


def is_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone."""
    return name in all_zones()


@cache
def all_zones() -> frozenset[str]:
    """Every IANA time zone name."""
    from importlib.resources import files

    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())
