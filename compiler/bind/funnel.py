"""The funnel's settings, and the statuses of campaigns' members, to records."""

from __future__ import annotations

from typing import Any

from oncue.compiler.bind.conditions import condition
from oncue.compiler.bind.forms import get
from oncue.compiler.bind.reading import Reader
from oncue.compiler.model.funnel import Funnel, MemberStatus
from oncue.compiler.yaml.nodes import Node, Scalar


def funnel(reader: Reader, key: Scalar | None, node: Node | None) -> Funnel | None:
    """The settings; None: there are none, or they cannot be read."""
    body = reader.mapping(node, "`mode` and `qualified_when`")
    if key is None or body is None:
        return None
    mode: Any = reader.choice(body.get("mode"), ("active", "passive", "hybrid")) or "passive"
    return Funnel(
        key=body.key("mode") or key,
        mode=mode,
        qualified_when=condition(reader, body.get("qualified_when")),
        active=tuple(reader.scalars(body.get("active_statuses"), "a list of statuses")),
        inactive=tuple(reader.scalars(body.get("inactive_statuses"), "a list of statuses")),
    )


def statuses(reader: Reader, node: Node | None) -> tuple[MemberStatus, ...]:
    """The statuses of a campaign's members, in file order."""
    body = reader.mapping(node, "statuses, such as `attended: {responded: true}`")
    return tuple(
        MemberStatus(key, reader.boolean(get(value, "responded"), default=False)) for key, value in body or ()
    )
