"""One writer per database: an advisory lock on a file beside it. The system lets go of it when the process
ends in whatever way, so a killed run leaves nothing to clean up."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from oncue.runtime.errors import DatabaseBusyError, DatabaseReadOnlyError


class WriterLock:
    """Held from creation until `release`. Raises DatabaseBusyError or DatabaseReadOnlyError."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".lock")
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        except OSError as error:
            raise DatabaseReadOnlyError(
                f"{self.path.parent} cannot be written ({error.strerror}): the database needs a folder where "
                "oncue may create files"
            ) from None
        if not _take(self._file):
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            who = f"another oncue process (number {holder})" if holder else "another oncue process"
            raise DatabaseBusyError(
                f"{database} is being written by {who}: wait until it has ended, or stop it"
            )
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode("ascii"), 0)

    def release(self) -> None:
        """Lets the next writer in."""
        os.close(self._file)


if sys.platform == "win32":
    import msvcrt

    def _take(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _take(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
