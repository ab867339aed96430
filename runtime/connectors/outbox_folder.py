"""The embedded outbox: a folder that gets one file per message, ``.eml`` for emails and notifications and
``.json`` for everything else, written whole or not at all. The same message gives the same name and the same
bytes, so handing over again changes nothing."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from oncue.runtime.errors import OutputError
from oncue.runtime.messages.message import Message


class OutboxFolder:
    """`durable`: each file is forced to the disk before it counts as handed over (a live run)."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self._path = str(folder)
        self._durable = durable
        self._made = False

    def deliver(self, message: Message) -> None:
        """Hands the message over. Raises OutputError."""
        try:
            if not self._made:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._made = True
            self._write(message.name, message.data)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise OutputError(
                f"the outbox folder {self.folder} cannot be written ({reason}): its messages stay queued and "
                "leave with the next run"
            ) from None

    def _write(self, name: str, data: bytes) -> None:
        waiting = os.path.join(self._path, f".{name}.tmp")
        try:
            file = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            try:
                if os.write(file, data) < len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                if self._durable:
                    os.fsync(file)
            finally:
                os.close(file)
            os.replace(waiting, os.path.join(self._path, name))
        except OSError:
            Path(waiting).unlink(missing_ok=True)
            raise
        if self._durable:
            _force(self.folder)


def _force(folder: Path) -> None:
    """Makes the new name in the folder durable too."""
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
