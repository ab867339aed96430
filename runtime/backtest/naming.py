"""What the old plan's units and steps are called in the new plan, so that the facts of both can be compared.

A `was` says so; where it does not, a step of a generated name (``wait-2``) is the one that does the same
among the same others. An old step that is gone, while another one has its name, is called ``NAME (before)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from oncue.runtime.backtest.facts import SEND, Fact
from oncue.runtime.kernel.adoption.alignment import aligned
from oncue.runtime.kernel.adoption.renames import ASIDE, Renames, assets_in_both, claims, renames_of
from oncue.schemas.plan import Asset, Email, Plan, Step


def places(old: Plan, new: Plan) -> dict[tuple[str, str], int]:
    """Where steps stand: those of the new plan, then those that only the old one has."""
    found: dict[tuple[str, str], int] = {}
    for plan in (new, old):
        for unit, steps in _units(plan):
            for step in steps:
                found.setdefault((unit, step.id), len(found))
    return found


def _units(plan: Plan) -> Iterator[tuple[str, Sequence[Step]]]:
    for name, campaign in plan.campaigns.items():
        yield f"campaigns/{name}", campaign.steps
    kinds: dict[str, Mapping[str, Asset | Email]] = {**plan.assets, "emails": plan.emails}
    for kind, assets in kinds.items():
        for name, asset in assets.items():
            for behaviour, spec in asset.behaviours.items():
                yield f"{kind}/{name}/on_{behaviour}", spec.actions


class Naming:
    """Gives facts of the old plan the new plan's names."""

    def __init__(self, renames: Renames, steps: dict[str, dict[str, str]], units: dict[str, str]) -> None:
        self._renames = renames
        self._steps = steps  # unit (old name) -> steps that are called otherwise
        self._units = units  # of fulfillment actions
        self._known: dict[Fact, Fact] = {}

    def __call__(self, fact: Fact) -> Fact:
        """The fact by its new name."""
        found = self._known.get(fact)
        if found is None:
            found = self._known[fact] = self._renamed(fact)
        return found

    def _renamed(self, fact: Fact) -> Fact:
        kind, unit, step, what = fact
        step = self._steps.get(unit, {}).get(step, step)
        unit = self._units.get(unit) or self._renames.place(unit, "")[0]
        if kind == SEND:
            what = self._renames.emails.get(what, what)
        return Fact(kind, unit, step, what)


def naming(old: Plan, new: Plan) -> Naming | None:
    """The naming from one plan to the other; None where everything is called as before."""
    renames = renames_of(old, new)
    steps: dict[str, dict[str, str]] = {}
    units: dict[str, str] = {}
    for name, campaign in old.campaigns.items():
        now = new.campaigns.get(renames.campaigns.get(name, name))
        if now is not None:
            steps[f"campaigns/{name}"] = _steps(campaign.steps, now.steps)
    for before, after, was, asset in assets_in_both(old, new):
        for behaviour, spec in was.behaviours.items():
            left, right = f"{before}/on_{behaviour}", f"{after}/on_{behaviour}"
            deed = asset.behaviours.get(behaviour)
            units |= {left: right} if left != right else {}
            steps[left] = _steps(spec.actions, deed.actions) if deed is not None else {}
    steps = {unit: names for unit, names in steps.items() if names}
    return None if renames.empty and not steps else Naming(renames, steps, units)


def _steps(old: Sequence[Step], new: Sequence[Step]) -> dict[str, str]:
    """Steps that are called otherwise now."""
    pairs = aligned(old, new, claims(old, new))
    taken, there = set(pairs.values()), {step.id for step in new}
    for step in old:
        if step.id not in pairs:
            pairs[step.id] = step.id + ASIDE if step.id in there & taken else step.id
    return {before: after for before, after in pairs.items() if before != after}
