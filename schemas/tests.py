"""A workspace's tests as the compiler hands them to whatever runs them: one document beside the plan.

It is no part of the plan, and of no digest. Names are resolved, values are in shown form, instants and
durations are int microseconds. `Position.file` is an index into `Suite.files`, not into the plan's.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from oncue.schemas.parts import Position

Shown = str | tuple[str, ...]
Values = dict[str, Shown]
Subscriptions = dict[str, tuple[str, ...]]  # list -> channels


class _Doc(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    pass


class Given(_Doc, frozen=True):
    """A contact row: `fields` holds identifiers too. `in_campaign`: campaign to the step that is taken at
    the start; `memberships`: campaign to the status there. `created_at` None: right before it."""

    at: Position
    fields: Values = {}
    tags: tuple[str, ...] = ()
    subscribed: Subscriptions = {}
    suppressed: bool | None = None
    in_campaign: dict[str, str] = {}
    memberships: dict[str, str] = {}
    created_at: int | None = None


class GivenAccount(_Doc, frozen=True):
    at: Position
    account: str
    fields: Values = {}


# --- what happens ---------------------------------------------------------------------------------


class _Step(_Doc, frozen=True, tag_field="do"):
    at: Position


class Happen(_Step, frozen=True, tag="event"):
    """`contact`: an email if it holds @, else an id. `when`: the event's own instant, None for now."""

    type: str
    contact: str
    asset: str | None = None
    when: int | None = None
    properties: Values = {}


class Pass(_Step, frozen=True, tag="after"):
    """Time passes."""

    micros: int


class Reach(_Step, frozen=True, tag="at"):
    """Time passes until an instant."""

    instant: int


class Load(_Step, frozen=True, tag="import"):
    row: Given


class Enrol(_Step, frozen=True, tag="enrol"):
    contact: str
    campaign: str


class Reactivate(_Step, frozen=True, tag="reactivate"):
    """An invocable scenario is set off by hand."""

    contact: str
    scenario: str


class CompleteTask(_Step, frozen=True, tag="complete_task"):
    """`contact` empty: whosever it is."""

    title: str
    contact: str = ""


class Fail(_Step, frozen=True, tag="fails"):
    """So many of the next deliveries of each kind of effect fail for good."""

    kinds: dict[str, int]


class Reply(_Step, frozen=True, tag="answers"):
    """Address pattern to the HTTP statuses that answer it, one after the other; the last goes on."""

    answers: dict[str, tuple[int, ...]]


class Expect(_Step, frozen=True, tag="expect"):
    checks: tuple[Check, ...]


# --- what is expected -----------------------------------------------------------------------------


class _Check(_Doc, frozen=True, tag_field="is"):
    """`who`: as an event names a contact; empty: everybody."""

    at: Position
    who: str = ""


class Sent(_Check, frozen=True, tag="sent"):
    """Exactly these since the expectation before: ids of emails and site messages, and ``sms``."""

    messages: tuple[str, ...] = ()


class NotSent(_Check, frozen=True, tag="not_sent"):
    """Ids, or channels."""

    messages: tuple[str, ...] = ()


class ContactIs(_Check, frozen=True, tag="contact"):
    fields: Values = {}
    tags: tuple[str, ...] = ()
    not_tagged: tuple[str, ...] = ()
    subscribed: Subscriptions = {}
    not_subscribed: Subscriptions = {}
    suppressed: bool | None = None
    without: tuple[str, ...] = ()


class StepWas(_Check, frozen=True, tag="step"):
    """`outcome` empty: it was taken."""

    campaign: str = ""
    step: str = ""
    outcome: str = ""


class InSegment(_Check, frozen=True, tag="segment"):
    segments: tuple[str, ...] = ()
    inside: bool = True


class InCampaign(_Check, frozen=True, tag="in_campaign"):
    """Campaigns to the step waited at; an empty text: at whatever step."""

    campaigns: dict[str, str] = {}
    inside: bool = True


class ResponseIs(_Doc, frozen=True):
    """What became of a membership. `response`: the response status, ``none`` for one that has not responded;
    `stage`: the latest; empty: not asked for. `member` None: a `response` of ``none`` means that there may be
    no membership at all."""

    response: str = ""
    status: str = ""
    stage: str = ""
    reactivated: bool | None = None
    member: bool | None = None


class ResponsesAre(_Check, frozen=True, tag="responses"):
    responses: dict[str, ResponseIs] = {}


class ScenarioWas(_Check, frozen=True, tag="scenario"):
    """The latest outcome of a scenario; ``waiting``: it waits."""

    scenario: str = ""
    outcome: str = ""


class DealsAre(_Check, frozen=True, tag="deals"):
    deals: tuple[Values, ...] = ()


class TasksAre(_Check, frozen=True, tag="tasks"):
    tasks: tuple[Values, ...] = ()


class Notified(_Check, frozen=True, tag="notified"):
    users: tuple[str, ...] = ()


class Called(_Check, frozen=True, tag="called"):
    """Address patterns."""

    urls: tuple[str, ...] = ()


class Effects(_Check, frozen=True, tag="effects"):
    kinds: dict[str, int] = {}


Check = (
    Sent | NotSent | ContactIs | StepWas | InSegment | InCampaign | ResponsesAre | ScenarioWas
    | DealsAre | TasksAre | Notified | Called | Effects
)  # fmt: skip
Doing = Happen | Pass | Reach | Load | Enrol | Reactivate | CompleteTask | Fail | Reply | Expect

Channel = Literal["email", "sms", "site_message"]
CHANNELS: tuple[Channel, ...] = ("email", "sms", "site_message")
KINDS = ("email", "sms", "notification", "site_message", "webhook", "audience", "salesforce", "batch")


class WorkspaceTest(_Doc, frozen=True):
    """One test. `starts_at`: microseconds since the epoch."""

    name: str
    at: Position
    starts_at: int
    steps: tuple[Doing, ...]
    contacts: tuple[Given, ...] = ()
    accounts: tuple[GivenAccount, ...] = ()
    fails: dict[str, int] = {}
    answers: dict[str, tuple[int, ...]] = {}


class Suite(_Doc, frozen=True):
    """All tests of a workspace, by file and place."""

    files: tuple[str, ...] = ()
    tests: tuple[WorkspaceTest, ...] = ()


# Why the send gate says no, as outcomes give it: ``refused: no consent``.
REFUSALS = (
    "no address", "invalid address", "no phone", "invalid phone", "suppressed", "no consent", "bad address",
    "daily limit", "frequency cap",
)  # fmt: skip
