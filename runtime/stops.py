"""Suppressed addresses of erased contacts: kept as keyed hashes, so that they stay suppressed and nobody can
read them back without the database's own key."""

from __future__ import annotations

from hashlib import blake2b

from oncue.runtime.stores.base import Store
from oncue.schemas.values import compared_text


class Stops:
    """Answers whether an address belongs to an erased, suppressed contact."""

    def __init__(self, store: Store) -> None:
        self._store = store
        secret = store.meta().get("secret")
        self._secret = secret if isinstance(secret, bytes) else b""
        self._known = store.stops()

    def has(self, email: str) -> bool:
        return bool(self._known) and self._digest(email) in self._known

    def add(self, email: str) -> None:
        """Only inside a transaction."""
        digest = self._digest(email)
        self._store.add_stop(digest)
        self._known |= {digest}

    def _digest(self, email: str) -> bytes:
        return blake2b(compared_text(email).encode(), key=self._secret, digest_size=16).digest()
