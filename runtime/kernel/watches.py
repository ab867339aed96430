"""Segments by what their conditions read, so that a change looks again only at those that it can move.

A key of what is read is written as conditions write their needs: ``field:NAME``, ``tag:NAME``, ``list:ID``,
``track:ID``, ``campaign:ID``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from oncue.runtime.kernel.conditions import CompiledCondition
from oncue.runtime.kernel.state import ContactState


class Watches:
    """All named segments of a plan."""

    def __init__(self, segments: Mapping[str, CompiledCondition]) -> None:
        self.segments = segments
        self._by_need: dict[str, list[str]] = {}
        for name, condition in segments.items():
            for need in condition.needs:
                if need != "clock":
                    self._by_need.setdefault(need, []).append(name)

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
        """The segments that a new contact may be in whatever becomes known of it: those that hold for a
        contact of whom nothing is known, or that may come to hold for it by time alone. Every other
        segment is looked at only when something that it reads is touched."""
        nobody = ContactState(key="", created_at=0, fields={"score": 0})
        return tuple(
            name
            for name, condition in self.segments.items()
            if condition.test(nobody, 0, {}, None) or condition.next(nobody, 0, {}, None) is not None
        )
