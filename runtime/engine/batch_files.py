"""Files of batches that are too large to attach, in a folder of their own, under names that nobody can guess.
The same batch gives the same bytes under the same name, so writing again changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from oncue.runtime.errors import OutputError
from oncue.runtime.kernel.entities.lists import LINK_DAYS
from oncue.schemas.values import DAY


def write(path: Path, pieces: Iterable[bytes], *, durable: bool) -> None:
    """Writes a file whole or not at all, piece by piece. Raises OutputError."""
    waiting = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with waiting.open("wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        waiting.replace(path)
    except OSError as error:
        waiting.unlink(missing_ok=True)
        reason = (error.strerror or str(error)).lower()
        raise OutputError(f"the batch's file {path} cannot be written: {reason}") from None


def sweep(folder: Path, named: Mapping[str, int], now: int) -> None:
    """Takes away files of batches (name to instant) whose link has expired."""
    for name, at in named.items():
        if at + LINK_DAYS * DAY <= now:
            (folder / name).unlink(missing_ok=True)
