"""What random worlds and conditions are made of, so that they meet: small pools of texts, numbers, durations
and instants, whose sums and differences fall on each other again and again; and the source of chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from tests.oracle.world import DAY, HOUR, MINUTE, WEEK

T = TypeVar("T")

FIELDS = {
    "country": "text",
    "job_title": "text",
    "email": "text",
    "industry": "text",
    "score": "number",
    "budget": "number",
    "employees": "number",
    "vip": "boolean",
    "renewal_date": "date",
    "birthday": "date",
    "created_at": "datetime",
    "trial_ends": "datetime",
    "interests": "many",
}
# Of a deal: the built-in ones, then two that a workspace declares.
DEAL_FIELDS = {
    "title": "text",
    "status": "text",
    "pipeline": "text",
    "stage": "text",
    "owner": "text",
    "value": "number",
    "score": "number",
    "created_at": "datetime",
    "plan": "text",
    "seats": "number",
    "trial": "boolean",
    "closes": "date",
    "demo_at": "datetime",
    "modules": "many",
}
ACCOUNT_FIELDS = {
    "branch": "text",
    "size": "number",
    "partner": "boolean",
    "renews": "date",
    "met_at": "datetime",
    "regions": "many",
}
STATUSES = ("open", "won", "lost")
STAGES = ("new", "proposal")
USERS = ("ana", "bo")
PROPS = {
    "purchase": {
        "total": "number",
        "cds": "number",
        "sku": "text",
        "gift": "boolean",
        "ships": "date",
        "promised": "datetime",
        "extras": "many",
    },
    "web_page.visit": {"url": "text"},
    "email.open": {},
    "email.click": {"link": "text"},
}
ASSETS = {
    "web_page.visit": ("pricing", "home"),
    "email.open": ("invite", "news"),
    "email.click": ("invite", "news"),
}
STEPS = {"first": "invite", "second": "news"}  # step -> the email that it sends
LISTS = ("prospects", "newsletter")
CAMPAIGNS = ("onboarding", "spring")
TAGS = ("hot", "cold-lead")
SEGMENTS = ("seg-one", "seg-two", "seg-three")
CHANNELS = ("email", "sms")

TEXTS = ["ana", "Ana ", " ANA", "Straße", "STRASSE", "a*b", "x?y", 'say "hi"', "b\\s", "two words", " "]
PATTERNS = ["a", "AN", "*a*", "s*e", "?na", "stras?e", "a*b", "*", "w", "x?y", "hi", "\\", "two*"]
NUMBERS = ["0", "1", "2", "3", "-1", "7", "2.5", "100", "0.333333333", "-0.000000001", "0.0000005", "1234.5"]
BIG = ["999999999999999999", "-999999999999999999.999999999", "1000000000"]
DURATIONS = {
    "1 minute": MINUTE,
    "90 minutes": 90 * MINUTE,
    "2 hours": 2 * HOUR,
    "24 hours": DAY,
    "1 day": DAY,
    "2 days": 2 * DAY,
    "7 days": WEEK,
    "1 week": WEEK,
    "30 days": 30 * DAY,
    "365 days": 365 * DAY,
}
ZONES = {
    "America/New_York": ["2026-03-08", "2026-03-08", "2026-11-01", "2024-02-29", "2026-07-31"],
    "Europe/Berlin": ["2026-03-29", "2026-10-25", "2026-10-25", "2026-02-28", "2027-01-01"],
    "America/Sao_Paulo": ["2018-11-04", "2018-02-18"],  # the clocks change at midnight
}
MINUTES = [0, 0, 60, 90, 120, 150, 150, 150, 180, 540, 1380, 1439]
PRICES = ("total", "cds")


class Draw:
    """A source of chance: the same seed draws the same. Plain `random` rather than hypothesis, whose examples
    resemble each other too much when every single one costs milliseconds."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)

    def one(self, items: Sequence[T]) -> T:
        return self._random.choice(items)

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def chance(self, percent: int) -> bool:
        return self._random.random() * 100 < percent
