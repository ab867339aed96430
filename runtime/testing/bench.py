"""An engine that keeps everything in memory and sends nothing: what a test plays on.

It is the host's own engine, with its rules of identity, letters, entities and timers, on a store that has
nothing and is never written: what a test does stays in the engine's memory. Only batches of fulfillment lists
need a database: a plan that has such lists gets one for each test, in a folder that goes with it. Its outbox
renders each message as it would leave, keeps what was made, and lets deliveries fail where the test says so.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct

from oncue.runtime.connectors.outbox_folder import OutboxFolder
from oncue.runtime.engine.directory import identifiers_of
from oncue.runtime.engine.engine import Engine
from oncue.runtime.engine.ledger import Ledger
from oncue.runtime.engine.outbox import Outbox
from oncue.runtime.engine.states import Slot
from oncue.runtime.kernel.contact import identity
from oncue.runtime.kernel.inputs import Counts
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.messages.message import Renderer, RenderFailedError
from oncue.runtime.reading.rejects import Rejects
from oncue.runtime.stores.base import Store
from oncue.schemas.audit import AuditEntry

_NEVER = 1 << 60  # inputs in a group: it is never written
_NOT_FINAL = frozenset({408, 425, 429})
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Noted(Struct, frozen=True, gc=False):
    """An audit entry, when and of whom (a key; empty: of nobody)."""

    at: int
    contact: str
    entry: AuditEntry


class Made(Struct, frozen=True, gc=False):
    """An effect. `contact`: the key of whom it is about; `why`: it failed; `broken`: it could not even be
    made ready to leave."""

    at: int
    contact: str
    kind: str
    payload: dict[str, Any]
    why: str = ""
    broken: bool = False


class _Nothing:
    """A store in which nothing is and nothing is written."""

    def meta(self) -> dict[str, object]:
        return {}

    def top(self) -> tuple[int, int]:
        return 0, 0

    def stops(self) -> frozenset[bytes]:
        return frozenset()

    def find(self, identifiers: object) -> dict[str, int]:
        return {}

    def load(self, ids: object) -> list[object]:
        return []

    def due(self, after: object, before: int, limit: int) -> list[object]:
        return []

    def due_entities(self, after: object, before: int, limit: int) -> list[object]:
        return []

    def entity(self, name: str) -> None:
        return None

    def effect(self, key: str) -> None:
        return None

    def roster(self, account: str) -> list[int]:
        return []


class Notes(Ledger):
    """Keeps the audit as it is, and adds nothing up."""

    def __init__(self) -> None:
        super().__init__(0, reads=False)
        self.noted: list[Noted] = []

    def log(
        self, now: int, slot: Slot | None, kind: str, body: bytes | None, entries: tuple[AuditEntry, ...]
    ) -> None:
        """Takes the entries."""
        self.seq += 1
        key = "" if slot is None else slot.key
        self.noted += [Noted(now, key, entry) for entry in entries]
        if slot is not None:
            slot.last = self.seq

    def add(self, now: int, counts: Counts) -> None:
        """Running totals are nobody's here."""

    def resize(self, now: int, old: ContactState | None, new: ContactState | None) -> None:
        """Nor are sizes."""


class Captured(Outbox):
    """Keeps what was made. `fails`: how many of the next effects of a kind fail; `answers`: what addresses
    answer to webhooks, the statuses that are left."""

    def __init__(self, renderer: Renderer, bench: Bench) -> None:
        super().__init__(renderer, OutboxFolder(Path(), durable=False), live=False)
        self.made: list[Made] = []
        self.fails: dict[str, int] = {}
        self.answers: dict[str, list[int]] = {}
        self._bench = bench

    def add(self, kind: str, key: str, payload: bytes, contact: int, at: int, arrived: int | None) -> str:
        """Renders an effect; the reason if that fails, or if the test says so."""
        content, why, broken = _decode(payload), "", False
        try:
            self.renderer.render(kind, key, payload, at)
        except RenderFailedError as error:
            why, broken = str(error), True
        why = why or self._refusal(kind, content)
        whose = self._bench.states.get(contact).key if contact else ""
        self.made.append(Made(at, whose, kind, content, why, broken))
        return why

    def _refusal(self, kind: str, content: dict[str, Any]) -> str:
        if self.fails.get(kind, 0) > 0:
            self.fails[kind] -= 1
            return "the test lets it fail"
        return self._answered(str(content.get("url", ""))) if kind == "webhook" else ""

    def _answered(self, url: str) -> str:
        """Why a call failed for good. An answer that is not final is followed by the next one at once."""
        for pattern, left in self.answers.items():
            if fnmatchcase(url, pattern):
                while len(left) > 1 and _asks_again(left[0]):
                    left.pop(0)
                status = left[0]
                if len(left) > 1:
                    left.pop(0)
                return "" if 200 <= status < 300 else f"HTTP {status}"
        return ""


def _asks_again(status: int) -> bool:
    return status >= 500 or status in _NOT_FINAL


class Faults(Rejects):
    """Internal errors, in words."""

    def __init__(self) -> None:
        super().__init__(None)
        self.told: list[str] = []

    def add(self, file: str, number: int, reason: str, message: str, line: bytes) -> None:
        """Notes one."""
        self.told.append(message)


class Bench(Engine):
    """One test's world, at the instant `now`."""

    def __init__(self, program: Program, renderer: Renderer, store: Store | None = None) -> None:
        self.faults = Faults()
        self.captured = Captured(renderer, self)
        self._kept = store is not None
        kept = cast(Store, _Nothing()) if store is None else store
        super().__init__(kept, program, self.faults, self.captured, batch=_NEVER)
        self.notes = Notes()
        self.ledger = self.notes

    def merge(self, slot: Slot, other: Slot) -> Slot:
        """Unites two contacts, in memory; the one that is gone is never woken again."""
        if self._kept:
            return super().merge(slot, other)
        survivor, gone = sorted((slot, other), key=lambda one: (one.state.created_at, one.id))
        outcome = identity.merge(self.program, survivor.state, gone.state, self.now)
        self.directory.move(identifiers_of(gone.state), survivor.id)
        gone.state = msgspec.structs.replace(gone.state, wake=None)
        self.record(survivor, outcome, "merge", None)
        return survivor

    def slot_of(self, who: str) -> Slot | None:
        """A contact by what an event line calls it; or ``anon:ID``."""
        given = identity.key_of(identity.who_of(who)) if not who.startswith("anon:") else who
        number = self.directory.owner(given)
        return self.states.get(number) if number else None
