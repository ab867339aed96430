"""L148: a trigger whose `when` holds only where the campaign's `exit_when` does: every entry is refused."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.resolve.workspace import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Triggers that let nobody in, because an entry whose `exit_when` holds is refused."""
    prover = resolved.prover
    for campaign in resolved.workspace.campaigns.values():
        leaving = resolved.conditions.get(campaign.exit_when)
        if leaving is None or campaign.exit_when is None or prover.verdict(leaving.node) is not None:
            continue
        for trigger in campaign.starts:
            when = resolved.conditions.get(trigger.when)
            if when is None or trigger.when is None or prover.verdict(when.node) is not None:
                continue
            if prover.hiding(when.node, [leaving.node]):
                message = "this trigger lets nobody in: whoever meets its `when` meets `exit_when` too"
                related = (Related("where this holds, an entry is refused", campaign.exit_when.node.span),)
                hint = "change one of the two"
                yield Diagnostic("L148", "warning", message, trigger.when.node.span, hint, related)
