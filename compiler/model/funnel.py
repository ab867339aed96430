"""The funnel as it was written: settings, the statuses of campaigns, reactivation scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from oncue.compiler.model.flow import Step
from oncue.compiler.model.records import Cond, Record
from oncue.compiler.model.refs import Ref
from oncue.compiler.model.triggers import Trigger
from oncue.compiler.yaml.nodes import Node, Scalar

_NO_KEYS: Mapping[str, Scalar] = {}


class Funnel(Record, frozen=True):
    """`active` and `inactive` are values of the contact field ``status``; the keys are those of the settings,
    for saying what is missing."""

    key: Scalar
    mode: Literal["active", "passive", "hybrid"] = "active"
    qualified_when: Cond | None = None  # None: unreadable
    active: tuple[Scalar, ...] = ()
    inactive: tuple[Scalar, ...] = ()


class MemberStatus(Record, frozen=True):
    key: Scalar
    responded: bool = False


class Eligible(Record, frozen=True):
    node: Node
    mode: Literal["any", "all"]
    never_reactivated: bool = False
    statuses: tuple[str, ...] = ()
    within: int | None = None


class Scenario(Record, frozen=True):
    """`type` None: unreadable. `keys` are those of the definition, by name. `insert` is the choice of the
    default campaign; `actions` are what is done with an active response."""

    key: Scalar
    type: str | None = None
    keys: Mapping[str, Scalar] = _NO_KEYS
    crosses: Cond | None = None
    field: Ref | None = None
    prompts: tuple[Ref, ...] = ()
    on: Trigger | None = None
    when: Cond | None = None
    wait: int = 0
    look_back: int | None = None
    eligible: Eligible | None = None
    non_responses: bool = False
    insert: Step | None = None
    actions: tuple[Step, ...] = ()
    description: str | None = None
    was: str | None = None
