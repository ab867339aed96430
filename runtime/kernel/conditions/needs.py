"""What a condition reads, so that an event meets only the conditions that it touches."""

from __future__ import annotations

from collections.abc import Callable

from oncue.runtime.kernel.conditions.codegen_next import moving
from oncue.runtime.kernel.conditions.codegen_source import postorder
from oncue.schemas.conditions import (
    Agg,
    CondNode,
    Field,
    InCampaign,
    InSegment,
    Owned,
    Subscribed,
    Tagged,
    ValueNode,
)

CLOCK = "clock"


def needs(root: CondNode, segment_needs: Callable[[str], frozenset[str]]) -> frozenset[str]:
    """The keys ``field:NAME``, ``tag:NAME``, ``list:ID``, ``track:ID``, ``campaign:ID``, ``deal`` and
    ``account`` of all that the condition reads of a contact, and ``clock`` if time alone may change it.
    Segments are looked through."""
    found: set[str] = set()
    for node in postorder(root):
        if isinstance(node, InSegment):
            found |= segment_needs(node.segment)
        elif key := _key(node):
            found.add(key)
    if moving(root, lambda segment: CLOCK in segment_needs(segment)):
        found.add(CLOCK)
    return frozenset(found)


def _key(node: CondNode | ValueNode) -> str:
    if isinstance(node, Field):
        return f"field:{node.name}"
    if isinstance(node, Agg):
        return f"track:{node.track}"
    if isinstance(node, Owned):
        return node.of
    if isinstance(node, Tagged):
        return f"tag:{node.tag}"
    if isinstance(node, Subscribed):
        return f"list:{node.list}"
    return f"campaign:{node.campaign}" if isinstance(node, InCampaign) else ""
