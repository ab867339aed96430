"""What a stay that ends before its last step takes with it: its messages that have not left."""

from __future__ import annotations

from oncue.runtime.kernel.sending import shelf
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.builtins import CHANNELS


def take_back(turn: Turn, campaign: str, entry: int, why: str) -> None:
    """Takes back what an entry has sent and what has not left: emails and text messages from the outbox (the
    host knows which are there still, and reports them as cancelled), site messages from the shelf."""
    turn.cancelled += [
        key
        for key, sent in turn.state.sent.items()
        if sent.campaign == campaign
        and sent.entry == entry
        and sent.result == "done"
        and sent.channel in CHANNELS
    ]
    shelf.clear(turn, campaign, entry, why)
