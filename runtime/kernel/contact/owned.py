"""The deal that conditions and templates mean by "the contact's deal", found in a contact's deals alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

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
