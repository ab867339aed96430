"""The entity behind a split that contacts decide together: ``split/CAMPAIGN/STEP`` (see `letters`). An older
version of a campaign has its own: ``split/CAMPAIGN@VERSION/STEP``.

Whoever comes after the decision hears so (`decided` in the answer's data).

It counts arrivals and matches by path up to its decision, which is one of three:

- the N-th contact arrives: that one still takes its own path (of `split_until`: ``before``);
- the N-th match;
- an instant: whoever comes at it or later finds it decided, and a match at it comes too late.

The winner of a `split_test` is the path with the highest matches per arrival; of equal ones, and where nobody
arrived, the first in the file. Everybody who comes after the decision takes it. The counts stand still then.
"""

from __future__ import annotations

from fractions import Fraction

import msgspec

from oncue.runtime.kernel.entities.kept import EntityInput, EntityOutcome, SplitState
from oncue.runtime.kernel.letters import Answer, Letter, Matched, TakePath
from oncue.runtime.kernel.link import Program
from oncue.schemas.actions import Decision, Path, SplitTest, SplitUntil
from oncue.schemas.audit import AuditEntry
from oncue.schemas.values import Value

Split = SplitTest | SplitUntil


def take(
    program: Program, name: str, state: SplitState | None, input: EntityInput, now: int, sender: str
) -> EntityOutcome:
    """Handles one input of a split. Of one that the plan does not have, every question fails."""
    action = action_of(program, name)
    if action is None:
        return _gone(name, state, input, sender)
    before = state or SplitState(wake=action.decide.at)
    after = _on_time(action, before, now)
    letters: tuple[Letter, ...] = ()
    if isinstance(input, TakePath):
        data: dict[str, Value] = {} if after.decided_at is None else {"decided": True}
        after, path = _arrive(action, after, input, now)
        letters = (Letter(sender, name, Answer(input.question, value=path, data=data)),)
    elif isinstance(input, Matched):
        after = _match(action, after, input, now)
    audit = () if after.decided_at == before.decided_at else (_told(name, action, after),)
    return EntityOutcome(after, audit=audit, letters=letters)


def action_of(program: Program, name: str) -> Split | None:
    """The step that the entity belongs to."""
    _, campaign, step = name.split("/", 2)
    if not program.has(campaign):
        return None
    linked = program.campaign(campaign).steps.get(step)
    action = linked.spec.default if linked is not None else None
    return action if isinstance(action, SplitTest | SplitUntil) else None


def paths_of(action: Split) -> tuple[Path, ...]:
    """The paths in the order of the file."""
    return action.paths if isinstance(action, SplitTest) else (action.before, action.after)


def _gone(name: str, state: SplitState | None, input: EntityInput, sender: str) -> EntityOutcome:
    if state is not None and state.wake is not None:
        state = msgspec.structs.replace(state, wake=None)
    letters: tuple[Letter, ...] = ()
    if isinstance(input, TakePath):
        letters = (Letter(sender, name, Answer(input.question, "failed", "the split is gone")),)
    return EntityOutcome(state, letters=letters)


def _on_time(action: Split, state: SplitState, now: int) -> SplitState:
    """Decides it if its instant has come, or if the path that won is gone; else sets its timer."""
    names = {path.name for path in paths_of(action)}
    if state.decided_at is not None:
        return state if state.winner in names else _decide(action, state, state.decided_at)
    at = action.decide.at
    if at is not None and at <= now:
        return _decide(action, state, now)
    state = _decided_by(action, state, now)  # a changed plan may be content with fewer
    if state.decided_at is not None:
        return state
    return state if state.wake == at else msgspec.structs.replace(state, wake=at)


def _arrive(action: Split, state: SplitState, asked: TakePath, now: int) -> tuple[SplitState, str]:
    """The path of a contact that has come; it counts at its first pass, while nothing is decided."""
    if state.decided_at is not None:
        return state, state.winner
    path = asked.drawn if isinstance(action, SplitTest) else action.before.name
    if asked.first:
        state = msgspec.structs.replace(state, arrived=_one_more(state.arrived, path))
    return _decided_by(action, state, now), path


def _match(action: Split, state: SplitState, match: Matched, now: int) -> SplitState:
    if state.decided_at is not None:
        return state
    state = msgspec.structs.replace(state, matched=_one_more(state.matched, match.path))
    return _decided_by(action, state, now)


def _one_more(numbers: dict[str, int], path: str) -> dict[str, int]:
    return {**numbers, path: numbers.get(path, 0) + 1}


def _decided_by(action: Split, state: SplitState, now: int) -> SplitState:
    """Decides it if enough have arrived or matched."""
    decide = action.decide
    enough = _reached(decide.contacts, state.arrived) or _reached(decide.matches, state.matched)
    return _decide(action, state, now) if enough else state


def _reached(number: int | None, numbers: dict[str, int]) -> bool:
    return number is not None and sum(numbers.values()) >= number


def _decide(action: Split, state: SplitState, now: int) -> SplitState:
    winner = action.after.name if isinstance(action, SplitUntil) else _best(action.paths, state)
    return msgspec.structs.replace(state, wake=None, decided_at=now, winner=winner)


def _best(paths: tuple[Path, ...], state: SplitState) -> str:
    """The path of the highest rate; `max` gives the first of equals."""
    return max(paths, key=lambda path: rate(state, path.name)).name


def rate(state: SplitState, path: str) -> Fraction:
    """Matches per arrival, exactly; 0 where nobody arrived."""
    arrived = state.arrived.get(path, 0)
    return Fraction(state.matched.get(path, 0), arrived) if arrived else Fraction(0)


def _told(name: str, action: Split, state: SplitState) -> AuditEntry:
    _, campaign, step = name.split("/", 2)
    paths = paths_of(action)
    data: dict[str, Value] = {"winner": state.winner}
    for key, numbers in (("arrived", state.arrived), ("matched", state.matched)):
        data[key] = [f"{path.name} {numbers.get(path.name, 0)}" for path in paths]
    return AuditEntry(
        "split.decided", f"campaigns/{campaign.partition('@')[0]}", step, why=_why(action.decide), data=data
    )


def _why(decide: Decision) -> str:
    if decide.at is not None:
        return "date"
    return "contacts" if decide.contacts is not None else "matches"
