"""Trials: a contact that took a path of a split, and has not matched yet (see `split`).

The condition is judged for the stay that took the path: as it is while the member is inside, and from then on
as it was when it left, with what its messages still bring. The first match is told to the split, and ends the
trial; so does the split's date. What the split has decided meanwhile is its own to know.
"""

from __future__ import annotations

from oncue.runtime.kernel.conditions.functions import CompiledCondition
from oncue.runtime.kernel.edges import set_due
from oncue.runtime.kernel.entities.split import Split, action_of
from oncue.runtime.kernel.letters import Matched
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.state import ContactState, Member, Trial
from oncue.runtime.kernel.turn import Turn


def begin(turn: Turn, member: Member, step: str, path: str) -> None:
    """The member has taken the path."""
    trial = Trial(member.flow, step, path, member.order)
    condition = condition_of(turn.program, trial)
    if condition is not None and not _judge(turn, trial, condition):
        turn.state.trials.append(trial)


def look_at_trials(turn: Turn) -> None:
    """Judges all that this round's changes may have moved."""
    for trial in turn.state.trials.copy():
        if _is_over(turn, trial):
            end(turn, trial)


def _is_over(turn: Turn, trial: Trial) -> bool:
    action = action_of(turn.program, name_of(trial))
    if action is None or action.match is None or _too_late(turn, action):
        return True
    condition = turn.program.condition(action.match.condition)
    return turn.stirred(condition.needs, due_name(trial)) and _judge(turn, trial, condition)


def end(turn: Turn, trial: Trial) -> None:
    """The trial is over."""
    turn.state.trials = [other for other in turn.state.trials if other is not trial]
    turn.state.due.pop(due_name(trial), None)


def condition_of(program: Program, trial: Trial) -> CompiledCondition | None:
    """What counts as a match; None: the plan asks for none there."""
    action = action_of(program, name_of(trial))
    return None if action is None or action.match is None else program.condition(action.match.condition)


def name_of(trial: Trial) -> str:
    """The split's entity."""
    return f"split/{trial.campaign}/{trial.step}"


def due_name(trial: Trial) -> str:
    """Its name in `ContactState.due`."""
    return f"trial/{trial.campaign}/{trial.step}"


def stay_of(state: ContactState, trial: Trial) -> Member | None:
    """The stay that took the path, whether it goes on or not."""
    if trial.member is not None:
        return trial.member
    return next((member for member in state.members if member.order == trial.order), None)


def _judge(turn: Turn, trial: Trial, condition: CompiledCondition) -> bool:
    """Whether it matches now: then the split hears of it; else notes when it may by time alone."""
    state, now, member = turn.state, turn.now, stay_of(turn.state, trial)
    if condition.test(state, now, {}, member):
        turn.post(name_of(trial), Matched(trial.path))
        return True
    if "clock" in condition.needs:
        set_due(turn, due_name(trial), condition.next(state, now, {}, member))
    return False


def _too_late(turn: Turn, action: Split) -> bool:
    return action.decide.at is not None and action.decide.at <= turn.now
