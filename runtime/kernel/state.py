"""What the kernel keeps about one contact. Rules of this file:

- All instants are int microseconds since the epoch; all values are in compared form (see
  `oncue.schemas.values`), `shown` keeps what was written where that differs.
- A missing value is a missing key, never None.
- The kernel never changes a state that it was given: it works on `fork(state)`, whose containers are its
  own one level deep, and replaces inner lists instead of appending to them. Sets are replaced too.
- Ids of campaigns, steps and assets are the plan's; a changed plan is adopted by `adopt`, nowhere else.
"""

from __future__ import annotations

from collections.abc import Set
from copy import copy as shallow

from msgspec import Struct

from oncue.schemas.values import Value

Row = list[int | str | bool | list[str] | None]  # [at, seq, *props of the track]

NOTHING: frozenset[str] = frozenset()


class Member(Struct, omit_defaults=True):
    """One stay of the contact in a campaign."""

    campaign: str
    entry: int  # number of this entry of the contact into the campaign, from 1
    order: int  # order of entry among all the contact's entries
    at: int  # instant of entry
    seq: int  # the contact's input number at entry: `since start` sees rows with a greater one
    step: str  # where it stands
    arrived: int  # when it arrived there
    rule: int = -2  # which behaviour of the step it stands at was chosen: index of the rule, -1 default
    due: int | None = None  # when its wait (or its limit) ends by itself
    key: str = ""  # entry_key's value
    props: dict[str, Value] = {}  # of the event that started it
    shown: dict[str, str | list[str]] = {}  # their shown forms where they differ
    visits: dict[str, int] = {}  # passes per step
    gotos: dict[str, list[int]] = {}  # instants of the passes of a goto in the last 24 hours
    messages: dict[str, str] = {}  # step -> key of the message that its latest pass sent
    rows: dict[str, list[Row]] = {}  # track -> rows, of tracks with a step


class Sent(Struct, array_like=True):
    """One message sent to the contact, so that its events find their step."""

    email: str
    at: int
    campaign: str = ""
    entry: int = 0
    step: str = ""
    rule: str = ""  # the count that the send was put under; empty: none (a list's confirmation)
    unit: str = ""  # campaigns/ID or KIND/ID/on_X
    result: str = "done"  # its present result: done, held, refused, failed or cancelled
    why: str = ""


class ContactState(Struct, omit_defaults=True):
    """Everything the kernel needs to know about a contact. `key` is its first identifier with its type:
    ``id:42``, ``email:ana@x.test``, ``anon:7f``; it never changes."""

    key: str
    created_at: int
    seq: int = 0  # inputs handled
    entries: int = 0  # entries made, for Member.order
    anonymous_ids: list[str] = []
    fields: dict[str, Value] = {}  # built-ins (id, email, score, created_at, ...) and custom, compared form
    shown: dict[str, str | list[str]] = {}  # shown form where it differs from the compared one
    tags: Set[str] = NOTHING
    subscriptions: dict[str, dict[str, str]] = {}  # list -> channel -> subscribed | pending | unsubscribed
    suppressed: str = ""  # why; empty: not suppressed
    bounces: dict[str, int] = {}  # hard, soft: since the last click
    counts: dict[str, int] = {}  # track -> events that entered
    totals: dict[str, bool | int | str | list[int | str | bool | list[str]]] = {}  # see kernel.history
    rows: dict[str, list[Row]] = {}  # track -> rows, sorted by (at, seq)
    segments: Set[str] = NOTHING  # as of the last round
    due: dict[str, int] = {}  # watched thing ("segment/ID", "date/CAMPAIGN/N") -> when to look again
    members: list[Member] = []  # in order of entry
    entered: dict[str, int] = {}  # campaign -> entries ever made
    entered_by: Set[str] = NOTHING  # triggers with their own `runs: once` that were used: "CAMPAIGN/N"
    once: Set[str] = NOTHING  # spent once-marks: "KIND/ID/on_X/ACTION"
    sent: dict[str, Sent] = {}  # message key -> what it was
    latest: dict[str, str] = {}  # email -> key of the latest message
    opened: Set[str] = NOTHING  # emails whose open actions have fired
    wake: int | None = None  # the earliest of all dues, or None


def fork(state: ContactState) -> ContactState:
    """A copy whose containers may be changed; what they hold must be replaced, not changed.

    Spelled out, because every input pays for it."""
    copy = shallow(state)
    copy.anonymous_ids = state.anonymous_ids.copy()
    copy.fields = state.fields.copy()
    copy.shown = state.shown.copy()
    copy.subscriptions = state.subscriptions.copy()
    copy.bounces = state.bounces.copy()
    copy.counts = state.counts.copy()
    copy.totals = state.totals.copy()
    copy.rows = state.rows.copy()
    copy.due = state.due.copy()
    copy.members = [fork_member(member) for member in state.members] if state.members else []
    copy.entered = state.entered.copy()
    copy.sent = state.sent.copy()
    copy.latest = state.latest.copy()
    return copy


def fork_member(member: Member) -> Member:
    """The same for one stay; `props` and `shown` never change."""
    copy = shallow(member)
    copy.visits = member.visits.copy()
    copy.gotos = member.gotos.copy()
    copy.messages = member.messages.copy()
    copy.rows = member.rows.copy()
    return copy
