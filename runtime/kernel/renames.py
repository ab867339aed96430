"""`was: old-id`: what a contact's state keeps under an old name goes on under the new one.

A rename counts as long as the plan has nothing of its own under the old name. Names of tracks are hashes of
what they ask about, so history is not renamed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct
from oncue.runtime.kernel.state import ContactState, Member, Sent
from oncue.schemas.plan import Asset, Behaviour, Email, Plan

_V = TypeVar("_V")


class _Named(Protocol):
    @property
    def was(self) -> str | None: ...


class Renames(Struct, frozen=True):
    """Old names to new ones."""

    campaigns: dict[str, str]
    emails: dict[str, str]
    segments: dict[str, str]
    steps: dict[str, dict[str, str]]  # campaign (new name) -> steps
    marks: dict[str, str]  # KIND/ID/on_X/ACTION, and KIND/ID/on_X

    @property
    def empty(self) -> bool:
        """Nothing has another name."""
        return not (self.campaigns or self.emails or self.segments or self.steps or self.marks)

    def place(self, unit: str, step: str) -> tuple[str, str]:
        """What the unit and step of a running total are called now."""
        kind, _, name = unit.partition("/")
        if kind == "campaigns":
            campaign = self.campaigns.get(name, name)
            return f"campaigns/{campaign}", self.steps.get(campaign, {}).get(step, step)
        if kind == "segments":
            return f"segments/{self.segments.get(name, name)}", step
        if not step:
            return self.marks.get(unit, unit), step
        unit, _, step = self.marks.get(f"{unit}/{step}", f"{unit}/{step}").rpartition("/")
        return unit, step


def renames_of(plan: Plan) -> Renames:
    """What the plan says was called otherwise."""
    steps = {
        name: found
        for name, campaign in plan.campaigns.items()
        if (found := _old_names({step.id: step for step in campaign.steps}))
    }
    return Renames(
        campaigns=_old_names(plan.campaigns),
        emails=_old_names(plan.emails),
        segments=_old_names(plan.segments),
        steps=steps,
        marks=_marks(plan),
    )


def rename(state: ContactState, renames: Renames) -> None:
    """Carries a forked state over to the new names."""
    if renames.empty:
        return
    for member in state.members:
        _member(member, renames)
    state.segments = {renames.segments.get(name, name) for name in state.segments}
    state.opened = {renames.emails.get(name, name) for name in state.opened}
    state.once = {renames.marks.get(mark, mark) for mark in state.once}
    state.latest = _keyed(state.latest, renames.emails)
    state.entered = _keyed(state.entered, renames.campaigns)
    state.due = {_due(name, renames): due for name, due in state.due.items()}
    state.entered_by = {_entry_mark(mark, renames.campaigns) for mark in state.entered_by}
    state.sent = {key: _sent(sent, renames) for key, sent in state.sent.items()}


def _old_names(declared: Mapping[str, _Named]) -> dict[str, str]:
    return {
        item.was: name for name, item in declared.items() if item.was is not None and item.was not in declared
    }


def _marks(plan: Plan) -> dict[str, str]:
    """Once-marks of renamed assets and actions."""
    found: dict[str, str] = {}
    kinds: dict[str, Mapping[str, Asset | Email]] = {**plan.assets, "emails": plan.emails}
    for kind, declared in kinds.items():
        for name, asset in declared.items():
            old = asset.was if asset.was is not None and asset.was not in declared else name
            for behaviour, spec in asset.behaviours.items():
                found.update(_marks_of(spec, f"{kind}/{old}/on_{behaviour}", f"{kind}/{name}/on_{behaviour}"))
    return found


def _marks_of(spec: Behaviour, old: str, new: str) -> Iterable[tuple[str, str]]:
    actions = {step.id: step for step in spec.actions}
    was = {new_name: old_name for old_name, new_name in _old_names(actions).items()}
    for name in actions:
        before, after = f"{old}/{was.get(name, name)}", f"{new}/{name}"
        if before != after:
            yield before, after
    if old != new:
        yield old, new


def _keyed(values: Mapping[str, _V], names: Mapping[str, str]) -> dict[str, _V]:
    return {names.get(name, name): value for name, value in values.items()}


def _member(member: Member, renames: Renames) -> None:
    member.campaign = renames.campaigns.get(member.campaign, member.campaign)
    steps = renames.steps.get(member.campaign)
    if steps:
        member.step = steps.get(member.step, member.step)
        member.visits = _keyed(member.visits, steps)
        member.gotos = _keyed(member.gotos, steps)
        member.messages = _keyed(member.messages, steps)


def _sent(sent: Sent, renames: Renames) -> Sent:
    campaign = renames.campaigns.get(sent.campaign, sent.campaign)
    unit, step = renames.place(sent.unit, sent.step) if sent.unit else ("", sent.step)
    email = renames.emails.get(sent.email, sent.email)
    return msgspec.structs.replace(sent, email=email, campaign=campaign, step=step, unit=unit)


def _due(name: str, renames: Renames) -> str:
    """``date/CAMPAIGN/N`` or ``segment/ID``."""
    kind, _, what = name.partition("/")
    if kind == "date":
        return f"date/{_entry_mark(what, renames.campaigns)}"
    return f"segment/{renames.segments.get(what, what)}" if kind == "segment" else name


def _entry_mark(mark: str, campaigns: Mapping[str, str]) -> str:
    """``CAMPAIGN/N`` or ``CAMPAIGN=KEY``."""
    cut = min((place for place in (mark.find("/"), mark.find("=")) if place >= 0), default=len(mark))
    return campaigns.get(mark[:cut], mark[:cut]) + mark[cut:]
