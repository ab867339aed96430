"""What an action answers, and where it was asked. Rules of this file:

- An action function gets the turn, a Scene and the action, and answers a Verdict. It changes the contact only
  through `changes`, so that edges and watches see every change.
- A Verdict that is not ``done`` has changed nothing.
- Only flow steps answer another `move` than "next", except that any action may ask, or be deferred ("stay").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.letters import Body
from oncue.runtime.kernel.state import Member
from oncue.schemas.audit import Result
from oncue.schemas.values import Value

Move = Literal["next", "stay", "branch", "jump", "end"]


class Scene(Struct, gc=False):
    """Where an action runs: a member's step, or an event's fulfillment action."""

    unit: str  # campaigns/ID or KIND/ID/on_X
    step: str
    rule: str  # "rule 2" | "default"
    event: Event | None = None  # of a fulfillment action
    member: Member | None = None
    held: bool = False
    cause: str = ""  # of a scenario's action: the input that set the scenario off

    @property
    def entry(self) -> int:
        """Number of the entry, 0 for a fulfillment action."""
        return 0 if self.member is None else self.member.entry

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes the key of its message unique, besides the contact: campaign, entry, step and visit;
        the asset's behaviour, event and action; or scenario, triggering input and action."""
        member = self.member
        if member is not None:
            return (self.unit, str(member.entry), self.step, str(member.visits[self.step]))
        return (self.unit, self.event.id if self.event else self.cause, self.step)


class Verdict(Struct, frozen=True, gc=False):
    """The result of an action, and how the member goes on from it.

    move: next (the step after it), stay (until `due`, until its condition says so, or until the question
    `ask` is answered), branch (to `to`, None: the step after it), jump (a goto, to `to`), end (the member's
    flow is over, because of `ending`). `data` goes into the audit entry.
    """

    result: Result = "done"
    why: str = ""
    data: dict[str, Value] = {}
    move: Move = "next"
    to: str | None = None
    due: int | None = None
    ending: str = "end"
    ask: tuple[str, Callable[[str], Body]] | None = None


DONE = Verdict()
NO_ACTION = Verdict(result="no_action")


def failed(why: str) -> Verdict:
    """The action could not be done and changed nothing."""
    return Verdict(result="failed", why=why)


def refused(why: str) -> Verdict:
    """The send gate said no."""
    return Verdict(result="refused", why=why)


def asking(to: str, make: Callable[[str], Body]) -> Verdict:
    """The action needs another entity: it asks, and goes on with the answer (see `actions.ANSWERED`).
    `make` gets the question's id."""
    return Verdict(move="stay", ask=(to, make))


def deferred(due: int, why: str) -> Verdict:
    """A message that may leave at `due` at the earliest: then its action is performed again."""
    return Verdict(result="deferred", why=why, move="stay", due=due)


def count_name(verdict: Verdict, rule: str) -> str:
    """The running total that a result goes into."""
    result = verdict.result
    if result == "done":
        return f"done/{rule}"
    if result in ("no_action", "skipped"):
        return result
    if result == "refused":
        return f"refused:{verdict.why}/{rule}"
    return f"pending/{rule}" if result in ("held", "deferred") else f"{result}/{rule}"
