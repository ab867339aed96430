"""Segments by what their conditions read, so that a change looks again only at those that it can move.

A key of what is read is written as conditions write their needs: ``field:NAME``, ``tag:NAME``, ``list:ID``,
``track:ID``, ``campaign:ID``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from oncue.runtime.kernel.conditions.functions import CompiledCondition
from oncue.runtime.kernel.conditions.nobody import Known, of_nobody
from oncue.schemas.conditions import CondNode


class Watches:
    """All named segments of a plan, or other conditions that are watched like them. `inner`: what the
    segments that they speak of say."""

    def __init__(
        self,
        segments: Mapping[str, CompiledCondition],
        nodes: Mapping[str, CondNode],
        inner: Mapping[str, CondNode],
    ) -> None:
        self.segments = segments
        self._nodes = nodes
        self._inner = inner
        self._by_need: dict[str, list[str]] = {}
        for name, condition in segments.items():
            for need in condition.needs:
                if need != "clock":
                    self._by_need.setdefault(need, []).append(name)
        self.needs = self._by_need.keys()

    def touched_by(self, needs: Iterable[str]) -> set[str]:
        """The segments that read any of these."""
        by_need = self._by_need
        found: set[str] = set()
        for need in needs:
            if need in by_need:
                found.update(by_need[need])
        return found

    @cached_property
    def at_birth(self) -> tuple[str, ...]:
        """The segments that a new contact may be in whatever becomes known of it. Every other one is looked
        at only when something that it reads is touched."""
        known: dict[str, Known] = {}

        def judge(name: str) -> Known:
            if name not in known:
                known[name] = of_nobody(self._inner[name], judge)
            return known[name]

        return tuple(name for name in self.segments if of_nobody(self._nodes[name], judge) is not False)
