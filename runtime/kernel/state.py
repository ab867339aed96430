"""What the kernel keeps about one contact. Rules of this file:

- All instants are int microseconds since the epoch; all values are in compared form (see
  `oncue.schemas.values`), `shown` keeps what was written where that differs.
- A missing value is a missing key, never None.
- The kernel never changes a state that it was given: it works on `fork(state)`, whose containers are its
  own one level deep, and replaces inner lists instead of appending to them. Sets are replaced too.
- Ids of campaigns, steps and assets are the plan's; a changed plan is adopted by `adopt`, nowhere else.
- Nothing here refers back to what holds it, so Python's cycle collector need not look (`gc=False`).
"""

from __future__ import annotations

from collections.abc import Set

from msgspec import Struct

from oncue.runtime.kernel.funnel.records import FunnelState
from oncue.schemas.values import Value

Row = list[int | str | bool | list[str] | None]  # [at, seq, *props of the track]

NOTHING: frozenset[str] = frozenset()


class Member(Struct, omit_defaults=True, gc=False):
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
    goals: Set[str] = NOTHING  # steps of the goals that this entry has achieved, or skipped (see `goals`)
    asked: str = ""  # the question whose answer it waits for at its step; see `letters`
    version: str = ""  # the older version of the campaign that it finishes on; empty: the plan in force

    @property
    def flow(self) -> str:
        """Whose steps it travels (see `adoption.versions`)."""
        return f"{self.campaign}@{self.version}" if self.version else self.campaign


class Sent(Struct, array_like=True, gc=False):
    """One message to the contact, so that its events find their step, and the send gate can count it."""

    email: str  # the email's id; of every other message: empty
    at: int  # when it was made; of one that was held or deferred on its way out: when it left
    campaign: str = ""
    entry: int = 0
    step: str = ""
    rule: str = ""  # the count that the send was put under; empty: none (a list's confirmation)
    unit: str = ""  # campaigns/ID or KIND/ID/on_X
    result: str = "done"  # its present result: done, held, refused, failed or cancelled
    why: str = ""
    channel: str = "email"  # as the kind of its effect
    operational: bool = False  # or a list's confirmation: it counts in no frequency cap
    list: str = ""  # of a text message
    due: int | None = None  # deferred on its way out: it waits in the outbox until then


class Deal(Struct, omit_defaults=True, gc=False):
    """One deal of the contact. `fields` are the custom ones, compared form; `shown` as in ContactState, of
    the built-in ones too. `step`: the add_deal step, `campaign` and `entry` where it stood (empty: a
    fulfillment action)."""

    id: str  # number among all deals ever added to the contact: "1", "2", ...
    at: int
    pipeline: str
    stage: str
    title: str
    status: str = "open"
    value: int | None = None
    owner: str = ""
    score: int = 0
    fields: dict[str, Value] = {}
    shown: dict[str, str | list[str]] = {}
    campaign: str = ""
    entry: int = 0
    step: str = ""


class TaskMark(Struct, array_like=True):
    """What the contact knows of a task of its own; the task itself is an entity."""

    title: str
    campaign: str = ""  # of the add_task step
    step: str = ""
    open: bool = True


class Shelved(Struct, array_like=True):
    """A site message that waits to be shown."""

    key: str
    message: str
    at: int
    values: dict[str, str | list[str]]
    unit: str
    step: str
    entry: int
    rule: str
    expires: int | None = None


class Errand(Struct, omit_defaults=True):
    """An action that is not over: it waits for the answer of another entity, or a deferred send waits for its
    instant. A member's stands at its step; a fulfillment action's carries its event along."""

    id: str  # the question's, unique for the contact
    unit: str
    step: str
    rule: int  # as in Member
    order: int = 0  # the member's; 0: a fulfillment action
    event: bytes = b""  # of a fulfillment action: the Event, encoded
    after: bool = False  # the actions behind it in the list wait too, and go on with its answer
    due: int | None = None  # of a deferred send


class Trial(Struct, omit_defaults=True, gc=False):
    """The contact took a path of a split whose matches are counted, and has not matched yet. `order` is that
    of the stay in which it did; `member` is that stay once it is over, which still gets its history, so that
    the condition can be judged for it. `campaign` is the stay's flow."""

    campaign: str
    step: str
    path: str
    order: int
    member: Member | None = None


class ContactState(Struct, omit_defaults=True, gc=False):
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
    sent: dict[str, Sent] = {}  # message key -> what it was; in order of `at`, but for what others report
    latest: dict[str, str] = {}  # email -> key of the latest message
    opened: Set[str] = NOTHING  # emails whose open actions have fired
    deals: list[Deal] = []  # in order of their making
    deals_made: int = 0
    account: dict[str, Value] = {}  # its account's fields, as that last told; replaced whole
    account_shown: dict[str, str | list[str]] = {}
    tasks: dict[str, TaskMark] = {}  # by the task's key
    paths: dict[str, str] = {}  # "CAMPAIGN/STEP" of a split -> the path taken; empty: it is asked for
    trials: list[Trial] = []
    errands: list[Errand] = []
    site_messages: list[Shelved] = []
    conversions: dict[str, int] = {}  # conversion -> how often
    alerted: int = 0  # the day (its number) for which somebody was told that the daily limit was reached
    funnel: FunnelState | None = None  # memberships and scenarios; frozen: replaced whole
    cascade: tuple[str, int, int] = ("", 0, 0)  # the latest one with letters: origin, starts, steps
    wake: int | None = None  # the earliest of all dues, or None


def fork(state: ContactState) -> ContactState:
    """A copy whose containers may be changed; what they hold must be replaced, not changed.

    Spelled out, because every input pays for it; `copy.copy` would look for `__copy__` each time."""
    copy: ContactState = state.__copy__()  # type: ignore[attr-defined]  # every Struct has it
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
    if state.deals:  # the list is replaced, and so are their dicts
        copy.deals = [deal.__copy__() for deal in state.deals]  # type: ignore[attr-defined]
    copy.paths = state.paths.copy()
    copy.trials = [fork_trial(trial) for trial in state.trials] if state.trials else []
    return copy  # anonymous ids, tasks, errands, site messages and conversions are replaced


def fork_member(member: Member) -> Member:
    """The same for one stay; `props` and `shown` never change."""
    copy: Member = member.__copy__()  # type: ignore[attr-defined]
    copy.visits = member.visits.copy()
    copy.gotos = member.gotos.copy()
    copy.messages = member.messages.copy()
    copy.rows = member.rows.copy()
    return copy


def fork_trial(trial: Trial) -> Trial:
    """The same for a trial, whose stay may get history."""
    if trial.member is None:
        return trial
    return Trial(trial.campaign, trial.step, trial.path, trial.order, fork_member(trial.member))
