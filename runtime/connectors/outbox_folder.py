"""The embedded outbox: a folder that gets one ``.eml`` file per message, written whole or not at all. The
same message gives the same name and the same bytes, so handing over again changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

from oncue.runtime.connectors.base import DONE, Delivery
from oncue.runtime.errors import OutputError
from oncue.runtime.message import Message


class OutboxFolder:
    """`durable`: each file is forced to the disk before it counts as handed over (a live run)."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self._durable = durable
        self._made = False

    def deliver(self, message: Message) -> Delivery:
        try:
            if not self._made:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._made = True
            self._write(self.folder / f"{message.name}.eml", message.data)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise OutputError(
                f"the outbox folder {self.folder} cannot be written ({reason}): its messages stay queued and "
                "leave with the next run"
            ) from None
        return DONE

    def _write(self, path: Path, data: bytes) -> None:
        waiting = path.with_name(f".{path.name}.tmp")
        try:
            with waiting.open("wb") as file:
                file.write(data)
                if self._durable:
                    file.flush()
                    os.fsync(file.fileno())
            waiting.replace(path)
        except OSError:
            waiting.unlink(missing_ok=True)
            raise
        if self._durable:
            _force(path.parent)


def _force(folder: Path) -> None:
    """Makes the new name in the folder durable too."""
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
