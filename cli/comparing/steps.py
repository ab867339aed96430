"""The steps of a campaign, or the actions of a fulfillment action, compared."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from oncue.cli.comparing.changes import How, Part, StepChange
from oncue.cli.comparing.leaves import differences, leaves
from oncue.cli.words.steps import clauses, remarks
from oncue.runtime.kernel.adoption.alignment import aligned, is_generated, paths_of
from oncue.runtime.kernel.adoption.renames import carried, claims, path_names
from oncue.schemas import actions as does
from oncue.schemas.parts import Position, Use
from oncue.schemas.plan import Plan, Step

# Where a step stands, and the first steps of its branches: that is told by the steps themselves.
_ELSEWHERE = frozenset({"id", "next", "parent", "was", "then", "else_", "on_timeout", "first"})
_LOSSY = (does.Webhook, does.SendNotification, does.AddTask, does.AddDeal)  # words do not say all of them


class Sequel(Struct, frozen=True):
    """Both sides of a sequence of steps, and who is who: `pairs` are old names to new ones."""

    old: Plan
    new: Plan
    before: Mapping[str, Step]
    after: Mapping[str, Step]
    pairs: Mapping[str, str]


def compare(old: Plan, new: Plan, before: Sequence[Step], after: Sequence[Step]) -> list[StepChange]:
    """What differs, in the order of the new side; a removed step stands before the one that followed it."""
    sequel = Sequel(
        old, new, {step.id: step for step in before}, {step.id: step for step in after}, pairs(before, after)
    )
    moved = _moved(sequel)
    sources = {now: was for was, now in sequel.pairs.items()}
    found: list[StepChange] = []
    gone = iter(before)
    for step in after:
        if (source := sources.get(step.id)) is None:
            found.append(_added(sequel, step))
            continue
        if source not in moved:
            found += _removed_until(sequel, gone, source)
        found += _changed(sequel, sequel.before[source], step, source in moved)
    return [*found, *_removed_until(sequel, gone, "")]


def pairs(before: Sequence[Step], after: Sequence[Step]) -> dict[str, str]:
    """Who is who: by `was`, by `id`, by what they do; and else by the name under which members stay."""
    found = aligned(before, after, claims(before, after))
    names, free = carried(before, after), {step.id for step in after} - set(found.values())
    for step in before:
        name = names.get(step.id, step.id)
        if step.id not in found and name in free:
            found[step.id] = name
            free.discard(name)
    return found


def _added(sequel: Sequel, step: Step) -> StepChange:
    return StepChange(("added",), step.id, now=said(sequel.new, step), now_at=place(sequel.new, step.at))


def _removed_until(sequel: Sequel, gone: Iterator[Step], name: str) -> Iterator[StepChange]:
    for step in gone:
        if step.id == name:
            return
        if step.id not in sequel.pairs:
            was, at = said(sequel.old, step), place(sequel.old, step.at)
            yield StepChange(("removed",), step.id, was=was, was_at=at)


def _changed(sequel: Sequel, was: Step, now: Step, moved: bool) -> Iterator[StepChange]:
    """One step that is on both sides, as far as it is another."""
    other = sense(sequel.old, was, sequel.pairs) != sense(sequel.new, now, {})
    renamed = was.id != now.id and not (is_generated(was) and is_generated(now))
    how: list[How] = ["moved"] if moved else []
    how += ["renamed"] if renamed else []
    how += ["changed"] if other else []
    if not how:
        return
    yield StepChange(
        tuple(how), now.id, was.id if renamed else "", said(sequel.old, was), said(sequel.new, now),
        place(sequel.old, was.at), place(sequel.new, now.at),
        _after(sequel.before, was) if moved else "", _after(sequel.after, now) if moved else "",
        tuple(_parts(sequel, was, now)) if other else (),
    )  # fmt: skip


def _parts(sequel: Sequel, was: Step, now: Step) -> list[Part]:
    """Single values, where words would not tell the difference."""
    actions = [*(rule.use for rule in now.rules), now.default]
    lossy = any(isinstance(each, _LOSSY) for each in actions)
    if not lossy and said(sequel.old, was) != said(sequel.new, now):
        return []
    before = leaves(sequel.old, sense(sequel.old, was, sequel.pairs))
    return differences(before, leaves(sequel.new, sense(sequel.new, now, {})))


def said(plan: Plan, step: Step) -> str:
    """What a step does, on one line: `when score >= 80: send email vip; otherwise: do nothing`."""
    return "; ".join([*(clause.line for clause in clauses(plan, step)), *remarks(step)])


def place(plan: Plan, at: Position) -> str:
    """``file:line``."""
    return f"{plan.files[at.file]}:{at.line}"


def sense(plan: Plan, step: Step, names: Mapping[str, str]) -> Any:  # noqa: ANN401
    """What a step does, without where it stands; the steps that it names by their names in the new plan."""
    return _sense(plan, step, names)


def _sense(plan: Plan, value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401
    if isinstance(value, list | tuple):
        return [_sense(plan, each, names) for each in value]
    if isinstance(value, Use):
        return plan.conditions[value.condition].text
    if isinstance(value, Struct):
        return _sense(plan, _members(value), names)
    if not isinstance(value, dict):
        return value
    kept = {
        key: each for key, each in value.items() if key not in _ELSEWHERE and not isinstance(each, Position)
    }
    if isinstance(kept.get("step"), str):
        kept["step"] = names.get(kept["step"], kept["step"])
    return {key: _sense(plan, each, names) for key, each in kept.items()}


def _members(value: Struct) -> dict[str, Any]:
    tag = type(value).__struct_config__.tag
    return ({"do": tag} if tag else {}) | msgspec.structs.asdict(value)


# --- where they stand -----------------------------------------------------------------------------


def _moved(sequel: Sequel) -> set[str]:
    """Old names of steps that stand in another branch, or in another order, as few as explain it."""
    before, after = _branches(sequel.before), _branches(sequel.after)
    names = [was for was, now in _ordered(sequel) if _branch_now(sequel, *before[was]) == after[now]]
    order = {name: number for number, name in enumerate(sequel.after)}
    kept = {names[at] for at in _longest([order[sequel.pairs[name]] for name in names])}
    return set(sequel.pairs) - kept


def _branch_now(sequel: Sequel, owner: str, branch: str) -> tuple[str, str]:
    """What a branch is called in the new plan."""
    now = sequel.pairs.get(owner, owner)
    paths = path_names(sequel.before[owner], sequel.after.get(now)) if owner else {}
    return now, paths.get(branch, branch)


def _ordered(sequel: Sequel) -> list[tuple[str, str]]:
    return [(name, sequel.pairs[name]) for name in sequel.before if name in sequel.pairs]


def _longest(numbers: Sequence[int]) -> list[int]:
    """The places of a longest ascending run."""
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for at, number in enumerate(numbers):
        where = bisect_left(tails, number)
        tails[where:] = [number, *tails[where + 1 :]]
        ends[where:] = [at, *ends[where + 1 :]]
        previous.append(ends[where - 1] if where else -1)
    found, at = [], ends[-1] if ends else -1
    while at >= 0:
        found.append(at)
        at = previous[at]
    return found


def _branches(steps: Mapping[str, Step]) -> dict[str, tuple[str, str]]:
    """Of each step the step that owns its branch (empty: none), and which branch."""
    found: dict[str, tuple[str, str]] = {}
    now: dict[str, str] = {}
    for step in steps.values():
        owner = step.parent or ""
        if owner:
            now[owner] = _heads(steps[owner]).get(step.id, now.get(owner, ""))
        found[step.id] = (owner, now.get(owner, ""))
    return found


def _heads(step: Step) -> dict[str, str]:
    """The first steps of a step's branches, with the branches' names."""
    found = {path.first: path.name for path in paths_of(step) if path.first}
    for action in [*(rule.use for rule in step.rules), step.default]:
        if isinstance(action, does.If):
            found |= {first: name for first, name in ((action.then, "then"), (action.else_, "else")) if first}
        if isinstance(action, does.WaitUntil) and action.on_timeout:
            found[action.on_timeout] = "on_timeout"
    return found


def _after(steps: Mapping[str, Step], step: Step) -> str:
    """`after invite`, `at the beginning of then of if`."""
    branches = _branches(steps)
    here = branches[step.id]
    earlier = [name for name in steps if branches[name] == here]
    at = earlier.index(step.id)
    if at:
        return f"after {earlier[at - 1]}"
    return f"at the beginning of {here[1]} of {here[0]}" if here[0] else "at the beginning"
