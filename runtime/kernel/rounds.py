"""The rounds of one input: until one finds nothing to do.

A round compares segments, scores, fields, tags and subscriptions with the previous round's beginning; then
come the members that are present, in order of entry; then the starts, by campaign id and place in the file.
What any of them changes is the next round's to see, so that +500 and then -500 in one round is no change.
"""

from __future__ import annotations

from oncue.runtime.kernel.edges import begin_round
from oncue.runtime.kernel.flow import look_at
from oncue.runtime.kernel.fulfilment import run_errands
from oncue.runtime.kernel.starts import try_start
from oncue.runtime.kernel.turn import Turn


def settle(turn: Turn) -> None:
    """Runs rounds until nothing is left to do."""
    if turn.state.errands:
        run_errands(turn)
    while True:
        candidates = begin_round(turn)
        for member in turn.state.members.copy():
            look_at(turn, member)
        if len(candidates) > 1:
            candidates.sort(key=lambda candidate: candidate.place)
        for candidate in candidates:
            try_start(turn, candidate)
        if not (turn.touched or turn.raised):
            return
