"""The rounds of one input: until one finds nothing to do.

A round compares segments, scores, fields, tags and subscriptions with the previous round's beginning; then
come the members that are present, in order of entry; then the starts, by campaign id and place in the file,
with those by the members' start_campaign steps (one of a campaign that starts then is the next round's); then
the reactivation scenarios that are set off or whose wait is over, by id.
What any of them changes is the next round's to see, so that +500 and then -500 in one round is no change.
"""

from __future__ import annotations

from oncue.runtime.kernel.edges import begin_round, enrolled
from oncue.runtime.kernel.flow.starts import try_start
from oncue.runtime.kernel.flow.travel import look_at
from oncue.runtime.kernel.flow.trials import look_at_trials
from oncue.runtime.kernel.fulfilment import run_errands
from oncue.runtime.kernel.funnel.judging import judge_all, set_off_all
from oncue.runtime.kernel.turn import Turn


def settle(turn: Turn) -> None:
    """Runs rounds until nothing is left to do."""
    if turn.state.errands:
        run_errands(turn)
    while True:
        candidates = begin_round(turn)
        if turn.state.trials:
            look_at_trials(turn)
        for member in turn.state.members.copy():
            if member.order not in turn.gone:
                look_at(turn, member)
        if turn.enrolled:  # by start_campaign steps
            candidates += enrolled(turn)
        listening = [candidate for candidate in candidates if candidate.start.scenario]
        if listening:
            candidates = [candidate for candidate in candidates if not candidate.start.scenario]
        if len(candidates) > 1:
            candidates.sort(key=lambda candidate: candidate.place)
        for candidate in candidates:
            try_start(turn, candidate)
        if listening:
            set_off_all(turn, listening)
        if turn.judging or (turn.state.funnel is not None and turn.state.funnel.waiting):
            judge_all(turn)
        if not _stirs(turn):
            return


def _stirs(turn: Turn) -> bool:
    """Whether anybody listens to what the round has changed."""
    starts, touched = turn.program.starts, turn.touched
    if turn.enrolled or (turn.raised and any(event.type in starts.events for event in turn.raised)):
        return True
    if not touched:
        return False
    if not (starts.needs.isdisjoint(touched) and turn.program.watches.needs.isdisjoint(touched)):
        return True
    if not turn.program.scenarios.crossings.needs.isdisjoint(touched):
        return True
    flows = {member.flow for member in turn.state.members}
    flows.update(trial.campaign for trial in turn.state.trials)
    return any(not turn.program.watched(flow).isdisjoint(touched) for flow in flows)
