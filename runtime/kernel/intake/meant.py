"""What a name that nobody declared most likely means, for the words of a reject."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

_MANY = (
    100  # names; beyond, only spelling without case and separators is compared: feeds reject by the million
)


def meant(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` or an empty text."""
    found = _nearest(name[:80], tuple(known))
    return f"; did you mean {found!r}?" if found is not None else ""


@lru_cache(maxsize=1024)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    plain = _plain(name.rpartition("/")[2])
    for each in known:
        if _plain(each) == plain:
            return each
    if len(known) > _MANY:
        return None
    from difflib import get_close_matches

    return next(iter(get_close_matches(name.lower(), known, n=1)), None)


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "").replace(".", "")
