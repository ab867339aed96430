"""`was: old-id`: what a contact's state keeps under an old name goes on under the new one.

A `was` counts once: when the plan with it takes the place of one without it. For campaigns, assets and
segments it counts as long as the new plan has nothing of its own under the old name. A step's counts also
where another step has that name now, because generated names shift. What was kept under a name that such a
step takes, and that no `was` speaks of, is put aside (`ASIDE`): it must not land on a step that it does not
belong to. The steps of a branch follow the step that owns it. Names of tracks are hashes of what they ask
about, so history is not renamed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

from oncue.runtime.kernel.adoption.alignment import is_generated, meaning, paths_of
from oncue.runtime.kernel.adoption.versions import flows, targets
from oncue.runtime.kernel.entities.kept import SplitState
from oncue.runtime.kernel.funnel.carrying import rename as rename_funnel
from oncue.runtime.kernel.state import ContactState, Deal, Errand, Member, Sent, Shelved, TaskMark, Trial
from oncue.schemas.actions import Path
from oncue.schemas.plan import Asset, Email, Plan, Step

_V = TypeVar("_V")
_M = TypeVar("_M", Deal, TaskMark)
_PATH = "path:"  # a total of how many took one
ASIDE = " (before)"  # after the name of a step that is gone while another one has its name; no id has a space


class _Named(Protocol):
    @property
    def was(self) -> str | None: ...


class Renames(Struct, frozen=True):
    """Old names to new ones."""

    campaigns: dict[str, str]
    emails: dict[str, str]
    segments: dict[str, str]
    steps: dict[str, dict[str, str]]  # flow (its campaign by the new name) -> steps
    marks: dict[str, str]  # KIND/ID/on_X/ACTION, and KIND/ID/on_X
    site_messages: dict[str, str] = {}
    fulfillment_lists: dict[str, str] = {}
    scenarios: dict[str, str] = {}
    paths: dict[str, dict[str, str]] = {}  # of splits, CAMPAIGN/STEP (new names) -> paths
    flows: dict[str, str] = {}  # see `versions.targets`

    @property
    def empty(self) -> bool:
        """Nothing has another name."""
        places = self.campaigns or self.segments or self.steps or self.marks
        others = self.site_messages or self.fulfillment_lists or self.scenarios or self.paths or self.flows
        return not (places or self.emails or others)

    def place(self, unit: str, step: str) -> tuple[str, str]:
        """What the unit and step of a running total are called now."""
        kind, _, name = unit.partition("/")
        if kind == "campaigns":
            flow = self._named(name)
            return f"campaigns/{flow}", self.steps.get(flow, {}).get(step, step)
        if kind == "fulfillment_lists":
            return f"{kind}/{self.fulfillment_lists.get(name, name)}", step
        if kind == "reactivation_scenarios":
            return f"{kind}/{self.scenarios.get(name, name)}", step
        if kind == "segments":
            return f"segments/{self.segments.get(name, name)}", step
        if not step:
            return self.marks.get(unit, unit), step
        unit, _, step = self.marks.get(f"{unit}/{step}", f"{unit}/{step}").rpartition("/")
        return unit, step

    def flow(self, flow: str) -> str:
        """Where those who travel a flow go on; whether that is there is another question."""
        return self.flows.get(flow) or self._named(flow)

    def _named(self, flow: str) -> str:
        """The same flow, its campaign by the new name."""
        campaign, at, version = flow.partition("@")
        return self.campaigns.get(campaign, campaign) + at + version

    def paused(self, unit: str) -> str:
        """What a unit that can be paused is called now; an asset as a whole goes with its behaviours."""
        inside = next((new for mark, new in self.marks.items() if mark.startswith(f"{unit}/")), "")
        return "/".join(inside.split("/")[: unit.count("/") + 1]) or self.place(unit, "")[0]

    def split(self, place: str) -> str:
        """What the split ``CAMPAIGN/STEP`` is called now."""
        campaign, _, step = place.partition("/")
        unit, step = self.place(f"campaigns/{campaign}", step)
        return f"{unit.partition('/')[2]}/{step}"

    def path(self, place: str, path: str) -> str:
        """What a path of the split `place` (its new name) is called now."""
        return self.paths.get(place, {}).get(path, path)

    def total(self, place: tuple[str, str], name: str) -> str:
        """What a running total of a place (its new one) is called now."""
        unit, step = place
        if not name.startswith(_PATH):
            return name
        return _PATH + self.path(f"{unit.partition('/')[2]}/{step}", name.removeprefix(_PATH))

    def counted(self, place: str, state: SplitState) -> SplitState:
        """What a split (its new name) has counted, by the paths' new names."""
        arrived = {self.path(place, path): number for path, number in state.arrived.items()}
        matched = {self.path(place, path): number for path, number in state.matched.items()}
        winner = self.path(place, state.winner)
        return msgspec.structs.replace(state, arrived=arrived, matched=matched, winner=winner)


def renames_of(old: Plan | None, new: Plan) -> Renames:
    """What the new plan says was called otherwise in the old one. Without an old plan, nothing was."""
    if old is None:
        return Renames({}, {}, {}, {}, {})
    campaigns = old_names(old.campaigns, new.campaigns)
    to = targets(old, new, campaigns)
    return Renames(
        campaigns=campaigns,
        emails=old_names(old.emails, new.emails),
        segments=old_names(old.segments, new.segments),
        steps=dict(_steps(old, new, campaigns, to)),
        marks=dict(_marks(old, new)),
        site_messages=old_names(old.site_messages, new.site_messages),
        fulfillment_lists=old_names(old.fulfillment_lists, new.fulfillment_lists),
        scenarios=old_names(old.reactivation_scenarios, new.reactivation_scenarios),
        paths=_paths(old, new, campaigns, to),
        flows=to,
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
    state.site_messages = [_shelved(one, renames) for one in state.site_messages]
    state.paths = dict(_taken(place, path, renames) for place, path in state.paths.items())
    state.trials = [_trial(trial, renames) for trial in state.trials if not _is_let_go(trial, renames)]
    state.errands = [_errand(errand, renames) for errand in state.errands]
    state.tasks = {key: _made_by(mark, renames) for key, mark in state.tasks.items()}
    state.deals = [_made_by(deal, renames) for deal in state.deals]
    if state.funnel is not None:
        state.funnel = rename_funnel(state.funnel, renames.campaigns, renames.scenarios)


def old_names(old: Mapping[str, _Named], new: Mapping[str, _Named]) -> dict[str, str]:
    """What is called otherwise in the new plan: old ids to new ones."""
    return {
        item.was: name
        for name, item in new.items()
        if item.was is not None
        and item.was in old
        and item.was not in new
        and (name not in old or old[name].was != item.was)
    }


def claims(old: Sequence[Step], new: Sequence[Step]) -> dict[str, str]:
    """What the `was` of the new steps say: old names to new ones. A step may say that it keeps its name."""
    before = {step.id: step for step in old}
    found: dict[str, str] = {}
    for step in new:
        if step.was in before and _counts(step, before):
            found.setdefault(step.was, step.id)
    return found


def _counts(step: Step, old: Mapping[str, Step]) -> bool:
    """Whether a step's `was` is about this change, or stayed in the file since an earlier one."""
    same, now = old.get(step.id), meaning(step)
    moved = now == meaning(old[step.was or ""])
    if same is not None and same.was == step.was:
        return is_generated(step) and moved and meaning(same) != now
    return moved or not any(other.was == step.was and meaning(other) == now for other in old.values())


def carried(old: Sequence[Step], new: Sequence[Step]) -> dict[str, str]:
    """Where everything goes that is kept under the names of the old steps, as far as it goes elsewhere."""
    said = claims(old, new)
    targets = set(said.values())
    after = {step.id: step for step in new}
    names: dict[str, str] = {}
    paths: dict[str, dict[str, str]] = {}
    for step in old:
        name = said.get(step.id) or _in_branch(step, names, paths)
        aside = step.id not in said and name in targets and is_generated(step)
        names[step.id] = name + ASIDE if aside else name
        paths[step.id] = path_names(step, after.get(name))
    return {before: after for before, after in names.items() if before != after}


def _in_branch(step: Step, names: Mapping[str, str], paths: Mapping[str, Mapping[str, str]]) -> str:
    parent = step.parent
    if parent is None or not step.id.startswith(f"{parent}/"):
        return step.id
    path, _, rest = step.id[len(parent) + 1 :].partition("/")
    return f"{names.get(parent, parent)}/{paths.get(parent, {}).get(path, path)}/{rest}"


def path_names(was: Step, now: Step | None) -> dict[str, str]:
    """What the paths of a split were called, by their `was`."""
    before = {path.name: path for path in paths_of(was)}
    kept = {path.name for path in paths_of(now)} if now is not None else set()
    return {
        path.was: path.name
        for path in (paths_of(now) if now is not None else ())
        if path.was in before and path.was not in kept and _is_new(path, before)
    }


def _is_new(path: Path, before: Mapping[str, Path]) -> bool:
    """Whether a path's `was` is about this change."""
    return path.name not in before or before[path.name].was != path.was


def _steps(
    old: Plan, new: Plan, campaigns: Mapping[str, str], to: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Of each flow whose members go on by the new steps."""
    for flow, campaign in flows(old).items():
        before, at, version = flow.partition("@")
        name = campaigns.get(before, before)
        goes_on = name in new.campaigns and to.get(flow, flow if at else name) == name
        if goes_on and (names := carried(campaign.steps, new.campaigns[name].steps)):
            yield name + at + version, names


def _paths(
    old: Plan, new: Plan, campaigns: Mapping[str, str], to: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for before, campaign in old.campaigns.items():
        name = campaigns.get(before, before)
        if to.get(before, name) != name:
            continue  # its members finish on the steps that they know
        after = {step.id: step for step in new.campaigns[name].steps} if name in new.campaigns else {}
        names = carried(campaign.steps, new.campaigns[name].steps) if after else {}
        for step in campaign.steps if after else ():
            now = names.get(step.id, step.id)
            if paths := path_names(step, after.get(now)):
                found[f"{name}/{now}"] = paths
    return found


def _marks(old: Plan, new: Plan) -> Iterator[tuple[str, str]]:
    """Once-marks of renamed assets and actions."""
    for before, after, was, asset in assets_in_both(old, new):
        for behaviour, spec in was.behaviours.items():
            left, right = f"{before}/on_{behaviour}", f"{after}/on_{behaviour}"
            now = asset.behaviours.get(behaviour)
            names = carried(spec.actions, now.actions) if now is not None else {}
            for step in spec.actions:
                mark = f"{right}/{names.get(step.id, step.id)}"
                if mark != f"{left}/{step.id}":
                    yield f"{left}/{step.id}", mark
            if left != right:
                yield left, right


def assets_in_both(old: Plan, new: Plan) -> Iterator[tuple[str, str, Asset | Email, Asset | Email]]:
    """Assets and emails: ``KIND/ID`` before and now, and what they are before and now."""
    olds: dict[str, Mapping[str, Asset | Email]] = {**old.assets, "emails": old.emails}
    news: dict[str, Mapping[str, Asset | Email]] = {**new.assets, "emails": new.emails}
    for kind, declared in olds.items():
        left = news.get(kind, {})
        names = old_names(declared, left)
        for before, asset in declared.items():
            name = names.get(before, before)
            if name in left:
                yield f"{kind}/{before}", f"{kind}/{name}", asset, left[name]


def _keyed(values: Mapping[str, _V], names: Mapping[str, str]) -> dict[str, _V]:
    return {names.get(name, name): value for name, value in values.items()}


def _member(member: Member, renames: Renames) -> None:
    to = renames.flow(member.flow)
    member.campaign = renames.campaigns.get(member.campaign, member.campaign)
    steps = renames.steps.get(member.flow)
    member.version = to.partition("@")[2]
    if steps:
        member.step = steps.get(member.step, member.step)
        member.visits = _visits(member.visits, steps)
        member.gotos = _keyed(member.gotos, steps)
        member.messages = _keyed(member.messages, steps)
        member.goals = {_goal(mark, steps) for mark in member.goals}


def _goal(mark: str, steps: Mapping[str, str]) -> str:
    """A step, maybe with more behind a space."""
    step, space, more = mark.partition(" ")
    return steps.get(step, step) + space + more


def _visits(visits: dict[str, int], steps: Mapping[str, str]) -> dict[str, int]:
    """A message's key has the step's name and the visit's number: a step that gets the name of another one
    goes on from that one's number, or its first message would look like one that was sent already."""
    kept = visits.copy()
    for name, number in _keyed(visits, steps).items():
        kept[name] = max(number, visits.get(name, 0))
    return kept


def _sent(sent: Sent, renames: Renames) -> Sent:
    campaign = renames.campaigns.get(sent.campaign, sent.campaign)
    unit, step = renames.place(sent.unit, sent.step) if sent.unit else ("", sent.step)
    email = renames.emails.get(sent.email, sent.email)
    return msgspec.structs.replace(sent, email=email, campaign=campaign, step=step, unit=unit)


def _taken(place: str, path: str, renames: Renames) -> tuple[str, str]:
    now = renames.split(place)
    return now, renames.path(now, path)


def _shelved(shelved: Shelved, renames: Renames) -> Shelved:
    unit, step = renames.place(shelved.unit, shelved.step)
    message = renames.site_messages.get(shelved.message, shelved.message)
    return msgspec.structs.replace(shelved, message=message, unit=unit, step=step)


def _is_let_go(trial: Trial, renames: Renames) -> bool:
    """Whether its split was an older version's, whose members go on by the plan in force now."""
    return "@" in trial.campaign and "@" not in renames.flow(trial.campaign)


def _trial(trial: Trial, renames: Renames) -> Trial:
    place, path = _taken(f"{trial.campaign}/{trial.step}", trial.path, renames)
    step = place.partition("/")[2]
    if trial.member is not None:
        _member(trial.member, renames)
    return Trial(renames.flow(trial.campaign), step, path, trial.order, trial.member)


def _errand(errand: Errand, renames: Renames) -> Errand:
    unit, step = renames.place(errand.unit, errand.step)
    return msgspec.structs.replace(errand, unit=unit, step=step)


def _made_by(made: _M, renames: Renames) -> _M:
    """A deal or the mark of a task: the step that added it."""
    if not made.campaign:
        return made
    campaign, _, step = renames.split(f"{made.campaign}/{made.step}").partition("/")
    return msgspec.structs.replace(made, campaign=campaign, step=step)


def _due(name: str, renames: Renames) -> str:
    """``date/CAMPAIGN/N``, ``segment/ID`` or ``crosses/SCENARIO``."""
    kind, _, what = name.partition("/")
    if kind == "crosses":
        return f"crosses/{renames.scenarios.get(what, what)}"
    if kind == "date":
        return f"date/{_entry_mark(what, renames.campaigns)}"
    return f"segment/{renames.segments.get(what, what)}" if kind == "segment" else name


def _entry_mark(mark: str, campaigns: Mapping[str, str]) -> str:
    """``CAMPAIGN/N`` or ``CAMPAIGN=KEY``."""
    cut = min((place for place in (mark.find("/"), mark.find("=")) if place >= 0), default=len(mark))
    return campaigns.get(mark[:cut], mark[:cut]) + mark[cut:]
