"""What a workspace declares: frozen records that still know where everything was written.

`bind` makes them from nodes, `resolve` and the lints read them, `lower` turns them into the plan. Names are
not resolved here: a `Ref` says what somebody wrote and which kind of thing it must name. Where the shape
of a part was wrong, the part is missing (`shape` has reported it) but its id stands, so that one
slip does not become ten.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from oncue.compiler.model.actions import AddDeal as AddDeal
from oncue.compiler.model.actions import AddDealNote as AddDealNote
from oncue.compiler.model.actions import AddNote as AddNote
from oncue.compiler.model.actions import AddTag as AddTag
from oncue.compiler.model.actions import AddTask as AddTask
from oncue.compiler.model.actions import AddToAudience as AddToAudience
from oncue.compiler.model.actions import AddToFulfillmentList as AddToFulfillmentList
from oncue.compiler.model.actions import AdjustDealScore as AdjustDealScore
from oncue.compiler.model.actions import AdjustScore as AdjustScore
from oncue.compiler.model.actions import AssignOwner as AssignOwner
from oncue.compiler.model.actions import CompleteTask as CompleteTask
from oncue.compiler.model.actions import Convert as Convert
from oncue.compiler.model.actions import Copies as Copies
from oncue.compiler.model.actions import CreateSalesforce as CreateSalesforce
from oncue.compiler.model.actions import EndCampaign as EndCampaign
from oncue.compiler.model.actions import Math as Math
from oncue.compiler.model.actions import Operand as Operand
from oncue.compiler.model.actions import Owned as Owned
from oncue.compiler.model.actions import Owner as Owner
from oncue.compiler.model.actions import Pick as Pick
from oncue.compiler.model.actions import RecordResponse as RecordResponse
from oncue.compiler.model.actions import RemoveFromAudience as RemoveFromAudience
from oncue.compiler.model.actions import RemoveTag as RemoveTag
from oncue.compiler.model.actions import SendEmail as SendEmail
from oncue.compiler.model.actions import SendNotification as SendNotification
from oncue.compiler.model.actions import SendSiteMessage as SendSiteMessage
from oncue.compiler.model.actions import SendSms as SendSms
from oncue.compiler.model.actions import Sets as Sets
from oncue.compiler.model.actions import StartCampaign as StartCampaign
from oncue.compiler.model.actions import Subscribe as Subscribe
from oncue.compiler.model.actions import Target as Target
from oncue.compiler.model.actions import Unsubscribe as Unsubscribe
from oncue.compiler.model.actions import UpdateAccount as UpdateAccount
from oncue.compiler.model.actions import UpdateContact as UpdateContact
from oncue.compiler.model.actions import UpdateDeal as UpdateDeal
from oncue.compiler.model.actions import Webhook as Webhook
from oncue.compiler.model.batches import FulfillmentList
from oncue.compiler.model.flow import Act as Act
from oncue.compiler.model.flow import Broken as Broken
from oncue.compiler.model.flow import Decide as Decide
from oncue.compiler.model.flow import End as End
from oncue.compiler.model.flow import Goal as Goal
from oncue.compiler.model.flow import Goto as Goto
from oncue.compiler.model.flow import If as If
from oncue.compiler.model.flow import Path as Path
from oncue.compiler.model.flow import Rule as Rule
from oncue.compiler.model.flow import SplitPaths as SplitPaths
from oncue.compiler.model.flow import SplitTest as SplitTest
from oncue.compiler.model.flow import SplitUntil as SplitUntil
from oncue.compiler.model.flow import Step as Step
from oncue.compiler.model.flow import WaitAt as WaitAt
from oncue.compiler.model.flow import WaitDate as WaitDate
from oncue.compiler.model.flow import WaitFor as WaitFor
from oncue.compiler.model.flow import WaitUntil as WaitUntil
from oncue.compiler.model.funnel import Funnel, MemberStatus, Scenario
from oncue.compiler.model.migrations import Migration
from oncue.compiler.model.places import Audience, Conversion, Policies, SiteMessage
from oncue.compiler.model.places import Pipeline as Pipeline
from oncue.compiler.model.records import Cond as Cond
from oncue.compiler.model.records import Group as Group
from oncue.compiler.model.records import Text as Text
from oncue.compiler.model.refs import Ref as Ref
from oncue.compiler.model.triggers import OnConverted as OnConverted
from oncue.compiler.model.triggers import OnDate as OnDate
from oncue.compiler.model.triggers import OnDealStage as OnDealStage
from oncue.compiler.model.triggers import OnEvent as OnEvent
from oncue.compiler.model.triggers import OnFailure as OnFailure
from oncue.compiler.model.triggers import OnField as OnField
from oncue.compiler.model.triggers import OnGoal as OnGoal
from oncue.compiler.model.triggers import OnManual as OnManual
from oncue.compiler.model.triggers import OnScore as OnScore
from oncue.compiler.model.triggers import OnSegment as OnSegment
from oncue.compiler.model.triggers import OnSubscription as OnSubscription
from oncue.compiler.model.triggers import OnTag as OnTag
from oncue.compiler.model.triggers import Trigger as Trigger
from oncue.compiler.model.triggers import Way as Way
from oncue.compiler.yaml.nodes import Mapping, Scalar
from oncue.schemas.plan import EventSpec, FieldSpec


class _Record(Struct, frozen=True, gc=False, eq=False):
    pass


# --- declarations ---------------------------------------------------------------------------------


class List(_Record, frozen=True):
    """`asks`: a `confirm` was given, even if it could not be read."""

    key: Scalar
    opt_in: Literal["single", "double"] = "single"
    confirm: Ref | None = None
    asks: bool = False


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
    """`subject` and `body` None: missing or unreadable. `listed`: a list was given, even if unreadable."""

    key: Scalar
    subject: Scalar | None = None
    body: Scalar | None = None
    list: Ref | None = None
    listed: bool = False
    operational: bool = False
    from_: str | None = None
    reply_to: str | None = None
    attachments: tuple[Scalar, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()
    was: str | None = None


class Segment(_Record, frozen=True):
    key: Scalar
    condition: Cond | None
    description: str | None = None
    was: str | None = None


# --- campaigns ------------------------------------------------------------------------------------


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
    statuses: tuple[MemberStatus, ...] = ()
    default_responded: Ref | None = None
    exclude: Scalar | None = None  # the key of `exclude_from_reactivation`, where it says true
    on_change: Literal["finish"] | None = None
    description: str | None = None
    was: str | None = None


# --- the workspace --------------------------------------------------------------------------------


class Test(_Record, frozen=True):
    """One of the workspace's own tests, as written; `body` None: nothing that can be read."""

    key: Scalar
    body: Mapping | None = None


class Connector(_Record, frozen=True):
    """`settings` are the entries as written, `type` apart."""

    key: Scalar
    type: str
    settings: tuple[tuple[Scalar, Scalar], ...] = ()


class Settings(_Record, frozen=True):
    """`fields` and `events` hold built-in and custom ones, `account_fields` and `deal_fields` custom ones."""

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
    migrate: tuple[Migration, ...] = ()
    policies: Policies | None = None
    funnel: Funnel | None = None
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
    tests: dict[str, Test] = {}
    fulfillment_lists: dict[str, FulfillmentList] = {}
    reactivation_scenarios: dict[str, Scenario] = {}
