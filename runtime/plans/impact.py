"""What a changed plan would do to everybody who is in the database, as `reckoning` finds it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

What = Literal["stay", "finish", "go", "end", "refused"]


class Group(Struct, frozen=True, omit_defaults=True):
    """Members who stand at one step (`campaign` and `step` by their old names), and what becomes of them.

    stay: at the step, which may be called `to` then; `earliest` and `latest`: when their waits end then, and
    `was_earliest`, `was_latest` when they would have (ISO 8601, UTC; empty: nothing is set). finish: the
    same, on the steps that they entered (`on_change: finish`). go: they
    stand at `to` right after, ``campaigns/ID/STEP``; `why`: ``gone`` (their step), ``migrate``, or empty:
    they go on from it. end: the stay is over; `why` as the audit has it. refused: the plan cannot take
    effect before somebody says what becomes of them."""

    campaign: str
    step: str
    what: What
    number: int
    to: str = ""
    why: str = ""
    earliest: str = ""
    latest: str = ""
    was_earliest: str = ""
    was_latest: str = ""


class Entering(Struct, frozen=True, omit_defaults=True):
    """A new trigger on a segment. `inside`: how many are in that segment already; `enter`: how many of them
    enter by it now, which only `existing: true` lets them."""

    campaign: str
    trigger: str
    segment: str
    existing: bool
    inside: int
    enter: int


class Changed(Struct, frozen=True, omit_defaults=True):
    """A number that is another one then: how many are in a segment."""

    unit: str
    was: int
    now: int


Held = Literal["once", "path", "membership"]


class Kept(Struct, frozen=True, omit_defaults=True):
    """Used-up `once` of an action, paths taken at a split, or memberships in a campaign, whose name is
    another one now (`now`), or which is gone (`now` empty), or in doubt."""

    what: Held
    was: str
    number: int
    now: str = ""
    doubt: bool = False


class Waiting(Struct, frozen=True, omit_defaults=True):
    """Contacts on a fulfillment list that is called otherwise, or gone: `to` is where they wait then, empty:
    nowhere. Or on one that stays and runs at other times: its next batch is made at `next`, instead of
    `was_next` (ISO 8601, UTC)."""

    list: str
    number: int
    to: str = ""
    refused: bool = False
    next: str = ""
    was_next: str = ""


class Queued(Struct, frozen=True, omit_defaults=True):
    """Messages that have not left. `changed`: of emails that say something else now, which is what leaves;
    `gone`: of emails that are gone, which cannot be made; `cancelled`: taken back by the change."""

    number: int
    changed: int = 0
    gone: int = 0
    cancelled: int = 0


class Needs(Struct, frozen=True, omit_defaults=True):
    """History that a new condition needs, made up from the log. `since`: from when on it is needed (empty:
    from the beginning); `begins`: where the log begins; `whole`: it reaches far enough."""

    event: str
    asset: str
    since: str
    begins: str
    whole: bool


class Impact(Struct, frozen=True):
    """All of it, at the instant `at`. `refusals`: why the plan cannot take effect, as `oncue run` says it.
    `overdue`: contacts whose timers are due before `at`; these fire by the old plan first. `needless`:
    entries of `migrate` that do nothing here."""

    at: str
    contacts: int
    overdue: int
    refusals: list[str]
    members: list[Group]
    entering: list[Entering]
    segments: list[Changed]
    kept: list[Kept]
    waiting: list[Waiting]
    queued: Queued
    history: list[Needs]
    needless: list[str]
