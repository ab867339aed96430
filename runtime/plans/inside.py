"""How many are inside campaigns now, told from running totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

VERSION = "version:"  # a total of how many are on an older version
_SIGNS = {"entered": 1, "exited": -1, "ended": -1}


def inside(totals: Mapping[tuple[str, str, str], tuple[int, int]]) -> Counter[str]:
    """Members by their flow: ``ID``, or ``ID@VERSION`` of those who finish on an older version. `totals` as
    `Store.counts` has them."""
    found = Counter[str]()
    for (unit, step, name), (number, _) in totals.items():
        kind, _, campaign = unit.partition("/")
        if kind != "campaigns" or step:
            continue
        if name.startswith(VERSION):
            found[f"{campaign}@{name.removeprefix(VERSION)}"] += number
            found[campaign] -= number
        else:
            found[campaign] += number * _SIGNS.get(name, 0)
    return found
