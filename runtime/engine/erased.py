"""What is kept of erased contacts: keyed hashes, which nobody can read back without the database's own key.

Of a suppressed address, so that it stays suppressed; of each line that was handled, so that it is known when
it comes again, and told from another under its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from oncue.runtime.reading.admission import FROM_OUTSIDE, essence
from oncue.runtime.stores.base import LogRow, Store
from oncue.schemas.values import compared_text


class Erased:
    """Answers for what is gone. What adds something happens only inside a transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        secret = store.meta().get("secret")
        self._secret = secret if isinstance(secret, bytes) else b""
        self._stops = store.stops()

    def is_stopped(self, email: str) -> bool:
        """Whether an address belongs to an erased, suppressed contact."""
        return bool(self._stops) and self._of_email(email) in self._stops

    def stop(self, email: str) -> None:
        """The contact with this address is erased, and was suppressed."""
        digest = self._of_email(email)
        self._store.add_stop(digest)
        self._stops |= {digest}

    def keep(self, rows: Iterable[LogRow]) -> None:
        """These rows of the log are about to be emptied."""
        self._store.keep_lines(
            [
                (row.seq, self._of_line(row.seq, row.body))
                for row in rows
                if row.kind in FROM_OUTSIDE and row.body is not None
            ]
        )

    def said(self, seq: int, line: bytes) -> bool:
        """Whether an emptied row of the log was this line. A database of an earlier version has nothing of
        what was erased in its time: then it was, so that what is erased stays so."""
        kept = self._store.line_kept(seq)
        return kept is None or kept == self._of_line(seq, line)

    def _of_email(self, email: str) -> bytes:
        return self._digest(compared_text(email).encode())

    def _of_line(self, seq: int, line: bytes) -> bytes:
        """Equal lines of two rows have unlike hashes."""
        return self._digest(b"%d %b" % (seq, essence(line)))

    def _digest(self, data: bytes) -> bytes:
        return blake2b(data, key=self._secret, digest_size=16).digest()
