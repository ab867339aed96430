"""When to try again, and when to give up. The waits are tenacity's; they are drawn here, outside the kernel,
and what was drawn is written down, so no replay depends on it."""

from __future__ import annotations

from msgspec import Struct

LONGEST_ASKED = 86_400.0  # seconds; a peer that asks for more gets this


class Patience(Struct, frozen=True):
    """`first` and `longest` wait in seconds, doubling in between, each with up to `jitter` seconds more (at
    most the wait itself); after `attempts` that did not succeed the effect is dead. As given: about a day."""

    first: float = 5.0
    longest: float = 3_600.0
    jitter: float = 300.0
    attempts: int = 32

    def after(self, attempt: int, asked: float | None = None) -> float | None:
        """Seconds until the next attempt after so many; None: give up. `asked`: the peer's own wish."""
        if attempt >= self.attempts:
            return None
        from tenacity import RetryCallState, wait_exponential, wait_random  # only who tries again needs them

        state = RetryCallState(None, None, (), {})  # type: ignore[arg-type]
        state.attempt_number = attempt
        wait = wait_exponential(multiplier=self.first, max=self.longest)(state)
        wait += wait_random(0, min(self.jitter, wait))(state)
        return max(wait, min(asked or 0.0, LONGEST_ASKED))
