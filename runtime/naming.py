"""What people call a contact: its key (``id:42``, ``email:ana@x.test``, ``anon:7f``), an id or an email."""

from __future__ import annotations

from oncue.runtime.errors import CommandError
from oncue.runtime.stores.base import Store
from oncue.schemas.values import compared_text


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
    raise CommandError(f"nobody is known as {text}")
