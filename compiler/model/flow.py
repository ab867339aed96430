"""Steps as somebody wrote them, and what steers a member through a campaign."""

from __future__ import annotations

from typing import Literal

from oncue.compiler.model import actions
from oncue.compiler.model.records import Cond, Record
from oncue.compiler.model.refs import Ref
from oncue.compiler.yaml.nodes import Node, Scalar


class WaitFor(Record, frozen=True):
    micros: int
    node: Scalar


class WaitAt(Record, frozen=True):
    minutes: int
    days: tuple[int, ...] = ()  # Monday 0; empty: every day
    timezone: Scalar | None = None


class WaitDate(Record, frozen=True):
    field: Ref
    offset_micros: int = 0
    minutes: int | None = None
    timezone: Scalar | None = None
    if_past: Literal["skip", "end"] = "skip"


class WaitUntil(Record, frozen=True):
    until: Cond | None  # None: unreadable
    at_most: int | None = None
    on_timeout: tuple[Step, ...] = ()


class If(Record, frozen=True):
    when: Cond | None  # None: unreadable
    then: tuple[Step, ...] = ()
    else_: tuple[Step, ...] = ()


class Goto(Record, frozen=True):
    step: Ref
    at_most: int | None = None


class End(Record, frozen=True):
    pass


class Path(Record, frozen=True):
    """One path of a split; `percent` as written. `was`: the id that it had in an earlier plan."""

    name: Scalar
    steps: tuple[Step, ...] = ()
    percent: Scalar | None = None
    was: str | None = None


class Decide(Record, frozen=True):
    """Exactly one of `contacts`, `matches` and `date` is set; `minutes` goes with `date`."""

    node: Node
    contacts: int | None = None
    matches: int | None = None
    date: Scalar | None = None
    minutes: int = 0


class SplitPaths(Record, frozen=True):
    paths: tuple[Path, ...] = ()


class SplitTest(Record, frozen=True):
    """`match` and `decide` None: unreadable."""

    paths: tuple[Path, ...] = ()
    match: Cond | None = None
    decide: Decide | None = None


class SplitUntil(Record, frozen=True):
    """`decide` None: unreadable."""

    decide: Decide | None = None
    match: Cond | None = None
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()


class Goal(Record, frozen=True):
    """`when` None: unreadable."""

    name: Scalar
    when: Cond | None
    unmet: Literal["wait", "continue", "end"] = "wait"
    at_most: int | None = None
    reach: Literal["ahead", "anywhere"] = "ahead"


class Broken(Record, frozen=True):
    """An action whose shape was wrong: nothing more is said about it."""


Act = (
    actions.SendEmail | actions.SendSms | actions.SendSiteMessage | actions.SendNotification
    | actions.AdjustScore | actions.AddTag | actions.RemoveTag | actions.UpdateContact | actions.AddNote
    | actions.Subscribe | actions.Unsubscribe | actions.Convert | actions.AddToAudience
    | actions.RemoveFromAudience | actions.AssignOwner
    | actions.AddDeal | actions.UpdateDeal | actions.AddDealNote | actions.AdjustDealScore
    | actions.UpdateAccount | actions.AddTask | actions.CompleteTask | actions.CreateSalesforce
    | actions.AddToFulfillmentList | actions.RecordResponse
    | actions.StartCampaign | actions.EndCampaign | actions.Webhook | actions.Math
    | WaitFor | WaitAt | WaitDate | WaitUntil
    | If | SplitPaths | SplitTest | SplitUntil | Goto | Goal | End
    | Broken
)  # fmt: skip


class Rule(Record, frozen=True):
    """`when` None: it was unreadable. `use` None: `no_action`."""

    when: Cond | None
    use: Act | None


class Step(Record, frozen=True):
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
