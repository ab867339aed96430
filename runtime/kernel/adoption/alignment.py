"""Which step of the old plan is which step of the new one, told by what they do and by their order.

A generated name (``wait-2``) says only which of its siblings a step is, so after an insertion it belongs to
another step. What a step does and what surrounds it say better who is who. Only `adopt`'s renames decide what
is carried over; this only tells where the author has to be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

import msgspec

from oncue.schemas.actions import (
    Action,
    AddDealNote,
    AdjustDealScore,
    CompleteTask,
    Goal,
    Goto,
    If,
    Math,
    Path,
    SplitPaths,
    SplitTest,
    SplitUntil,
    UpdateDeal,
    WaitUntil,
)
from oncue.schemas.parts import Position, Use
from oncue.schemas.plan import Rule, Step

_NOWHERE = Position(0, 0, 0)
_NUMBER = re.compile(r"-[0-9]+\Z")


def is_generated(step: Step) -> bool:
    """Whether the step has no `id` of its own: its name is its kind, maybe with a number."""
    return _NUMBER.sub("", step.id.rpartition("/")[2]) == step.kind


def meaning(step: Step) -> bytes:
    """What the step does, without its name, its place, and the names of other steps."""
    rules = tuple(Rule(_use(rule.when), _action(rule.use)) for rule in step.rules)
    plain = msgspec.structs.replace(
        step, id="", at=_NOWHERE, default=_action(step.default), rules=rules, next=None, parent=None, was=None
    )
    return msgspec.json.encode(plain, order="sorted")


def paths_of(step: Step) -> tuple[Path, ...]:
    """The paths of a split; none of another step."""
    action = step.default
    if isinstance(action, SplitPaths | SplitTest):
        return action.paths
    return (action.before, action.after) if isinstance(action, SplitUntil) else ()


def steps_in(steps: Sequence[Step], split: Step, path: Path) -> tuple[str, ...]:
    """The steps of a path, with all that they contain: in the file they stand together."""
    firsts = {other.first for other in paths_of(split)} - {path.first}
    found: list[str] = []
    within = {split.id}
    for step in steps:
        if step.parent not in within:
            continue
        within.add(step.id)
        if step.id == path.first or (found and step.id not in firsts):
            found.append(step.id)
        elif found:
            break
    return tuple(found)


def aligned(old: Sequence[Step], new: Sequence[Step], known: Mapping[str, str]) -> dict[str, str]:
    """Old names to new ones, of the steps that are in both plans. `known`: those that were said by `was`.

    Steps with an `id` in both plans are the same. For the others the longest runs of equal steps count; then
    a step that does the same under the same name, then one that does the same anywhere."""
    pairs = dict(known)
    there = {step.id for step in new}
    taken = set(pairs.values())
    for step in old:
        if not is_generated(step) and step.id in there - taken:
            pairs.setdefault(step.id, step.id)
    pairs |= _runs(old, new, pairs)
    _leftovers(old, new, pairs)
    return pairs


def _runs(old: Sequence[Step], new: Sequence[Step], pairs: Mapping[str, str]) -> dict[str, str]:
    """Equal steps in equal order; those that are known stand between them as marks."""
    targets = set(pairs.values())
    before = [pairs[step.id] if step.id in pairs else meaning(step) for step in old]
    after = [step.id if step.id in targets else meaning(step) for step in new]
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return {old[a + nth].id: new[b + nth].id for a, b, size in blocks for nth in range(size)}


def _leftovers(old: Sequence[Step], new: Sequence[Step], pairs: dict[str, str]) -> None:
    free = _free(new, pairs)
    for exact in (True, False):
        for step in old:
            if step.id in pairs:
                continue
            sense = meaning(step)
            found = next((name for name in _choice(step.id, free, exact) if free[name] == sense), None)
            if found is not None:
                pairs[step.id] = found
                del free[found]


def _free(new: Sequence[Step], pairs: Mapping[str, str]) -> dict[str, bytes]:
    taken = set(pairs.values())
    return {step.id: meaning(step) for step in new if step.id not in taken}


def _choice(name: str, free: Mapping[str, bytes], exact: bool) -> Iterator[str]:
    if not exact:
        yield from free
    elif name in free:
        yield name


def _use(use: Use) -> Use:
    return Use(use.condition, _NOWHERE)


def _action(action: Action | None) -> Action | None:
    """Without positions; of other steps' names only whether there is one."""
    if isinstance(action, If):
        return If(_use(action.when), action.then and "then", action.else_ and "else")
    if isinstance(action, WaitUntil):
        branch = action.on_timeout and "on_timeout"
        return WaitUntil(_use(action.until), action.at_most, branch)
    if isinstance(action, Goto):
        return Goto("", action.at_most)
    if isinstance(action, Goal):
        return msgspec.structs.replace(action, when=_use(action.when))
    if isinstance(action, SplitPaths):
        return SplitPaths(tuple(_path(path) for path in action.paths))
    if isinstance(action, SplitTest):
        paths = tuple(_path(path) for path in action.paths)
        return SplitTest(paths, _use(action.match), action.decide)
    if isinstance(action, SplitUntil):
        match = action.match and _use(action.match)
        return SplitUntil(_path(action.before), _path(action.after), action.decide, match)
    return _sales(action)


def _path(path: Path) -> Path:
    return Path(path.name, path.first and "first", path.percent)


def _sales(action: Action | None) -> Action | None:
    """Those that name a step by which a deal or task was added."""
    if isinstance(action, CompleteTask):
        return CompleteTask(action.step and "step", action.title)
    if isinstance(action, Math | UpdateDeal | AddDealNote | AdjustDealScore):
        pick = action.deal
        if pick is not None and pick.step is not None:
            return msgspec.structs.replace(action, deal=msgspec.structs.replace(pick, step="step"))
    return action
