"""L138, L139, L140: work for people who take none."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.model import Owner, Team
from oncue.compiler.model.refs import Ref
from oncue.compiler.resolve.named import acts_of, records_in
from oncue.compiler.resolve.workspace import Resolved

_OWNING = frozenset({"assign_owner", "add_deal", "update_deal", "add_task"})


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Inactive users who are given something by name, or whose turn in a team is passed over."""
    if all(user.active for user in resolved.workspace.users.values()):
        return
    for act in acts_of(resolved, _OWNING):
        for owner in records_in(act, Owner):
            if isinstance(owner, Owner):
                yield from _owner(resolved, owner)
    for team in resolved.workspace.teams.values():
        for ref in () if _nobody_works(resolved, team) else team.users:
            if _is_inactive(resolved, ref):
                message = f"`{ref.name}` is not active, so the others of `{team.key.text}` take the turns"
                yield Diagnostic("L140", "note", message, ref.span, "remove who has left")


def _owner(resolved: Resolved, owner: Owner) -> Iterator[Diagnostic]:
    workspace = resolved.workspace
    if owner.user is not None and _is_inactive(resolved, owner.user):
        name = owner.user.name
        related = (Related("the user is defined here", workspace.users[name].key.span),)
        message = f"`{name}` is not active, so this fails every time"
        yield Diagnostic("L138", "warning", message, owner.user.span, "name somebody who is active", related)
    team = None if owner.team is None else workspace.teams.get(owner.team.name)
    if owner.team is not None and team is not None and _nobody_works(resolved, team):
        related = (Related("the team is defined here", team.key.span),)
        message = f"nobody in `{owner.team.name}` is active, so this fails every time"
        yield Diagnostic("L139", "warning", message, owner.team.span, "add somebody to the team", related)


def _nobody_works(resolved: Resolved, team: Team) -> bool:
    return bool(team.users) and all(_is_inactive(resolved, ref) for ref in team.users)


def _is_inactive(resolved: Resolved, ref: Ref) -> bool:
    user = resolved.workspace.users.get(ref.name)
    return user is not None and not user.active
