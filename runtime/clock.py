"""The three clocks of a run, and instants as text. Instants are int microseconds since the epoch, UTC.

wall: an input's instant is its arrival; timers fire when the wall clock passes them.
events: an input's instant is its own `at`; time stands still between inputs and ends with the last.
received: an input's instant is the one that an earlier live run wrote into its log.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Literal

ClockName = Literal["wall", "events", "received"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wall() -> int:
    """The instant by the machine's clock."""
    return time.time_ns() // 1000


def moment(instant: int) -> datetime:
    """The instant as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=instant)


def show(instant: int) -> str:
    """ISO 8601 in UTC: ``2026-03-02T14:00:00Z``, with microseconds only where there are any."""
    return moment(instant).isoformat().replace("+00:00", "Z")


def stamp(instant: int) -> str:
    """For file names, sorting as instants do: ``20260302T140000.000000Z``."""
    return moment(instant).strftime("%Y%m%dT%H%M%S.%fZ")
