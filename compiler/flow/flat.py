"""A campaign's steps laid out flat: ids, what follows what, what can be reached, which jumps never rest.

Ids: a step's own `id`, else its action's key, with ``-2``, ``-3`` for the next unnamed siblings with that
key. Inside a branch the id is led by the branch's path: ``if/then/adjust_score``,
``split_paths/blue/send_email``, ``wait-2/on_timeout/send_email``, ``wait/rule-1/on_timeout/add_tag``. A step
with an id of its own never shifts the names of the others, so giving a new step an id is always safe.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from oncue.compiler import model
from oncue.compiler.model import Act, Step


class Flat(model._Record, frozen=True):
    """One step in its place. `branches` maps a branch's path (``then``, ``else``, ``on_timeout``,
    ``rule-1/on_timeout``) to its first step; `previous` is the sibling before it."""

    id: str
    step: Step
    next: str | None
    parent: str | None
    previous: str | None
    branches: dict[str, str | None]


class Flow(model._Record, frozen=True):
    """All steps in file order, by id, and the pairs of steps that share an id: (second, first)."""

    steps: dict[str, Flat]
    clashes: tuple[tuple[Flat, Flat], ...]

    @property
    def first(self) -> str | None:
        """Where an entry begins."""
        return next(iter(self.steps), None)


_NONE: dict[str, str | None] = {}


def flatten(steps: tuple[Step, ...]) -> Flow:
    """Lays the steps out."""
    found: dict[str, Flat] = {}
    clashes = []
    laid: list[Flat] = []
    _lay(laid, steps, "", None, None)
    for flat in laid:
        if flat.id in found:
            clashes.append((flat, found[flat.id]))
        else:
            found[flat.id] = flat
    return Flow(found, tuple(clashes))


def names(steps: tuple[Step, ...], prefix: str) -> list[str]:
    """The ids of siblings."""
    seen: dict[str, int] = {}
    return [_name(step, prefix, seen) for step in steps]


def _name(step: Step, prefix: str, seen: dict[str, int]) -> str:
    if step.id is not None:
        return step.id.text
    seen[step.kind] = count = seen.get(step.kind, 0) + 1
    return f"{prefix}{step.kind}" if count == 1 else f"{prefix}{step.kind}-{count}"


def _lay(
    laid: list[Flat], steps: tuple[Step, ...], prefix: str, parent: str | None, follow: str | None
) -> None:
    """Lays out siblings; `follow` comes after the last of them."""
    ids: list[str | None] = [None, *names(steps, prefix), follow]
    for index, step in enumerate(steps, 1):
        own, after = cast(str, ids[index]), ids[index + 1]
        inside = branches(step) if step.kind in _BRANCHING else []
        heads = {path: _head(inner, f"{own}/{path}/") for path, inner in inside} if inside else _NONE
        laid.append(Flat(own, step, after, parent, ids[index - 1], heads))
        for path, inner in inside:
            _lay(laid, inner, f"{own}/{path}/", own, after)


def _head(steps: tuple[Step, ...], prefix: str) -> str | None:
    return _name(steps[0], prefix, {}) if steps else None


_BRANCHING = frozenset({"if", "wait", "split_paths", "split_test", "split_until"})

_FORKS = frozenset({model.If, model.SplitPaths, model.SplitTest, model.SplitUntil})

Branch = tuple[str, tuple[Step, ...]]


def branches(step: Step) -> list[Branch]:
    """The branches that a step owns, by path."""
    if step.kind not in _BRANCHING:
        return []
    found = _act_branches(step.default, "")
    for number, rule in enumerate(step.rules, 1):
        found += _act_branches(rule.use, f"rule-{number}/")
    return found


def _act_branches(act: Act | None, prefix: str) -> list[Branch]:
    if type(act) is model.If:
        return [(f"{prefix}then", act.then), (f"{prefix}else", act.else_)]
    if type(act) is model.WaitUntil:
        return [(f"{prefix}on_timeout", act.on_timeout)]
    if type(act) is model.SplitPaths or type(act) is model.SplitTest:
        return [(path.name.text, path.steps) for path in act.paths]
    if type(act) is model.SplitUntil:
        return [("before", act.before), ("after", act.after)]
    return []


def acts(step: Step) -> tuple[Act | None, ...]:
    """What the step may do: its rules' behaviours in order, then its default."""
    return (*[rule.use for rule in step.rules], step.default) if step.rules else (step.default,)


def siblings(steps: tuple[Step, ...]) -> list[tuple[Step, ...]]:
    """The list itself and the lists of all branches below it."""
    found = [steps] if steps else []
    for step in steps:
        if step.kind in _BRANCHING:
            for _, inner in branches(step):
                found += siblings(inner)
    return found


# --- where a member may go ------------------------------------------------------------------------


def successors(flow: Flow, flat: Flat) -> list[str | None]:
    """The steps that may come right after this one; None is the end of the campaign."""
    default = flat.step.default
    if type(default) is model.End:
        return [None]
    if type(default) is model.Goto:
        target = default.step.name  # an unknown target was reported: go on as if the jump were not there
        return [target] if target in flow.steps else [flat.next]
    if type(default) in _FORKS:
        return [head or flat.next for head in flat.branches.values()] or [flat.next]
    if type(default) is model.Goal and default.unmet == "end":
        return [flat.next, None]
    return [flat.next, *(head for head in flat.branches.values() if head is not None)]


def leaves(flat: Flat) -> bool:
    """Whether a step goes somewhere else than to the one behind it, if there is one."""
    return flat.step.kind in ("goto", "end") and flat.next is not None


def reachable(flow: Flow) -> set[str]:
    """The steps that some member may come to."""
    return set(_onward(flow, [flow.first]))


def behind(flow: Flow, step: str) -> Iterator[str]:
    """The steps that a member may come to who has passed that step, the nearest first."""
    return _onward(flow, successors(flow, flow.steps[step]))


def _onward(flow: Flow, starts: list[str | None]) -> Iterator[str]:
    seen: set[str] = set()
    # members jump to goals from wherever they stand before
    goals = [name for name, flat in flow.steps.items() if flat.step.kind == "goal"]
    queue: list[str | None] = [*starts, *goals]
    for name in queue:
        if name is not None and name not in seen:
            seen.add(name)
            yield name
            queue.extend(successors(flow, flow.steps[name]))


def unreachable(flow: Flow) -> Iterator[Flat]:
    """The first of each run of steps that nobody comes to."""
    seen = reachable(flow)
    for flat in flow.steps.values():
        reported = (flat.previous and flat.previous not in seen) or (flat.parent and flat.parent not in seen)
        if flat.id not in seen and not reported:
            yield flat


def rests(step: Step) -> bool:
    """Whether every pass of this step waits for a time of positive length: a period or a recurring time."""
    return step.kind == "wait" and all(
        type(act) is model.WaitAt or (type(act) is model.WaitFor and act.micros > 0) for act in acts(step)
    )


def restless(flow: Flow) -> Iterator[tuple[Flat, list[str]]]:
    """Each backward `goto` that a member could follow for ever without resting, with the way round."""
    order = {name: index for index, name in enumerate(flow.steps)}
    for flat in flow.steps.values():
        jump = flat.step.default
        if type(jump) is model.Goto and order.get(jump.step.name, len(order)) <= order[flat.id]:
            way = _way(flow, jump.step.name, flat.id)
            if way:
                yield flat, way


def _way(flow: Flow, start: str, end: str) -> list[str]:
    """A shortest way from one step to another past no rest; empty if there is none."""
    came: dict[str, str | None] = {start: None}
    queue = [start] if not rests(flow.steps[start].step) else []
    for name in queue:
        if name == end:
            return _trace(came, end)
        for after in successors(flow, flow.steps[name]):
            if after is not None and after not in came and not rests(flow.steps[after].step):
                came[after] = name
                queue.append(after)
    return []


def _trace(came: dict[str, str | None], end: str) -> list[str]:
    way: list[str] = []
    name: str | None = end
    while name is not None:
        way.append(name)
        name = came[name]
    return way[::-1]
