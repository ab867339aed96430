"""A failed action is an event too: conditions can ask for it, and campaigns can start on it."""

from __future__ import annotations

from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.values import Value, compared_text


def action_failed(turn: Turn, *, campaign: str, step: str, kind: str, reason: str) -> None:
    """Lets ``action.failed`` happen to the contact. `campaign` is empty for a fulfillment action."""
    texts = {"campaign": campaign, "step": step, "action": kind, "reason": reason}
    props: dict[str, Value] = {name: compared_text(text) for name, text in texts.items() if text}
    shown: dict[str, str | list[str]] = {name: text for name, text in texts.items() if text}
    key = f"action.failed/{turn.state.key}/{turn.state.seq + 1}"
    changes.raise_event(turn, Event(key, "action.failed", turn.now, props=props, shown=shown))
