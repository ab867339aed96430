"""Entities in memory, as contacts are: decoded states, written when a batch commits. And accounts' rosters.

Between batches at most `size` entities are kept; a batch that is open keeps all that it has touched.
"""

from __future__ import annotations

import msgspec

from oncue.runtime.engine.states import longest_unused
from oncue.runtime.errors import DatabaseError
from oncue.runtime.kernel.entities.kept import RANK, EntityState
from oncue.runtime.stores.base import Changes, Store

CACHE_ENTITIES = 20_000

_encode = msgspec.json.Encoder().encode  # numbers go beyond 64 bits
_DECODER = msgspec.json.Decoder(EntityState)


def decode(name: str, data: bytes) -> EntityState:
    """A stored state. Raises DatabaseError for bytes that are none."""
    try:
        state: EntityState = _DECODER.decode(data)
    except msgspec.MsgspecError as error:
        raise DatabaseError(f"{name} in the database cannot be read: {error}") from None
    return state


class Entity:
    """One of them: ``KIND/ID``, its place among the timers of one instant, its state (None: not there)."""

    __slots__ = ("dirty", "name", "rank", "state")

    def __init__(self, name: str, state: EntityState | None) -> None:
        self.name = name
        self.rank = RANK[name.partition("/")[0]]
        self.state = state
        self.dirty = False

    @property
    def wake(self) -> int | None:
        """When it wants to be called."""
        return None if self.state is None else self.state.wake


class Entities:
    """Entities by name."""

    def __init__(self, store: Store, size: int = CACHE_ENTITIES) -> None:
        self._store = store
        self._size = size
        self._known: dict[str, Entity] = {}  # in order of use, the longest unused first
        self._dirty: list[Entity] = []

    def get(self, name: str) -> Entity:
        """An entity; one that is not there has no state."""
        entity = self._known.pop(name, None)
        if entity is None:
            row = self._store.entity(name)
            entity = Entity(name, None if row is None else decode(name, row.state))
        self._known[name] = entity
        return entity

    def known(self) -> list[Entity]:
        """Those that are in memory."""
        return list(self._known.values())

    def change(self, entity: Entity, state: EntityState) -> None:
        """Gives it another state, which must be written."""
        entity.state = state
        if not entity.dirty:
            entity.dirty = True
            self._dirty.append(entity)

    def drain(self, changes: Changes) -> None:
        """Puts everything that must be written into `changes`, by name."""
        self._dirty.sort(key=lambda entity: entity.name)
        for entity in self._dirty:
            changes.entities.append((entity.name, entity.rank, entity.wake, _encode(entity.state)))
            entity.dirty = False
        self._dirty.clear()

    def trim(self) -> None:
        """Lets go of the longest unused ones beyond the size."""
        for name in longest_unused(self._known, self._size):
            del self._known[name]


class Waiting:
    """Contacts that have come onto fulfillment lists since the last commit."""

    def __init__(self) -> None:
        self._moves: list[tuple[str, int, int, str]] = []

    def join(self, list_: str, contact: int, at: int, question: str) -> None:
        """The contact waits for the next batch. `question`: to be answered with it; empty: none."""
        questions = msgspec.json.encode([question] if question else []).decode()
        self._moves.append((list_, contact, at, questions))

    def drain(self, changes: Changes) -> None:
        """Puts who came into `changes`."""
        changes.waiting += self._moves
        self._moves = []


class Roster:
    """Which contacts belong to an account, in order of joining."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._moves: dict[str, list[tuple[int, bool]]] = {}  # account -> contact joins (else leaves)

    def join(self, account: str, contact: int) -> None:
        """The contact belongs to it from now on; one that does already keeps its place."""
        self._moves.setdefault(account, []).append((contact, True))

    def leave(self, account: str, contact: int) -> None:
        """It does so no more."""
        self._moves.setdefault(account, []).append((contact, False))

    def members(self, account: str) -> list[int]:
        """The contacts."""
        found = dict.fromkeys(self._store.roster(account))
        for contact, joins in self._moves.get(account, ()):
            if joins:
                found.setdefault(contact)
            else:
                found.pop(contact, None)
        return list(found)

    def drain(self, changes: Changes) -> None:
        """Puts who left and who joined into `changes`."""
        for account, moves in self._moves.items():
            there: dict[int, None] = {}
            for contact, joins in moves:
                if joins:
                    there.setdefault(contact)
                else:
                    there.pop(contact, None)
                    changes.left.append((account, contact))
            changes.joined += [(account, contact) for contact in there]
        self._moves.clear()
