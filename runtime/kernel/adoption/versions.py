"""`on_change: finish`: whoever is inside a campaign when its steps change finishes on those that it entered.

- What counts is what members run by: the steps and `exit_when`. Triggers, statuses and words are no version.
- The plan that the runtime keeps carries the older versions in `Plan.older`, by ``ID@VERSION``, as long as
  somebody is on them: with the conditions that they ask, and the tracks that these read.
- A flow is a campaign's steps: ``ID`` as the plan in force has them, ``ID@VERSION`` as an older one had them.
- What a version names is shared: emails, segments, lists and everything else are those of the plan in force
  (see `named`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import TypeVar, cast

import msgspec
from msgspec import Struct

from oncue.runtime.kernel.state import Member
from oncue.schemas.conditions import Agg, Track
from oncue.schemas.parts import Position, Use
from oncue.schemas.plan import Campaign, Plan

_D = TypeVar("_D")
_NOWHERE = Position(0, 0, 0)


def base(flow: str) -> str:
    """The campaign that a flow belongs to."""
    return flow.partition("@")[0]


def flows(plan: Plan) -> dict[str, Campaign]:
    """Every flow of the plan, those in force first."""
    return {**plan.campaigns, **plan.older}


def version_of(campaign: Campaign) -> str:
    """What tells a campaign's versions apart: a short hash of what members run by."""
    plain = _placed(_bare(campaign), lambda _: _NOWHERE)
    return blake2b(msgspec.json.encode(plain, order="sorted"), digest_size=4).hexdigest()


def _bare(campaign: Campaign, version: str = "") -> Campaign:
    steps = tuple(msgspec.structs.replace(step, was=None) for step in campaign.steps)
    return Campaign(campaign.at, version, exit_when=campaign.exit_when, steps=steps, first=campaign.first)


def composed(old: Plan, new: Plan, names: Mapping[str, str], is_inside: Callable[[str], bool]) -> Plan:
    """The new plan with the versions that members finish on. `names`: campaigns that are called otherwise,
    old to new; `is_inside`: whether anybody travels a flow of the old plan."""
    older: dict[str, Campaign] = {}
    for flow, campaign in flows(old).items():
        name = names.get(base(flow), base(flow))
        now = new.campaigns.get(name)
        if now is not None and now.on_change == "finish":
            version = version_of(campaign)
            if version != version_of(now) and is_inside(flow):
                older[f"{name}@{version}"] = _bare(campaign, version)
    return _with_older(old, new, older) if older else msgspec.structs.replace(new, older={})


def _with_older(old: Plan, new: Plan, older: dict[str, Campaign]) -> Plan:
    files = (*new.files, *(file for file in old.files if file not in new.files))

    def place(at: Position) -> Position:
        return msgspec.structs.replace(at, file=files.index(old.files[at.file]))

    placed = {flow: _placed(campaign, place) for flow, campaign in older.items()}
    asked = {part.condition for part in parts(placed) if isinstance(part, Use)}
    kept = {key: old.conditions[key] for key in sorted(asked)}
    read = {part.track for part in parts(kept) if isinstance(part, Agg)}
    tracks = {name: _united(old.tracks[name], new.tracks.get(name)) for name in sorted(read)}
    return msgspec.structs.replace(
        new, files=files, older=placed, conditions={**new.conditions, **kept}, tracks={**new.tracks, **tracks}
    )


def _united(one: Track, other: Track | None) -> Track:
    """A track that keeps what either needs; both are of the same events."""
    if other is None:
        return one
    return msgspec.structs.replace(
        one,
        props=tuple(sorted({*one.props, *other.props})),
        keep=max(one.keep, other.keep),
        forever=one.forever or other.forever,
        members=tuple(sorted({*one.members, *other.members})),
        totals=tuple(sorted({*one.totals, *other.totals})),
    )


def targets(old: Plan, new: Plan, names: Mapping[str, str]) -> dict[str, str]:
    """Old flows to those on which their members go on, as far as these are others; `names` as above. What
    is not here keeps its version, or the lack of one."""
    found: dict[str, str] = {}
    for flow, campaign in flows(old).items() if old.older or new.older else ():
        name = names.get(base(flow), base(flow))
        now = new.campaigns.get(name)
        if now is None:
            continue
        kept = f"{name}@{version_of(campaign)}" if now.on_change == "finish" else ""
        to = kept if kept in new.older else name
        if to != flow:
            found[flow] = to
    return found


def travelled(plan: Plan, members: Iterable[Member]) -> Plan:
    """The plan as these members travel it: with the steps of the versions that they are on."""
    campaigns = {
        member.campaign: msgspec.structs.replace(
            plan.campaigns[member.campaign],
            exit_when=plan.older[member.flow].exit_when,
            steps=plan.older[member.flow].steps,
            first=plan.older[member.flow].first,
        )
        for member in members
        if member.version
    }
    return msgspec.structs.replace(plan, campaigns={**plan.campaigns, **campaigns}) if campaigns else plan


# --- documents, part by part ----------------------------------------------------------------------


def parts(value: object) -> Iterator[Struct]:
    """Every Struct within a document, the outer ones first."""
    if isinstance(value, Struct):
        yield value
        for name in value.__struct_fields__:
            yield from parts(getattr(value, name))
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from parts(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from parts(each)


def _placed(value: _D, place: Callable[[Position], Position]) -> _D:
    """A document with its positions replaced."""
    found: object = value
    if isinstance(value, Position):
        found = place(value)
    elif isinstance(value, Struct):
        fields = {name: _placed(getattr(value, name), place) for name in value.__struct_fields__}
        found = msgspec.structs.replace(value, **fields)
    elif isinstance(value, tuple):
        found = tuple(_placed(each, place) for each in value)
    return cast(_D, found)
