"""The working memory of one step of the kernel: the contact's forked state, what changed since the round
began, and what comes out. A Turn lives for one input and is never kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from oncue.runtime.kernel.flow.triggers import Start
from oncue.runtime.kernel.funnel.records import Waiting
from oncue.runtime.kernel.inputs import Counts, Effect, Event, Outcome
from oncue.runtime.kernel.letters import Answer, Body, Letter
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.state import ContactState, Member, fork
from oncue.schemas.audit import AuditEntry, Result, What
from oncue.schemas.values import Value

Mute = Literal["", "starts", "all"]
MAX_STARTS = 20  # entries that one input may cause
MAX_STEPS = 1_000  # steps that one input may cause


_NO_DATA: dict[str, Value] = {}


class Turn:
    """One input being handled for one contact.

    touched: what conditions may read and has changed since the round began (needs of conditions).
    fields_before, tags_before, lists_before: the values at the round's beginning of what has changed.
    fresh: what the round before touched. raised: events to start campaigns from, in the next round.
    enrolled: entries by hand. due_now: timers at `now` may fire (they come after the instant's events).
    afresh: conditions of members are judged though nothing touched them. judge: segments likewise.
    mute: what the first round leaves out: ``starts``, or ``all`` (starts and the audit of segments).
    stranded: members (their order) that a cascade limit stopped. unsure: those whose goals must be looked at
    before their next step though nothing was touched.
    judging: scenarios that judge in this round.
    cause: the id of the event that is handled; empty: none is.
    gone: members (their order) that another's step has ended. answers: to the questions of members, for
    their turn in the round. posted: letters, to whom and what.
    """

    __slots__ = (
        "afresh", "answers", "asked", "audit", "cancelled", "cause", "counts",
        "due_now", "effects", "enrolled", "fields_before", "fresh", "gone", "judge", "judging",
        "lists_before", "mute", "now", "origin",
        "posted", "program", "raised", "starts", "state", "steps", "stranded", "tags_before", "touched",
        "unsure",
    )  # fmt: skip

    def __init__(self, program: Program, state: ContactState, now: int) -> None:
        self.program = program
        self.state = fork(state)
        self.state.seq += 1
        self.now = now
        self.due_now = False
        self.afresh = False
        self.judge: set[str] = set()
        self.cause = ""
        self.judging: tuple[Waiting, ...] = ()
        self.mute: Mute = ""
        self.touched: set[str] = set()
        self.fresh: set[str] = set()
        self.fields_before: dict[str, Value | None] = {}
        self.tags_before: dict[str, bool] = {}
        self.lists_before: dict[str, bool] = {}
        self.raised: list[Event] = []
        self.enrolled: list[Start] = []
        self.starts = 0
        self.steps = 0
        self.stranded: set[int] = set()
        self.unsure: set[int] = set()
        self.gone: set[int] = set()
        self.audit: list[AuditEntry] = []
        self.counts: Counts = {}
        self.effects: list[Effect] = []
        self.cancelled: list[str] = []
        self.posted: list[tuple[str, Body]] = []
        self.answers: dict[str, Answer] = {}
        self.asked = 0
        self.origin = ""  # of the cascade that the input belongs to; empty: it begins one

    def write(
        self, what: What, unit: str = "", step: str = "", entry: int = 0, result: Result = "",
        rule: str = "", why: str = "", data: dict[str, Value] | None = None,
    ) -> None:  # fmt: skip
        """Adds an audit entry."""
        self.audit.append(AuditEntry(what, unit, step, entry, result, rule, why, data or _NO_DATA))

    def count(self, unit: str, step: str, name: str, change: int = 1) -> None:
        """Adds to a running total."""
        counts, place = self.counts, (unit, step, name)
        counts[place] = counts.get(place, 0) + change

    def post(self, to: str, body: Body) -> None:
        """Sends a letter to another entity; it leaves with the outcome."""
        self.posted.append((to, body))

    def ask(self, to: str, make: Callable[[str], Body]) -> str:
        """Sends a question, made with its own id, and gives that id: no other of the contact has it."""
        question = self.new_id()
        if to.startswith("list/"):  # it is answered after days; until then contacts may be merged
            question += f"@{self.state.key}"
        self.posted.append((to, make(question)))
        return question

    def new_id(self) -> str:
        """Of an errand: the input's number and a running one."""
        self.asked += 1
        return f"{self.state.seq}-{self.asked}"

    def is_due(self, due: int) -> bool:
        """Whether a timer set for `due` fires with this input."""
        return due < self.now or (self.due_now and due == self.now)

    def moved(self, needs: frozenset[str]) -> bool:
        """Whether anything of this may have changed since it was last looked at; the clock left aside."""
        return self.afresh or not needs.isdisjoint(self.fresh) or not needs.isdisjoint(self.touched)

    def stirred(self, needs: frozenset[str], name: str) -> bool:
        """Whether a condition may have changed since it was last looked at; `name`: of its due."""
        if self.moved(needs):
            return True
        return "clock" in needs and self.state.due.get(name, self.now + 1) <= self.now

    def outcome(self) -> Outcome:
        """Everything that came of the input; sets the contact's one timer."""
        self.state.wake = self._earliest()
        if self.origin:
            self.state.cascade = (self.origin, self.starts, self.steps)
        return Outcome(
            self.state,
            tuple(self.effects),
            tuple(self.cancelled),
            tuple(self.audit),
            self.counts,
            self._letters() if self.posted else (),
        )

    def _letters(self) -> tuple[Letter, ...]:
        """With what the input has used of the cascade limits, for those that they set going."""
        state = self.state
        sender = f"contact/{state.key}"
        if not self.origin:
            self.origin = f"{sender} {state.seq}"
            state.cascade = (self.origin, self.starts, self.steps)
        origin = self.origin
        return tuple(Letter(to, sender, body, self.starts, self.steps, origin) for to, body in self.posted)

    def _earliest(self) -> int | None:
        state, program = self.state, self.program
        earliest = min(state.due.values(), default=None)
        for member in state.members:
            if paused(program, member):
                return self._earliest_but_paused()
            if member.due is not None and (earliest is None or member.due < earliest):
                earliest = member.due
        return self._or_errand(earliest) if state.errands else earliest

    def _or_errand(self, earliest: int | None) -> int | None:
        dues = [errand.due for errand in self.state.errands if errand.due is not None]
        return min([*dues, earliest] if earliest is not None else dues, default=None)

    def _earliest_but_paused(self) -> int | None:
        """The same where a wait's end moves nobody, because its campaign is paused."""
        state, program = self.state, self.program
        still = {str(member.order) for member in state.members if paused(program, member)}
        dues = [due for name, due in state.due.items() if not _moves_one_of(still, name)]
        dues += [
            member.due for member in state.members if member.due is not None and not paused(program, member)
        ]
        return self._or_errand(min(dues, default=None))


def _moves_one_of(members: set[str], name: str) -> bool:
    """Whether a watched thing would move a member: ``until/ORDER``, ``goal/ORDER/STEP``."""
    kind, *rest = name.split("/", 2)
    return kind in ("until", "goal") and rest[0] in members


def paused(program: Program, member: Member) -> bool:
    """Whether the member's campaign is paused: it may exit, but takes no step."""
    return bool(program.paused) and program.is_paused(f"campaigns/{member.campaign}")
