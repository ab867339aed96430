"""L141, L142: fulfillment lists that nobody comes to, or whose owner takes no work."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.resolve.named import acts_of, refs_in
from oncue.compiler.resolve.workspace import Resolved

_ADDING = frozenset({"add_to_fulfillment_list"})


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """A note for each list that nothing adds to, a warning for an owner who is not active."""
    workspace = resolved.workspace
    used = {ref.name for act in acts_of(resolved, _ADDING) for ref in refs_in(act)}
    for name, each in workspace.fulfillment_lists.items():
        if name not in used:
            message = f"nothing puts anybody on the fulfillment list `{name}`"
            yield Diagnostic("L141", "note", message, each.key.span, "remove it, if it is not wanted")
        owner = None if each.task is None else workspace.users.get(each.task.owner.name)
        if each.task is not None and owner is not None and not owner.active:
            related = (Related("the user is defined here", owner.key.span),)
            message = f"`{each.task.owner.name}` is not active, and is told nothing of the task"
            hint = "name somebody who is active"
            yield Diagnostic("L142", "warning", message, each.task.owner.span, hint, related)
