"""Email addresses with domains of any script, as they travel: in ASCII, by IDNA 2008 after UTS 46.

Python's own codec speaks the older IDNA 2003, by which ``straße.example`` is ``strasse.example``: the domain
of somebody else.
"""

from __future__ import annotations


def in_ascii(given: str) -> str:
    """The address with its domain as xn--... Raises ValueError for what has none such: letters before the @
    that no address can carry, or a domain that cannot be."""
    if given.isascii():
        return given
    name, _, domain = given.rpartition("@")
    if not name.isascii():
        raise ValueError("before the @ stand letters that an email address cannot carry")
    import idna  # only for the few that need it

    return f"{name}@{idna.encode(domain, uts46=True, transitional=False).decode('ascii')}"
