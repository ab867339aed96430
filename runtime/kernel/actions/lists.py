"""The action that puts a contact on a fulfillment list, which is an entity (`kernel.lists`)."""

from __future__ import annotations

from oncue.runtime.kernel.letters import Enlist
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Scene, Verdict, asking
from oncue.schemas.actions import AddToFulfillmentList


def add_to_fulfillment_list(turn: Turn, scene: Scene, action: AddToFulfillmentList) -> Verdict:
    """Done at once, or (`hold`) when its batch is handed over."""
    name = f"list/{action.list}"
    if action.hold:
        return asking(name, Enlist)
    turn.post(name, Enlist())
    return Verdict(data={"fulfillment_list": action.list})
