"""Two whole plans compared, unit by unit: by kind, and in a kind by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from oncue.cli.comparing import steps
from oncue.cli.comparing.changes import How, Part, UnitChange
from oncue.cli.comparing.leaves import Leaf, differences, leaves
from oncue.cli.comparing.steps import place, said
from oncue.cli.words.triggers import entering, starts
from oncue.cli.words.values import both, count
from oncue.runtime.kernel.adoption.renames import assets_in_both, renames_of
from oncue.schemas.plan import Asset, Behaviour, Campaign, Email, Plan, Segment, Step

# Of a plan's own keys: what says nothing by itself.
_DERIVED = frozenset({"format", "digest", "files", "conditions", "tracks", "assets", "migrate", "older"})
_APART = frozenset({"steps", "first", "starts", "behaviours", "actions"})  # compared one by one


class Unit(Struct, frozen=True):
    """One unit of a plan, whatever it is."""

    name: str
    what: Any


def compare(old: Plan, new: Plan) -> list[UnitChange]:
    """What the new plan does otherwise. Nothing of it is about how the workspaces are written."""
    names = _names(old, new)
    before = {names.get(name, name): Unit(name, what) for name, what in units(old)}
    after = {name: Unit(name, what) for name, what in units(new)}
    found = [
        _change(old, new, before.get(name), after.get(name)) for name in _in_order([*after, *before], new)
    ]
    return [each for each in found if each is not None]


def units(plan: Plan) -> Iterator[tuple[str, Any]]:
    """Everything that a plan declares, by name: ``KIND/ID``, ``KIND/ID/on_X`` of fulfillment actions,
    ``settings`` and ``project``."""
    for kind in plan.__struct_fields__:
        held = getattr(plan, kind)
        if kind in _DERIVED:
            continue
        if isinstance(held, dict):
            yield from _of_kind(kind, held)
        else:
            yield kind, held
    for kind, declared in plan.assets.items():
        yield from _of_kind(kind, declared)


def _of_kind(kind: str, declared: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, what in declared.items():
        yield f"{kind}/{name}", what
        for behaviour, spec in getattr(what, "behaviours", {}).items():
            yield f"{kind}/{name}/on_{behaviour}", spec


def _in_order(names: list[str], plan: Plan) -> list[str]:
    """By kind as the plan has them, the settings first, then by name."""
    kinds = [*plan.__struct_fields__, *sorted(plan.assets)]
    ranks = {kind: rank for rank, kind in enumerate(kinds)}
    ranks["settings"] = -1
    return sorted(set(names), key=lambda name: (ranks.get(name.partition("/")[0], len(kinds)), name))


# kind -> where `Renames` has it; assets are apart
_RENAMED = {
    "campaigns": "campaigns", "emails": "emails", "segments": "segments", "site_messages": "site_messages",
    "fulfillment_lists": "fulfillment_lists", "reactivation_scenarios": "scenarios",
}  # fmt: skip


def _names(old: Plan, new: Plan) -> dict[str, str]:
    """Units that have another name now, by their old one."""
    renames = renames_of(old, new)
    found = {
        f"{kind}/{was}": f"{kind}/{now}"
        for kind, moved in _RENAMED.items()
        for was, now in getattr(renames, moved).items()
    }
    for was, now, asset, _ in assets_in_both(old, new):
        if was != now:
            found[was] = now
            found |= {f"{was}/on_{name}": f"{now}/on_{name}" for name in asset.behaviours}
    return found


def _change(old: Plan, new: Plan, was: Unit | None, now: Unit | None) -> UnitChange | None:
    if was is None and now is not None:
        return UnitChange(("added",), now.name, now=summary(new, now.what), now_at=_place(new, now.what))
    if was is not None and now is None:
        return UnitChange(("removed",), was.name, was=summary(old, was.what), was_at=_place(old, was.what))
    return _both(old, new, was, now) if was is not None and now is not None else None


def _both(old: Plan, new: Plan, was: Unit, now: Unit) -> UnitChange | None:
    if was.name == now.name and _digest(was) == _digest(now) != "":
        return None
    parts = [
        *differences(_leaves(old, was.what), _leaves(new, now.what)),
        *_triggers(old, new, was.what, now.what),
    ]
    flow = steps.compare(old, new, _steps(was.what), _steps(now.what))
    how: list[How] = ["renamed"] if was.name != now.name else []
    how += ["changed"] if parts or flow else []
    if not how:
        return None
    return UnitChange(
        tuple(how), now.name, was.name if was.name != now.name else "",
        was_at=_place(old, was.what), now_at=_place(new, now.what), parts=tuple(parts), steps=tuple(flow),
    )  # fmt: skip


def _digest(unit: Unit) -> str:
    """Of its meaning; empty where the plan has none."""
    return str(getattr(unit.what, "digest", ""))


def _leaves(plan: Plan, what: object) -> dict[str, Leaf]:
    found = leaves(plan, what, without=_APART)
    if isinstance(what, Email):
        found["body"] = Leaf(what.body, what.body_file)
    return found


def _steps(what: object) -> tuple[Step, ...]:
    if isinstance(what, Campaign):
        return what.steps
    return what.actions if isinstance(what, Behaviour) else ()


def _place(plan: Plan, what: object) -> str:
    at = getattr(what, "at", None)
    return "" if at is None else place(plan, at)


# --- triggers -------------------------------------------------------------------------------------


def _triggers(old: Plan, new: Plan, was: object, now: object) -> list[Part]:
    """Triggers that one side alone has, and that their order is another."""
    if not isinstance(was, Campaign) or not isinstance(now, Campaign):
        return []
    before, after = _ways(old, was), _ways(new, now)
    parts = [Part("starts when", said, "", at, "") for said, at in _missing(before, after)]
    parts += [Part("starts when", "", said, "", at) for said, at in _missing(after, before)]
    if not parts and [way for way, _ in before] != [way for way, _ in after]:
        parts.append(
            Part("order of triggers", "; ".join(w for w, _ in before), "; ".join(w for w, _ in after))
        )
    return parts


def _ways(plan: Plan, campaign: Campaign) -> list[tuple[str, str]]:
    return [(starts(plan, trigger), place(plan, trigger.at)) for trigger in campaign.starts]


def _missing(here: list[tuple[str, str]], there: list[tuple[str, str]]) -> list[tuple[str, str]]:
    left = [way for way, _ in there]
    found = []
    for way, at in here:
        if way in left:
            left.remove(way)
        else:
            found.append((way, at))
    return found


# --- one unit in one line -------------------------------------------------------------------------


def summary(plan: Plan, what: object) -> str:
    """What a unit is, on one line."""
    if isinstance(what, Campaign):
        ways = "; ".join(starts(plan, trigger) for trigger in what.starts) or "nothing starts it"
        if what.statuses and not what.steps and not what.starts:
            return f"statuses {', '.join(each.id for each in what.statuses)}"
        return f"{ways}; {entering(what)}; {count(len(what.steps), 'step')}"
    if isinstance(what, Behaviour):
        return "; ".join(said(plan, step) for step in what.actions) or "no actions"
    if isinstance(what, Segment):
        return plan.conditions[what.condition.condition].text
    if isinstance(what, Email | Asset):
        return both(msgspec.structs.asdict(what)[key] or "" for key in _TITLES if getattr(what, key, None))
    return ", ".join(f"{name} {value.text}" for name, value in leaves(plan, what, plain=False).items())


_TITLES = ("subject", "name", "url")
