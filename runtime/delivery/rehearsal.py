"""`deliver_only_to`: in a rehearsal only the addresses and numbers that fit a pattern get anything.

A pattern covers the whole address, without regard to case: ``*`` any run, ``?`` one character. What goes to
no address of its own (a webhook, an audience, Salesforce) goes by the email address of its contact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

WITHHELD = "not in deliver_only_to"


class Rehearsal:
    """Whom a plan lets real deliveries reach; no patterns: everybody."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [re.compile(_translated(pattern), re.DOTALL) for pattern in patterns]

    @property
    def on(self) -> bool:
        """Whether there are any patterns."""
        return bool(self._patterns)

    def admits(self, addresses: Sequence[str]) -> bool:
        """Whether all of them may be reached (and there are any)."""
        if not self._patterns:
            return True
        return bool(addresses) and all(self._one(address) for address in addresses)

    def _one(self, address: str) -> bool:
        folded = address.strip().casefold()
        return any(pattern.fullmatch(folded) for pattern in self._patterns)


def _translated(pattern: str) -> str:
    signs = {"*": ".*", "?": "."}
    return "".join(signs.get(sign) or re.escape(sign) for sign in pattern.strip().casefold())
