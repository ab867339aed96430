"""Conditions as the plan holds them: resolved, typed, without positions.

The compiler's `expr` package lowers the language to these nodes; the kernel's `conditions` room turns
them into Python functions. Every node is a tagged msgspec Struct (tag field ``op``), so the plan's JSON
Schema is generated from this file.

Value nodes give a compared value (see `values`) or None where it is missing. Condition nodes give a bool.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from oncue.schemas.values import ValueType

Window = Literal["all", "last", "start", "since", "since_day"]
Order = Literal["==", "!=", "<", "<=", ">", ">="]


class _Node(Struct, frozen=True, tag_field="op", omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass


# --- values ---------------------------------------------------------------------------------------


class Lit(_Node, frozen=True, tag="lit"):
    """A literal. `value`: text as written; number as decimal text; boolean ``true``/``false``; date
    ISO; datetime ISO with offset. One text form for all keeps the plan exact in any JSON reader."""

    type: ValueType
    value: str


class Field(_Node, frozen=True, tag="field"):
    """A contact field, built-in or custom."""

    name: str
    type: ValueType


class Owned(_Node, frozen=True, tag="owned"):
    """A field of the contact's account (missing without one), of its deal (the newest open one, or, where
    none is open, the newest), or of its active response."""

    of: Literal["deal", "account", "response"]
    name: str
    type: ValueType


class Prop(_Node, frozen=True, tag="prop"):
    """A property: of the triggering event, of the event that started the entry, or (inside a `where`)
    of the event that the history is being asked about."""

    of: Literal["event", "entry", "row"]
    name: str
    type: ValueType


class Day(_Node, frozen=True, tag="day"):
    """Today plus `offset` days in the project's zone: a date, or, with `at` (minutes after midnight), an
    instant."""

    offset: int
    at: int | None = None


class DayOf(_Node, frozen=True, tag="day_of"):
    """The project-zone day of an instant: how an instant meets a date."""

    value: ValueNode


class Now(_Node, frozen=True, tag="now"):
    """The instant of evaluation."""


class Arith(_Node, frozen=True, tag="arith"):
    """Arithmetic on numbers, and date/datetime plus or minus a duration is not part of conditions."""

    sign: Literal["+", "-", "*", "/"]
    left: ValueNode
    right: ValueNode


class Span(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """Which part of a track counts.

    all: every event handled. last: at in (now - micros, now]. start: handled after this entry began and
    at not earlier than it. since: at >= `since` (instant, constant, micros since the epoch). since_day:
    at >= local midnight of today + `day` days, plus `minutes`.
    """

    kind: Window = "all"
    micros: int = 0
    since: int = 0
    day: int = 0
    minutes: int = 0


class Agg(_Node, frozen=True, tag="agg"):
    """An aggregate over a track. `prop` None: of the events themselves: count is their number; first and
    last are instants (type datetime). With `prop`: events without the property are passed over; first and
    last are the property's value at the earliest/latest `at` (ties: handled first/last).

    `where` holds a test that could not be settled when the event entered (it reads `entry.q`)."""

    fn: Literal["count", "sum", "min", "max", "first", "last"]
    track: str
    type: ValueType
    prop: str | None = None
    span: Span = Span()
    where: CondNode | None = None


ValueNode = Lit | Field | Owned | Prop | Day | DayOf | Now | Arith | Agg

# --- conditions -----------------------------------------------------------------------------------


class Const(_Node, frozen=True, tag="const"):
    """Always true or always false (after folding)."""

    value: bool


class And(_Node, frozen=True, tag="and"):
    all: tuple[CondNode, ...]


class Or(_Node, frozen=True, tag="or"):
    any: tuple[CondNode, ...]


class Not(_Node, frozen=True, tag="not"):
    """Plain two-valued negation."""

    cond: CondNode


class Cmp(_Node, frozen=True, tag="cmp"):
    """Comparison of two values of one type (`type`). A missing side: false, but `!=` true."""

    order: Order
    type: ValueType
    left: ValueNode
    right: ValueNode


class In(_Node, frozen=True, tag="in"):
    """Value among literals of its type; missing: false."""

    value: ValueNode
    type: ValueType
    items: tuple[str, ...]  # each as in Lit.value


class TextTest(_Node, frozen=True, tag="text"):
    """contains, starts, ends: plain text; matches: a glob over the whole text (`*` any run, `?` one
    character). Both sides compared without case and outer spaces. Missing: false."""

    test: Literal["contains", "starts", "ends", "matches"]
    value: ValueNode
    pattern: str


class IsSet(_Node, frozen=True, tag="is_set"):
    value: ValueNode


class Has(_Node, frozen=True, tag="has"):
    """A `many` value contains the text (compared as texts are)."""

    value: ValueNode
    item: str


class Tagged(_Node, frozen=True, tag="tagged"):
    """Exact, lower case."""

    tag: str


class Subscribed(_Node, frozen=True, tag="subscribed"):
    """A confirmed subscription to the list on any channel (channel None) or on one."""

    list: str
    channel: str | None = None


class InSegment(_Node, frozen=True, tag="in_segment"):
    """Evaluated afresh, never from the stored membership."""

    segment: str


class InCampaign(_Node, frozen=True, tag="in_campaign"):
    """The contact is a member now: it travels the campaign's flow or, where the campaign has statuses and no
    flow (`statuses`), it has one of them."""

    campaign: str
    statuses: bool = False


class Within(_Node, frozen=True, tag="within"):
    """next: now < t <= now + micros; last: now - micros < t <= now. For a date (`type` date): today <= d
    <= today + days; today - days <= d <= today."""

    side: Literal["next", "last"]
    type: Literal["date", "datetime"]
    value: ValueNode
    micros: int


class OlderThan(_Node, frozen=True, tag="older_than"):
    """t <= now - micros; for a date d <= today - days."""

    type: Literal["date", "datetime"]
    value: ValueNode
    micros: int


class NowBetween(_Node, frozen=True, tag="now_between"):
    """Local minute of day in [start, end), or past midnight to the next day's `end` where start is later."""

    start: int
    end: int


CondNode = (
    Const
    | And
    | Or
    | Not
    | Cmp
    | In
    | TextTest
    | IsSet
    | Has
    | Tagged
    | Subscribed
    | InSegment
    | InCampaign
    | Within
    | OlderThan
    | NowBetween
)
# `did E at least N times` is Cmp(">=", Agg(count), N); `exactly` is "==", `at most` is "<="; a bare `did`
# is ">= 1". `before`/`after` are Cmp "<" / ">"; a date against an instant wraps the instant in DayOf.


class Track(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of a contact's history that some condition needs, kept in the contact's state.

    An event enters the track when its type, asset (any if None), message (if `step`) and `where` fit.
    `id` is a short hash of (event, asset, campaign, step, where, since): equal needs share a track, and a
    changed plan finds the old one again.

    Two stores, each only if needed: `totals` (running values over all events that entered) and rows
    (``[at, seq, *props]``), kept for `keep` microseconds after `at`, for ever (`forever`), or while the
    contact is a member of one of `members`. A track with `step` lives in the member: it sees only events
    of the message that the member's latest pass of that step sent, and all its rows are kept.
    """

    id: str
    event: str
    asset: str | None = None
    where: CondNode | None = None  # reads Prop(of="row") only
    since: int | None = None  # a constant instant: earlier events do not enter
    campaign: str | None = None  # with step
    step: str | None = None
    props: tuple[str, ...] = ()  # columns of the rows, sorted
    keep: int = 0
    forever: bool = False
    members: tuple[str, ...] = ()  # campaigns whose conditions say `since start`, sorted
    totals: tuple[str, ...] = ()  # sorted: "count", "first", "last", and "sum:p", "min:p", ... of a property


class Condition(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A condition of the plan: its canonical text and its node. Equal conditions are one entry."""

    text: str
    node: CondNode
