"""Actions as somebody wrote them: one record each. Flow steps stand in `flow`."""

from __future__ import annotations

from typing import Literal

from oncue.compiler.model.records import Record
from oncue.compiler.model.refs import Ref
from oncue.compiler.yaml.nodes import Node, Scalar

Sets = tuple[tuple[Ref, Node], ...]  # (field, value)
Copies = tuple[tuple[Ref, Ref], ...]  # (field, the contact field that it is copied from)
Owned = Literal["contact", "deal", "account"]

# --- messages -------------------------------------------------------------------------------------


class SendEmail(Record, frozen=True):
    email: Ref


class SendSms(Record, frozen=True):
    """`key` is where it stands, for saying what it lacks. `listed`: a list was given, even if unreadable."""

    text: Scalar
    key: Node
    list: Ref | None = None
    listed: bool = False
    operational: bool = False


class SendSiteMessage(Record, frozen=True):
    message: Ref


class SendNotification(Record, frozen=True):
    """`to` are users and teams, `owner` the contact's."""

    subject: Scalar
    text: Scalar
    to: tuple[Ref, ...] = ()
    owner: bool = False


# --- contacts -------------------------------------------------------------------------------------


class AdjustScore(Record, frozen=True):
    """Exactly one is set; decimal texts (`reset` is ``to: 0``)."""

    by: str | None = None
    to: str | None = None


class AddTag(Record, frozen=True):
    tag: Scalar


class RemoveTag(Record, frozen=True):
    tag: Scalar


class UpdateContact(Record, frozen=True):
    set: Sets = ()
    copy: Copies = ()
    clear: tuple[Ref, ...] = ()


class AddNote(Record, frozen=True):
    text: Scalar


class Subscribe(Record, frozen=True):
    list: Ref
    channels: tuple[str, ...] = ("email",)


class Unsubscribe(Record, frozen=True):
    """`list` None: from all."""

    list: Ref | None = None
    channels: tuple[str, ...] = ()


class Convert(Record, frozen=True):
    """`value`: decimal text."""

    conversion: Ref
    value: str | None = None
    copy: Ref | None = None


class AddToAudience(Record, frozen=True):
    audience: Ref


class RemoveFromAudience(Record, frozen=True):
    audience: Ref


class Owner(Record, frozen=True):
    """A user, or whose turn it is in a team; neither: the contact's owner."""

    node: Node
    user: Ref | None = None
    team: Ref | None = None


class AssignOwner(Record, frozen=True):
    owner: Owner


# --- deals, accounts, tasks -----------------------------------------------------------------------


class Pick(Record, frozen=True):
    """Which deal; nothing set: the newest open one."""

    step: Ref | None = None
    pipeline: Ref | None = None
    title: Scalar | None = None


class AddDeal(Record, frozen=True):
    """`node` is the whole value. `pipeline` and `stage` None: the only pipeline, its first stage."""

    node: Node
    title: Scalar
    pipeline: Ref | None = None
    stage: Ref | None = None
    value: str | None = None
    value_from: Ref | None = None
    owner: Owner | None = None
    set: Sets = ()
    copy: Copies = ()


class UpdateDeal(Record, frozen=True):
    deal: Pick
    title: Scalar | None = None
    status: Literal["open", "won", "lost"] | None = None
    stage: Ref | None = None
    owner: Owner | None = None
    value: str | None = None
    value_from: Ref | None = None
    set: Sets = ()
    copy: Copies = ()
    clear: tuple[Ref, ...] = ()


class AddDealNote(Record, frozen=True):
    text: Scalar
    deal: Pick


class AdjustDealScore(Record, frozen=True):
    """As `AdjustScore`."""

    deal: Pick
    by: str | None = None
    to: str | None = None


class UpdateAccount(Record, frozen=True):
    set: Sets = ()
    copy: Copies = ()
    clear: tuple[Ref, ...] = ()


class AddTask(Record, frozen=True):
    title: Scalar
    owner: Owner | None = None  # None: the contact's owner
    due: int | None = None
    note: Scalar | None = None
    sms_owner: bool = False
    notify_owner_when_overdue: bool = False
    notify_manager_after: int | None = None


class AddToFulfillmentList(Record, frozen=True):
    """`hold`: where it says so."""

    list: Ref
    hold: Scalar | None = None


class RecordResponse(Record, frozen=True):
    """`status` None: the campaign's `default_responded`, or its first responded one."""

    campaign: Ref
    status: Ref | None = None


class CompleteTask(Record, frozen=True):
    """Exactly one is set."""

    step: Ref | None = None
    title: Scalar | None = None


class CreateSalesforce(Record, frozen=True):
    """Salesforce's fields to texts, and to contact fields."""

    object: Literal["Contact", "Lead"]
    set: tuple[tuple[Scalar, Scalar], ...] = ()
    copy: tuple[tuple[Scalar, Ref], ...] = ()


# --- automation -----------------------------------------------------------------------------------


class StartCampaign(Record, frozen=True):
    campaign: Ref


class EndCampaign(Record, frozen=True):
    """`campaign` None: all others."""

    campaign: Ref | None = None


class Webhook(Record, frozen=True):
    """`body` None and `raw` None: the contact's fields."""

    url: Scalar
    method: Literal["POST", "PUT", "PATCH", "GET", "DELETE"] = "POST"
    headers: tuple[tuple[Scalar, Scalar], ...] = ()
    body: tuple[tuple[Scalar, Scalar], ...] | None = None
    raw: Scalar | None = None


class Target(Record, frozen=True):
    """A field of the contact, its deal or its account."""

    of: Owned
    field: Ref


class Operand(Record, frozen=True):
    """Exactly one is set; `start` and `end` are where it stands in the scalar `node`."""

    node: Scalar
    start: int
    end: int
    number: str | None = None
    micros: int | None = None
    field: Target | None = None


class Math(Record, frozen=True):
    target: Target
    operation: Literal["add", "subtract", "multiply", "divide"]
    operand: Operand
    deal: Pick | None = None
