"""From the plan to the program: the plan's declarations, with everything that the kernel looks up indexed.

Linking is lazy: a campaign's steps, a condition's function and an index are made when first asked for, so
that a program for thousands of campaigns costs a command that touches one of them next to nothing. A
program never changes what it answers.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from oncue.runtime.kernel.conditions.functions import CompiledCondition, compile_condition
from oncue.runtime.kernel.conditions.history import History
from oncue.runtime.kernel.conditions.watches import Watches
from oncue.runtime.kernel.flow.triggers import Starts
from oncue.runtime.kernel.funnel.index import Scenarios
from oncue.runtime.kernel.intake.pages import Pages
from oncue.runtime.kernel.state import Member
from oncue.runtime.kernel.values.forms import bounds, read
from oncue.runtime.kernel.values.zone import Zone, parse_day
from oncue.schemas.actions import Action, Goal, SplitTest, SplitUntil, WaitUntil
from oncue.schemas.builtins import BEHAVIOURS, CONTACT_FIELDS, DEAL_FIELDS, EVENTS
from oncue.schemas.conditions import CondNode
from oncue.schemas.parts import Use
from oncue.schemas.plan import Asset, Behaviour, Campaign, Email, EventSpec, FieldSpec, Plan, Scenario, Step
from oncue.schemas.values import Value


class LinkedStep(Struct, frozen=True, gc=False):
    """A step or fulfillment action: its rules as (condition, action or None for no_action)."""

    id: str
    spec: Step
    rules: tuple[tuple[CompiledCondition, Action | None], ...]


class LinkedGoal(Struct, frozen=True, gc=False):
    """A goal step. `place`: its number among the campaign's steps; `moves`: by time alone."""

    step: str
    name: str
    place: int
    condition: CompiledCondition
    moves: bool
    anywhere: bool

    def due(self, member: Member) -> str:
        """Its name in `ContactState.due`."""
        return f"goal/{member.order}/{self.step}"


class LinkedCampaign(Struct, frozen=True):
    """A campaign with its steps by id; `goals` in the order of the file, and, where there are any, the
    `places` of all steps in it, and what any of them reads. `watched`: what members and trials wait for."""

    id: str
    unit: str
    spec: Campaign
    exit: CompiledCondition | None
    exit_moves: bool  # by time alone
    steps: dict[str, LinkedStep]
    goals: tuple[LinkedGoal, ...] = ()
    places: dict[str, int] = {}
    goal_needs: frozenset[str] = frozenset()
    watched: frozenset[str] = frozenset()


class LinkedScenario(Struct, frozen=True, gc=False):
    """A reactivation scenario. `insert` chooses its default campaign; `actions` go with an active
    response."""

    id: str
    unit: str
    spec: Scenario
    when: CompiledCondition | None
    crosses: CompiledCondition | None
    insert: LinkedStep | None
    actions: tuple[LinkedStep, ...]


class Deed(Struct, frozen=True):
    """The fulfillment actions of one asset's behaviour."""

    unit: str  # KIND/ID/on_X
    spec: Behaviour
    actions: tuple[LinkedStep, ...]
    first_day: int | None = None  # day numbers, both included
    last_day: int | None = None


class Program:
    """A plan made ready to run. `paused` are units: ``campaigns/ID``, ``KIND/ID`` or ``KIND/ID/on_X``."""

    def __init__(self, plan: Plan, paused: frozenset[str] = frozenset()) -> None:
        self.plan = plan
        self.paused = paused
        self._conditions: dict[str, CompiledCondition] = {}
        self._campaigns: dict[str, LinkedCampaign] = {}
        self._scenarios: dict[str, LinkedScenario] = {}
        self._deeds: dict[tuple[str, str], Deed | None] = {}
        self._email_uses: dict[str, tuple[str, ...]] = {}
        self._zones: dict[str, Zone] = {}

    def with_paused(self, paused: frozenset[str]) -> Program:
        """The same program with other things paused; what was linked already is shared."""
        other = copy.copy(self)
        other.paused = paused
        return other

    def is_paused(self, unit: str) -> bool:
        """Whether the unit, or the asset that it belongs to, is paused."""
        return bool(self.paused) and (unit in self.paused or unit.rsplit("/", 1)[0] in self.paused)

    # --- declarations

    @cached_property
    def fields(self) -> dict[str, FieldSpec]:
        """Contact fields, built-in and custom."""
        return {**CONTACT_FIELDS, **self.plan.fields}

    @cached_property
    def deal_fields(self) -> dict[str, FieldSpec]:
        """Fields of deals, built-in and custom."""
        return {**DEAL_FIELDS, **self.plan.deal_fields}

    @property
    def account_fields(self) -> dict[str, FieldSpec]:
        """Fields of accounts; all are declared."""
        return self.plan.account_fields

    @cached_property
    def events(self) -> dict[str, EventSpec]:
        """Event types, built-in and custom."""
        return {**EVENTS, **self.plan.events}

    @cached_property
    def score_bounds(self) -> tuple[int | None, int | None]:
        """The score's min and max, in compared form."""
        return bounds(self.fields["score"])

    @cached_property
    def zone(self) -> Zone:
        """The project's time zone."""
        return Zone(self.plan.settings.timezone)

    @cached_property
    def confirmations(self) -> frozenset[str]:
        """Emails that ask for a double opt-in's confirmation; they pass consent."""
        return frozenset(spec.confirm for spec in self.plan.lists.values() if spec.confirm)

    @cached_property
    def blackout(self) -> frozenset[int]:
        """The days on which no message leaves, as day numbers."""
        policies = self.plan.settings.policies
        return frozenset(parse_day(day) for day in policies.blackout_dates) if policies else frozenset()

    def literal(self, field: str, text: str) -> Value | None:
        """A literal of the plan in the compared form of a contact field."""
        return read(self.fields[field], text, self.zone).value

    def zone_of(self, name: str) -> Zone:
        """A time zone by name; the project's where there is no such zone."""
        zone = self._zones.get(name)
        if zone is None:
            try:
                zone = Zone(name)
            except (ValueError, OSError, KeyError):
                zone = self.zone
            self._zones[name] = zone
        return zone

    # --- conditions and history

    def condition(self, key: str) -> CompiledCondition:
        """A condition of the plan by its key in `Plan.conditions`."""
        found = self._conditions.get(key)
        if found is None:
            found = self._conditions[key] = self.compile(self.plan.conditions[key].node)
        return found

    def compile(self, node: CondNode) -> CompiledCondition:
        """A condition node as a function."""
        return compile_condition(node, tracks=self.plan.tracks, segments=self.segment, zone=self.zone)

    def segment(self, name: str) -> CompiledCondition:
        """The condition of a segment."""
        return self.condition(self.plan.segments[name].condition.condition)

    @cached_property
    def history(self) -> History:
        """What enters a contact's history."""
        return History(self.plan.tracks, self.compile)

    @cached_property
    def watches(self) -> Watches:
        """The segments, by what their conditions read."""
        nodes = self._segment_nodes
        return Watches({name: self.segment(name) for name in nodes}, nodes, nodes)

    @cached_property
    def _segment_nodes(self) -> dict[str, CondNode]:
        plan = self.plan
        return {name: plan.conditions[spec.condition.condition].node for name, spec in plan.segments.items()}

    @cached_property
    def step_tracks(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Tracks that follow the message of a campaign's step."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for name, track in self.plan.tracks.items():
            if track.campaign is not None and track.step is not None:
                place = (track.campaign, track.step)
                found[place] = (*found.get(place, ()), name)
        return found

    # --- what listens

    @cached_property
    def starts(self) -> Starts:
        """Campaign triggers by what sets them off."""
        return Starts(self.plan.campaigns, self.plan.reactivation_scenarios)

    @cached_property
    def scenarios(self) -> Scenarios:
        """Reactivation scenarios by what sets them off."""
        specs = self.plan.reactivation_scenarios
        keys = {name: spec.crosses.condition for name, spec in specs.items() if spec.crosses is not None}
        nodes = {name: self.plan.conditions[key].node for name, key in keys.items()}
        crossings = {name: self.condition(key) for name, key in keys.items()}
        return Scenarios(specs, Watches(crossings, nodes, self._segment_nodes))

    def scenario(self, name: str) -> LinkedScenario:
        """A reactivation scenario by id."""
        found = self._scenarios.get(name)
        if found is None:
            spec = self.plan.reactivation_scenarios[name]
            found = self._scenarios[name] = LinkedScenario(
                id=name,
                unit=f"reactivation_scenarios/{name}",
                spec=spec,
                when=None if spec.when is None else self._use(spec.when),
                crosses=None if spec.crosses is None else self._use(spec.crosses),
                insert=None if spec.insert is None else self._link_step(spec.insert),
                actions=tuple(self._link_step(step) for step in spec.actions),
            )
        return found

    @cached_property
    def pages(self) -> Pages:
        """Web pages by the addresses that belong to them."""
        pages = self.plan.assets.get("web_pages", {})
        return Pages({name: page.url for name, page in pages.items() if page.url})

    def campaign(self, flow: str) -> LinkedCampaign:
        """A campaign by id, or an older version of it by ``ID@VERSION``."""
        found = self._campaigns.get(flow)
        if found is None:
            spec = self.plan.campaigns.get(flow) or self.plan.older[flow]
            found = self._campaigns[flow] = self._link_campaign(flow.partition("@")[0], spec)
        return found

    def has(self, flow: str) -> bool:
        """Whether the campaign, or the older version of it, is there."""
        return flow in self.plan.campaigns or flow in self.plan.older

    def watched(self, flow: str) -> frozenset[str]:
        """What members and trials of a campaign wait for; nothing of one that is gone."""
        return self.campaign(flow).watched if self.has(flow) else frozenset()

    def deed(self, event: str, asset: str) -> Deed | None:
        """The fulfillment actions that an event of an asset sets off."""
        place = (event, asset)
        if place not in self._deeds:
            self._deeds[place] = self._link_deed(event, asset)
        return self._deeds[place]

    def kind_of(self, unit: str, step: str) -> str:
        """The action key of a campaign's step or of a fulfillment action; empty where there is none."""
        kind, name, *behaviour = unit.split("/")
        if kind == "campaigns":
            steps = self._steps(name)
        else:
            owner = self._asset(kind, name)
            deed = owner.behaviours.get("".join(behaviour).removeprefix("on_")) if owner else None
            steps = deed.actions if deed else ()
        return next((each.kind for each in steps if each.id == step), "")

    def _steps(self, name: str) -> tuple[Step, ...]:
        """The steps of a campaign, those of the plan in force before those of older versions."""
        older = [spec for flow, spec in self.plan.older.items() if flow.startswith(f"{name}@")]
        now = self.plan.campaigns.get(name)
        return tuple(step for spec in (*([now] if now else []), *older) for step in spec.steps)

    def _asset(self, kind: str, name: str) -> Asset | Email | None:
        return self.plan.emails.get(name) if kind == "emails" else self.plan.assets.get(kind, {}).get(name)

    def email(self, name: str) -> Email:
        """An email by id."""
        return self.plan.emails[name]

    def email_uses(self, name: str) -> tuple[str, ...]:
        """What an email's template shows, by the names that it has for it."""
        found = self._email_uses.get(name)
        if found is None:
            spec = self.plan.emails[name]
            owned = {
                "event": spec.event_uses, "entry": spec.entry_uses,
                "deal": spec.deal_uses, "account": spec.account_uses,
            }  # fmt: skip
            more = [f"{owner}.{use}" for owner, uses in owned.items() for use in uses]
            found = self._email_uses[name] = (*spec.uses, *more)
        return found

    def _link_campaign(self, name: str, spec: Campaign) -> LinkedCampaign:
        exit_ = None if spec.exit_when is None else self._use(spec.exit_when)
        goals = self._goals(spec)
        return LinkedCampaign(
            id=name,
            unit=f"campaigns/{name}",
            spec=spec,
            exit=exit_,
            exit_moves=exit_ is not None and "clock" in exit_.needs,
            steps={step.id: self._link_step(step) for step in spec.steps},
            goals=goals,
            places={step.id: place for place, step in enumerate(spec.steps)} if goals else {},
            goal_needs=frozenset[str]().union(*(goal.condition.needs for goal in goals)),
            watched=frozenset[str]().union(*(self._use(use).needs for use in _watched(spec))),
        )

    def _goals(self, spec: Campaign) -> tuple[LinkedGoal, ...]:
        found = []
        for place, step in enumerate(spec.steps):
            if isinstance(step.default, Goal):
                condition, goal = self._use(step.default.when), step.default
                moves, anywhere = "clock" in condition.needs, goal.reach == "anywhere"
                found.append(LinkedGoal(step.id, goal.name, place, condition, moves, anywhere))
        return tuple(found)

    def _link_deed(self, event: str, asset: str) -> Deed | None:
        declared = self.events.get(event)
        kind = declared.asset_kind if declared else None
        behaviour = event.rpartition(".")[2]
        if kind is None or behaviour not in BEHAVIOURS[kind]:
            return None
        owner = self._asset(kind, asset)
        spec = owner.behaviours.get(behaviour) if owner else None
        if spec is None:
            return None
        unit = f"{kind}/{asset}/on_{behaviour}"
        steps = tuple(self._link_step(step) for step in spec.actions)
        return Deed(unit, spec, steps, _day(spec.start), _day(spec.until))

    def _link_step(self, step: Step) -> LinkedStep:
        return LinkedStep(step.id, step, tuple((self._use(rule.when), rule.use) for rule in step.rules))

    def _use(self, use: Use) -> CompiledCondition:
        return self.condition(use.condition)


def _watched(spec: Campaign) -> Iterator[Use]:
    """The conditions that may move members that wait, or end trials."""
    if spec.exit_when is not None:
        yield spec.exit_when
    for step in spec.steps:
        for action in (step.default, *(rule.use for rule in step.rules)):
            if isinstance(action, WaitUntil):
                yield action.until
            elif isinstance(action, Goal):
                yield action.when
            elif isinstance(action, SplitTest | SplitUntil) and action.match is not None:
                yield action.match


def _day(text: str | None) -> int | None:
    return None if text is None else parse_day(text)


def link(plan: Plan) -> Program:
    """Makes a plan ready to run. Cheap: everything is linked when it is first needed."""
    return Program(plan)
