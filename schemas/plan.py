"""The plan: what the compiler hands to the runtime, as one canonical JSON document.

The runtime works from this document alone. Every Struct is frozen, unknown keys are refused on reading,
defaults are left out on writing. `Plan.digest` is the SHA-256 of the canonical JSON of everything else;
each unit (asset, segment, campaign) has a digest of its meaning, positions left out.

Instants and durations are int microseconds, numbers are decimal texts, dates ISO texts, times of day int
minutes after midnight.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from oncue.schemas.conditions import Condition, Track
from oncue.schemas.values import ValueType

FORMAT = 1  # of the plan document; the runtime refuses another


class _Doc(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    pass


class Position(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Where in the YAML: index into `Plan.files`, line and column from 1."""

    file: int
    line: int
    column: int


class Use(_Doc, frozen=True):
    """A condition in its place: a key of `Plan.conditions` and where it was written."""

    condition: str
    at: Position


# --- declarations ---------------------------------------------------------------------------------


class FieldSpec(_Doc, frozen=True):
    """A contact field or event property: its type, allowed values (shown form), bounds (decimal text)."""

    type: ValueType
    values: tuple[str, ...] = ()
    min: str | None = None
    max: str | None = None


class EventSpec(_Doc, frozen=True):
    """An event type: its properties, and the kind of asset it belongs to, if any."""

    properties: dict[str, FieldSpec] = {}
    asset_kind: str | None = None
    required: tuple[str, ...] = ()


class ListSpec(_Doc, frozen=True):
    at: Position
    opt_in: Literal["single", "double"] = "single"
    confirm: str | None = None  # email id


class UserSpec(_Doc, frozen=True):
    at: Position
    email: str
    manager: str | None = None
    phone: str | None = None
    active: bool = True


class TeamSpec(_Doc, frozen=True):
    at: Position
    users: tuple[str, ...]


class ConnectorSpec(_Doc, frozen=True):
    """A connector as configured. Secrets stay ``env:NAME`` references."""

    type: str
    settings: dict[str, str]
    at: Position


# --- actions --------------------------------------------------------------------------------------


class _Action(Struct, frozen=True, tag_field="do", omit_defaults=True, forbid_unknown_fields=True):
    pass


class SendEmail(_Action, frozen=True, tag="send_email"):
    email: str


class AdjustScore(_Action, frozen=True, tag="adjust_score"):
    """`by` and `to` are decimal texts; `reset` is `to: 0`. Exactly one is set."""

    by: str | None = None
    to: str | None = None


class AddTag(_Action, frozen=True, tag="add_tag"):
    tag: str


class RemoveTag(_Action, frozen=True, tag="remove_tag"):
    tag: str


class UpdateContact(_Action, frozen=True, tag="update_contact"):
    """`set`: field to literal (shown form); `copy`: field to source field; `clear`: fields."""

    set: dict[str, str | tuple[str, ...]] = {}
    copy: dict[str, str] = {}
    clear: tuple[str, ...] = ()


class AddNote(_Action, frozen=True, tag="add_note"):
    """A note on the contact; a template over contact fields (and event properties where there are any)."""

    text: str


class Subscribe(_Action, frozen=True, tag="subscribe"):
    list: str
    channels: tuple[str, ...] = ("email",)


class Unsubscribe(_Action, frozen=True, tag="unsubscribe"):
    """From one list, or (`list` None) from all lists, which suppresses the contact."""

    list: str | None = None
    channels: tuple[str, ...] = ()  # empty: every channel


class WaitFor(_Action, frozen=True, tag="wait_for"):
    micros: int


class WaitAt(_Action, frozen=True, tag="wait_at"):
    """The first such instant strictly after arrival. `days` are weekdays, Monday 0; empty: every day.
    `timezone` is an IANA name or ``contact``."""

    minutes: int
    timezone: str
    days: tuple[int, ...] = ()


class WaitDate(_Action, frozen=True, tag="wait_date"):
    """Until a date field plus `offset_days` at `minutes` local time (a datetime field: plus
    `offset_micros`, at its own time unless `minutes` is given)."""

    field: str
    offset_micros: int = 0
    minutes: int | None = None
    timezone: str | None = None  # None: the project's
    if_past: Literal["skip", "end"] = "skip"


class WaitUntil(_Action, frozen=True, tag="wait_until"):
    until: Use
    at_most: int | None = None  # microseconds
    on_timeout: str | None = None  # first step of that branch


class If(_Action, frozen=True, tag="if"):
    """`then` and `else_` name the first step of the branch; None goes on at the step's own `next`."""

    when: Use
    then: str | None = None
    else_: str | None = None


class Goto(_Action, frozen=True, tag="goto"):
    step: str
    at_most: int | None = None  # passes per entry


class End(_Action, frozen=True, tag="end"):
    pass


Action = (
    SendEmail
    | AdjustScore
    | AddTag
    | RemoveTag
    | UpdateContact
    | AddNote
    | Subscribe
    | Unsubscribe
    | WaitFor
    | WaitAt
    | WaitDate
    | WaitUntil
    | If
    | Goto
    | End
)


class Rule(_Doc, frozen=True):
    """`use` None is `no_action`."""

    when: Use
    use: Action | None


class Step(_Doc, frozen=True):
    """One step of a campaign, or one action of a fulfillment action.

    `id`: the step's own `id`, else its action key (``wait``, ``send_email``, ...) with ``-2``, ``-3`` for
    repeats among siblings; inside a branch prefixed by the path of the branch, such as
    ``if/then/adjust_score`` or ``wait-2/on_timeout/send_email``. Unique in its campaign or behaviour.
    `default` None is `no_action`. `next` is the step after it (the branch's end already leads on to
    whatever follows the branching step); None ends the campaign. `parent` lets a changed plan
    find the next survivor.
    """

    id: str
    kind: str  # the action key as written: send_email, wait, if, ...
    at: Position
    default: Action | None
    rules: tuple[Rule, ...] = ()
    next: str | None = None
    parent: str | None = None
    on_failure: Literal["continue", "end"] = "continue"
    once: bool = False  # fulfillment actions only
    was: str | None = None


class Behaviour(_Doc, frozen=True):
    """The fulfillment actions of one asset's behaviour. `start` and `until` are whole days, both included,
    in the project's zone, by the event's own time."""

    at: Position
    actions: tuple[Step, ...]
    active: bool = True
    start: str | None = None
    until: str | None = None


class Asset(_Doc, frozen=True):
    """A landing page, web form, web page, trackable content or video. `behaviours` is keyed by behaviour:
    open, click, view, submission, download, conversion, watch, visit."""

    at: Position
    digest: str
    name: str | None = None
    url: str | None = None
    behaviours: dict[str, Behaviour] = {}
    was: str | None = None


class Email(_Doc, frozen=True):
    """An email. `body` is the template's text; `uses` are the contact fields that subject and body read,
    `event_uses` the event properties (written ``event.x`` in a template), `entry_uses` the entry's."""

    at: Position
    digest: str
    subject: str
    body: str
    body_format: Literal["markdown", "html"]
    body_file: str
    uses: tuple[str, ...] = ()
    event_uses: tuple[str, ...] = ()
    entry_uses: tuple[str, ...] = ()
    list: str | None = None
    operational: bool = False
    from_: str | None = None
    reply_to: str | None = None
    behaviours: dict[str, Behaviour] = {}
    was: str | None = None


class Segment(_Doc, frozen=True):
    at: Position
    digest: str
    condition: Use
    description: str | None = None
    was: str | None = None


# --- campaigns ------------------------------------------------------------------------------------


class _Trigger(
    Struct, frozen=True, tag_field="on", omit_defaults=True, forbid_unknown_fields=True, kw_only=True
):
    at: Position
    when: Use | None = None
    runs: Literal["once"] | None = None  # tightens the campaign's own rule
    existing: bool = False


class OnEvent(_Trigger, frozen=True, tag="event"):
    event: str
    asset: str | None = None


class OnSegment(_Trigger, frozen=True, tag="segment"):
    segment: str
    change: Literal["enters", "leaves"]


class OnTag(_Trigger, frozen=True, tag="tag"):
    tag: str
    change: Literal["added", "removed"]


class OnField(_Trigger, frozen=True, tag="field"):
    """Fires when the field's compared value differs; with `to`, only when it becomes that value."""

    field: str
    to: str | None = None


class OnScore(_Trigger, frozen=True, tag="score"):
    """Fires when `score ORDER value` goes from false to true."""

    order: Literal["<", "<=", ">", ">="]
    value: str


class OnSubscription(_Trigger, frozen=True, tag="subscription"):
    list: str
    change: Literal["subscribed", "unsubscribed"]


class OnDate(_Trigger, frozen=True, tag="date"):
    """At a date field plus `offset_micros`, at `minutes` in the project's zone (a datetime field: its own
    time unless given). `yearly`: at each anniversary; 29 February counts as the 28th in other years."""

    field: str
    offset_micros: int = 0
    minutes: int | None = None
    yearly: bool = False


class OnManual(_Trigger, frozen=True, tag="manual"):
    """Only `oncue contact enrol` (any campaign may be entered that way; this one says it is meant)."""


Trigger = OnEvent | OnSegment | OnTag | OnField | OnScore | OnSubscription | OnDate | OnManual


class Campaign(_Doc, frozen=True):
    """`steps` are in file order, branches inlined after the step that owns them; `first` is where an entry
    begins (None: no steps)."""

    at: Position
    digest: str
    starts: tuple[Trigger, ...] = ()
    runs: Literal["once", "every_time"] = "once"
    entries: Literal["one", "many"] = "one"
    entry_key: str | None = None  # a property of the starting event
    exit_when: Use | None = None
    steps: tuple[Step, ...] = ()
    first: str | None = None
    description: str | None = None
    was: str | None = None


class Settings(_Doc, frozen=True):
    timezone: str
    unknown_events: Literal["reject", "ignore"] = "reject"
    unknown_contacts: Literal["create", "reject"] = "create"
    trigger_max_age: int = 7 * 86_400 * 1_000_000
    deliver_only_to: tuple[str, ...] = ()


class Plan(_Doc, frozen=True, kw_only=True):
    """The whole plan. Asset kinds other than emails share one table, keyed by kind, then id."""

    format: int = FORMAT
    project: str
    digest: str = ""
    settings: Settings
    files: tuple[str, ...]
    fields: dict[str, FieldSpec]
    events: dict[str, EventSpec]
    conditions: dict[str, Condition] = {}
    tracks: dict[str, Track] = {}
    lists: dict[str, ListSpec] = {}
    users: dict[str, UserSpec] = {}
    teams: dict[str, TeamSpec] = {}
    connectors: dict[str, ConnectorSpec] = {}
    assets: dict[str, dict[str, Asset]] = {}
    emails: dict[str, Email] = {}
    segments: dict[str, Segment] = {}
    campaigns: dict[str, Campaign] = {}
