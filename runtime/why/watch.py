"""One input once more, with somebody watching: every condition that was asked, with the contact as it was
then, and every audit entry that was written, in their order."""

from __future__ import annotations

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


class Watcher(Program):
    """A program that tells what happens in one of its inputs. Kept for the next one: it compiles once."""

    def __init__(self, program: Program) -> None:
        super().__init__(program.plan, program.paused)
        self._seen: list[Seen] = []

    def watch(self, state: ContactState, given: Input, now: int) -> list[Seen]:
        """Everything that an input asked and wrote."""
        seen: list[Seen] = []
        self._seen = seen
        handle(_WatchedTurn(self, state, now, seen), given)
        return seen

    def condition(self, key: str) -> CompiledCondition:
        known = key in self._conditions
        found = super().condition(key)
        if not known:
            self._listen(found, key)
        return found

    def _listen(self, condition: CompiledCondition, key: str) -> None:
        assert condition.source  # noqa: S101 -- made now, so that it is not made over what stands here
        test = condition.test

        def told(state: ContactState, now: int, props: Props, member: Member | None) -> bool:
            holds = test(state, now, props, member)
            kept = None if member is None else fork_member(member)
            self._seen.append(Asked(key, holds, Moment(fork(state), now, props, kept)))
            return holds

        condition.test = told


class _WatchedTurn(Turn):
    """A turn whose audit entries are told as they are written."""

    __slots__ = ("_seen",)

    def __init__(self, program: Program, state: ContactState, now: int, seen: list[Seen]) -> None:
        super().__init__(program, state, now)
        self._seen = seen

    def write(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 -- as the turn's own
        super().write(*args, **values)
        self._seen.append(Wrote(self.audit[-1], fork(self.state)))
