"""The circuit breaker: no contact gets more than so many emails and text messages on one day of the project's
zone, whatever loop the campaigns make. Who is to know is told, once per contact and day."""

from __future__ import annotations

from oncue.runtime.kernel.inputs import Effect, Payload
from oncue.runtime.kernel.sending.outgoing import message_key
from oncue.runtime.kernel.sending.people import addresses
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.values.forms import show


def tripped(turn: Turn, unit: str, step: str, entry: int) -> None:
    """The daily limit has stopped a message: writes that down, and tells whoever wants to know."""
    turn.write("daily_limit", unit, step, entry, why="daily limit")
    policies = turn.program.plan.settings.policies
    day = turn.program.zone.day(turn.now)
    if policies is None or not policies.alert or turn.state.alerted == day:
        return
    turn.state.alerted = day
    to = addresses(turn.program, policies.alert)
    if to:
        _tell(turn, to, str(show("date", day, None, turn.program.zone)), policies.daily_limit or 0, unit)


def _tell(turn: Turn, to: list[str], day: str, limit: int, unit: str) -> None:
    key = turn.state.key
    text = (
        f"The contact {key} has had {limit} messages on {day}, which is the daily limit. "
        f"A message of {unit} was stopped, and so is every other one to this contact until midnight.\n\n"
        f"See what was sent: oncue contact show {key}\n"
    )
    payload: Payload = {"to": to, "subject": f"Daily limit reached: {key}", "text": text}
    payload |= {"unit": unit, "step": "", "rule": "", "entry": 0}
    turn.effects.append(Effect(message_key(key, "daily limit", day), "notification", payload))
