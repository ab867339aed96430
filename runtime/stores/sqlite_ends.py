"""The part of the SQLite store that is about contacts' ends: two that turn out to be one, and erased ones."""

from __future__ import annotations

from collections.abc import Sequence

from oncue.runtime.stores.sqlite_file import SQL
from oncue.runtime.stores.sqlite_lists import SqliteLists, listed


class SqliteEnds(SqliteLists):
    """Mixed into the store, which runs the statements."""

    def merge(self, survivor: int, other: int) -> None:
        ends = self._all(
            "SELECT last FROM contact WHERE id IN (?, ?) ORDER BY id = ?", (survivor, other, other)
        )
        kept, joined = ends[0][0], ends[1][0]
        if joined:  # the other's chain goes in front of the survivor's; readers sort
            oldest = self._all(SQL["oldest"], (joined,))[0][0]
            self._do("UPDATE log SET previous = ? WHERE seq = ?", (kept, oldest))
            self._do("UPDATE contact SET last = ? WHERE id = ?", (joined, survivor))
        self._do("UPDATE contact SET state = NULL, wake = NULL, last = 0 WHERE id = ?", (other,))
        self._do("UPDATE identity SET contact = ? WHERE contact = ?", (survivor, other))
        self._do(
            "UPDATE outbox SET contact = ? WHERE contact = ? AND status IN "
            "('queued', 'held', 'trying', 'parked')",
            (survivor, other),
        )
        self._do("UPDATE merged SET survivor = ? WHERE survivor = ?", (survivor, other))
        self._do("DELETE FROM roster WHERE contact = ?", (other,))
        self.merge_lists(survivor, other)
        self._do("INSERT INTO merged (other, survivor) VALUES (?, ?)", (other, survivor))

    def merged_into(self, contact: int) -> list[str]:
        query = (
            "SELECT key FROM contact WHERE id IN (SELECT other FROM merged WHERE survivor = ?) ORDER BY id"
        )
        return [key for (key,) in self._all(query, (contact,))]

    def erase(self, contact: int, chain: Sequence[int], key: str) -> list[str]:
        ids = (listed(chain),)
        self._do(
            "UPDATE log SET body = NULL, entries = NULL WHERE seq IN (SELECT value FROM json_each(?))", ids
        )
        self._do("UPDATE contact SET key = ?, state = NULL, wake = NULL WHERE id = ?", (key, contact))
        merged = "id IN (SELECT other FROM merged WHERE survivor = ?)"
        self._do(f"UPDATE contact SET key = 'erased:' || id WHERE {merged}", (contact,))  # noqa: S608
        self._do("DELETE FROM identity WHERE contact = ?", (contact,))
        self._do("DELETE FROM roster WHERE contact = ?", (contact,))
        self.erase_from_lists(contact)
        self._do("DELETE FROM clash WHERE contact = ? OR owner = ?", (contact, contact))
        open_ = "contact = ? AND status IN ('queued', 'held', 'parked')"
        gone = [row[0] for row in self._all(f"SELECT key FROM outbox WHERE {open_} ORDER BY id", (contact,))]  # noqa: S608
        self._do(f"DELETE FROM outbox WHERE {open_}", (contact,))  # noqa: S608
        # An erased contact that comes back makes the same keys again: its old rows give theirs up. What is in
        # the middle of an attempt has nothing to be tried again by.
        self._do(
            "UPDATE outbox SET payload = NULL, why = '', key = 'erased:' || id, status = CASE status "
            "WHEN 'trying' THEN 'cancelled' ELSE status END WHERE contact = ?", (contact,),
        )  # fmt: skip
        return gone

    def add_stop(self, digest: bytes) -> None:
        self._do("INSERT INTO stop (digest) VALUES (?) ON CONFLICT DO NOTHING", (digest,))

    def stops(self) -> frozenset[bytes]:
        return frozenset(digest for (digest,) in self._all("SELECT digest FROM stop"))

    def keep_lines(self, lines: Sequence[tuple[int, bytes]]) -> None:
        self._many("INSERT INTO erased_line (seq, digest) VALUES (?, ?)", lines)

    def line_kept(self, seq: int) -> bytes | None:
        rows = self._all("SELECT digest FROM erased_line WHERE seq = ?", (seq,))
        return rows[0][0] if rows else None
