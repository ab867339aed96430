"""L106: a campaign with steps that no contact can enter by itself."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.model import StartCampaign
from oncue.compiler.resolve.named import acts_of
from oncue.compiler.resolve.workspace import Resolved


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Campaigns with steps, without `starts_when`, that no action starts."""
    closed = {
        name: each for name, each in resolved.workspace.campaigns.items() if each.steps and not each.ways_in
    }
    if closed:
        acts = acts_of(resolved, ["start_campaign"])
        started = {act.campaign.name for act in acts if isinstance(act, StartCampaign)}
        for campaign in (each for name, each in closed.items() if name not in started):
            message = f"nothing lets a contact enter `{campaign.key.text}`"
            hint = "add `starts_when:` with a trigger, or with `- manual` if people are enrolled by hand"
            yield Diagnostic("L106", "warning", message, campaign.key.span, hint)
