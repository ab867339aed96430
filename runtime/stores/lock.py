"""One writer per database: an advisory lock on a file beside it. The system lets go of it when the process
ends in whatever way, so a killed run leaves nothing to clean up.

A run that follows its input holds the lock for days, so it steps aside between two groups of inputs for an
operator's command that waits; one command waits for another, too. Those who wait share a lock on a second
file, the queue: a follower that cannot take the queue for itself knows that somebody stands in it.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from oncue.runtime.errors import DatabaseBusyError, DatabaseReadOnlyError

SOON = b" soon"  # beside the holder's number: it lets go before long
LOOK_AGAIN = 0.005  # seconds between two tries of somebody in the queue
GRACE = 0.2  # seconds in which a new holder has surely signed
SIGN = 32  # bytes of the holder's note, written at once


class WriterLock:
    """Held from creation until `release`. `patience`: seconds to wait for a holder that lets go soon; for
    any other nobody waits. Whoever has patience lets go soon too. Raises DatabaseBusyError or
    DatabaseReadOnlyError."""

    def __init__(self, database: Path, *, patience: float = 0.0) -> None:
        self.database = database
        self._file = _open(database, ".lock")
        self._queue = -1
        try:
            if not _take(self._file) and not (patience and self._wait(patience)):
                raise self._busy()
        except BaseException:
            self.release()
            raise
        self._sign(SOON if patience else b"")

    def _sign(self, note: bytes = b"") -> None:
        os.pwrite(self._file, (str(os.getpid()).encode("ascii") + note).ljust(SIGN), 0)

    def _holder(self) -> bytes:
        return os.pread(self._file, SIGN, 0).strip()

    def _wait(self, patience: float) -> bool:
        """Stands in the queue until the lock is free, patience is at its end, or the holder turns out to be
        one that keeps it."""
        end = time.monotonic() + patience
        doubt = time.monotonic() + GRACE
        queue = _open(self.database, ".queue")
        try:
            _join(queue)
            while not (taken := _take(self._file)) and time.monotonic() < min(end, doubt):
                if self._holder().endswith(SOON):
                    doubt = time.monotonic() + GRACE
                time.sleep(LOOK_AGAIN)
        finally:
            os.close(queue)
        return taken

    def _busy(self) -> DatabaseBusyError:
        number = self._holder().removesuffix(SOON).decode("ascii", "replace")
        who = f"another oncue process (number {number})" if number else "another oncue process"
        return DatabaseBusyError(
            f"{self.database} is being written by {who}: wait until it has ended, or stop it"
        )

    # --- for a holder that follows its input

    def offer(self) -> None:
        """Says that this holder looks at `wanted` often and steps aside."""
        if CAN_QUEUE:
            self._queue = _open(self.database, ".queue")
            self._sign(SOON)

    def wanted(self) -> bool:
        """Whether somebody stands in the queue."""
        if self._queue < 0:
            return False
        if not _take(self._queue):
            return True
        _leave(self._queue)
        return False

    def step_aside(self) -> None:
        """Lets those in the queue have their turn, and takes the lock again after them."""
        _leave(self._file)
        for file in (self._queue, self._file):
            _take(file, wait=True)
        _leave(self._queue)
        self._sign(SOON)

    def release(self) -> None:
        """Lets the next writer in."""
        os.close(self._file)
        if self._queue >= 0:
            os.close(self._queue)


def _open(database: Path, suffix: str) -> int:
    path = database.with_name(database.name + suffix)
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
    except OSError as error:
        raise DatabaseReadOnlyError(
            f"{path.parent} cannot be written ({error.strerror}): the database needs a folder where "
            "oncue may create files"
        ) from None


if sys.platform == "win32":
    import msvcrt

    CAN_QUEUE = False  # its locks cannot be shared

    def _take(file: int, *, wait: bool = False) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _join(file: int) -> None:
        pass

    def _leave(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    CAN_QUEUE = True

    def _take(file: int, *, wait: bool = False) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def _join(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_SH)

    def _leave(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
