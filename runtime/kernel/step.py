"""The kernel's one entry: a pure function from a contact's state and an input to an outcome.

The order of one input: what it changes by itself (`arrivals`), the asset's fulfillment actions
(`fulfilment`), rounds of edges, members and starts (`rounds`). A letter from another entity begins likewise
(`post`). The given state is never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.contact.arrivals import arrive, be_born, take_row
from oncue.runtime.kernel.flow.triggers import BY_HAND, Start
from oncue.runtime.kernel.fulfilment import fulfil
from oncue.runtime.kernel.funnel.listening import set_off
from oncue.runtime.kernel.inputs import (
    Enrol,
    Event,
    Handover,
    Import,
    Input,
    Outcome,
    Reactivate,
    Suppress,
    Wake,
)
from oncue.runtime.kernel.letters import Letter
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.post import take_letter
from oncue.runtime.kernel.rounds import settle
from oncue.runtime.kernel.sending import shelf
from oncue.runtime.kernel.sending.handover import hand_over
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.parts import Position
from oncue.schemas.triggers import OnManual


def step(program: Program, state: ContactState, input: Input, now: int) -> Outcome:
    """Handles one input of one contact at the instant `now` (microseconds since the epoch).

    A state with `seq` 0 is a contact that is not there yet (see `identity.begin`); its first input is its
    birth. `now` must not go back from input to input.
    """
    return handle(Turn(program, state, now), input)


def handle(turn: Turn, input: Input) -> Outcome:
    """The same with the working memory given: whoever watches what happens inside brings its own."""
    if turn.state.seq == 1:
        be_born(turn)
    if turn.state.site_messages:
        shelf.expire(turn)
    _TAKE[type(input)](turn, input)
    settle(turn)
    return turn.outcome()


def _event(turn: Turn, event: Event) -> None:
    turn.cause = event.id
    speaking = arrive(turn, event)
    if speaking is not None:
        if turn.state.site_messages:
            shelf.show(turn, speaking)
        fulfil(turn, speaking)
        turn.raised.insert(0, speaking)


def _row(turn: Turn, row: Import) -> None:
    if not row.triggers:
        turn.mute = "all"
    take_row(turn, row)


def _wake(turn: Turn, wake: Wake) -> None:
    """Nothing by itself: the rounds see what is due."""
    turn.due_now, turn.afresh = True, wake.afresh


def _enrol(turn: Turn, enrol: Enrol) -> None:
    """By hand: as the campaign's own `manual` trigger says, if it has one."""
    for place, trigger in enumerate(turn.program.plan.campaigns[enrol.campaign].starts):
        if isinstance(trigger, OnManual):
            turn.enrolled.append(Start(enrol.campaign, place, trigger))
            return
    turn.enrolled.append(Start(enrol.campaign, BY_HAND, OnManual(at=Position(0, 0, 0))))


def _reactivate(turn: Turn, order: Reactivate) -> None:
    """By hand; whoever does it is told if the scenario's `when` does not hold."""
    scenario = turn.program.scenario(order.scenario)
    if not set_off(turn, order.scenario, None, "by hand"):
        why = "paused" if turn.program.is_paused(scenario.unit) else "its when does not hold"
        turn.write("scenario.judged", scenario.unit, result="refused", why=why)
        turn.count(scenario.unit, "", f"refused:{why}")


def _suppress(turn: Turn, order: Suppress) -> None:
    if not order.lift:
        changes.suppress(turn, order.why)
    elif turn.state.suppressed:
        turn.state.suppressed = ""
        turn.write("suppressed", result="cancelled", why=order.why)


_TAKE: dict[type[Input], Callable[[Turn, Any], None]] = {
    Event: _event,
    Import: _row,
    Wake: _wake,
    Enrol: _enrol,
    Reactivate: _reactivate,
    Handover: hand_over,
    Suppress: _suppress,
    Letter: take_letter,
}
