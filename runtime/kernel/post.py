"""Letters that a contact gets: one function for each sort, found by the body's type.

An answer to a member is laid ready for its turn in the first round (`flow.look_at`); one to a fulfillment
action is acted upon at once, like the event that it goes back to. One that nobody waits for is dropped.
"""

from __future__ import annotations

from collections.abc import Callable

from oncue.runtime.kernel.actions.tasks import heard_closed, heard_reopened
from oncue.runtime.kernel.entities.accounts import hear
from oncue.runtime.kernel.fulfilment import resume
from oncue.runtime.kernel.funnel.judging import hear as heard_by_scenario
from oncue.runtime.kernel.letters import AccountIs, Answer, Body, Letter, TaskClosed, TaskReopened
from oncue.runtime.kernel.turn import Turn


def take_letter(turn: Turn, letter: Letter) -> None:
    """What the letter changes by itself. What it sets off counts to the cascade that it belongs to."""
    origin, starts, steps = turn.state.cascade
    turn.origin, turn.starts, turn.steps = letter.origin, letter.starts, letter.steps
    if origin and origin == letter.origin:
        turn.starts, turn.steps = max(starts, turn.starts), max(steps, turn.steps)
    take = LETTERS.get(type(letter.body))
    if take is not None:
        take(turn, letter)


def _answer(turn: Turn, letter: Letter) -> None:
    answer = letter.body
    if not isinstance(answer, Answer):
        return
    if any(member.asked == answer.question for member in turn.state.members):
        turn.answers[answer.question] = answer
    elif turn.state.funnel is None or not heard_by_scenario(turn, answer):
        resume(turn, answer)


LETTERS: dict[type[Body], Callable[[Turn, Letter], None]] = {
    Answer: _answer,
    AccountIs: hear,
    TaskClosed: heard_closed,
    TaskReopened: heard_reopened,
}
