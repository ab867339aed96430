"""What a run did, for whoever started it."""

from __future__ import annotations

from msgspec import Struct

from oncue.runtime.latency import Latency


class Summary(Struct, frozen=True):
    """`events`, `contacts` and `accounts` (rows) are lines handled, `repeated` those handled by an earlier
    run, `ignored` those that the plan passes over, `too_old` those that came too late to trigger anything,
    `born` new contacts, `timers` timers fired, `messages` messages made and `handed` handed over; of
    those for real connectors `retried` attempts that come again, `parked`, `dead` and `withheld` messages.
    `stranded`: messages that wait for a connector which the plan has no more, by its name in oncue.yaml.
    `now`: the instant of the last thing handled. `latency`: of this run's hand-overs, live runs only.
    `stopped`: ended by a signal. `adopted`: a changed plan took effect."""

    events: int = 0
    contacts: int = 0
    accounts: int = 0
    repeated: int = 0
    ignored: int = 0
    too_old: int = 0
    rejected: int = 0
    reasons: dict[str, int] = {}
    born: int = 0
    timers: int = 0
    messages: int = 0
    handed: int = 0
    retried: int = 0
    parked: int = 0
    dead: int = 0
    withheld: int = 0
    stranded: dict[str, int] = {}
    now: int = 0
    seconds: float = 0.0
    latency: Latency = Latency()
    stopped: bool = False
    adopted: bool = False
