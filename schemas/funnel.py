"""The funnel in the plan: its settings, the statuses of campaigns' members, and which responses may become
active again.

A membership (contact, campaign, status) is a response once its status is a responded one. Its response status
is one of RESPONSE_STATUSES; at most one response of a contact is ``active``. It passes STAGES.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from oncue.schemas.parts import Position, Use

Mode = Literal["active", "passive", "hybrid"]
RESOLVED = (
    "resolved_no_action",
    "resolved_already_engaged",
    "resolved_inactive",
    "resolved_won",
    "resolved_lost",
)
RESPONSE_STATUSES = ("active", *RESOLVED)
STAGES = ("responded", "engaged", "opportunity", "won", "lost")


class _Doc(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    pass


class Funnel(_Doc, frozen=True):
    """`active` and `inactive` are values of the contact field ``status``, in compared form."""

    at: Position
    mode: Mode
    qualified_when: Use
    active: tuple[str, ...] = ()
    inactive: tuple[str, ...] = ()
    first: str = ""  # the first active status as written: what oncue sets


class MemberStatus(_Doc, frozen=True, array_like=True):
    """A status of a campaign's members."""

    id: str
    responded: bool = False


class Eligible(_Doc, frozen=True):
    """Which responses may become active again: `any` or `all` of the criteria that are given. `within`:
    microseconds since the response."""

    mode: Literal["any", "all"]
    never_reactivated: bool = False
    statuses: tuple[str, ...] = ()
    within: int | None = None
