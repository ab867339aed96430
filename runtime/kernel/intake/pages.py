"""Which web pages a visited address belongs to.

Patterns cover the whole address: `*` is any run of characters, `?` any one; case and outer spaces do not
matter. They are looked up by the literal text before their first wildcard, so that thousands of pages cost
a visit no more than the number of different lengths of those texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from oncue.schemas.values import compared_text

_WILD = re.compile(r"[*?]")


class Pages:
    """An index of page patterns. `patterns` maps page ids to patterns."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self._exact: dict[str, list[str]] = {}
        self._wild: dict[str, list[tuple[str, str]]] = {}
        self._tests: dict[str, re.Pattern[str]] = {}
        for page, pattern in patterns.items():
            self._add(page, compared_text(pattern))
        self._lengths = sorted({len(prefix) for prefix in self._wild})

    def _add(self, page: str, pattern: str) -> None:
        wild = _WILD.search(pattern)
        if wild is None:
            self._exact.setdefault(pattern, []).append(page)
        else:
            self._wild.setdefault(pattern[: wild.start()], []).append((pattern, page))

    def matching(self, url: str) -> tuple[str, ...]:
        """Ids of all pages whose pattern covers `url`, sorted."""
        address = compared_text(url)
        found = list(self._exact.get(address, ()))
        for length in self._lengths:
            if length > len(address):
                break
            for pattern, page in self._wild.get(address[:length], ()):
                if self._covers(pattern, address):
                    found.append(page)
        return tuple(sorted(found))

    def _covers(self, pattern: str, address: str) -> bool:
        test = self._tests.get(pattern)
        if test is None:
            test = self._tests[pattern] = re.compile(_expression(pattern), re.DOTALL)
        return test.fullmatch(address) is not None


def _expression(pattern: str) -> str:
    """A glob as a regular expression. Every run but the last is possessive up to the next literal (`*`
    matches the shortest run that lets the rest fit), so that no address takes more than quadratic time."""
    parts = [_literal(part) for part in re.split(r"\*+", pattern)]
    if len(parts) == 1:
        return parts[0]
    middle = "".join(f"(?>.*?{part})" for part in parts[1:-1])
    return f"{parts[0]}{middle}.*{parts[-1]}"


def _literal(part: str) -> str:
    return "".join("." if char == "?" else re.escape(char) for char in part)
