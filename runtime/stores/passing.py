"""A store that is there for one replay: SQLite's own temporary database.

It stands in memory as far as it fits into the page cache; the rest lies in a file without a name, so that
nothing stays of it however the process ends. It has one connection, and no lock.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from oncue.runtime.stores.sqlite import CACHE_MB, SqliteStore
from oncue.runtime.stores.sqlite_file import said


class PassingStore(SqliteStore):
    """Goes away when it is closed. Raises the problems of `errors.DatabaseError`."""

    def __init__(self) -> None:
        super().__init__(Path("oncue's temporary database"))

    def _open(self, write: bool, patience: float) -> None:
        with said(self.path):
            self._db = sqlite3.connect(
                "", isolation_level=None, cached_statements=256, check_same_thread=False
            )
            self._prepare(write)

    def _tune(self) -> None:
        for pragma in ("journal_mode = MEMORY", f"cache_size = -{CACHE_MB * 1024}", "temp_store = FILE"):
            self._db.execute(f"PRAGMA {pragma}")

    def let_go(self) -> None:
        """There is no disk to wait for."""
        self.settle()
