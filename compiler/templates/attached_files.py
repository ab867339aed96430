"""Attachments on the disk: read when an email names them, and remembered by what they held.

A folder may hold many large files that no email sends, so `workspace.load` leaves them alone.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

LARGEST = 2_000_000  # bytes of an attachment
_SIZE = 32  # bytes of a hash


class AttachedFiles:
    """Finds a workspace's attachments; `seen` are the hashes of all that were asked for, by path (empty: it
    is not there)."""

    def __init__(self, root: Path, files: Mapping[str, bytes]) -> None:
        self._root = root
        self._files = files
        self._contents: dict[str, bytes | None] = {}
        self.seen: dict[str, bytes] = {}

    def fetch(self, path: str) -> bytes | None:
        """The content; of a file that is too large a little more than an attachment may have. None: there
        is no such file, or it cannot be read, or it is hidden."""
        if path not in self._contents:
            content = self._files[path] if path in self._files else self._read(path)
            self._contents[path] = content
            self.seen[path] = b"" if content is None else blake2b(content, digest_size=_SIZE).digest()
        return self._contents[path]

    def unchanged(self, seen: Mapping[str, bytes]) -> bool:
        """Whether the files still hold what they held."""
        for path in seen:
            self.fetch(path)
        return all(self.seen[path] == print_ for path, print_ in seen.items())

    def _read(self, path: str) -> bytes | None:
        if any(part.startswith(".") for part in path.split("/")):
            return None
        try:
            place = self._root / path
            if not stat.S_ISREG(os.stat(place).st_mode):  # a pipe or a device would never end
                return None
            with open(place, "rb", buffering=0) as file:
                return file.read(LARGEST + 1)
        except (OSError, ValueError):
            return None
