"""Who an input is about. Rules of this file (SPEC of the runtime, section "Identity"):

- An identifier belongs to one contact, for good: the first that was seen with it. A merge moves it.
- The id wins over the email, the email over the anonymous id. An id that nobody has joins the contact of the
  email, or of the anonymous id, if that contact has no id; else it is a new contact.
- An identifier of somebody else is taken off the input; of an email the clash is noted.
- An `identify` merges the anonymous contact (no id, no email) of its anonymous id into the known one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from oncue.runtime.engine.states import Slot, States, longest_unused
from oncue.runtime.kernel.inputs import Event, Import
from oncue.runtime.kernel.intake.accounts import AccountRow
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.stores.base import Changes, Store
from oncue.schemas.values import compared_text

Given = Event | Import

KEPT = 100_000  # identifiers kept in memory between batches


class Found(Struct):
    """`slot` None: nobody yet. `input` without what belongs to others; `clashes` (identifier, owner);
    `joins`: an anonymous contact that turned out to be this one."""

    slot: Slot | None
    input: Given
    clashes: tuple[tuple[str, int], ...] = ()
    joins: Slot | None = None


def identifiers(given: Given | AccountRow) -> list[str]:
    """The identifiers that an input carries, the strongest first; none of an account's."""
    found: list[str] = []
    if isinstance(given, AccountRow):
        return found
    if given.id_given:
        found.append(f"id:{given.id_given.strip()}")
    if given.email_given:
        found.append(f"email:{compared_text(given.email_given)}")
    if given.anonymous_given:
        found.append(f"anon:{given.anonymous_given.strip()}")
    return found


def identifiers_of(state: ContactState) -> list[str]:
    """The identifiers that a contact has."""
    shown_id = state.shown.get("id", state.fields.get("id"))
    found = [f"id:{str(shown_id).strip()}"] if shown_id else []
    if state.fields.get("email"):
        found.append(f"email:{state.fields['email']}")
    return found + [f"anon:{name}" for name in state.anonymous_ids]


class Directory:
    """Identifiers and their contacts, with a bounded memory of those seen lately."""

    def __init__(self, store: Store, states: States) -> None:
        self._store = store
        self._states = states
        self._owners: dict[str, int] = {}  # 0: known to be nobody's
        self._new: dict[str, int] = {}

    def prefetch(self, wanted: Sequence[str]) -> None:
        """Looks up the contacts of many identifiers in one go, and reads them."""
        owners = self._owners
        missing = {name for name in wanted if name not in owners}
        if missing:
            found = self._store.find(sorted(missing))
            for name in missing:
                owners[name] = found.get(name, 0)
        self._states.prefetch({owners[name] for name in wanted} - {0})

    def owner(self, identifier: str) -> int:
        """The contact that has it, 0 for nobody."""
        owner = self._owners.get(identifier)
        if owner is None:
            owner = self._owners[identifier] = self._store.find([identifier]).get(identifier, 0)
        return owner

    def resolve(self, given: Given, names: Sequence[str]) -> Found:
        """Finds the contact of an input, whose identifiers are `names`."""
        if len(names) == 1:
            owner = self.owner(names[0])
            return Found(self._states.get(owner) if owner else None, given)
        return self._resolve_many(given, {name.partition(":")[0]: self.owner(name) for name in names})

    def _resolve_many(self, given: Given, owners: dict[str, int]) -> Found:
        slot = self._target(owners)
        joins: Slot | None = None
        clashes: list[tuple[str, int]] = []
        email, anonymous = owners.get("email", 0), owners.get("anon", 0)
        if email and (slot is None or email != slot.id):
            clashes.append((f"email:{compared_text(given.email_given)}", email))
            given = msgspec.structs.replace(given, email_given="")
        if anonymous and (slot is None or anonymous != slot.id):
            other = self._states.get(anonymous)
            if (
                slot is not None
                and isinstance(given, Event)
                and given.type == "identify"
                and _nameless(other)
            ):
                joins = other
            given = msgspec.structs.replace(given, anonymous_given="")
        return Found(slot, given, tuple(clashes), joins)

    def _target(self, owners: dict[str, int]) -> Slot | None:
        if owners.get("id"):
            return self._states.get(owners["id"])
        for kind in ("email", "anon"):
            owner = owners.get(kind)
            if owner:
                slot = self._states.get(owner)
                if self._fits(slot.state, kind, owners):
                    return slot
        return None

    @staticmethod
    def _fits(state: ContactState, kind: str, owners: dict[str, int]) -> bool:
        """Whether a contact found by its email or anonymous id may take the stronger identifiers too."""
        if "id" in owners and "id" in state.fields:
            return False
        return kind == "email" or "email" not in owners or "email" not in state.fields

    def claim(self, slot: Slot, names: Sequence[str]) -> list[tuple[str, int]]:
        """Makes identifiers the contact's; gives those that are somebody else's, with their owners."""
        taken = []
        for name in names:
            owner = self.owner(name)
            if not owner:
                self._owners[name] = self._new[name] = slot.id
            elif owner != slot.id:
                taken.append((name, owner))
        return taken

    def move(self, names: Iterable[str], survivor: int) -> None:
        """Follows a merge that the store has made."""
        for name in names:
            self._owners[name] = survivor

    def forget(self) -> None:
        """Drops what is kept in memory."""
        self._owners.clear()

    def drain(self, changes: Changes) -> None:
        """Puts new identifiers into `changes`, sorted."""
        changes.identifiers.extend(sorted(self._new.items()))
        self._new.clear()

    def trim(self) -> None:
        """Lets go of the oldest ones beyond KEPT."""
        for name in longest_unused(self._owners, KEPT):
            del self._owners[name]


def _nameless(slot: Slot) -> bool:
    return "id" not in slot.state.fields and "email" not in slot.state.fields
