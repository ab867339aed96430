"""What the kernel keeps about a contact's place in the funnel. Everything is frozen: what changes is
replaced, so a contact that nothing happens to in the funnel costs no copy."""

from __future__ import annotations

from collections.abc import Set

from msgspec import Struct

NO_SCENARIOS: frozenset[str] = frozenset()


class Membership(Struct, frozen=True, omit_defaults=True, gc=False):
    """The contact's one membership in a campaign. It is a response as soon as it has a `result`, its response
    status; `order` is that of recording: of the response, before it of the latest change of `status`. The
    stages' instants are those of the latest time that it was active."""

    campaign: str
    status: str
    at: int  # when it began
    since: int  # when it got its status
    order: int
    result: str = ""
    responded: int | None = None
    qualified: bool = False  # what `qualified_when` said when it became a response
    engaged: int | None = None
    opportunity: int | None = None
    won: int | None = None
    lost: int | None = None
    ended: int | None = None
    reactivated: int | None = None
    by: str = ""  # the scenario that made it active
    deal: str = ""  # the contact's deal that belongs to it

    @property
    def stage(self) -> str | None:
        """Of an active response."""
        if self.result != "active":
            return None
        return "engaged" if self.opportunity is None else "opportunity"


class Waiting(Struct, frozen=True, omit_defaults=True, gc=False):
    """A scenario that was set off at `at` and judges at `due`. `cause`: the triggering input, an event's id
    or the input's number; `by`: what it was, for people. `prompt`: the response that was put off for it."""

    scenario: str
    at: int
    due: int
    cause: str
    by: str
    prompt: str = ""


class Prompt(Struct, frozen=True, gc=False):
    """A response in a prompt campaign that was put off: scenarios look for an earlier one first. `left`: how
    many have still to judge."""

    campaign: str
    status: str
    at: int
    left: int


class Asked(Struct, frozen=True, gc=False):
    """A scenario's action that waits for a team's answer; those behind it go on with it."""

    scenario: str
    step: str
    rule: int
    cause: str


class FunnelState(Struct, frozen=True, omit_defaults=True, gc=False):
    """`memberships` by campaign; `active` is the campaign of the active response. `crossed`: scenarios whose
    `crosses` held at the last round. `waiting` and `prompts` by their number."""

    memberships: dict[str, Membership] = {}
    written: int = 0  # Membership.order
    active: str = ""
    crossed: Set[str] = NO_SCENARIOS
    waiting: dict[str, Waiting] = {}
    prompts: dict[str, Prompt] = {}
    numbers: int = 0  # of `waiting` and `prompts`
    asked: dict[str, Asked] = {}  # by question


EMPTY = FunnelState()
