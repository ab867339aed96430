"""Which membership a scenario makes the active response, and why each of the others is none.

Eligible responses come before members who have not responded; of several the most recent one is taken, by the
instant of the response, then by the order of recording. For a prompt one that qualified comes first.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from oncue.runtime.kernel.funnel.records import Membership
from oncue.runtime.kernel.funnel.stages import funnel_of
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.funnel import Eligible
from oncue.schemas.plan import Scenario


class Candidate(Struct, gc=False):
    """A membership, and why it is not taken; an empty reason: it may be."""

    member: Membership
    why: str = ""

    @property
    def line(self) -> str:
        """For the audit: ``CAMPAIGN STATUS RESPONSE_STATUS INSTANT: REASON``; a member's response status is
        ``-``, the instant that of the response, or of the status."""
        member = self.member
        at = member.since if member.responded is None else member.responded
        return f"{member.campaign} {member.status} {member.result or '-'} {at}: {self.why or 'taken'}"


def search(turn: Turn, spec: Scenario, prompt: str) -> tuple[Candidate | None, list[Candidate]]:
    """The one that is taken, and all of them in the order in which they were looked at. `prompt`: the
    campaign of the response that was put off."""
    members = funnel_of(turn.state).memberships.values()
    responses = [Candidate(each, _response(turn, spec, each)) for each in members if each.result]
    others = [Candidate(each, _other(turn, spec, each, prompt)) for each in members if not each.result]
    preferred = bool(spec.prompts)
    responses.sort(key=lambda each: _rank(each.member, preferred), reverse=True)
    others.sort(key=lambda each: (each.member.since, each.member.order), reverse=True)
    found = [*responses, *others]
    taken = next((each for each in found if not each.why), None)
    for each in found:
        if taken is not None and each is not taken and not each.why:
            each.why = _lost(taken.member, each.member, preferred)
    return taken, found


def _rank(member: Membership, preferred: bool) -> tuple[bool, int, int]:
    return preferred and member.qualified, member.responded or 0, member.order


def _lost(taken: Membership, other: Membership, preferred: bool) -> str:
    if not other.result and taken.result:
        return "a response comes first"
    if preferred and taken.qualified and not other.qualified:
        return "one that qualified comes first"
    return "another one is more recent"


def _response(turn: Turn, spec: Scenario, member: Membership) -> str:
    """Why a response cannot become active."""
    if member.result == "active":
        return "it is active"
    why = _barred(turn, member) or _old(turn, spec, member.responded or 0)
    return why or not_eligible(spec.eligible, member, turn.now)


def _other(turn: Turn, spec: Scenario, member: Membership, prompt: str) -> str:
    """Why a member who has not responded cannot be made a response."""
    if not spec.non_responses:
        return "it is no response"
    if member.campaign == prompt:
        return "it is the prompt's own campaign"
    why = _barred(turn, member)
    if not why and turn.program.plan.campaigns[member.campaign].default_responded is None:
        why = "its campaign has no default_responded"
    return why or _old(turn, spec, member.since)


def _barred(turn: Turn, member: Membership) -> str:
    campaign = turn.program.plan.campaigns.get(member.campaign)
    if campaign is None:
        return "its campaign is gone"
    return "its campaign is excluded from reactivation" if campaign.exclude_from_reactivation else ""


def _old(turn: Turn, spec: Scenario, at: int) -> str:
    if spec.look_back is None or at > turn.now - spec.look_back:
        return ""
    return "it is older than look_back"


def not_eligible(eligible: Eligible, member: Membership, now: int) -> str:
    """Which criteria it does not meet: with `all` the first of them, with `any` every one; empty: it does."""
    missed = [why for why in _missed(eligible, member, now) if why]
    if eligible.mode == "all":
        return missed[0] if missed else ""
    return ", ".join(missed) if len(missed) == _criteria(eligible) else ""


def _criteria(eligible: Eligible) -> int:
    return eligible.never_reactivated + bool(eligible.statuses) + (eligible.within is not None)


def _missed(eligible: Eligible, member: Membership, now: int) -> Iterator[str]:
    if eligible.never_reactivated and member.reactivated is not None:
        yield "it was reactivated before"
    if eligible.statuses and member.result not in eligible.statuses:
        yield f"it is {member.result}"
    if eligible.within is not None and (member.responded or 0) <= now - eligible.within:
        yield "it is too long ago"
