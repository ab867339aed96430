"""Any part of a plan, taken apart into its single values, each with a name and as people read it.

What says nothing about the meaning is left out: places, digests, what follows from something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from oncue.cli.comparing.changes import Part
from oncue.cli.render.moments import local
from oncue.cli.words.values import address, duration, time_of_day
from oncue.schemas.parts import Position, Use
from oncue.schemas.plan import Plan, Schedule

_SILENT = frozenset({
    "digest", "was", "uses", "event_uses", "entry_uses", "deal_uses", "account_uses", "body_file",
})  # fmt: skip
_DURATIONS = frozenset({
    "micros", "offset_micros", "at_most_micros", "per", "due", "expires", "notify_manager_after",
    "trigger_max_age", "wait", "look_back", "within",
})  # fmt: skip


class Leaf(NamedTuple):
    """A value as people read it, and where it stands (``file:line``, empty where the plan keeps no place)."""

    text: str
    at: str = ""


_NONE = Leaf("")


def differences(old: Mapping[str, Leaf], new: Mapping[str, Leaf]) -> list[Part]:
    """The values that differ, in the order of the new side, then what is gone."""
    both = {name: (old.get(name, _NONE), new.get(name, _NONE)) for name in [*new, *old]}
    return [
        Part(name or "value", was.text, now.text, was.at, now.at)
        for name, (was, now) in both.items()
        if was.text != now.text and {was.text, now.text} != {"", "no"}
    ]


def leaves(
    plan: Plan, part: object, *, without: frozenset[str] = frozenset(), plain: bool = True
) -> dict[str, Leaf]:
    """Every value below a part of the plan, by its path: ``task: due`` to ``3 days``. `plain`: those too
    that are as they are where nothing is said."""
    return {path: leaf for path, leaf in _below(plan, part, "", without, plain) if leaf.text}


def _below(
    plan: Plan, value: object, path: str, without: frozenset[str], plain: bool
) -> Iterator[tuple[str, Leaf]]:
    if isinstance(value, Use):
        yield path, Leaf(_text(plan, value), f"{plan.files[value.at.file]}:{value.at.line}")
    elif isinstance(value, Schedule):
        yield path, Leaf(f"{value.text} ({value.timezone})")
    elif isinstance(value, Position):
        return
    elif isinstance(value, Struct | dict):
        for key, inner in _members(value, plain):
            if key not in _SILENT and key not in without:
                yield from _below(plan, inner, f"{path}: {key}" if path else key, frozenset(), plain)
    elif isinstance(value, list | tuple) and any(isinstance(each, Struct | dict) for each in value):
        for number, each in enumerate(value, 1):
            yield from _below(plan, each, f"{path} {number}", frozenset(), plain)
    elif value not in (None, (), []):
        yield path, Leaf(_shown(plan, path.rpartition(": ")[2], value))


def _text(plan: Plan, use: Use) -> str:
    return plan.conditions[use.condition].text


def _members(value: Struct | dict[str, Any], plain: bool) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        return value.items()
    fields = ((field, getattr(value, field.name)) for field in msgspec.structs.fields(value))
    return [(field.name, inner) for field, inner in fields if plain or inner != field.default]


def _shown(plan: Plan, key: str, value: Any) -> str:  # noqa: ANN401
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and key in _DURATIONS:
        return duration(value)
    if isinstance(value, int) and key in ("minutes", "start", "end"):
        return time_of_day(value)
    if key in ("since", "at") and isinstance(value, int):
        return local(value, plan.settings.timezone)
    if key == "content":  # of an attachment
        return f"{len(value) * 3 // 4:,} bytes, {sha256(value.encode()).hexdigest()[:12]}"
    return address(value) if key == "url" and "*" not in str(value) else str(value)
