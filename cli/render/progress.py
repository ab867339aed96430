"""A progress bar on stderr, at a terminal only."""

from __future__ import annotations

import sys
import time

BAR = 24
EVERY = 0.1  # seconds between two drawings


class Progress:
    """Call it with what is done and, if known, what there is; `clear` wipes the line."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._shown = sys.stderr.isatty()
        self._drawn = 0.0
        self._began = time.monotonic()

    def __call__(self, done: int, total: int | None = None) -> None:
        now = time.monotonic()
        if not self._shown or now - self._drawn < EVERY:
            return
        self._drawn = now
        sys.stderr.write(f"\r\x1b[K{line(done, total, now - self._began, self._noun)}")
        sys.stderr.flush()

    def clear(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def line(done: int, total: int | None, seconds: float, noun: str) -> str:
    """`[######......] 1,200 of 2,400 events, 900 a second`."""
    speed = f", {done / seconds:,.0f} a second" if seconds >= 1 else ""
    if not total:
        return f"{done:,} {noun}{speed}"
    filled = min(BAR, BAR * done // total)
    return f"[{'#' * filled}{'.' * (BAR - filled)}] {done:,} of {total:,} {noun}{speed}"
