"""What a name may look like, and the nearest known one when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable

ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
LENGTH = 100

# kind -> one of its members, in words
SINGULAR = {
    "emails": "email",
    "landing_pages": "landing page",
    "web_forms": "web form",
    "web_pages": "web page",
    "trackable_content": "trackable content",
    "videos": "video",
    "segments": "segment",
    "campaigns": "campaign",
    "lists": "list",
    "users": "user",
    "teams": "team",
    "pipelines": "pipeline",
    "conversions": "conversion",
    "audiences": "audience",
    "site_messages": "site message",
    "tests": "test",
    "fulfillment_lists": "fulfillment list",
    "reactivation_scenarios": "reactivation scenario",
    "deal_fields": "deal field",
    "account_fields": "account field",
    "fields": "contact field",
    "events": "event",
    "properties": "event property",
    "steps": "step",
    "goals": "goal",
    "statuses": "status",
}


def is_id(text: str) -> bool:
    """Lower case words joined by ``-``, such as ``spring-launch``."""
    return len(text) <= LENGTH and ID.match(text) is not None


def is_snake(text: str) -> bool:
    """Lower case words joined by ``_``, such as ``renewal_date``."""
    return len(text) <= LENGTH and SNAKE.match(text) is not None


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be."""
    from difflib import get_close_matches  # only a mistake pays for the import

    short = name[:LENGTH]
    found = get_close_matches(
        short.lower().replace("_", "-"), {one.replace("_", "-"): one for one in known}, 1, 0.7
    )
    if not found:
        return None
    return next((one for one in sorted(known) if one.replace("_", "-") == found[0]), None)


def meant(name: str, known: Iterable[str]) -> str:
    """The nearest known name, as a diagnostic's `fix`; empty if none is near."""
    return nearest(name, sorted(known)) or ""


def did_you_mean(name: str, known: Iterable[str], what: str = "") -> str:
    """A hint: the nearest name, else the whole set if it is small, else nothing."""
    names = sorted(known)
    close = nearest(name, names)
    if close is not None:
        return f"did you mean `{close}`?"
    if 0 < len(names) <= 8:
        return f"{what or 'known'}: {', '.join(names)}"
    return "" if names else f"none is declared{f' under `{what}`' if what else ''}"
