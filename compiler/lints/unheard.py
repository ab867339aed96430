"""L143, L144: notices about a task that reach nobody."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.model import AddTask, Owner, User
from oncue.compiler.model.batches import ListTask
from oncue.compiler.model.refs import Ref
from oncue.compiler.resolve.named import acts_of
from oncue.compiler.resolve.workspace import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Tasks with a text message for an owner without a phone, or a notice for a manager who is not there."""
    for each in resolved.workspace.fulfillment_lists.values():
        if each.task is not None:
            yield from _task(resolved, each.task, (each.task.owner,))
    for act in acts_of(resolved, {"add_task"}):
        if isinstance(act, AddTask):
            yield from _task(resolved, act, _owners(resolved, act.owner))


def _owners(resolved: Resolved, owner: Owner | None) -> tuple[Ref, ...]:
    """Those who may get the task, as far as the file says so: the contact's own owner is not known here."""
    if owner is None:
        return ()
    if owner.user is not None:
        return (owner.user,)
    team = None if owner.team is None else resolved.workspace.teams.get(owner.team.name)
    return () if team is None else team.users


def _task(resolved: Resolved, task: ListTask | AddTask, owners: tuple[Ref, ...]) -> Iterator[Diagnostic]:
    users = resolved.workspace.users
    for ref in owners:
        user = users.get(ref.name)
        if user is None or not user.active:  # told elsewhere
            continue
        defined = (Related("the user is defined here", user.key.span),)
        if task.sms_owner and not user.phone:
            message = f"`{ref.name}` has no phone, so the text message of `sms_owner` goes to nobody"
            hint = f"add `phone:` to `{ref.name}`, or leave `sms_owner` out"
            yield Diagnostic("L143", "warning", message, ref.span, hint, defined)
        if task.notify_manager_after is not None and (lack := _lack(users, ref.name, user)):
            message = f"{lack}, so the notice of `notify_manager_after` goes to nobody"
            hint = f"give `{ref.name}` a `manager` who is active, or leave `notify_manager_after` out"
            yield Diagnostic("L144", "warning", message, ref.span, hint, defined)


def _lack(users: dict[str, User], name: str, user: User) -> str:
    """Why nobody would hear of it; empty if somebody does."""
    if user.manager is None:
        return f"`{name}` has no manager"
    manager = users.get(user.manager.name)
    if manager is not None and not manager.active:
        return f"`{name}`'s manager `{user.manager.name}` is not active"
    return ""
