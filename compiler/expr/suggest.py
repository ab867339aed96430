"""The nearest names to one that is unknown."""

from __future__ import annotations

from collections.abc import Iterable

_MANY = 500  # names; beyond, only those that begin alike are compared


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` most likely means, or None."""
    from difflib import get_close_matches  # only now: most workspaces have no mistakes

    wanted = name[:100].lower()
    names = {each.lower(): each for each in sorted(known, reverse=True)}
    if len(names) > _MANY:
        names = {low: each for low, each in names.items() if low[:2] == wanted[:2]}
    swapped = wanted.replace("-", "_") if wanted.replace("-", "_") in names else wanted.replace("_", "-")
    if swapped in names:
        return names[swapped]
    ends = [low for low in names if low.rpartition(".")[2] == wanted]
    if ends:
        return names[ends[-1]]  # `visit` for `web_page.visit`
    found = get_close_matches(wanted, names, n=1, cutoff=0.6)
    return names[found[0]] if found else None
