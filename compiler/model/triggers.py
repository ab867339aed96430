"""Start triggers of campaigns as somebody wrote them."""

from __future__ import annotations

from typing import Literal

from oncue.compiler.model.records import Cond, Record
from oncue.compiler.model.refs import Ref
from oncue.compiler.yaml.nodes import Scalar


class OnEvent(Record, frozen=True):
    event: Ref
    asset: Ref | None = None  # its kind is filled in from the event


class OnSegment(Record, frozen=True):
    segment: Ref
    change: Literal["enters", "leaves"]


class OnTag(Record, frozen=True):
    tag: Scalar
    change: Literal["added", "removed"]


class OnField(Record, frozen=True):
    field: Ref
    to: Scalar | None = None


class OnScore(Record, frozen=True):
    order: Literal["<", "<=", ">", ">="]
    value: str


class OnSubscription(Record, frozen=True):
    list: Ref
    change: Literal["subscribed", "unsubscribed"]


class OnDate(Record, frozen=True):
    field: Ref
    offset_micros: int = 0
    minutes: int | None = None
    yearly: bool = False


class OnManual(Record, frozen=True):
    pass


class OnDealStage(Record, frozen=True):
    """`pipeline` None: the one that has the stage."""

    stage: Ref
    pipeline: Ref | None = None


class OnConverted(Record, frozen=True):
    conversion: Ref


class OnGoal(Record, frozen=True):
    campaign: Ref
    goal: Ref
    change: Literal["achieved", "skipped"]


class OnFailure(Record, frozen=True):
    """`campaign` None: anywhere."""

    campaign: Ref | None = None
    step: Ref | None = None


Way = (
    OnEvent | OnSegment | OnTag | OnField | OnScore | OnSubscription | OnDate | OnManual
    | OnDealStage | OnConverted | OnGoal | OnFailure
)  # fmt: skip

_INNER = {OnDealStage: "deal.stage", OnConverted: "converted", OnFailure: "action.failed"}


def event_of(way: Way) -> str | None:
    """The event that this way in is: its properties are what `when` sees as `event`, and the steps as
    `entry`."""
    if type(way) is OnEvent:
        return way.event.name
    return f"goal.{way.change}" if type(way) is OnGoal else _INNER.get(type(way))


class Trigger(Record, frozen=True):
    """One item of `starts_when`: `key` is the trigger's key."""

    key: Scalar
    way: Way
    when: Cond | None = None
    runs: Literal["once"] | None = None
    existing: bool = False
