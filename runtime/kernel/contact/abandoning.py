"""What an erased contact leaves undone: deferred actions, held messages, site messages that nobody has seen.
All of it is cancelled, on record."""

from __future__ import annotations

from oncue.runtime.kernel.flow.removal import label_of
from oncue.runtime.kernel.sending import shelf
from oncue.runtime.kernel.turn import Turn


def abandon(turn: Turn, why: str) -> None:
    """Cancels what has not been done yet, apart from what members wait for."""
    for errand in turn.state.errands:
        _cancel(turn, errand.unit, errand.step, label_of(errand.rule), why)
    for sent in turn.state.sent.values():
        if sent.result == "held" and sent.rule:
            _cancel(turn, sent.unit, sent.step, sent.rule, why)
    shelf.clear_all(turn, why)


def _cancel(turn: Turn, unit: str, step: str, rule: str, why: str) -> None:
    turn.count(unit, step, f"pending/{rule}", -1)
    turn.count(unit, step, f"cancelled/{rule}")
    turn.write("action", unit, step, 0, "cancelled", rule, why)
