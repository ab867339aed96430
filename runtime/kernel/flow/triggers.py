"""What starts campaigns, indexed by what can set it off, so that an input meets only what listens to it.

Each start is filed under the edge that it waits for: ``("event", TYPE)``, ``("event", TYPE, ASSET)``,
``("enters", SEGMENT)``, ``("leaves", SEGMENT)``, ``("added", TAG)``, ``("removed", TAG)``,
``("field", NAME)``, ``("subscribed", LIST)``, ``("unsubscribed", LIST)``. Score thresholds are sorted, so
that a change of score finds the crossed ones by bisection; date triggers are filed under their field.

Some edges come with an event that oncue raises (`edges_of`): ``("deal_stage", PIPELINE, STAGE)``,
``("converted", CONVERSION)``, ``("goal_achieved", CAMPAIGN, GOAL)``, ``("goal_skipped", CAMPAIGN, GOAL)``,
``("failure", CAMPAIGN, STEP)`` (empty: any).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from typing import TypeVar

from msgspec import Struct

from oncue.schemas.plan import Campaign, Scenario
from oncue.schemas.triggers import (
    OnConverted,
    OnDate,
    OnDealStage,
    OnEvent,
    OnFailure,
    OnField,
    OnGoal,
    OnManual,
    OnScore,
    OnSegment,
    OnSubscription,
    OnTag,
    Trigger,
)
from oncue.schemas.values import parse_number

Edge = tuple[str, ...]
_T = TypeVar("_T", bound=Trigger)


BY_HAND = -1
BY_MIGRATION = -2
BY_STEP = 1 << 30  # a start_campaign: behind the campaign's own triggers
_OTHER_WAYS = {BY_HAND: "manual", BY_MIGRATION: "migrate", BY_STEP: "start_campaign"}


class Start(Struct, frozen=True):
    """One trigger of a campaign. `place` is its index in `starts_when`; BY_HAND, BY_STEP: another way in. Or
    what sets a reactivation scenario off; then `campaign` is empty."""

    campaign: str
    place: int
    trigger: Trigger
    scenario: str = ""

    @property
    def why(self) -> str:
        """How the audit names it."""
        return _OTHER_WAYS.get(self.place) or f"starts_when {self.place + 1}"

    @property
    def mark(self) -> str:
        """Its name in the contact's state."""
        return f"{self.campaign}/{self.place}"


class Starts:
    """All triggers of a plan, by what sets them off."""

    def __init__(self, campaigns: Mapping[str, Campaign], scenarios: Mapping[str, Scenario]) -> None:
        self._by_edge: dict[Edge, list[Start]] = {}
        self._scores = {order: _Thresholds() for order in ("<", "<=", ">", ">=")}
        self.events: set[str] = set()  # types of which any is waited for
        self.needs: set[str] = (
            set()
        )  # what conditions call the fields, tags and lists of which any is waited for
        self.on_score = False  # whether any waits for a score
        self.by_date: dict[str, list[Start]] = {}  # date field -> its date triggers
        self.dates: dict[str, Start] = {}  # ``date/CAMPAIGN/N`` -> the trigger
        for name, campaign in campaigns.items():
            for place, trigger in enumerate(campaign.starts):
                self._file(Start(name, place, trigger))
        self.crossing: dict[str, Start] = {}  # scenario -> what its `crosses` sets off
        for name, scenario in scenarios.items():
            start = Start("", 0, _listened(scenario), name)
            if scenario.crosses is not None:
                self.crossing[name] = start
            elif not isinstance(start.trigger, OnManual):
                self._file(start)
        for thresholds in self._scores.values():
            thresholds.sort()

    def at(self, edge: Edge) -> list[Start]:
        """The starts that wait for this edge."""
        return self._by_edge.get(edge, _NONE)

    def crossed(self, old: int, new: int) -> Iterator[Start]:
        """The starts whose comparison is false for the old score and true for the new one."""
        if new > old:
            yield from self._scores[">="].between(old, new, upper_included=True)
            yield from self._scores[">"].between(old, new, upper_included=False)
        elif new < old:
            yield from self._scores["<="].between(new, old, upper_included=False)
            yield from self._scores["<"].between(new, old, upper_included=True)

    def _file(self, start: Start) -> None:
        trigger = start.trigger
        self.needs.add(_need(trigger))
        if isinstance(trigger, OnScore):
            self.on_score = True
            self._scores[trigger.order].add(parse_number(trigger.value) or 0, start)
        elif isinstance(trigger, OnDate):
            self.by_date.setdefault(trigger.field, []).append(start)
            self.dates[f"date/{start.mark}"] = start
        elif not isinstance(trigger, OnManual):
            heard = trigger.event if isinstance(trigger, OnEvent) else _event_of(trigger)
            if heard:
                self.events.add(heard)
            self._by_edge.setdefault(_edge(trigger), []).append(start)


def _listened(scenario: Scenario) -> Trigger:
    """What sets a scenario off, as a trigger; `OnManual` where it is none of them."""
    if scenario.on is not None:
        return scenario.on
    if scenario.field is not None or scenario.type == "active_status":
        return OnField(at=scenario.at, field=scenario.field or "status")
    return OnManual(at=scenario.at)


class _Thresholds:
    """Starts sorted by their threshold."""

    def __init__(self) -> None:
        self._items: list[tuple[int, Start]] = []
        self._values: list[int] = []

    def add(self, value: int, start: Start) -> None:
        self._items.append((value, start))

    def sort(self) -> None:
        self._items.sort(key=lambda item: item[0])
        self._values = [value for value, _ in self._items]

    def between(self, low: int, high: int, *, upper_included: bool) -> Iterator[Start]:
        """Starts with threshold in (low, high], or in [low, high)."""
        side = bisect_right if upper_included else bisect_left
        for _, start in self._items[side(self._values, low) : side(self._values, high)]:
            yield start


_NONE: list[Start] = []


def _event_of(trigger: Trigger) -> str:
    """The event that comes with the trigger's edge; an empty text for one without."""
    match trigger:
        case OnDealStage():
            return "deal.stage"
        case OnConverted():
            return "converted"
        case OnGoal():
            return f"goal.{trigger.change}"
        case OnFailure():
            return "action.failed"
        case _:
            return ""


def edges_of(event: str, texts: Mapping[str, str]) -> tuple[Edge, ...]:
    """The edges that come with an event that oncue raises, by its properties as they were written."""

    def edge(*names: str) -> Edge:
        return (EDGES[event], *(texts.get(name, "") for name in names))

    match event:
        case "deal.stage":
            return (edge("pipeline", "stage"),)
        case "converted":
            return (edge("conversion"),)
        case "goal.achieved" | "goal.skipped":
            return (edge("campaign", "goal"),)
        case "action.failed":
            return tuple(dict.fromkeys((edge("", ""), edge("campaign", ""), edge("campaign", "step"))))
        case _:
            return ()


# events that oncue raises -> the edge that comes with each
EDGES = {
    "deal.stage": "deal_stage",
    "converted": "converted",
    "goal.achieved": "goal_achieved",
    "goal.skipped": "goal_skipped",
    "action.failed": "failure",
}


def _need(trigger: Trigger) -> str:
    """What has to be touched for the trigger to fire; an empty text for one that comes with an event, or with
    a segment."""
    match trigger:
        case OnScore():
            return "field:score"
        case OnField() | OnDate():
            return f"field:{trigger.field}"
        case OnTag():
            return f"tag:{trigger.tag}"
        case OnSubscription():
            return f"list:{trigger.list}"
        case _:
            return ""


def _edge(trigger: Trigger) -> Edge:
    match trigger:
        case OnEvent(event=event, asset=None):
            return ("event", event)
        case OnEvent(event=event, asset=str(asset)):
            return ("event", event, asset)
        case OnSegment():
            return (trigger.change, trigger.segment)
        case OnTag():
            return (trigger.change, trigger.tag)
        case OnField():
            return ("field", trigger.field)
        case OnDealStage():
            return ("deal_stage", trigger.pipeline, trigger.stage)
        case OnConverted():
            return ("converted", trigger.conversion)
        case OnGoal():
            return (f"goal_{trigger.change}", trigger.campaign, trigger.goal)
        case OnFailure():
            return ("failure", trigger.campaign or "", trigger.step or "")
        case OnSubscription():
            return (trigger.change, trigger.list)
        case _:
            raise TypeError(f"{type(trigger).__name__} is no edge")
