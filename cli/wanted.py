"""What a replay's answer is to show."""

from __future__ import annotations

from typing import NamedTuple


class Wanted(NamedTuple):
    """`samples`: so many contacts as examples; `contact`: this one; `every`: instead of sums every single
    thing, as JSON Lines; `until`: let time pass until then."""

    form: str
    samples: int = 0
    contact: str = ""
    every: bool = False
    until: str | None = None
