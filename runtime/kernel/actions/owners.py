"""Who something is given to: a user, the next of a team in turn, or the contact's owner. Only users who are
there and active get anything."""

from __future__ import annotations

from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.letters import Answer, NextUser
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Scene, Verdict, asking, failed
from oncue.schemas.actions import Assignee, AssignOwner


def owner_of(turn: Turn, wanted: Assignee) -> str | Verdict:
    """The user's id; or a verdict: a question to the team, or a failure."""
    if wanted.team is not None:
        return asking(f"team/{wanted.team}", NextUser)
    user = wanted.user or turn.state.fields.get("owner")
    if not isinstance(user, str):
        return failed("no owner")
    why = objection(turn.program, user)
    return failed(why) if why else user


def objection(program: Program, user: str) -> str:
    """Why a user can be given nothing; an empty text if there is no such reason."""
    spec = program.plan.users.get(user)
    if spec is None:
        return f"{user} is no user"
    return "" if spec.active else f"{user} is not active"


def assign_owner(turn: Turn, scene: Scene, action: AssignOwner) -> Verdict:
    """Makes a user the contact's owner."""
    owner = owner_of(turn, action.owner)
    return owner if isinstance(owner, Verdict) else _assign(turn, owner)


def owner_answered(turn: Turn, scene: Scene, action: AssignOwner, answer: Answer) -> Verdict:
    """The team has said whose turn it is."""
    return _assign(turn, answer.value)


def _assign(turn: Turn, owner: str) -> Verdict:
    changed = changes.set_field(turn, "owner", owner)
    return Verdict(why="" if changed else "no change", data={"owner": owner})
