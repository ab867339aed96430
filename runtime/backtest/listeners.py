"""Whether a history has anything in it that a plan's campaigns listen to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct

from oncue.schemas.builtins import EVENTS
from oncue.schemas.plan import Asset, Email, Plan
from oncue.schemas.triggers import OnEvent, OnManual


class Unheard(Struct, frozen=True):
    """No line of the history is for a campaign. `listened`: event types that would be; `rows`: contact rows
    would be; `came`: event types that came."""

    listened: tuple[str, ...]
    rows: bool
    came: tuple[str, ...]


def unheard(plan: Plan, types: Collection[str], rows: int) -> Unheard | None:
    """None where at least one line may set a campaign off."""
    starts = [start for campaign in plan.campaigns.values() for start in campaign.starts]
    listened = {start.event for start in starts if isinstance(start, OnEvent)}
    changes = any(not isinstance(start, OnEvent | OnManual) for start in starts)
    if changes:  # in a segment, the score, a tag ...: by what conditions read, and by fulfillment actions
        listened |= {track.event for track in plan.tracks.values()} | set(_with_actions(plan))
    if listened & set(types) or (changes and rows):
        return None
    return Unheard(tuple(sorted(listened)), changes, tuple(sorted(types)))


def _with_actions(plan: Plan) -> Iterator[str]:
    """Event types that fulfillment actions listen to, and those that change a contact by themselves."""
    kinds: dict[str, Mapping[str, Asset | Email]] = {**plan.assets, "emails": plan.emails}
    behaviours = {
        (kind, behaviour)
        for kind, assets in kinds.items()
        for asset in assets.values()
        for behaviour in asset.behaviours
    }
    for name, spec in EVENTS.items():
        if spec.asset_kind is None or (spec.asset_kind, name.rpartition(".")[2]) in behaviours:
            yield name
