"""Words that messages are made of: names of types and kinds, lists, shortened texts, suggestions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from oncue.compiler.expr.suggest import nearest

TYPE_WORDS = {
    "text": "a text",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date",
    "datetime": "an instant",
    "many": "a set of texts",
}
KIND_WORDS = {
    "emails": "email",
    "landing_pages": "landing page",
    "web_forms": "web form",
    "web_pages": "web page",
    "trackable_content": "trackable content",
    "videos": "video",
    "segments": "segment",
    "lists": "list",
    "campaigns": "campaign",
}


def shorten(text: str, limit: int = 60) -> str:
    """A piece of somebody's text, fit for a line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def a(noun: str) -> str:
    """The noun with its article."""
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def did_you_mean(name: str, known: Iterable[str], what: str, *, quote: str = "`") -> str:
    """``did you mean `x`?``, or the known names where there are few, or an empty text."""
    names = sorted(known)
    found = nearest(name, names)
    if found is not None:
        return f"did you mean {quote}{found}{quote}?"
    if not names:
        return f"there are no {what}"
    if len(names) <= 8:
        return f"{what}: " + ", ".join(f"{quote}{each}{quote}" for each in names)
    return ""


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a and b and others``."""
    shown = " and ".join(f"`{name}`" for name in names[:2])
    return shown + (" and others" if len(names) > 2 else "")
