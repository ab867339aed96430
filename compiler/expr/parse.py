"""Text to tree. Never raises for what somebody wrote: syntax errors come back as issues.

A text is bounded before the parser sees it (length, nested brackets), and its tree after (levels), so that no
later stage, which walk trees recursively, can run out of stack.
"""

from __future__ import annotations

import re
from functools import lru_cache

from oncue.compiler.expr import messages
from oncue.compiler.expr.catalog import Issue
from oncue.compiler.expr.grammar import parser
from oncue.compiler.expr.lalr import MisfitError
from oncue.compiler.expr.nodes import Node, depth_over

MAX_LENGTH = 20_000  # characters
MAX_BRACKETS = 200  # open at once
MAX_LEVELS = 64  # of the tree, redundant brackets left out

_BRACKET_OR_TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"|[(\[\])]')

Parsed = tuple[Node | None, tuple[Issue, ...]]


@lru_cache(maxsize=4096)
def parse(text: str) -> Parsed:
    """The tree of a condition, or None with the issue that stopped it."""
    refused = _too_big(text)
    if refused is not None:
        return None, (refused,)
    try:
        node: Node = parser().parse(text)
    except MisfitError as misfit:
        from oncue.compiler.expr import slips  # only a mistake pays for the import

        return None, (slips.explain(text, misfit),)
    if len(text) > 2 * MAX_LEVELS:  # a level takes two characters at least
        deep = depth_over(node, MAX_LEVELS)
        if deep is not None:
            return None, (messages.too_deep(deep.start, deep.end, MAX_LEVELS),)
    return node, ()


def _too_big(text: str) -> Issue | None:
    if len(text) > MAX_LENGTH:
        return messages.too_long(len(text), MAX_LENGTH)
    if text.count("(") + text.count("[") <= MAX_BRACKETS:
        return None
    depth = 0
    for match in _BRACKET_OR_TEXT.finditer(text):
        mark = match.group()
        depth += 1 if mark in "([" else -1 if mark in ")]" else 0
        if depth > MAX_BRACKETS:
            return messages.too_deep(match.start(), match.end(), MAX_BRACKETS)
    return None
