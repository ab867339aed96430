"""Fulfillment lists as they were written."""

from __future__ import annotations

from oncue.compiler.model.records import Record
from oncue.compiler.model.refs import Ref
from oncue.compiler.yaml.nodes import Scalar


class Schedule(Record, frozen=True):
    """On `weekdays` (0: Monday), or on the `day` of each month, at `minutes` after midnight."""

    node: Scalar
    minutes: int
    weekdays: tuple[int, ...] = ()
    day: int | None = None


class Recipient(Record, frozen=True):
    email: Scalar
    subject: Scalar | None = None
    note: Scalar | None = None


class Column(Record, frozen=True):
    """`node` is where it begins. Exactly one of `field` (of the contact, its account or its deal) and `text`
    is set."""

    node: Scalar
    field: Ref | None = None
    text: Scalar | None = None
    heading: Scalar | None = None


class ListTask(Record, frozen=True):
    owner: Ref
    title: Scalar | None = None
    note: Scalar | None = None
    due: int | None = None
    sms_owner: bool = False
    notify_owner_when_overdue: bool = False
    notify_manager_after: int | None = None


class FulfillmentList(Record, frozen=True):
    """`schedule` None: unreadable. `timezone` None: the project's."""

    key: Scalar
    schedule: Schedule | None = None
    timezone: Scalar | None = None
    recipients: tuple[Recipient, ...] = ()
    columns: tuple[Column, ...] = ()
    require: tuple[Ref, ...] = ()
    keep: bool = False
    send_empty: bool = False
    bom: bool = False
    task: ListTask | None = None
    description: str | None = None
    was: str | None = None
