"""Effects on their way out. Rules of this file:

- An effect is rendered as soon as it is made, in its input's own transaction: a template that fails is a
  final no at that instant, whatever the batch.
- It is handed over when its row is committed, in order of making; what becomes of it is committed after.
  Between the two a killed run leaves it queued, and the next run hands it over again: the connector gets
  the same bytes under the same name.
- In a live run the send gate is asked again at hand-over. A replay's message counts as handed over at its
  own instant.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from oncue.runtime import clock
from oncue.runtime.connectors.outbox_folder import OutboxFolder
from oncue.runtime.engine.latency import bucket
from oncue.runtime.kernel.sending.gate import Ruling
from oncue.runtime.messages.message import Message, Renderer, RenderFailedError
from oncue.runtime.stores.base import OutboxRow

Ask = Callable[[int, str, str], Ruling]
Address = Callable[[int, Message], Message]


class Waiting(Struct, frozen=True):
    """A message whose row is (about to be) committed as queued. `contact` 0: about nobody."""

    contact: int
    message: Message
    at: int
    arrived: int | None


class Settled(Struct, frozen=True):
    """What became of an effect. `handed`: the instant, None if it has not left. `due`: of a deferred one."""

    key: str
    status: str
    why: str = ""
    handed: int | None = None
    due: int | None = None
    contact: int = 0


class Outbox:
    """Messages that wait for their hand-over."""

    def __init__(self, renderer: Renderer, folder: OutboxFolder, *, live: bool) -> None:
        self.renderer = renderer
        self.live = live
        self.latency: dict[int, int] = {}
        self._folder = folder
        self._waiting: dict[str, Waiting] = {}
        self._written: dict[str, Waiting] = {}

    @property
    def folder(self) -> Path:
        """Where messages are put."""
        return self._folder.folder

    def __len__(self) -> int:
        return len(self._waiting) + len(self._written)

    def written(self) -> None:
        """The rows of what waits are in the transaction: once it is committed, they may be handed over."""
        self._written.update(self._waiting)
        self._waiting.clear()

    def add(self, kind: str, key: str, payload: bytes, contact: int, at: int, arrived: int | None) -> str:
        """Renders an effect; the reason if that fails, an empty text if it waits now."""
        try:
            message = self.renderer.render(kind, key, payload, at)
        except RenderFailedError as error:
            return str(error)
        self._waiting[key] = Waiting(contact, message, at, arrived)
        return ""

    def add_row(self, row: OutboxRow, *, committed: bool = True) -> str:
        """The same for a row of the database. `committed`: it stands there as queued."""
        why = self.add(row.kind, row.key, row.payload or b"{}", row.contact, row.at, row.arrived)
        if not why and committed:
            self._written[row.key] = self._waiting.pop(row.key)
        return why

    def withdraw(self, key: str) -> bool:
        """Takes a message back; False if it does not wait here."""
        waited = self._waiting.pop(key, None) or self._written.pop(key, None)
        return waited is not None

    def hand_over(self, ask: Ask, address: Address) -> list[Settled]:
        """Hands over everything that is committed. `ask(contact, kind, key)` is the gate's word by now,
        `address(contact, message)` the message to its contact's present address.

        Raises OutputError; what was handed over before is not settled then, and is handed over again."""
        settled = [self._one(key, waiting, ask, address) for key, waiting in self._written.items()]
        self._written.clear()
        return settled

    def _one(self, key: str, waiting: Waiting, ask: Ask, address: Address) -> Settled:
        message = waiting.message
        if self.live:
            ruling = ask(waiting.contact, waiting.message.kind, key)
            if ruling.result != "pass":
                due = ruling.due if ruling.result == "deferred" else None
                return Settled(key, ruling.result, ruling.why, due=due, contact=waiting.contact)
            try:
                message = address(waiting.contact, message)
            except RenderFailedError as error:
                return Settled(key, "failed", str(error), contact=waiting.contact)
        self.keep(message)
        handed = clock.wall() if self.live else waiting.at
        if self.live and waiting.arrived is not None:
            self.took(handed - waiting.arrived)
        return Settled(key, "done", "", handed, contact=waiting.contact)

    def keep(self, message: Message) -> None:
        """Puts a message into the folder. Raises OutputError."""
        self._folder.deliver(message)

    def took(self, micros: int) -> None:
        """So long after its event a message has left."""
        place = bucket(micros)
        self.latency[place] = self.latency.get(place, 0) + 1
