"""What is due next: the database's wakes, read in pages in order, and those set since the last commit.

Contacts and entities have one wake each; an older one of the same is passed over when its turn comes. Nothing
is polled: a page is read when somebody asks for what is due, and costs the same however many wait. A page as
large as a group may be is enough for it: to read on in the middle waits for the commit of the one before.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

from oncue.runtime.engine.entities import Entities, Entity
from oncue.runtime.engine.states import Slot, States
from oncue.runtime.stores.base import Store

Due = tuple[int, int, str, int]  # wake, rank (0: a contact), key or name, contact

_START = (-(1 << 62), 0, "")
_NEVER = 1 << 62


class _Pages:
    """One table's wakes, page by page. `read(after, before, limit)` gives a page."""

    def __init__(self, read: Callable[[tuple[int, int, str], int, int], list[Due]], size: int) -> None:
        self._size = size
        self._load = read
        self.page: list[Due] = []  # in reverse order
        self.reset()

    def reset(self) -> None:
        self.page.clear()
        self._after = _START  # the database has been read up to here
        self.horizon = -_NEVER  # and has nothing more before this instant

    def read(self, until: int, before: int) -> None:
        """Reads on as far as instants before `before`, if there may be any up to `until`."""
        if until < self.horizon:
            return
        rows = self._load(self._after, before, self._size)
        if len(rows) < self._size:
            self.horizon = before
        if rows:
            self._after = rows[-1][:3]
            self.page = rows[::-1]


class Timers:
    """Gives what is due in total order: by instant, then contacts by key, then entities by rank and name."""

    def __init__(self, store: Store, states: States, entities: Entities, page: int) -> None:
        self._store = store
        self._states = states
        self._entities = entities
        self._set: list[Due] = []  # a heap
        self._contacts = _Pages(self._due_contacts, page)
        self._others = _Pages(self._due_entities, page)
        self.ahead = 0  # somebody will ask about instants up to here: pages are read that far

    def set(self, wake: int, slot: Slot) -> None:
        """A contact's wake has changed."""
        heapq.heappush(self._set, (wake, 0, slot.key, slot.id))

    def set_entity(self, wake: int, entity: Entity) -> None:
        """An entity's wake has changed."""
        heapq.heappush(self._set, (wake, entity.rank, entity.name, 0))

    def put_back(self, wake: int, owner: Slot | Entity) -> None:
        """What was taken is not to fire yet."""
        if isinstance(owner, Entity):
            self.set_entity(wake, owner)
        else:
            self.set(wake, owner)

    def reset(self) -> None:
        """Everything is in the database now."""
        self._set.clear()
        self._contacts.reset()
        self._others.reset()

    def look_ahead(self, until: int) -> None:
        """Reads the next pages now, if there are any, and not when they are needed."""
        before = max(until, self.ahead) + 1
        for pages in (self._contacts, self._others):
            if not pages.page:
                pages.read(until, before)

    def take(self, until: int) -> tuple[int, Slot | Entity] | None:
        """The next contact or entity that is due at `until` or before; None if there is none. It stays due
        until its wake changes."""
        while True:
            due = self._next(until)
            if due is None:
                return None
            wake, rank, name, contact = due
            if rank:
                entity = self._entities.get(name)
                if entity.wake == wake:
                    return wake, entity
                continue
            slot = self._states.get(contact)
            if slot.state.wake == wake:
                return wake, slot

    def _next(self, until: int) -> Due | None:
        contacts, others, fresh = self._contacts, self._others, self._set
        if not contacts.page and until >= contacts.horizon:
            contacts.read(until, max(until, self.ahead) + 1)
        if not others.page and until >= others.horizon:
            others.read(until, max(until, self.ahead) + 1)
        source = contacts.page
        if others.page and (not source or others.page[-1] < source[-1]):
            source = others.page
        if fresh and fresh[0][0] <= until and (not source or fresh[0] < source[-1]):
            return heapq.heappop(fresh)
        if source and source[-1][0] <= until:
            return source.pop()
        return None

    def _due_contacts(self, after: tuple[int, int, str], before: int, limit: int) -> list[Due]:
        rows = self._store.due((after[0], after[2]), before, limit)
        self._states.prefetch(row[2] for row in rows)
        return [(wake, 0, key, contact) for wake, key, contact in rows]

    def _due_entities(self, after: tuple[int, int, str], before: int, limit: int) -> list[Due]:
        return [(*row, 0) for row in self._store.due_entities(after, before, limit)]
