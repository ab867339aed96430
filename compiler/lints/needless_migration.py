"""L160: `migrate` speaks of what is still there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.model.migrations import spot
from oncue.compiler.resolve.names import SINGULAR
from oncue.compiler.resolve.workspace import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """A note for each. Of a step nothing is said: it may have become one of another kind."""
    workspace = resolved.workspace
    declared: dict[str, Mapping[str, object]] = {
        "campaigns": workspace.campaigns,
        "lists": workspace.lists,
        "fulfillment_lists": workspace.fulfillment_lists,
    }
    for each in workspace.settings.migrate:
        source = spot(each.key.text)
        if source is not None and not source.step and source.id in declared[source.kind]:
            message = f"the {SINGULAR[source.kind]} `{source.id}` is still there, so nobody has to go"
            yield Diagnostic("L160", "note", message, each.key.span, "remove the entry, or what it speaks of")
