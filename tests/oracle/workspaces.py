"""Small workspaces as the flow's oracle knows them, and how their author would write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.oracle.tree import Duration, Test, clock

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Action:
    """add_tag, remove_tag, adjust_score, send_email with its one argument; `wait` with a Duration."""

    kind: str
    argument: str
    wait: Duration | None = None


@dataclass(frozen=True)
class Do:
    """A step with an action. `rules`: (when, action or None for no_action). `short`: written as `when:`."""

    id: str
    rules: tuple[tuple[Test, Action | None], ...]
    default: Action | None
    short: bool = False


@dataclass(frozen=True)
class WaitUntil:
    id: str
    until: Test
    at_most: Duration | None
    on_timeout: tuple[StepNode, ...] = ()


@dataclass(frozen=True)
class WaitAt:
    id: str
    minutes: int
    weekday: int | None


@dataclass(frozen=True)
class If:
    id: str
    when: Test
    then: tuple[StepNode, ...]
    otherwise: tuple[StepNode, ...]


@dataclass(frozen=True)
class End:
    id: str


StepNode = Do | WaitUntil | WaitAt | If | End


@dataclass(frozen=True)
class Trigger:
    """event NAME; enters_segment, leaves_segment ID; tag_added, tag_removed TAG; score_crosses ">= N";
    subscribed ID."""

    on: str
    what: str
    when: Test | None = None
    once: bool = False
    bound: Fraction = Fraction(0)


@dataclass(frozen=True)
class Campaign:
    id: str
    triggers: tuple[Trigger, ...]
    every_time: bool
    exit_when: Test | None
    steps: tuple[StepNode, ...]


@dataclass(frozen=True)
class Workspace:
    zone: ZoneInfo
    segments: dict[str, Test]
    campaigns: tuple[Campaign, ...]  # in order of id


def every(steps: tuple[StepNode, ...]) -> Iterator[StepNode]:
    """All steps, those in branches too."""
    for step in steps:
        yield step
        if isinstance(step, If):
            yield from every(step.then + step.otherwise)
        elif isinstance(step, WaitUntil):
            yield from every(step.on_timeout)


def kind_of(step: Do) -> str:
    """The one kind of action that the step and its rules have."""
    action = step.default or next(use for _, use in step.rules if use is not None)
    return action.kind


# --- YAML -----------------------------------------------------------------------------------------


def yaml_of(workspace: Workspace) -> str:
    """The workspace as its author would write it."""
    lines = ["segments:"]
    lines += [f"  {name}: {single(condition)}" for name, condition in workspace.segments.items()]
    lines += ["campaigns:"]
    for campaign in workspace.campaigns:
        lines += [f"  {campaign.id}:", f"    runs: {'every_time' if campaign.every_time else 'once'}"]
        lines += [
            "    starts_when:",
            *(f"      {line}" for t in campaign.triggers for line in trigger_yaml(t)),
        ]
        if campaign.exit_when is not None:
            lines += [f"    exit_when: {single(campaign.exit_when)}"]
        lines += ["    steps:", *indented(campaign.steps, 6)]
    return "\n".join(lines) + "\n"


def single(condition: Test) -> str:
    return "'" + condition.text().replace("'", "''") + "'"


def trigger_yaml(trigger: Trigger) -> Iterator[str]:
    yield f"- {trigger.on}: {trigger.what}"
    if trigger.when is not None:
        yield f"  when: {single(trigger.when)}"
    if trigger.once:
        yield "  runs: once"


def indented(steps: tuple[StepNode, ...], depth: int) -> list[str]:
    return [" " * depth + line for step in steps for line in step_yaml(step)]


def step_yaml(step: StepNode) -> Iterator[str]:
    yield f"- id: {step.id}"
    if isinstance(step, End):
        yield "  end: {}"
    elif isinstance(step, WaitAt):
        day = "" if step.weekday is None else WEEKDAYS[step.weekday] + " "
        yield f'  wait: {{at: "{day}{clock(step.minutes)}"}}'
    elif isinstance(step, WaitUntil):
        yield "  wait:"
        yield f"    until: {single(step.until)}"
        if step.at_most is not None:
            yield f"    at_most: {step.at_most.text()}"
        if step.on_timeout:
            yield from ["    on_timeout:", *indented(step.on_timeout, 6)]
    elif isinstance(step, If):
        yield f"  if: {single(step.when)}"
        yield from ["  then:", *indented(step.then, 4)]
        if step.otherwise:
            yield from ["  else:", *indented(step.otherwise, 4)]
    else:
        yield from do_yaml(step)


def do_yaml(step: Do) -> Iterator[str]:
    action = step.rules[0][1] if step.short else step.default
    if step.short or not step.rules:
        assert action is not None
        yield f"  {action.kind}: {action.argument}"
        if step.short:
            yield f"  when: {single(step.rules[0][0])}"
        return
    yield f"  {kind_of(step)}:"
    yield "    rules:"
    for when, use in step.rules:
        yield f"      - when: {single(when)}"
        yield f"        use: {use.argument if use else 'no_action'}"
    yield f"    default: {step.default.argument if step.default else 'no_action'}"
