"""One input once more, with somebody watching: every condition that was asked, with the contact as it was
then, and every audit entry that was written, in their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from oncue.runtime.kernel.conditions.functions import CompiledCondition, Props
from oncue.runtime.kernel.inputs import Input
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.state import ContactState, Member, fork, fork_member
from oncue.runtime.kernel.step import handle
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.why.values import Moment
from oncue.schemas.audit import AuditEntry


class Asked(Struct, frozen=True):
    """A condition of the plan, by its key, was asked; what it said, and of whom."""

    condition: str
    holds: bool
    moment: Moment


class Wrote(Struct, frozen=True):
    """An audit entry, and the contact right before it."""

    entry: AuditEntry
    state: ContactState


Seen = Asked | Wrote


class _Watched(Program):
    """A program that tells which of its conditions are asked."""

    def __init__(self, program: Program, tell: Callable[[Seen], None]) -> None:
        super().__init__(program.plan, program.paused)
        self._tell = tell

    def condition(self, key: str) -> CompiledCondition:
        known = key in self._conditions
        found = super().condition(key)
        if not known:
            _listen(found, key, self._tell)
        return found


def _listen(condition: CompiledCondition, key: str, tell: Callable[[Seen], None]) -> None:
    assert condition.source  # noqa: S101 -- made now, so that it is not made over what stands here
    test = condition.test

    def told(state: ContactState, now: int, props: Props, member: Member | None) -> bool:
        holds = test(state, now, props, member)
        kept = None if member is None else fork_member(member)
        tell(Asked(key, holds, Moment(fork(state), now, props, kept)))
        return holds

    condition.test = told


class _WatchedTurn(Turn):
    """A turn whose audit entries are told as they are written."""

    __slots__ = ("_tell",)

    def __init__(self, program: Program, state: ContactState, now: int, tell: Callable[[Seen], None]) -> None:
        super().__init__(program, state, now)
        self._tell = tell

    def write(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 -- as the turn's own
        super().write(*args, **values)
        self._tell(Wrote(self.audit[-1], fork(self.state)))


def watch(program: Program, state: ContactState, given: Input, now: int) -> list[Seen]:
    """Everything that an input asked and wrote."""
    seen: list[Seen] = []
    handle(_WatchedTurn(_Watched(program, seen.append), state, now, seen.append), given)
    return seen
