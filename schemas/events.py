"""The input lines: events and contacts, as they come in JSON Lines. Read with msgspec, strictly: an
unknown key is refused, so that a slip in a feed is seen."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Who(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The identifiers that an event or row gives for its contact; at least one is set."""

    id: str | None = None
    email: str | None = None
    anonymous_id: str | None = None


class EventLine(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One event. `contact` is a text (an email if it holds @, else an id) or `Who`. `at` is ISO 8601;
    without an offset in the project's zone; a bare date is its midnight. `received` is written by the
    runtime's own log and read back by ``--clock received``."""

    id: str
    type: str
    at: str
    contact: str | Who | None = None
    asset: str | None = None
    properties: dict[str, Any] = {}
    received: str | None = None
