"""What must happen in examples/cdnow, computed from the purchase file by plain Python.

Nothing here comes from oncue: the campaigns of the example are written out again by hand, customer by
customer and instant by instant, so that the two can be compared. Run it to see the totals:

    python tests/examples/cdnow_oracle.py examples/cdnow/data/purchases.csv.gz

The rules that it follows:

- a purchase happens at midnight, New York time, of its day; purchases of one day count in file order;
- customers are known, and subscribed, from the first purchase of the whole file on;
- VIP: more than $250 in the last 365 days (of 24 hours); the first time, a tag and a thank-you email;
- lapsed: two purchases or more, the last one 90 days ago or earlier; each time, a win-back: a reminder,
  14 days later a coupon (the better one for VIPs); a purchase in between ends it;
- the first purchase of all brings a welcome;
- at one instant purchases come before everything that time does by itself; nothing happens after the
  instant of the file's last purchase.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
YEAR = timedelta(days=365)
LAPSE = timedelta(days=90)
WAIT = timedelta(days=14)


class Fact(NamedTuple):
    """One thing that happened to a customer. `at` is UTC."""

    at: datetime
    what: str
    unit: str = ""
    step: str = ""
    entry: int = 0
    result: str = ""
    rule: str = ""
    why: str = ""
    email: str = ""


class Purchase(NamedTuple):
    at: datetime
    dollars: Decimal


def midnight(day: date) -> datetime:
    """The instant, in UTC, at which a day begins in New York."""
    return datetime.combine(day, time(), NEW_YORK).astimezone(UTC)


def read(file: Path) -> dict[str, list[Purchase]]:
    """Each customer's purchases, in file order."""
    customers: dict[str, list[Purchase]] = {}
    with gzip.open(file, "rt", newline="") as rows:
        for row in csv.DictReader(rows):
            bought = Purchase(midnight(date.fromisoformat(row["date"])), Decimal(row["dollars"]))
            customers.setdefault(row["customer"], []).append(bought)
    return customers


class Customer:
    """One customer's way through the campaigns."""

    def __init__(self, purchases: list[Purchase], begin: datetime, end: datetime) -> None:
        self.todo = purchases
        self.last = end
        self.bought: list[Purchase] = []
        self.facts: list[Fact] = [
            Fact(begin, "contact.created"),
            Fact(begin, "subscription", "lists/customers", result="subscribed"),
        ]
        self.is_vip = self.was_vip = self.is_lapsed = False
        self.reminded: datetime | None = None  # when the present win-back began
        self.win_backs = 0

    def live(self) -> list[Fact]:
        """Everything that happens until the end."""
        for purchase in self.todo:
            self.let_time_pass(until=purchase.at)
            self.buy(purchase)
        self.let_time_pass(until=self.last + timedelta(microseconds=1))
        return self.facts

    def let_time_pass(self, until: datetime) -> None:
        """What time does by itself before `until` (not at it: a purchase comes first)."""
        while (now := min(self.moments(), default=until)) < until:
            self.look(now, purchase=False)

    def moments(self) -> Iterator[datetime]:
        """When something may happen without a purchase."""
        if self.bought and len(self.bought) >= 2 and not self.is_lapsed:
            yield self.bought[-1].at + LAPSE
        if self.is_vip:
            yield next(instant for instant in self.years_later() if self.spent(instant) <= 250)
        if self.reminded is not None:
            yield self.reminded + WAIT

    def years_later(self) -> Iterator[datetime]:
        """When each purchase of the last 365 days will be too old, counted from the latest purchase."""
        return (purchase.at + YEAR for purchase in self.bought if purchase.at + YEAR > self.bought[-1].at)

    def spent(self, now: datetime) -> Decimal:
        """Dollars in the 365 days that end at `now`; what was bought exactly 365 days ago is out."""
        return sum((p.dollars for p in self.bought if now - YEAR < p.at <= now), Decimal(0))

    def buy(self, purchase: Purchase) -> None:
        self.bought.append(purchase)
        self.note(purchase.at, "event", "purchase")
        self.look(purchase.at, purchase=True)

    def look(self, now: datetime, purchase: bool) -> None:
        """One purchase, or one moment: segments first, then who is inside, then who starts."""
        vip = self.spent(now) > 250
        lapsed = len(self.bought) >= 2 and self.bought[-1].at <= now - LAPSE
        begins = {"vip": vip and not self.is_vip, "lapsed": lapsed and not self.is_lapsed}
        for segment, before, after in (("lapsed", self.is_lapsed, lapsed), ("vip", self.is_vip, vip)):
            if before != after:
                self.note(now, "segment.entered" if after else "segment.left", f"segments/{segment}")
        self.is_vip, self.is_lapsed = vip, lapsed
        self.go_on(now, purchase)
        if begins["vip"]:
            self.thank_vip(now)
        if purchase:
            self.welcome(now)
        if begins["lapsed"]:
            self.win_back(now)

    def go_on(self, now: datetime, purchase: bool) -> None:
        """Whoever is inside the win-back: a purchase ends it, the end of the wait brings the coupon."""
        unit, entry = "campaigns/win-back", self.win_backs
        if self.reminded is None:
            return
        if purchase:
            self.note(now, "action", unit, "wait", entry, "cancelled", "default", why="exit_when")
            self.note(now, "step.left", unit, "wait", entry, why="removed")
            self.note(now, "campaign.exited", unit, "", entry, why="exit_when")
            self.reminded = None
        elif now >= self.reminded + WAIT:
            self.note(now, "action", unit, "wait", entry, "done", "default")
            self.note(now, "step.left", unit, "wait", entry, why="released")
            rule, email = ("rule 1", "coupon-vip") if self.is_vip else ("default", "coupon")
            self.act(now, unit, "offer", entry, rule, email=email)
            self.end(now, unit, entry)
            self.reminded = None

    def thank_vip(self, now: datetime) -> None:
        if self.was_vip:
            self.note(now, "campaign.refused", "campaigns/vip", why="runs once")
            return
        self.was_vip = True
        self.enter(now, "campaigns/vip", 1)
        self.act(now, "campaigns/vip", "add_tag", 1)
        self.act(now, "campaigns/vip", "send_email", 1, email="vip-thanks")
        self.end(now, "campaigns/vip", 1)

    def welcome(self, now: datetime) -> None:
        if len(self.bought) > 1:
            self.note(now, "campaign.refused", "campaigns/welcome", why="runs once")
            return
        self.enter(now, "campaigns/welcome", 1)
        self.act(now, "campaigns/welcome", "send_email", 1, email="welcome")
        self.end(now, "campaigns/welcome", 1)

    def win_back(self, now: datetime) -> None:
        unit = "campaigns/win-back"
        self.win_backs += 1
        self.reminded = now
        self.enter(now, unit, self.win_backs)
        self.act(now, unit, "remind", self.win_backs, email="reminder")
        self.note(now, "step.entered", unit, "wait", self.win_backs)
        self.note(now, "action", unit, "wait", self.win_backs, "pending", "default")

    # --- words

    def enter(self, now: datetime, unit: str, entry: int) -> None:
        self.note(now, "campaign.entered", unit, "", entry, why="starts_when 1")

    def end(self, now: datetime, unit: str, entry: int) -> None:
        self.note(now, "campaign.ended", unit, "", entry, why="last step")

    def act(
        self,
        now: datetime,
        unit: str,
        step: str,
        entry: int,
        rule: str = "default",
        *,
        why: str = "",
        email: str = "",
    ) -> None:
        """One step done; an email is an event of its own, too."""
        self.note(now, "step.entered", unit, step, entry)
        if email:
            self.note(now, "event", "email.sent", email=email)
        self.note(now, "action", unit, step, entry, "done", rule, why=why, email=email)
        self.note(now, "step.left", unit, step, entry, why="released")

    def note(self, at: datetime, what: str, unit: str = "", step: str = "", entry: int = 0,
             result: str = "", rule: str = "", why: str = "", email: str = "") -> None:  # fmt: skip
        self.facts.append(Fact(at, what, unit, step, entry, result, rule, why, email))


def expected(file: Path, only: int | None = None) -> dict[str, list[Fact]]:
    """Every customer's facts in order; with `only`, of the first so many customers of the file."""
    customers = read(file)
    if only is not None:
        customers = dict(list(customers.items())[:only])
    instants = [purchase.at for purchases in customers.values() for purchase in purchases]
    begin, end = min(instants), max(instants)
    return {name: Customer(purchases, begin, end).live() for name, purchases in customers.items()}


def main() -> None:
    counts = Counter(fact[1:4] + fact[5:] for facts in expected(Path(sys.argv[1])).values() for fact in facts)
    for key, count in sorted(counts.items()):
        print(f"{count:>8}  {' '.join(part for part in key if part)}")


if __name__ == "__main__":
    main()
