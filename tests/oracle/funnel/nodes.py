"""Registers of statuses, scenarios and the funnel's settings as the interpreter knows them, and how their
author would write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.oracle.journey.nodes import Workspace, campaign_yaml, head_yaml, single
from tests.oracle.tree import Duration, Test, decimal

RESOLVED = (
    "resolved_no_action", "resolved_already_engaged", "resolved_inactive", "resolved_won", "resolved_lost",
)  # fmt: skip


@dataclass(frozen=True)
class Register:
    """A campaign's member statuses in file order, each responded or not."""

    statuses: tuple[tuple[str, bool], ...]
    default_responded: str = ""
    excluded: bool = False

    def responded(self, status: str) -> bool:
        return dict(self.statuses)[status]

    @property
    def first(self) -> str:
        return self.statuses[0][0]

    @property
    def held(self) -> str:
        """The status of a membership that a scenario inserts."""
        return self.default_responded or next(name for name, responded in self.statuses if responded)


@dataclass(frozen=True)
class Eligible:
    """What is listed below `any` or `all`."""

    mode: str
    never: bool = False
    statuses: tuple[str, ...] = ()
    within: Duration | None = None


@dataclass(frozen=True)
class Scenario:
    """Of its trigger, what its type has: `crosses` or `changes` (score), `prompts`, `on` (event, and a
    condition). `look_back` None: any age will do. `default`: rules (condition, campaign), and the campaign
    without a match."""

    id: str
    type: str
    look_back: Duration | None
    eligible: Eligible
    crosses: Test | None = None
    changes: str = ""
    prompts: tuple[str, ...] = ()
    on: tuple[str, Test | None] = ("", None)
    when: Test | None = None
    wait: Duration | None = None
    non_responses: bool = False
    default: tuple[tuple[tuple[Test, str | None], ...], str | None] = ((), None)
    sync: dict[str, Any] = field(default_factory=dict)
    assign: str = ""  # a user, or `sdr`: round robin
    notify: bool = False

    def default_for(self, world: Any, now: int) -> str | None:
        rules, otherwise = self.default
        return next((use for when, use in rules if when.holds(world, now)), otherwise)


@dataclass(frozen=True)
class Machine:
    """The funnel's settings."""

    mode: str
    qualified_when: Test
    active: tuple[str, ...] = ("open", "working")
    inactive: tuple[str, ...] = ("nurture", "recycled")


@dataclass(frozen=True)
class FunnelSpace(Workspace):
    """A workspace with a funnel. Campaigns with a register and no steps stand in `registers` only."""

    machine: Machine | None = None
    registers: dict[str, Register] = field(default_factory=dict)
    scenarios: tuple[Scenario, ...] = ()  # in order of id


# --- YAML -----------------------------------------------------------------------------------------


def machine_yaml(machine: Machine) -> str:
    return (
        f"funnel:\n  mode: {machine.mode}\n  qualified_when: {single(machine.qualified_when)}\n"
        f"  active_statuses: [{', '.join(machine.active)}]\n"
        f"  inactive_statuses: [{', '.join(machine.inactive)}]\n"
    )


def space_yaml(space: FunnelSpace) -> str:
    lines = head_yaml(space)
    lines += ["campaigns:"]
    flows = {campaign.id: campaign for campaign in space.campaigns}
    for name in sorted({*flows, *space.registers}):
        lines += campaign_yaml(flows[name]) if name in flows else [f"  {name}:"]
        lines += register_yaml(space.registers[name]) if name in space.registers else []
    lines += ["reactivation_scenarios:"] if space.scenarios else []
    for scenario in space.scenarios:
        lines += scenario_yaml(scenario)
    return "\n".join(lines) + "\n"


def register_yaml(register: Register) -> Iterator[str]:
    yield "    statuses:"
    for name, responded in register.statuses:
        yield f"      {name}: {{responded: true}}" if responded else f"      {name}: {{}}"
    if register.default_responded:
        yield f"    default_responded: {register.default_responded}"
    if register.excluded:
        yield "    exclude_from_reactivation: true"


def scenario_yaml(scenario: Scenario) -> Iterator[str]:
    yield f"  {scenario.id}:"
    yield f"    type: {scenario.type}"
    yield from trigger_yaml(scenario)
    if scenario.when is not None:
        yield f"    when: {single(scenario.when)}"
    if scenario.wait is not None:
        yield f"    wait: {scenario.wait.text()}"
    if scenario.look_back is not None:
        yield f"    look_back: {scenario.look_back.text()}"
    yield f"    eligible: {{{scenario.eligible.mode}: [{', '.join(tests_of(scenario.eligible))}]}}"
    if scenario.non_responses:
        yield "    consider_non_responses: true"
    yield from default_yaml(scenario)
    if scenario.sync:
        yield f"    sync: {{{', '.join(f'{name}: {shown(value)}' for name, value in scenario.sync.items())}}}"
    if scenario.assign:
        yield f"    assign: {'{round_robin: sdr}' if scenario.assign == 'sdr' else scenario.assign}"
    if scenario.notify:
        yield "    notify: [ana]"


def trigger_yaml(scenario: Scenario) -> Iterator[str]:
    if scenario.crosses is not None:
        yield f"    crosses: {single(scenario.crosses)}"
    if scenario.changes:
        yield f"    field_changes: {scenario.changes}"
    if scenario.prompts:
        yield f"    prompts: [{', '.join(scenario.prompts)}]"
    event, when = scenario.on
    if event:
        yield f"    on: {{event: {event}{'' if when is None else ', when: ' + single(when)}}}"


def tests_of(eligible: Eligible) -> Iterator[str]:
    if eligible.never:
        yield "never_reactivated"
    if eligible.statuses:
        yield f"{{status: [{', '.join(eligible.statuses)}]}}"
    if eligible.within is not None:
        yield f"{{within: {eligible.within.text()}}}"


def default_yaml(scenario: Scenario) -> Iterator[str]:
    rules, otherwise = scenario.default
    if not rules and otherwise is None:
        return
    if not rules:
        yield f"    default_campaign: {otherwise}"
        return
    yield "    default_campaign:"
    yield "      rules:"
    for when, use in rules:
        yield f"        - {{when: {single(when)}, use: {use or 'no_action'}}}"
    yield f"      default: {otherwise or 'no_action'}"


def shown(value: Any) -> str:
    return decimal(value) if isinstance(value, Fraction) else str(value)
