"""The people of the house whom something is told: users, teams, the contact's owner."""

from __future__ import annotations

from collections.abc import Iterable

from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.state import ContactState


def owner_of(state: ContactState) -> str:
    """The user who owns the contact, or an empty text."""
    owner = state.fields.get("owner")
    return owner if isinstance(owner, str) else ""


def members_of(program: Program, teams: Iterable[str]) -> list[str]:
    """The users of teams, in the teams' order."""
    declared = program.plan.teams
    return [user for team in teams if team in declared for user in declared[team].users]


def addresses(program: Program, users: Iterable[str]) -> list[str]:
    """The email addresses of users, each once. Who is not active, or not declared, has none."""
    declared = program.plan.users
    found = [declared[user].email for user in users if user in declared and declared[user].active]
    return list(dict.fromkeys(found))
