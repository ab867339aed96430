"""What a run did, for whoever started it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from oncue.runtime.engine.latency import Latency
from oncue.runtime.kernel.intake.meant import meant
from oncue.runtime.kernel.link import Program


class Undeclared(Struct, frozen=True):
    """A property that came with so many events of a type which does not declare it. `hint`: what is meant."""

    type: str
    name: str
    events: int
    hint: str = ""


def undeclared(program: Program, counted: Mapping[tuple[str, str], int]) -> tuple[Undeclared, ...]:
    """The most frequent first."""
    found = []
    for (type_, name), number in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        spec = program.events.get(type_)
        known = (*spec.properties, *(program.fields if type_ == "identify" else ())) if spec else ()
        found.append(Undeclared(type_, name, number, meant(name, known)))
    return tuple(found)


class Summary(Struct, frozen=True):
    """`events`, `contacts` and `accounts` (rows) are lines handled, `repeated` those handled by an earlier
    run, `ignored` those that the plan passes over, `too_old` those that came too late to trigger anything,
    `born` new contacts, `timers` timers fired, `messages` messages made and `handed` handed over; of
    those for real connectors `retried` attempts that come again, `parked`, `dead` and `withheld` messages.
    `stranded`: messages that wait for a connector which the plan has no more, by its name in oncue.yaml.
    `now`: the instant of the last thing handled. `latency`: of this run's hand-overs, live runs only.
    `undeclared`: properties that nothing sees. `stopped`: ended by a signal. `adopted`: a changed plan took
    effect."""

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
    undeclared: tuple[Undeclared, ...] = ()
    stopped: bool = False
    adopted: bool = False
