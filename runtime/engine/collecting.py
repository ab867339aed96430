"""Python's cycle collector during a run: now and then instead of all the time.

A run makes many objects, keeps many, and makes no cycles to speak of; looking through all of them again and
again would take a third of its time. Within `rarely` a collection happens every EVERY inputs only.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

EVERY = 250_000  # looking through a full cache takes 0.2 seconds

_since = 0


@contextmanager
def rarely() -> Iterator[None]:
    """Turns the automatic collection off, and on again at the end if it was."""
    there = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if there:
            gc.enable()


def sometimes(inputs: int) -> None:
    """So many inputs were handled: collects if it is time to and nobody else does."""
    global _since
    _since += inputs
    if _since >= EVERY and not gc.isenabled():
        _since = 0
        gc.collect()
