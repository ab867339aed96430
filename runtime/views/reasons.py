"""Why actions failed, for the report: the totals only say how many. What was said stands in the audit, and
goes with it when its contact is erased; so it is read off there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from oncue.runtime.stores.base import Store
from oncue.schemas.audit import AuditEntry

MOST = 3  # reasons that are shown of one action
LONGEST = 80  # characters; what a server answers may be long
FAILED = "failed/"  # totals by rule

Place = tuple[str, str, str]  # unit, step, rule
Reasons = Mapping[Place, Mapping[str, int]]

_entries = msgspec.json.Decoder(list[AuditEntry]).decode


class Failures:
    """Collects the reasons of what has failed and was not made up for since."""

    def __init__(self) -> None:
        self._actions: dict[Place, Counter[str]] = {}
        self._messages: dict[str, tuple[Place, str]] = {}

    def see(self, entry: AuditEntry) -> None:
        """Takes an audit entry, in their order."""
        if entry.what == "handover":
            message = str(entry.data.get("message", ""))
            self._messages.pop(message, None)
            if entry.result == "failed":
                self._messages[message] = (_place(entry), entry.why)
        elif entry.what == "action" and entry.result == "failed":
            self._actions.setdefault(_place(entry), Counter())[entry.why] += 1

    def reasons(self) -> Reasons:
        """By place, with how often each was given."""
        found = {place: Counter(given) for place, given in self._actions.items()}
        for place, why in self._messages.values():
            found.setdefault(place, Counter())[why] += 1
        return found


def _place(entry: AuditEntry) -> Place:
    return entry.unit, entry.step, entry.rule


def reasons_of(store: Store, totals: Mapping[tuple[str, str, str], tuple[int, int]]) -> Reasons:
    """The reasons in a database's audit. Reads through its log if something has failed."""
    failures = Failures()
    if any(name.startswith(FAILED) and value for (*_, name), (value, _) in totals.items()):
        for row in store.log_of_failures():
            for entry in _entries(row.entries or b"[]"):
                failures.see(entry)
    return failures.reasons()


def told(number: int, reasons: Mapping[str, int]) -> dict[str, int]:
    """So many failures by their most frequent reasons; what is left over stands as ``failed``."""
    found: dict[str, int] = {}
    for why, times in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:MOST]:
        shown = why if len(why) <= LONGEST else why[:LONGEST].rstrip() + "..."
        taken = min(times, number)
        if why and taken:
            found[f"failed: {shown}"] = found.get(f"failed: {shown}", 0) + taken
            number -= taken
    return {**found, "failed": number} if number else found
