"""Contacts in memory: decoded states, kept for the next input, written back when a batch commits.

The cache holds at most `size` contacts between batches (CACHE_CONTACTS by default, some 3 to 6 kB each); a
batch may hold more while it is open, since what it changed is not written yet. A state is decoded right
before its input and encoded as soon as another contact's follows, while the processor has it at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TypeVar

import msgspec

from oncue.runtime.errors import DatabaseError
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.stores.base import Changes, ContactRow, Store

CACHE_CONTACTS = 20_000

_Key = TypeVar("_Key")

_ENCODER = msgspec.json.Encoder()  # numbers go beyond 64 bits
_DECODER = msgspec.json.Decoder(ContactState)
encode = _ENCODER.encode


def decode(data: bytes) -> ContactState:
    """A stored state. Raises DatabaseError for bytes that are none."""
    try:
        return _DECODER.decode(data)
    except msgspec.MsgspecError as error:
        raise DatabaseError(f"a contact in the database cannot be read: {error}") from None


def longest_unused(kept: Mapping[_Key, object], size: int) -> list[_Key]:
    """The first keys, those beyond `size`. All at once: to look for a dict's first key again after each one
    that was taken out is quadratic."""
    return list(islice(kept, max(0, len(kept) - size)))


def _state_of(row: ContactRow | None, id_: int) -> ContactState:
    if row is None or row.state is None:
        raise DatabaseError(f"the database refers to contact number {id_}, which is not there")
    return decode(row.state)


class Slot:
    """One contact: its row number, key, present state, latest log row, and the wake that the database has."""

    __slots__ = ("born", "data", "dirty", "id", "key", "last", "state", "stored_wake")

    def __init__(self, id_: int, state: ContactState, last: int, *, born: bool) -> None:
        self.id = id_
        self.key = state.key
        self.state = state
        self.last = last
        self.stored_wake = None if born else state.wake
        self.born = born
        self.dirty = False
        self.data = b""  # of a dirty one: its state as it will be written


class States:
    """Slots by row number."""

    def __init__(self, store: Store, size: int = CACHE_CONTACTS) -> None:
        self._store = store
        self._size = size
        self._slots: dict[int, Slot] = {}  # in order of use, the longest unused first
        self._rows: dict[int, ContactRow] = {}  # read, and not decoded yet
        self._dirty: list[Slot] = []
        self._latest: Slot | None = None  # of the dirty ones: not encoded yet
        self._top = store.top()[0]

    def prefetch(self, ids: Iterable[int]) -> None:
        """Reads those that are not here, in one go; those that are stay for now."""
        slots, rows = self._slots, self._rows
        missing = set()
        for id_ in ids:
            slot = slots.pop(id_, None)
            if slot is not None:
                slots[id_] = slot
            elif id_ not in rows:
                missing.add(id_)
        if missing:
            rows.update((row.id, row) for row in self._store.load(sorted(missing)))

    def get(self, id_: int) -> Slot:
        """A contact. Raises DatabaseError if the database refers to one that is not there."""
        slot = self._slots.pop(id_, None)
        if slot is None:
            slot = self._decoded(id_)
        self._slots[id_] = slot
        return slot

    def read(self, ids: Sequence[int]) -> list[ContactState]:
        """The states of contacts that are only looked at: who is not here is not kept. What has changed must
        have been written."""
        slots = self._slots
        rows = {row.id: row for row in self._store.load(sorted({id_ for id_ in ids if id_ not in slots}))}
        return [slots[id_].state if id_ in slots else _state_of(rows.get(id_), id_) for id_ in ids]

    def _decoded(self, id_: int) -> Slot:
        self.prefetch((id_,))
        row = self._rows.pop(id_, None)
        return Slot(id_, _state_of(row, id_), row.last if row is not None else 0, born=False)

    def new(self, state: ContactState) -> Slot:
        """Gives a contact that is just being born its number; it counts once it is marked."""
        self._top += 1
        slot = Slot(self._top, state, 0, born=True)
        self._slots[slot.id] = slot
        return slot

    def discard(self, slot: Slot) -> None:
        """Takes back a contact whose first input failed."""
        del self._slots[slot.id]
        if slot.id == self._top:
            self._top -= 1

    def forget(self, id_: int) -> None:
        """Drops a contact that was changed in the store by other means."""
        self._slots.pop(id_, None)
        self._rows.pop(id_, None)

    def skip_to(self, id_: int) -> None:
        """Leaves row numbers up to this one unused."""
        self._top = max(self._top, id_)

    def mark(self, slot: Slot) -> None:
        """The contact has changed and must be written, as it is now."""
        if slot is not self._latest:
            self._seal()
            self._latest = slot
        if not slot.dirty:
            slot.dirty = True
            self._dirty.append(slot)

    def _seal(self) -> None:
        if self._latest is not None:
            self._latest.data = encode(self._latest.state)
            self._latest = None

    def drain(self, changes: Changes) -> None:
        """Puts everything that must be written into `changes`, by row number."""
        self._seal()
        self._dirty.sort(key=lambda slot: slot.id)
        for slot in self._dirty:
            wake, data = slot.state.wake, slot.data
            if slot.born:
                changes.born.append((slot.id, slot.key, wake, slot.last, data))
            elif wake != slot.stored_wake:
                changes.moved.append((wake, slot.last, data, slot.id))
            else:
                changes.kept.append((slot.last, data, slot.id))
            slot.stored_wake, slot.born, slot.dirty, slot.data = wake, False, False, b""
        self._dirty.clear()

    def trim(self) -> None:
        """Lets go of the longest unused ones beyond the size."""
        for id_ in longest_unused(self._slots, self._size):
            del self._slots[id_]
        if len(self._rows) > self._size:
            self._rows.clear()
