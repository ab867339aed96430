"""L106: a campaign with steps that no contact can enter by itself."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.resolve.workspace import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Campaigns with steps and without `starts_when`."""
    for campaign in resolved.workspace.campaigns.values():
        if campaign.steps and not campaign.ways_in:
            message = f"nothing lets a contact enter `{campaign.key.text}`"
            hint = "add `starts_when:` with a trigger, or with `- manual` if people are enrolled by hand"
            yield Diagnostic("L106", "warning", message, campaign.key.span, hint)
