"""What people see of the funnel: a contact's memberships, and the scenarios that wait for it."""

from __future__ import annotations

from msgspec import Struct

from oncue.runtime import clock
from oncue.runtime.kernel.state import ContactState
from oncue.schemas.funnel import STAGES


class MembershipShown(Struct, frozen=True):
    """A membership in a campaign; `response`: its response status, empty for a member who has not responded.
    `stages`: stage -> instant; `scenario`: what made it active, if one did."""

    campaign: str
    status: str
    since: str
    response: str = ""
    stages: dict[str, str] = {}
    reactivated: str | None = None
    ended: str | None = None
    scenario: str = ""
    deal: str = ""


class WaitingShown(Struct, frozen=True):
    """A scenario that was set off `by` something and judges at `due`."""

    scenario: str
    by: str
    since: str
    due: str


def memberships(state: ContactState) -> list[MembershipShown]:
    """A contact's memberships, in the order in which they were recorded."""
    funnel = state.funnel
    found = sorted(funnel.memberships.values(), key=lambda each: each.order) if funnel is not None else []
    return [
        MembershipShown(
            campaign=each.campaign,
            status=each.status,
            since=clock.show(each.since),
            response=each.result,
            stages={name: clock.show(at) for name in STAGES if (at := getattr(each, name)) is not None},
            reactivated=None if each.reactivated is None else clock.show(each.reactivated),
            ended=None if each.ended is None else clock.show(each.ended),
            scenario=each.by,
            deal=each.deal,
        )
        for each in found
    ]


def waiting(state: ContactState) -> list[WaitingShown]:
    """The scenarios that wait for the contact, by the instant at which they judge."""
    funnel = state.funnel
    found = sorted(funnel.waiting.values(), key=lambda each: each.due) if funnel is not None else []
    return [WaitingShown(one.scenario, one.by, clock.show(one.at), clock.show(one.due)) for one in found]
