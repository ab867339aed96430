"""Where a changed plan leaves open what becomes of those inside: a pure function of the two plans.

A doubt matters only if the store holds somebody under its name; who asks looks that up. Without a doubt:
values that change in place, a step that is gone while nothing else has its name, whatever has an `id` in both
plans, whatever a `was` speaks of, and whatever `migrate` decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from oncue.runtime.kernel.adoption.alignment import aligned, is_generated, paths_of, steps_in
from oncue.runtime.kernel.adoption.migrating import Place, entries_of
from oncue.runtime.kernel.adoption.renames import (
    Renames,
    assets_in_both,
    carried,
    claims,
    path_names,
    renames_of,
)
from oncue.runtime.kernel.adoption.versions import base, flows
from oncue.schemas.parts import Position
from oncue.schemas.plan import Migration, Plan, Step

Why = Literal["moved", "taken", "kind", "path", "campaign", "list"]


class Doubt(Struct, frozen=True):
    """One thing that the author must decide. `unit` and `name` are the old plan's: ``campaigns/FLOW`` and a
    step, ``KIND/ID/on_X`` and an action, ``campaigns/ID`` or ``lists/ID`` and nothing.

    why: ``moved``: the old step has the name `to` now, which stands at `at`; another step has its old name,
    `holder`, or none. ``taken``: the old step is gone, and `to` at `at`, which was `source`, has its name.
    ``kind``: the step at `at`, `to`, is of another of the `kinds`. ``path``: the path `to` of the split
    `name` is gone, with the steps `inside`; `at` is the split's place. ``campaign``, ``list``: it is gone;
    `at` is its place in the old plan."""

    why: Why
    unit: str
    name: str
    at: Position
    to: str = ""
    source: str = ""
    holder: Position | None = None
    kinds: tuple[str, str] = ("", "")
    inside: tuple[str, ...] = ()


def doubts(old: Plan, new: Plan) -> list[Doubt]:
    """Everything that the change from one plan to the other leaves open, in the old plan's order."""
    entries = entries_of(old, new)
    return [doubt for doubt in unsettled(old, new) if not _is_settled(doubt, old, new, entries)]


def unsettled(old: Plan, new: Plan) -> list[Doubt]:
    """The same without what `migrate` says."""
    renames = renames_of(old, new)
    return [*_campaigns(old, new, renames), *_behaviours(old, new), *_lists(old, new)]


def _is_settled(doubt: Doubt, old: Plan, new: Plan, entries: Mapping[Place, Migration]) -> bool:
    """Whether `migrate` says it for everybody whom it may concern."""
    kind, _, name = doubt.unit.partition("/")
    if kind == "lists":
        return doubt.unit in new.migrate
    if kind != "campaigns":
        return False
    if doubt.why == "campaign":
        every = {flow: spec for flow, spec in flows(old).items() if base(flow) == name}
        return all((flow, step.id) in entries for flow, spec in every.items() for step in spec.steps)
    return all((name, step) in entries for step in doubt.inside or (doubt.name,))


def _campaigns(old: Plan, new: Plan, renames: Renames) -> Iterator[Doubt]:
    for flow, campaign in flows(old).items():
        unit, to = f"campaigns/{flow}", renames.flow(flow)
        now = new.campaigns.get(to)
        if now is None:
            if flow in old.campaigns and to not in new.older:
                yield Doubt("campaign", unit, "", campaign.at)
        elif now.digest != campaign.digest or not now.digest:
            yield from _steps(unit, campaign.steps, now.steps)


def _behaviours(old: Plan, new: Plan) -> Iterator[Doubt]:
    for before, _, was, asset in assets_in_both(old, new):
        for name, spec in was.behaviours.items():
            now = asset.behaviours.get(name)
            if now is not None and now != spec:
                yield from _steps(f"{before}/on_{name}", spec.actions, now.actions)


def _lists(old: Plan, new: Plan) -> Iterator[Doubt]:
    for name, spec in old.lists.items():
        if name not in new.lists:
            yield Doubt("list", f"lists/{name}", "", spec.at)


# --- the steps of one campaign, the actions of one behaviour --------------------------------------


class _Change(Struct, frozen=True):
    """`said`: old names to new ones by `was`; `names`: where old names go; `pairs`: who is who."""

    unit: str
    new: Mapping[str, Step]
    said: Mapping[str, str]
    names: Mapping[str, str]
    pairs: Mapping[str, str]
    sources: Mapping[str, str]  # the other way round
    marks: bool  # what is kept under the names is once-marks, not members


def _steps(unit: str, old: Sequence[Step], new: Sequence[Step]) -> Iterator[Doubt]:
    said = claims(old, new)
    pairs = aligned(old, new, said)
    sources = {after: before for before, after in pairs.items()}
    marks = not unit.startswith("campaigns/")
    change = _Change(unit, {step.id: step for step in new}, said, carried(old, new), pairs, sources, marks)
    for step in old:
        if step.id not in said and (found := _doubt(change, step)) is not None:
            yield found
        yield from _paths(change, old, step)


def _paths(change: _Change, old: Sequence[Step], step: Step) -> Iterator[Doubt]:
    """The paths that a split has lost, as far as their steps are gone with them."""
    now = change.new.get(change.names.get(step.id, step.id))
    before = paths_of(step)
    if now is None or not before or not paths_of(now):
        return
    kept = {path.name for path in paths_of(now)} | path_names(step, now).keys()
    for path in before:
        inside = tuple(
            name
            for name in steps_in(old, step, path)
            if name not in change.pairs and change.names.get(name, name) not in change.new
        )
        if path.name not in kept and inside:
            yield Doubt("path", change.unit, step.id, now.at, to=path.name, inside=inside)


def _doubt(change: _Change, step: Step) -> Doubt | None:
    """About one old step of which no `was` speaks."""
    name = change.names.get(step.id, step.id)
    holder, to = change.new.get(name), change.pairs.get(step.id)
    if change.marks and not any(one.once for one in (holder, change.new.get(to or "")) if one is not None):
        return None  # a used-up `once` means nothing to them
    if is_generated(step) and to is not None and to != name:
        return _moved(change, step, change.new[to], holder)
    if holder is None:
        return None
    source = change.sources.get(name, step.id)
    if is_generated(step) and source != step.id and not _says_so(holder):
        return Doubt("taken", change.unit, step.id, holder.at, to=name, source=source)
    if holder.kind != step.kind:
        return Doubt("kind", change.unit, step.id, holder.at, to=name, kinds=(step.kind, holder.kind))
    return None


def _moved(change: _Change, step: Step, now: Step, holder: Step | None) -> Doubt | None:
    if _says_so(now):
        return None
    at = holder.at if holder is not None else None
    return Doubt("moved", change.unit, step.id, now.at, to=now.id, holder=at)


def _says_so(step: Step) -> bool:
    """`was` with its own name: it is no other step's continuation."""
    return step.was == step.id
