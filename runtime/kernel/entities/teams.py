"""Teams: whose turn it is. The next is the first active user after the last one, in the team's order."""

from __future__ import annotations

from oncue.runtime.kernel.entities.kept import EntityInput, EntityOutcome, TeamState
from oncue.runtime.kernel.letters import Answer, Letter, NextUser
from oncue.runtime.kernel.link import Program


def take(
    program: Program, name: str, state: TeamState | None, input: EntityInput, now: int, sender: str
) -> EntityOutcome:
    """One input of a team."""
    if not isinstance(input, NextUser):
        return EntityOutcome(state)
    team = state or TeamState()
    user = _next(program, name.partition("/")[2], team.last)
    if user is None:
        why = f"nobody in {name.partition('/')[2]} is active"
        return EntityOutcome(team, letters=(Letter(sender, name, Answer(input.question, "failed", why)),))
    turns = {**team.turns, user: team.turns.get(user, 0) + 1}
    answer = Answer(input.question, value=user)
    return EntityOutcome(TeamState(last=user, turns=turns), letters=(Letter(sender, name, answer),))


def _next(program: Program, team: str, last: str) -> str | None:
    """The user after `last`; the first one where `last` is not in the team (any more)."""
    spec, users = program.plan.teams.get(team), program.plan.users
    names = spec.users if spec else ()
    start = names.index(last) + 1 if last in names else 0
    for name in (*names[start:], *names[:start]):
        if name in users and users[name].active:
            return name
    return None
