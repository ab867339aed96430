"""The deal and the response that conditions and templates mean by "the contact's"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from oncue.runtime.kernel.funnel.records import Membership
from oncue.runtime.kernel.state import ContactState, Deal

# What the deal of somebody without one says: of everything, that it is missing.
_MISSING = cast(Any, None)
NO_DEAL = Deal(
    id="", at=_MISSING, pipeline="", stage="", title="", status="", value=None, owner="", score=_MISSING
)


def newest(deals: Sequence[Deal]) -> Deal | None:
    """The newest open one, else the newest; `deals` stand in the order of their making."""
    for deal in reversed(deals):
        if deal.status == "open":
            return deal
    return deals[-1] if deals else None


def deal_of(state: ContactState) -> Deal:
    """The contact's deal, or one in which everything is missing."""
    return newest(state.deals) or NO_DEAL


NO_RESPONSE = Membership(campaign=_MISSING, status=_MISSING, at=0, since=0, order=0)
# The parts of an active response by the names of their fields.
RESPONSE_PARTS = {
    "campaign": "campaign",
    "status": "status",
    "stage": "stage",
    "responded_at": "responded",
    "engaged_at": "engaged",
    "reactivated_at": "reactivated",
}


def response_of(state: ContactState) -> Membership:
    """The contact's active response, or one in which everything is missing."""
    funnel = state.funnel
    return funnel.memberships[funnel.active] if funnel is not None and funnel.active else NO_RESPONSE
