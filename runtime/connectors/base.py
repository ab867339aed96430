"""The port to whatever delivers effects. A connector gets a finished message and answers what became of it;
it knows nothing of contacts, campaigns or databases. One file per channel:

1. a class with `deliver` and `close`, made inside the delivery's event loop;
2. its line in `delivery/routes.py`, which makes it from the plan's settings;
3. its settings in `schemas/oncue.json`, and a test against a real server that the test starts.
"""

from __future__ import annotations

from typing import Literal, Protocol

from msgspec import Struct

from oncue.runtime.messages.message import Message


class Delivery(Struct, frozen=True, omit_defaults=True):
    """What became of one attempt.

    done: the peer has it. failed: a final no. retry: a definite refusal for now, or it never left us;
    `after`: seconds to wait at least. unknown: it may have arrived or not. `why`: for people, without
    secrets. `remember`: what the connector wants to be told again after a restart, by name.
    """

    result: Literal["done", "failed", "retry", "unknown"] = "done"
    why: str = ""
    after: float | None = None
    remember: dict[str, str] = {}


DONE = Delivery()


def failed(why: str) -> Delivery:
    """A final no."""
    return Delivery("failed", why)


def retry(why: str, after: float | None = None) -> Delivery:
    """Not now; it has surely not arrived."""
    return Delivery("retry", why, after)


def unknown(why: str) -> Delivery:
    """Nobody can say."""
    return Delivery("unknown", why)


class Connector(Protocol):
    """Delivers the effects of one channel. Several deliveries may be under way at once, in one event loop."""

    async def deliver(self, message: Message, attempt: int) -> Delivery:
        """Hands the message over, and comes to an end by itself, by timeouts of its own. `attempt`: 1 for the
        first. Whatever it raises counts as unknown."""

    async def close(self) -> None:
        """Lets go of connections."""
