"""What a comparison finds, as `oncue diff --format json` writes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

How = Literal["added", "removed", "moved", "renamed", "changed"]


class Part(Struct, frozen=True, omit_defaults=True):
    """One thing that a unit or step says otherwise. Empty `was`: it is new; empty `now`: it is gone. Places
    are ``file:line``, empty where the plan keeps none."""

    what: str
    was: str = ""
    now: str = ""
    was_at: str = ""
    now_at: str = ""


class StepChange(Struct, frozen=True, omit_defaults=True):
    """A step of a campaign, or an action of a fulfillment action. `step`: its name now, of a removed one its
    name before; `was_step`: its name before, where it had another one that somebody chose. `was`, `now`: what
    it does, in words; `was_after`, `now_after`: of a moved one, what it stands after."""

    how: tuple[How, ...]
    step: str
    was_step: str = ""
    was: str = ""
    now: str = ""
    was_at: str = ""
    now_at: str = ""
    was_after: str = ""
    now_after: str = ""
    parts: tuple[Part, ...] = ()


class UnitChange(Struct, frozen=True, omit_defaults=True):
    """A unit: ``campaigns/welcome``, ``web_pages/pricing/on_visit``, ``fields/industry``, ``settings``.
    `was_unit`: its name before, where that was another one."""

    how: tuple[How, ...]
    unit: str
    was_unit: str = ""
    was: str = ""
    now: str = ""
    was_at: str = ""
    now_at: str = ""
    parts: tuple[Part, ...] = ()
    steps: tuple[StepChange, ...] = ()


def number_of(changes: Iterable[UnitChange | StepChange], how: How) -> int:
    """How many of them are of a kind."""
    return sum(how in each.how for each in changes)
