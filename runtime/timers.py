"""What is due next: the database's wakes, read in pages in order, and those set since the last commit.

A contact has one wake; an older one of the same contact is passed over when its turn comes. Nothing is
polled: a page is read when somebody asks for what is due, and costs the same however many contacts wait.
"""

from __future__ import annotations

import heapq

from oncue.runtime.states import Slot, States
from oncue.runtime.stores.base import Store

PAGE = 256

Due = tuple[int, str, int]  # wake, key, contact

_START = (-(1 << 62), "")


class Timers:
    """Gives due contacts in total order: by instant, then by key."""

    def __init__(self, store: Store, states: States, page: int = PAGE) -> None:
        self._size = page
        self._store = store
        self._states = states
        self._set: list[Due] = []  # a heap
        self._page: list[Due] = []  # in reverse order
        self._after = _START  # the database has been read up to here
        self._horizon: int | None = None  # and has nothing more before this instant
        self.ahead = 0  # somebody will ask about instants up to here: pages are read that far

    def set(self, wake: int, slot: Slot) -> None:
        """A contact's wake has changed."""
        heapq.heappush(self._set, (wake, slot.key, slot.id))

    def reset(self) -> None:
        """Everything is in the database now."""
        self._set.clear()
        self._page.clear()
        self._after = _START
        self._horizon = None

    def look_ahead(self, until: int) -> None:
        """Reads the next page now, if there is one, and not when it is needed."""
        if not self._page:
            self._read(until)

    def take(self, until: int) -> tuple[int, Slot] | None:
        """The next contact that is due at `until` or before; None if there is none. It stays due until its
        wake changes."""
        while True:
            due = self._next(until)
            if due is None:
                return None
            slot = self._states.get(due[2])
            if slot.state.wake == due[0]:
                return due[0], slot

    def _next(self, until: int) -> Due | None:
        if not self._page:
            self._read(until)
        page, fresh = self._page, self._set
        if fresh and fresh[0][0] <= until and (not page or fresh[0] < page[-1]):
            return heapq.heappop(fresh)
        if page and page[-1][0] <= until:
            return page.pop()
        return None

    def _read(self, until: int) -> None:
        if self._horizon is not None and until < self._horizon:
            return
        before = max(until, self.ahead) + 1
        rows = self._store.due(self._after, before, self._size)
        if len(rows) < self._size:
            self._horizon = before
        if rows:
            self._after = (rows[-1][0], rows[-1][1])
            self._states.prefetch(row[2] for row in rows)
            self._page = rows[::-1]
