"""Start triggers of campaigns, as the plan holds them: one Struct each, told apart by `on`."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from oncue.schemas.parts import Position, Use


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


class OnDealStage(_Trigger, frozen=True, tag="deal_stage"):
    """A deal of the contact comes to stand in the stage, by being added there or moved."""

    pipeline: str
    stage: str


class OnConverted(_Trigger, frozen=True, tag="converted"):
    conversion: str


class OnGoal(_Trigger, frozen=True, tag="goal"):
    """A goal of a campaign was achieved, or was skipped (passed, or the flow ended, without it)."""

    campaign: str
    goal: str
    change: Literal["achieved", "skipped"]


class OnFailure(_Trigger, frozen=True, tag="failure"):
    """An action failed: in a campaign (and a step of it), or, without one, anywhere."""

    campaign: str | None = None
    step: str | None = None


Trigger = (
    OnEvent | OnSegment | OnTag | OnField | OnScore | OnSubscription | OnDate | OnManual
    | OnDealStage | OnConverted | OnGoal | OnFailure
)  # fmt: skip
