"""Ending a run politely: the first SIGINT or SIGTERM asks for the end after the present batch, a second one
ends it as usual."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_ASKING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping(also: Callable[[], bool] | None = None) -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether to stop. Outside the main thread only `also` is asked."""
    asked = threading.Event()
    before: dict[signal.Signals, Any] = {}

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    if threading.current_thread() is threading.main_thread():
        before = {number: signal.getsignal(number) for number in _ASKING}
        for number in _ASKING:
            signal.signal(number, ask)
    try:
        yield lambda: asked.is_set() or (also is not None and also())
    finally:
        restore()
