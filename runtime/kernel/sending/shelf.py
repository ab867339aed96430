"""Messages on the site: shelved when they are sent, shown once at the next visit that fits. Rules of this
file:

- A message is shown by a ``web_page.visit`` that a person made, of its page or, without one, of any; before
  the visit's own fulfillment actions, so that what these shelve waits for the visit after it. Several that
  fit are shown in their order, each as one effect.
- It counts as done when it is shelved. One that expires before it was shown, or whose stay ends,
  is cancelled.
- While its fulfillment action is paused, or its contact suppressed, a message stays on the shelf.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.edges import set_due
from oncue.runtime.kernel.inputs import Effect, Event, Payload
from oncue.runtime.kernel.sending.outgoing import sent_of
from oncue.runtime.kernel.state import Shelved
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Scene
from oncue.schemas.audit import Result
from oncue.schemas.values import Value

VISIT = "web_page.visit"


def put(turn: Turn, scene: Scene, key: str, message: str, values: dict[str, str | list[str]]) -> None:
    """Shelves a message whose texts are filled already."""
    span = turn.program.plan.site_messages[message].expires
    expires = None if span is None else turn.now + span
    place = (scene.unit, scene.step, scene.entry, scene.rule)
    shelved = Shelved(key, message, turn.now, values, *place, expires)
    turn.state.site_messages = [*turn.state.site_messages, shelved]
    sent = sent_of(turn, scene, "site_message")
    sent.result = "done"
    turn.state.sent[key] = sent
    if expires is not None:
        set_due(turn, f"site/{key}", expires)


def show(turn: Turn, event: Event) -> None:
    """Shows what the visit is for."""
    if not turn.state.site_messages or event.type != VISIT or turn.state.suppressed:
        return
    for shelved in _take(turn, lambda one: _fits(turn, one, event)):
        turn.effects.append(Effect(shelved.key, "site_message", _payload(shelved, event)))
        _write(turn, shelved, "done", "")
        _happened(turn, shelved)


def _fits(turn: Turn, shelved: Shelved, event: Event) -> bool:
    spec = turn.program.plan.site_messages.get(shelved.message)
    if spec is None or (spec.page is not None and spec.page not in event.assets):
        return False
    return shelved.unit.startswith("campaigns/") or not turn.program.is_paused(shelved.unit)


def _payload(shelved: Shelved, event: Event) -> Payload:
    """What whoever shows it needs: the message, on which pages the visit was, and where it was sent."""
    return {
        "message": shelved.message,
        **shelved.values,
        "pages": list(event.assets),
        "unit": shelved.unit,
        "step": shelved.step,
        "rule": shelved.rule,
        "entry": shelved.entry,
    }


def _happened(turn: Turn, shelved: Shelved) -> None:
    key = shelved.key
    props: dict[str, Value] = {"message": key, "id": shelved.message}
    changes.raise_event(turn, Event(key, "site_message.shown", turn.now, (), props, message=key))


def expire(turn: Turn) -> None:
    """Takes what is too old from the shelf, and what the plan does not have any more."""
    if turn.state.site_messages:
        known = turn.program.plan.site_messages
        for shelved in _take(turn, lambda one: one.message not in known):
            _cancel(turn, shelved, "the message is gone")
        for shelved in _take(turn, lambda one: one.expires is not None and one.expires <= turn.now):
            _cancel(turn, shelved, "expired")


def clear(turn: Turn, campaign: str, entry: int, why: str) -> None:
    """Takes from the shelf what one stay has put there."""
    if turn.state.site_messages:
        place = (f"campaigns/{campaign}", entry)
        for shelved in _take(turn, lambda one: (one.unit, one.entry) == place):
            _cancel(turn, shelved, why)


def clear_all(turn: Turn, why: str) -> None:
    """Takes everything from the shelf."""
    for shelved in _take(turn, lambda one: True):
        _cancel(turn, shelved, why)


def _take(turn: Turn, wanted: Callable[[Shelved], bool]) -> list[Shelved]:
    """Takes from the shelf, in order, what is wanted."""
    state = turn.state
    taken = [one for one in state.site_messages if wanted(one)]
    if taken:
        state.site_messages = [one for one in state.site_messages if one not in taken]
        for one in taken:
            state.due.pop(f"site/{one.key}", None)
    return taken


def _cancel(turn: Turn, shelved: Shelved, why: str) -> None:
    _write(turn, shelved, "cancelled", why)
    turn.count(shelved.unit, shelved.step, f"done/{shelved.rule}", -1)
    turn.count(shelved.unit, shelved.step, f"cancelled/{shelved.rule}")
    sent = turn.state.sent.get(shelved.key)
    if sent is not None:
        turn.state.sent[shelved.key] = msgspec.structs.replace(sent, result="cancelled", why=why)


def _write(turn: Turn, shelved: Shelved, result: Result, why: str) -> None:
    data: dict[str, Value] = {"site_message": shelved.message, "message": shelved.key}
    place = (shelved.unit, shelved.step, shelved.entry)
    turn.write("site_message", *place, result, shelved.rule, why, data)
