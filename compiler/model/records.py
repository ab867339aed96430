"""Conditions as somebody wrote them, and the base of the model's records."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from oncue.compiler.yaml.nodes import Node, Scalar


class Record(Struct, frozen=True, gc=False, eq=False):
    """Frozen, and equal only to itself: one that stands elsewhere is another one."""


class Text(Record, frozen=True):
    """A condition as text."""

    node: Scalar


class Group(Record, frozen=True):
    """``all: [...]`` (and) or ``any: [...]`` (or)."""

    kind: Literal["and", "or"]
    node: Node
    parts: tuple[Text | Group, ...]


Cond = Text | Group
