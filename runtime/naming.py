"""What people call a contact: its key (``id:42``, ``email:ana@x.test``, ``anon:7f``), an id or an email."""

from __future__ import annotations

from oncue.runtime.errors import CommandError
from oncue.runtime.stores.base import Store
from oncue.schemas.values import compared_text

SHORTEST = 2  # signs that a slip leaves right at the beginning
LOOKED_AT = 200  # identifiers that begin alike


def names_of(text: str) -> list[str]:
    """The identifiers that somebody may mean by a text."""
    text = text.strip()
    if text.startswith(("id:", "anon:")):
        return [text]
    if text.startswith("email:"):
        return [f"email:{compared_text(text[6:])}"]
    return [f"id:{text}", f"email:{compared_text(text)}", f"anon:{text}"]


def find(store: Store, text: str) -> int:
    """The contact that a text names. Raises CommandError."""
    names = names_of(text)
    found = store.find(names)
    for name in names:
        if name in found:
            return found[name]
    raise CommandError(f"nobody is known as {text}{_near(store, names)}")


def _near(store: Store, names: list[str]) -> str:
    """`: did you mean ana@x.test?`, of those that begin alike; or nothing."""
    from difflib import get_close_matches  # only now: for the words of a mistake

    for name in names:
        kind, _, text = name.partition(":")
        for length in range(len(text), SHORTEST - 1, -1):
            others = store.identifiers_named(f"{kind}:{text[:length]}", LOOKED_AT)
            if found := get_close_matches(name, others, n=1, cutoff=0.8):
                return f": did you mean {found[0].partition(':')[2]}?"
    return ""
