"""What a workspace declares: frozen records that still know where everything was written.

`bind` makes them from nodes, `resolve` and the lints read them, `lower` turns them into the plan. Names are
not resolved here: a `Ref` says what somebody wrote and which kind of thing it must name. Where the shape
of a part was wrong, the part is missing (`schema_check` has reported it) but its id stands, so that one
slip does not become ten.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from oncue.compiler.model_places import Audience, Conversion, Pipeline, Policies, SiteMessage
from oncue.compiler.nodes import Node, Scalar
from oncue.compiler.refs import Ref as Ref
from oncue.schemas.plan import EventSpec, FieldSpec


class _Record(Struct, frozen=True, gc=False, eq=False):
    pass


# --- conditions -----------------------------------------------------------------------------------


class Text(_Record, frozen=True):
    """A condition as text."""

    node: Scalar


class Group(_Record, frozen=True):
    """``all: [...]`` (and) or ``any: [...]`` (or)."""

    kind: Literal["and", "or"]
    node: Node
    parts: tuple[Text | Group, ...]


Cond = Text | Group

# --- actions --------------------------------------------------------------------------------------


class SendEmail(_Record, frozen=True):
    email: Ref


class AdjustScore(_Record, frozen=True):
    """Exactly one is set; decimal texts (`reset` is ``to: 0``)."""

    by: str | None = None
    to: str | None = None


class AddTag(_Record, frozen=True):
    tag: Scalar


class RemoveTag(_Record, frozen=True):
    tag: Scalar


class UpdateContact(_Record, frozen=True):
    set: tuple[tuple[Ref, Node], ...] = ()
    copy: tuple[tuple[Ref, Ref], ...] = ()  # (field, source)
    clear: tuple[Ref, ...] = ()


class AddNote(_Record, frozen=True):
    text: Scalar


class Subscribe(_Record, frozen=True):
    list: Ref
    channels: tuple[str, ...] = ("email",)


class Unsubscribe(_Record, frozen=True):
    """`list` None: from all."""

    list: Ref | None = None
    channels: tuple[str, ...] = ()


class WaitFor(_Record, frozen=True):
    micros: int
    node: Scalar


class WaitAt(_Record, frozen=True):
    minutes: int
    days: tuple[int, ...] = ()  # Monday 0; empty: every day
    timezone: Scalar | None = None


class WaitDate(_Record, frozen=True):
    field: Ref
    offset_micros: int = 0
    minutes: int | None = None
    timezone: Scalar | None = None
    if_past: Literal["skip", "end"] = "skip"


class WaitUntil(_Record, frozen=True):
    until: Cond | None  # None: unreadable
    at_most: int | None = None
    on_timeout: tuple[Step, ...] = ()


class If(_Record, frozen=True):
    when: Cond | None  # None: unreadable
    then: tuple[Step, ...] = ()
    else_: tuple[Step, ...] = ()


class Goto(_Record, frozen=True):
    step: Ref
    at_most: int | None = None


class End(_Record, frozen=True):
    pass


class Broken(_Record, frozen=True):
    """An action whose shape was wrong: nothing more is said about it."""


Act = (
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
    | Broken
)


class Rule(_Record, frozen=True):
    """`when` None: it was unreadable. `use` None: `no_action`."""

    when: Cond | None
    use: Act | None


class Step(_Record, frozen=True):
    """`key` is the action's key, or the bare scalar (``- end``): where the step stands. `default` None is
    `no_action`."""

    kind: str
    key: Scalar
    default: Act | None
    rules: tuple[Rule, ...] = ()
    id: Scalar | None = None
    on_failure: Literal["continue", "end"] = "continue"
    once: bool = False
    was: str | None = None


# --- declarations ---------------------------------------------------------------------------------


class List(_Record, frozen=True):
    key: Scalar
    opt_in: Literal["single", "double"] = "single"
    confirm: Ref | None = None


class User(_Record, frozen=True):
    key: Scalar
    email: str
    manager: Ref | None = None
    phone: str | None = None
    active: bool = True


class Team(_Record, frozen=True):
    key: Scalar
    users: tuple[Ref, ...] = ()


class Behaviour(_Record, frozen=True):
    """`key` is ``on_visit``; `start` and `until` are ISO days with their places."""

    name: str
    key: Scalar
    actions: tuple[Step, ...]
    active: bool = True
    start: Scalar | None = None
    until: Scalar | None = None


class Asset(_Record, frozen=True):
    kind: str
    key: Scalar
    name: str | None = None
    url: str | None = None
    behaviours: tuple[Behaviour, ...] = ()
    was: str | None = None


class Email(_Record, frozen=True):
    """`subject` and `body` None: missing or unreadable."""

    key: Scalar
    subject: Scalar | None = None
    body: Scalar | None = None
    list: Ref | None = None
    operational: bool = False
    from_: str | None = None
    reply_to: str | None = None
    behaviours: tuple[Behaviour, ...] = ()
    was: str | None = None


class Segment(_Record, frozen=True):
    key: Scalar
    condition: Cond | None
    description: str | None = None
    was: str | None = None


# --- campaigns ------------------------------------------------------------------------------------


class OnEvent(_Record, frozen=True):
    event: Ref
    asset: Ref | None = None  # its kind is filled in from the event


class OnSegment(_Record, frozen=True):
    segment: Ref
    change: Literal["enters", "leaves"]


class OnTag(_Record, frozen=True):
    tag: Scalar
    change: Literal["added", "removed"]


class OnField(_Record, frozen=True):
    field: Ref
    to: Scalar | None = None


class OnScore(_Record, frozen=True):
    order: Literal["<", "<=", ">", ">="]
    value: str


class OnSubscription(_Record, frozen=True):
    list: Ref
    change: Literal["subscribed", "unsubscribed"]


class OnDate(_Record, frozen=True):
    field: Ref
    offset_micros: int = 0
    minutes: int | None = None
    yearly: bool = False


class OnManual(_Record, frozen=True):
    pass


Way = OnEvent | OnSegment | OnTag | OnField | OnScore | OnSubscription | OnDate | OnManual


class Trigger(_Record, frozen=True):
    """One item of `starts_when`: `key` is the trigger's key."""

    key: Scalar
    way: Way
    when: Cond | None = None
    runs: Literal["once"] | None = None
    existing: bool = False


class Campaign(_Record, frozen=True):
    """`ways_in` says that `starts_when` was given, even if nothing in it could be read."""

    key: Scalar
    starts: tuple[Trigger, ...] = ()
    ways_in: bool = False
    runs: Literal["once", "every_time"] = "once"
    entries: Literal["one", "many"] = "one"
    entry_key: Ref | None = None
    exit_when: Cond | None = None
    steps: tuple[Step, ...] = ()
    description: str | None = None
    was: str | None = None


# --- the workspace --------------------------------------------------------------------------------


class Connector(_Record, frozen=True):
    """`settings` are the entries as written, `type` apart."""

    key: Scalar
    type: str
    settings: tuple[tuple[Scalar, Scalar], ...] = ()


class Settings(_Record, frozen=True):
    """`fields` and `events` hold built-in and custom ones, `deal_fields` too; `account_fields` are all
    custom."""

    project: str = ""
    timezone: str = "UTC"
    fields: dict[str, FieldSpec] = {}
    account_fields: dict[str, FieldSpec] = {}
    deal_fields: dict[str, FieldSpec] = {}
    events: dict[str, EventSpec] = {}
    connectors: dict[str, Connector] = {}
    unknown_events: Literal["reject", "ignore"] = "reject"
    unknown_contacts: Literal["create", "reject"] = "create"
    trigger_max_age: int = 0
    deliver_only_to: tuple[Scalar, ...] = ()
    policies: Policies | None = None
    zone: Scalar | None = None  # where the time zone stands
    levels: tuple[tuple[Scalar, str], ...] = ()  # lint codes and their levels, as written


class Workspace(_Record, frozen=True):
    """Everything, each kind by id. `files` are the YAML files, sorted."""

    settings: Settings
    files: tuple[str, ...]
    emails: dict[str, Email] = {}
    assets: dict[str, dict[str, Asset]] = {}  # kind -> id -> asset
    segments: dict[str, Segment] = {}
    campaigns: dict[str, Campaign] = {}
    lists: dict[str, List] = {}
    users: dict[str, User] = {}
    teams: dict[str, Team] = {}
    pipelines: dict[str, Pipeline] = {}
    conversions: dict[str, Conversion] = {}
    audiences: dict[str, Audience] = {}
    site_messages: dict[str, SiteMessage] = {}
