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

from oncue.schemas.actions import Action
from oncue.schemas.conditions import Condition, Track
from oncue.schemas.funnel import Eligible, Funnel, MemberStatus
from oncue.schemas.parts import Position, Use
from oncue.schemas.triggers import Trigger
from oncue.schemas.values import ValueType

FORMAT = 1  # of the plan document; the runtime refuses another


class _Doc(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    pass


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


class Pipeline(_Doc, frozen=True):
    """The stages of a deal, in order."""

    at: Position
    stages: tuple[str, ...]


class Conversion(_Doc, frozen=True):
    at: Position
    value: str | None = None  # decimal text


class Audience(_Doc, frozen=True):
    """A Facebook custom audience: its id there, or (`create`) a name to find it by, or to create it with."""

    at: Position
    id: str | None = None
    create: bool = False
    name: str = ""
    description: str = ""


class SiteMessage(_Doc, frozen=True):
    """A message on the site; title and text are templates of placeholders. `page`: a web page's id, None:
    any. `expires`: microseconds after it was sent, None: never."""

    at: Position
    text: str
    title: str = ""
    page: str | None = None
    expires: int | None = None
    was: str | None = None


class Schedule(_Doc, frozen=True):
    """When a fulfillment list runs: on these weekdays (0: Monday) or on the `day` of each month, of a shorter
    month on its last. `minutes` after midnight in `timezone`; `text` as written."""

    text: str
    minutes: int
    timezone: str
    weekdays: tuple[int, ...] = ()
    day: int | None = None


class Recipient(_Doc, frozen=True):
    """Who gets a list's batches. Subject and note are templates of placeholders: ``batch.x``."""

    email: str
    subject: str
    note: str = ""


class Column(_Doc, frozen=True):
    """A column of a list's file: a field (the contact's, ``account.x``, ``deal.x``) or a text to fill."""

    heading: str
    field: str = ""
    text: str = ""


class ListTask(_Doc, frozen=True):
    """The task that comes with each batch; the durations are microseconds, `due` after the run."""

    owner: str
    title: str = ""
    note: str = ""
    due: int | None = None
    sms_owner: bool = False
    notify_owner_when_overdue: bool = False
    notify_manager_after: int | None = None


class FulfillmentList(_Doc, frozen=True):
    """Contacts that wait for the next run, which makes a file of them and sends it to the recipients.
    `require`: fields without which a contact is held; they need not be columns."""

    at: Position
    schedule: Schedule
    recipients: tuple[Recipient, ...]
    columns: tuple[Column, ...]
    require: tuple[str, ...] = ()
    keep: bool = False
    send_empty: bool = False
    bom: bool = False
    task: ListTask | None = None
    description: str | None = None
    was: str | None = None


class ConnectorSpec(_Doc, frozen=True):
    """A connector as configured. Secrets stay ``env:NAME`` references."""

    type: str
    settings: dict[str, str]
    at: Position


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
        `event_uses` the event properties (written ``event.x`` in a template), `entry_uses` the entry's,
    `deal_uses` and `account_uses` the deal's and the account's. `attachments`: keys of
        `Plan.files_sent`. Layouts and includes that the body names stand in `Plan.templates`."""

    at: Position
    digest: str
    subject: str
    body: str
    body_format: Literal["markdown", "html"]
    body_file: str
    uses: tuple[str, ...] = ()
    event_uses: tuple[str, ...] = ()
    entry_uses: tuple[str, ...] = ()
    deal_uses: tuple[str, ...] = ()
    account_uses: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    list: str | None = None
    operational: bool = False
    from_: str | None = None
    reply_to: str | None = None
    behaviours: dict[str, Behaviour] = {}
    was: str | None = None


class Template(_Doc, frozen=True):
    """A layout or a part that emails include: its text, ``html`` or ``markdown``."""

    text: str
    format: Literal["markdown", "html"]


class FileSent(_Doc, frozen=True):
    """An attachment: its name, media type and content in Base64."""

    name: str
    type: str
    content: str


class Segment(_Doc, frozen=True):
    at: Position
    digest: str
    condition: Use
    description: str | None = None
    was: str | None = None


# --- campaigns ------------------------------------------------------------------------------------


class Campaign(_Doc, frozen=True):
    """`steps` are in file order, branches inlined after the step that owns them; `first` is where an entry
    begins (None: no steps). `statuses` of its members in file order; empty: it writes no memberships.
    `on_change`: what becomes of those inside when a changed plan takes effect; None: they go on by it."""

    at: Position
    digest: str
    starts: tuple[Trigger, ...] = ()
    runs: Literal["once", "every_time"] = "once"
    entries: Literal["one", "many"] = "one"
    entry_key: str | None = None  # a property of the starting event
    exit_when: Use | None = None
    steps: tuple[Step, ...] = ()
    first: str | None = None
    statuses: tuple[MemberStatus, ...] = ()
    default_responded: str | None = None
    exclude_from_reactivation: bool = False
    on_change: Literal["finish"] | None = None
    description: str | None = None
    was: str | None = None


class Scenario(_Doc, frozen=True):
    """A reactivation scenario. What sets it off: `crosses`, `field` (it changes), `prompts` (campaigns),
    `on`, the status that becomes active (`type` active_status), or an operator. `wait` and `look_back` are
    microseconds. `insert` chooses the default campaign; `actions` are done with every active response that
    the scenario makes: ``sync``, ``assign`` and ``notify``, as far as they are given, in this order."""

    at: Position
    type: Literal["score", "response_prompt", "invocable", "active_status"]
    eligible: Eligible
    crosses: Use | None = None
    field: str | None = None
    prompts: tuple[str, ...] = ()
    on: Trigger | None = None
    when: Use | None = None
    wait: int = 0
    look_back: int | None = None
    non_responses: bool = False
    insert: Step | None = None
    actions: tuple[Step, ...] = ()
    description: str | None = None
    was: str | None = None


class QuietHours(_Doc, frozen=True):
    """Minutes after midnight; a later `start` goes over midnight. `timezone`: ``contact`` or IANA."""

    start: int
    end: int
    timezone: str
    channels: tuple[str, ...] = ("email", "sms")


class FrequencyCap(_Doc, frozen=True):
    channel: str
    at_most: int
    per: int  # microseconds


class Policies(_Doc, frozen=True):
    """What the send gate goes by. `blackout_dates`: ISO days, in the quiet hours' zone, else the project's.
    `alert`: users who are told, once per contact and day, when `daily_limit` stops a contact's messages."""

    quiet_hours: QuietHours | None = None
    frequency_caps: tuple[FrequencyCap, ...] = ()
    blackout_dates: tuple[str, ...] = ()
    daily_limit: int | None = None
    alert: tuple[str, ...] = ()


class Settings(_Doc, frozen=True):
    timezone: str
    unknown_events: Literal["reject", "ignore"] = "reject"
    unknown_contacts: Literal["create", "reject"] = "create"
    trigger_max_age: int = 7 * 86_400 * 1_000_000
    deliver_only_to: tuple[str, ...] = ()  # globs over addresses and phone numbers
    policies: Policies | None = None
    funnel: Funnel | None = None


class Migration(_Doc, frozen=True):
    """What becomes of those who are in something that the plan before had and this one has not: members of
    a campaign go to the step ``CAMPAIGN/STEP`` of this plan, a list's contacts to the list `to`; None: they
    end. `why`: the reason that the author gives."""

    at: Position
    to: str | None = None
    why: str = ""


class Plan(_Doc, frozen=True, kw_only=True):
    """The whole plan. Asset kinds other than emails share one table, keyed by kind, then id.

    `older` are campaigns as they stood before, by ``ID@VERSION``: members who were inside are still on them
    (`on_change: finish`). Only the runtime writes them, into the plan that it keeps; of a campaign they have
    the steps and the exit."""

    format: int = FORMAT
    project: str
    digest: str = ""
    settings: Settings
    files: tuple[str, ...]
    fields: dict[str, FieldSpec]
    account_fields: dict[str, FieldSpec] = {}
    deal_fields: dict[str, FieldSpec] = {}
    events: dict[str, EventSpec]
    conditions: dict[str, Condition] = {}
    tracks: dict[str, Track] = {}
    lists: dict[str, ListSpec] = {}
    users: dict[str, UserSpec] = {}
    teams: dict[str, TeamSpec] = {}
    connectors: dict[str, ConnectorSpec] = {}
    pipelines: dict[str, Pipeline] = {}
    conversions: dict[str, Conversion] = {}
    audiences: dict[str, Audience] = {}
    site_messages: dict[str, SiteMessage] = {}
    fulfillment_lists: dict[str, FulfillmentList] = {}
    migrate: dict[str, Migration] = {}  # KIND/ID, of campaigns also with a step or path of the plan before
    templates: dict[str, Template] = {}  # layouts and includes, by path
    files_sent: dict[str, FileSent] = {}  # attachments, by path
    assets: dict[str, dict[str, Asset]] = {}
    emails: dict[str, Email] = {}
    segments: dict[str, Segment] = {}
    campaigns: dict[str, Campaign] = {}
    older: dict[str, Campaign] = {}
    reactivation_scenarios: dict[str, Scenario] = {}
