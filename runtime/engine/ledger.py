"""What a group of inputs has done so far and must be written: rows of the log, totals, what became of
effects. The engine fills it, one transaction empties it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from oncue.runtime.engine import tallies
from oncue.runtime.engine.states import Slot
from oncue.runtime.kernel.inputs import Counts
from oncue.runtime.kernel.state import NOTHING, ContactState
from oncue.runtime.stores.base import Changes
from oncue.schemas.audit import AuditEntry, Count

_LARGEST = (1 << 63) - 1  # that a database's whole numbers hold
_encode = msgspec.json.Encoder().encode


class Ledger:
    """`seq`: the number of the latest row of the log. `changes`: everything but the totals. `reads`: whether
    the audit may hold what is added up from it."""

    def __init__(self, seq: int, *, reads: bool) -> None:
        self.seq = seq
        self.reads = reads
        self.changes = Changes()
        self._totals: dict[tuple[str, str, str], list[int]] = {}

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        changes = self.changes
        return not (changes.settled or changes.tried or changes.log or changes.meta or self._totals)

    def log(
        self, now: int, slot: Slot | None, kind: str, body: bytes | None, entries: tuple[AuditEntry, ...]
    ) -> None:
        """A row of the log; a contact's is the new end of its chain."""
        self.seq += 1
        contact, last, nth = (slot.id, slot.last, slot.state.seq) if slot else (0, 0, 0)
        data = _encode(entries) if entries else None
        if self.reads and data is not None and tallies.may_count(data):
            self.count(now, tallies.of_audit(entries))
        self.changes.log.append((self.seq, now, kind, contact, last, nth, body, data))
        if slot is not None:
            slot.last = self.seq

    def count(self, now: int, counts: Iterable[Count]) -> None:
        """Changes of running totals."""
        for unit, step, name, change in map(msgspec.structs.astuple, counts):
            self.add(now, {(unit, step, name): change})

    def add(self, now: int, counts: Counts) -> None:
        """The same, as the kernel gives them."""
        totals = self._totals
        for name, change in counts.items():
            total = totals.get(name)
            if total is None:
                totals[name] = [change, now]
            else:
                total[0] += change
                total[1] = now

    def resize(self, now: int, old: ContactState | None, new: ContactState | None) -> None:
        """Segments that a contact has entered and left, and its deals."""
        if (old is not None and old.deals) or (new is not None and new.deals):
            self.count(now, tallies.of_deals(old, new))
        before = old.segments if old is not None else NOTHING
        after = new.segments if new is not None else NOTHING
        for name in before ^ after:
            self.add(now, {(f"segments/{name}", "", "size"): 1 if name in after else -1})

    def clash(self, now: int, slot: Slot, identifier: str, owner: int) -> AuditEntry:
        """An identifier that belongs to somebody else; it is part of the contact's next row of the log."""
        self.changes.clashes.append((self.seq + 1, now, slot.id, identifier, owner))
        kind, _, name = identifier.partition(":")
        return AuditEntry("contact.clash", data={kind: name})

    def drain(self) -> Changes:
        """Everything, each list in its table's order; the ledger is empty then."""
        changes = self.changes
        changes.processed.sort()
        for key, total in sorted(self._totals.items()):
            changes.counts.append((*key, max(-_LARGEST, min(total[0], _LARGEST)), total[1]))
        self.changes = Changes()
        self._totals = {}
        return changes
