"""The port to whatever delivers effects. A connector gets a finished message and answers what became of it;
it knows nothing of contacts, plans or databases."""

from __future__ import annotations

from typing import Literal, Protocol

from msgspec import Struct

from oncue.runtime.message import Message


class Delivery(Struct, frozen=True):
    """done, or failed: a final no, with its reason. What may work later is no Delivery but an OutputError:
    the effect stays queued."""

    result: Literal["done", "failed"] = "done"
    why: str = ""


DONE = Delivery()


class Connector(Protocol):
    """Delivers one kind of effect."""

    def deliver(self, message: Message) -> Delivery:
        """Hands the message over. The same message may come again after a crash.

        Raises OutputError where handing over is not possible at present."""
