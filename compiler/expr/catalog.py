"""The names a condition may use. The compiler fills one Catalog per workspace; tests fill their own."""

from __future__ import annotations

from collections.abc import Mapping, Set

from msgspec import Struct

from oncue.schemas.plan import EventSpec, FieldSpec


class Catalog(Struct, frozen=True):
    """Everything declared in a workspace, as far as conditions can name it."""

    timezone: str
    fields: Mapping[str, FieldSpec]  # built-in and custom contact fields
    events: Mapping[str, EventSpec]  # built-in and custom events
    assets: Mapping[str, Set[str]]  # asset kind -> ids ("emails", "web_pages", ...)
    segments: Set[str]
    lists: Set[str]
    campaigns: Set[str]
    users: Set[str] = frozenset()
    flowless: Set[str] = frozenset()  # campaigns with statuses and without steps
    deal: Mapping[str, FieldSpec] = {}  # built-in and custom fields of a deal
    account: Mapping[str, FieldSpec] = {}  # of an account
    response: Mapping[str, FieldSpec] = {}  # of the active response, where any campaign has statuses
    others: Mapping[str, Set[str]] = {}  # kinds that no condition names -> ids


class Place(Struct, frozen=True):
    """Where a condition stands, as far as that decides what it may say.

    `event`: the event types that `event.*` may mean (empty: there is no event here). `entry`: the event
    types that may have started the campaign's entries (with `campaign` set; `entry.*` is allowed).
    `steps`: the campaign's steps that send a message, for `of step` (id -> emails that it may send).
    """

    event: tuple[str, ...] = ()
    campaign: str | None = None
    entry: tuple[str, ...] = ()
    steps: Mapping[str, frozenset[str]] = {}


class Use(Struct, frozen=True, gc=False):
    """A name that a condition uses: kind is segments, lists, campaigns, an asset kind, fields, events, tags
    or steps; `start` and `end` are offsets in the condition's text."""

    kind: str
    name: str
    start: int
    end: int


class Issue(Struct, frozen=True, gc=False):
    """Something wrong (or, severity "warning", surprising) at offsets `start` to `end` of the text; `fix` is
    what to write there instead, where that is sure enough."""

    code: str
    message: str
    start: int
    end: int
    hint: str = ""
    severity: str = "error"
    fix: str = ""
