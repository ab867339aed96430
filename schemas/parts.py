"""What every part of the plan is made of: places in the YAML, uses of conditions."""

from __future__ import annotations

from msgspec import Struct


class Position(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Where in the YAML: index into `Plan.files`, line and column from 1."""

    file: int
    line: int
    column: int


class Use(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A condition in its place: a key of `Plan.conditions` and where it was written."""

    condition: str
    at: Position
