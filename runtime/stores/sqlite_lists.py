"""The part of the SQLite store that is about fulfillment lists (see `stores.lists`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from oncue.runtime.stores.lists import BatchRow, WaitingRow
from oncue.runtime.stores.sqlite_file import SQL

LISTS = 3  # the format of databases that brought them
LINES = 1_000  # of a batch that are read at once


class SqliteLists:
    """Mixed into the store, which runs the statements."""

    _format: int

    def _all(self, query: str, values: Sequence[object] = ()) -> list[tuple]:  # type: ignore[type-arg]
        raise NotImplementedError

    def _do(self, query: str, values: Sequence[object]) -> None:
        raise NotImplementedError

    def _many(self, query: str, rows: Sequence[tuple[object, ...]]) -> None:
        raise NotImplementedError

    def waiting(self, list_: str, after: int, until: int, limit: int) -> list[WaitingRow]:
        return [
            WaitingRow(*row) for row in self._of_lists("some_waiting", (list_, after, until, until, limit))
        ]

    def last_waiting(self, list_: str) -> int:
        return int(self._all("SELECT max(id) FROM waiting WHERE list = ?", (list_,))[0][0] or 0)

    def number_waiting(self, list_: str) -> int:
        if self._format < LISTS:
            return 0
        return int(self._all("SELECT count(*) FROM waiting WHERE list = ?", (list_,))[0][0])

    def waiting_of(self, list_: str, contact: int) -> list[WaitingRow]:
        query = "SELECT id, contact, at, released, questions FROM waiting WHERE list = ? AND contact = ?"
        return [WaitingRow(*row) for row in self._all(query, (list_, contact))]

    def lists_of(self, contact: int) -> list[tuple[str, int]]:
        if self._format < LISTS:
            return []
        return self._all("SELECT list, at FROM waiting WHERE contact = ? ORDER BY list", (contact,))

    def release(self, list_: str, contact: int) -> None:
        self._do("UPDATE waiting SET released = 1 WHERE list = ? AND contact = ?", (list_, contact))

    def off_list(self, list_: str, contact: int) -> None:
        self._do("DELETE FROM waiting WHERE list = ? AND contact = ?", (list_, contact))

    def off(self, places: Sequence[int]) -> None:
        self._do("DELETE FROM waiting WHERE id IN (SELECT value FROM json_each(?))", (listed(places),))

    def answer(self, places: Sequence[int]) -> None:
        self._do(
            "UPDATE waiting SET questions = '[]', released = 0 "
            "WHERE id IN (SELECT value FROM json_each(?)) AND (questions <> '[]' OR released)",
            (listed(places),),
        )

    def rename_list(self, old: str, new: str) -> None:
        self._do("UPDATE waiting SET list = ? WHERE list = ?", (new, old))
        self._do("UPDATE batch SET list = ? WHERE list = ?", (new, old))

    def move_place(self, place: int, to: str) -> None:
        [(contact, released, questions)] = self._all(
            "SELECT contact, released, questions FROM waiting WHERE id = ?", (place,)
        )
        there = self.waiting_of(to, contact)
        if not there:
            self._do("UPDATE waiting SET list = ? WHERE id = ?", (to, place))
            return
        both = msgspec.json.decode(there[0].questions) + msgspec.json.decode(questions)
        self._do("DELETE FROM waiting WHERE id = ?", (place,))
        self._do(
            "UPDATE waiting SET released = ?, questions = ? WHERE id = ?",
            (max(there[0].released, released), listed(both), there[0].id),
        )

    def open_batch(self, name: str, list_: str, at: int, since: int, head: bytes) -> int:
        self._do(
            "INSERT INTO batch (name, list, at, since, head) VALUES (?, ?, ?, ?, ?)",
            (name, list_, at, since, head),
        )
        return int(self._all("SELECT max(id) FROM batch")[0][0])

    def add_rows(self, rows: Sequence[tuple[int, int, int, bytes, str]]) -> None:
        self._many(
            "INSERT INTO batch_row (batch, place, contact, line, questions) "
            "VALUES (?, ?, ?, ?, nullif(?, '[]'))",
            rows,
        )

    def close_batch(self, batch: int, rows: int, held: int, size: int, digest: str) -> None:
        self._do(
            "UPDATE batch SET rows = ?, held = ?, size = ?, digest = ? WHERE id = ?",
            (rows, held, size, digest, batch),
        )

    def drop_batch(self, batch: int) -> None:
        self._do("DELETE FROM batch WHERE id = ?", (batch,))

    def questions(self, batch: int, after: int, limit: int) -> list[tuple[int, int, str]]:
        return self._all(SQL["some_questions"], (batch, after, limit))

    def answered(self, batch: int) -> None:
        self._do("UPDATE batch_row SET questions = NULL WHERE batch = ? AND questions IS NOT NULL", (batch,))

    def batches(self, list_: str = "") -> list[BatchRow]:
        if self._format < LISTS:
            return []
        rows = self._all("SELECT * FROM batch WHERE ? IN ('', list) ORDER BY id", (list_,))
        return [BatchRow(*row) for row in rows]

    def batch(self, name: str) -> BatchRow | None:
        rows = self._all("SELECT * FROM batch WHERE name = ?", (name,)) if self._format >= LISTS else []
        return BatchRow(*rows[0]) if rows else None

    def lines(self, batch: int) -> Iterator[bytes]:
        after = -1
        while rows := self._all(SQL["some_lines"], (batch, after, LINES)):
            for _, line in rows:
                if line is not None:
                    yield line
            after = rows[-1][0]

    def file(self, batch: str) -> Iterator[bytes]:
        found = self.batch(batch)
        if found is not None:
            yield found.head
            yield from self.lines(found.id)

    def secret(self) -> bytes:
        return bytes(self._all("SELECT value FROM meta WHERE name = 'secret'")[0][0])

    def batches_of(self, contact: int) -> list[str]:
        if self._format < LISTS:
            return []
        query = (
            "SELECT DISTINCT b.name, b.id FROM batch_row AS r JOIN batch AS b ON b.id = r.batch "
            "WHERE r.contact = ? ORDER BY b.id"
        )
        return [name for name, _ in self._all(query, (contact,))]

    def _of_lists(self, name: str, values: Sequence[object]) -> list[tuple]:  # type: ignore[type-arg]
        """What a query finds; nothing in a database from before there were lists."""
        return self._all(SQL[name], values) if self._format >= LISTS else []

    # --- contacts that are one, or none any more

    def merge_lists(self, survivor: int, other: int) -> None:
        """On lists that both are on, the earlier place stays, and is whatever both were."""
        rows = self._all(
            "SELECT list, id, released, questions FROM waiting WHERE contact IN (?, ?) ORDER BY list, id",
            (survivor, other),
        )
        for (list_, first, *kept), (same, second, *gone) in pairwise(rows):
            if list_ != same:
                continue
            questions = msgspec.json.decode(kept[1]) + msgspec.json.decode(gone[1])
            self._do("DELETE FROM waiting WHERE id = ?", (second,))
            self._do(
                "UPDATE waiting SET released = ?, questions = ? WHERE id = ?",
                (max(kept[0], gone[0]), listed(questions), first),
            )
        self._do("UPDATE waiting SET contact = ? WHERE contact = ?", (survivor, other))
        self._do("UPDATE batch_row SET contact = ? WHERE contact = ?", (survivor, other))

    def erase_from_lists(self, contact: int) -> None:
        """Off every list; its rows of batches are empty from now on."""
        self._do("DELETE FROM waiting WHERE contact = ?", (contact,))
        self._do("UPDATE batch_row SET line = NULL, questions = NULL WHERE contact = ?", (contact,))


def listed(items: object) -> str:
    """As SQLite's json_each reads it."""
    return msgspec.json.encode(items).decode("utf-8")
