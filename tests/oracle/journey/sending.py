"""The send gate, by looking: at each check in its order, and, for a better hour, at one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from tests.oracle.journey.nodes import Policies
from tests.oracle.journey.pools import TICK
from tests.oracle.world import at, day_of


@dataclass
class Mailbox:
    """What a contact was sent: (instant, channel); `reachable`: the channels it has an address on."""

    zone: ZoneInfo
    own_zone: ZoneInfo
    policies: Policies
    reachable: frozenset[str]
    suppressed: bool = False
    hard: int = 0
    soft: int = 0
    sends: list[tuple[int, str]] = field(default_factory=list)

    def objection(self, now: int, channel: str, consents: bool) -> str:
        """Why a message may not go, in the gate's order; empty if it may (perhaps later)."""
        if channel not in self.reachable:
            return "no address" if channel == "email" else "no phone"
        if self.suppressed:
            return "suppressed"
        if not consents:
            return "no consent"
        if channel == "email" and (self.hard >= 2 or self.soft >= 5):
            return "bad address"
        if self.policies.daily is not None and self.today(now) >= self.policies.daily:
            return "daily limit"
        for which, most, per in self.policies.caps:
            recent = [t for t, c in self.sends if c == channel and now - per.micros < t <= now]
            if which == channel and len(recent) >= most:
                return "frequency cap"
        return ""

    def today(self, now: int) -> int:
        day = day_of(self.zone, now)
        return sum(1 for t, _ in self.sends if day_of(self.zone, t) == day)

    def later(self, now: int) -> int | None:
        """The first whole hour from now on at which sending is allowed; None: now."""
        moment = now
        while not self.allowed(moment):
            moment += TICK
        return None if moment == now else moment

    def allowed(self, now: int) -> bool:
        own = self.policies.quiet is not None and self.policies.quiet_zone == "contact"
        zone = self.own_zone if own else self.zone
        if day_of(zone, now) in self.policies.blackout:
            return False
        if self.policies.quiet is None:
            return True
        begin, end = self.policies.quiet
        return not any(self.quiet(zone, now, back, begin, end) for back in (0, 1))

    def quiet(self, zone: ZoneInfo, now: int, back: int, begin: int, end: int) -> bool:
        """Whether the quiet hours that began `back` days ago cover the instant."""
        day = day_of(zone, now) - timedelta(days=back)
        last = day + timedelta(days=1) if begin > end else day
        return at(zone, day, begin) <= now < at(zone, last, end)
