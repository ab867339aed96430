"""Which steps, rules, branches, defaults and timeouts the tests of a workspace have been through.

A step with rules counts once for each rule and once for its default; one that forks once for each branch or
path; a wait for a condition once for the condition and, where it has a limit, once for the timeout; a goal
once achieved and once left unmet; every other step or action once. A key is (unit, step, which).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from oncue.runtime.testing.bench import Noted
from oncue.runtime.testing.places import Places, behaviours, steps_of
from oncue.runtime.testing.results import Place
from oncue.schemas import actions, plan
from oncue.schemas.audit import AuditEntry
from oncue.schemas.parts import Position

Key = tuple[str, str, str]
IN_TIME, TIMEOUT = "in time", "timeout"
ACHIEVED, UNMET = "achieved", "unmet"


class Target(Struct, frozen=True):
    """Something to be been through. `which` is empty for a step without choices."""

    unit: str
    step: str
    which: str
    place: Place
    covered: bool = False

    @property
    def key(self) -> Key:
        return (self.unit, self.step, self.which)


class Coverage(Struct, frozen=True):
    """All targets in the order of the plan."""

    targets: tuple[Target, ...] = ()

    @property
    def percent(self) -> float:
        """Of targets that were covered; of none, all."""
        if not self.targets:
            return 100.0
        return 100 * sum(each.covered for each in self.targets) / len(self.targets)

    @property
    def missed(self) -> list[Target]:
        return [each for each in self.targets if not each.covered]


def coverage(whole: plan.Plan, keys: Iterable[frozenset[Key]]) -> Coverage:
    """What the tests, each with its keys, have covered."""
    places, seen = Places(whole), frozenset[Key]().union(*keys)
    return Coverage(
        tuple(
            Target(unit, step.id, which, places.place(at), (unit, step.id, which) in seen)
            for unit, steps in _units(whole)
            for step in steps
            for which, at in _choices(step)
            if which != UNMET or step.id in _arrived_at(steps)
        )
    )


def _units(whole: plan.Plan) -> Iterator[tuple[str, Sequence[plan.Step]]]:
    for name, campaign in whole.campaigns.items():
        yield f"campaigns/{name}", campaign.steps
    for name, scenario in whole.reactivation_scenarios.items():
        yield f"reactivation_scenarios/{name}", steps_of(scenario)
    for unit, behaviour in behaviours(whole):
        if behaviour.active:
            yield unit, behaviour.actions


def _arrived_at(steps: Sequence[plan.Step]) -> set[str]:
    """The steps that a member comes to in order: a goal elsewhere is only ever jumped to, once it holds."""
    found, waiting = set[str](), [steps[0].id]
    by_id = {step.id: step for step in steps}
    while waiting:
        step = by_id[waiting.pop()]
        if step.id not in found:
            found.add(step.id)
            waiting += [name for name in _after(step) if name is not None]
    return found


def _after(step: plan.Step) -> Iterator[str | None]:
    for action in (step.default, *(rule.use for rule in step.rules)):
        match action:
            case actions.Goto():
                yield action.step
            case actions.End():
                pass
            case actions.If():
                yield from (action.then or step.next, action.else_ or step.next)
            case actions.SplitPaths() | actions.SplitTest():
                yield from (path.first or step.next for path in action.paths)
            case actions.SplitUntil():
                yield from (action.before.first or step.next, action.after.first or step.next)
            case actions.WaitUntil():
                yield from (action.on_timeout, step.next)
            case _:
                yield step.next


def _choices(step: plan.Step) -> Iterator[tuple[str, Position]]:
    found: dict[str, Position] = {}
    for number, rule in enumerate(step.rules, 1):
        found[f"rule {number}"] = rule.when.at
    if step.rules:
        found["default"] = step.at
    for action in (step.default, *(rule.use for rule in step.rules)):
        found |= dict.fromkeys(_branches(action), step.at)
    yield from found.items() if found else [("", step.at)]


def _branches(action: actions.Action | None) -> list[str]:
    match action:
        case actions.If():
            return ["then", "else"]
        case actions.WaitUntil():
            return [IN_TIME] if action.at_most is None else [IN_TIME, TIMEOUT]
        case actions.SplitPaths() | actions.SplitTest():
            return [path.name for path in action.paths]
        case actions.SplitUntil():
            return [action.before.name, action.after.name]
        case actions.Goal():
            never = action.unmet == "wait" and action.at_most is None
            return [ACHIEVED] if never else [ACHIEVED, UNMET]
        case _:
            return []


def covered(places: Places, noted: Iterable[Noted]) -> frozenset[Key]:
    """What one test has been through."""
    found: set[Key] = set()
    for each in noted:
        entry = each.entry
        if entry.step:
            found.update((entry.unit, entry.step, which) for which in _seen(places, entry))
    return frozenset(found)


def _seen(places: Places, entry: AuditEntry) -> Iterator[str]:
    match entry.what:
        case "step.entered":
            yield ""
        case "goal.achieved":
            yield ACHIEVED
        case "goal.skipped":
            yield UNMET
        case "action" if entry.result not in ("skipped", "cancelled"):
            yield from _of_action(places, entry)


def _of_action(places: Places, entry: AuditEntry) -> Iterator[str]:
    yield ""
    yield entry.rule
    if entry.why:
        yield entry.why
    if isinstance(path := entry.data.get("path"), str):
        yield path
    step = places.step(entry.unit, entry.step)
    if entry.result == "done" and entry.why != TIMEOUT and step is not None and step.kind == "wait":
        yield IN_TIME
