"""Campaigns as the interpreter knows them, and how their author would write them.

A behaviour is an action with what it takes: `text` as it stands in YAML (one line), `given` for the
interpreter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.tree import Duration, Test, clock

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Act:
    kind: str
    text: str
    given: Any = None


@dataclass(frozen=True)
class Do:
    """`rules`: (when, act or None for no_action). `short`: written as `when:` beside the action."""

    id: str
    rules: tuple[tuple[Test, Act | None], ...]
    default: Act | None
    short: bool = False
    ends: bool = False  # on_failure: end

    @property
    def kind(self) -> str:
        """The one kind of action that the step and its rules have."""
        return (self.default or next(use for _, use in self.rules if use is not None)).kind


@dataclass(frozen=True)
class WaitUntil:
    id: str
    until: Test
    at_most: Duration | None
    on_timeout: tuple[Node, ...] = ()


@dataclass(frozen=True)
class WaitAt:
    """`zone`: ``contact``, or empty for the project's."""

    id: str
    minutes: int
    weekday: int | None
    zone: str = ""


@dataclass(frozen=True)
class WaitDate:
    """Until a date field plus days, at a time of day."""

    id: str
    field: str
    days: int
    minutes: int
    if_past: str


@dataclass(frozen=True)
class If:
    id: str
    when: Test
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...]


@dataclass(frozen=True)
class End:
    id: str


@dataclass(frozen=True)
class Goto:
    id: str
    step: str
    at_most: int | None


@dataclass(frozen=True)
class Goal:
    id: str
    name: str
    when: Test
    unmet: str
    at_most: Duration | None
    anywhere: bool


@dataclass(frozen=True)
class Decide:
    """Exactly one is set; `at` is an instant that reads as a local time."""

    contacts: int | None = None
    matches: int | None = None
    day: date | None = None
    minutes: int = 0
    at: int = 0

    def text(self) -> str:
        if self.day is not None:
            return f'{{date: {self.day.isoformat()}, at: "{clock(self.minutes)}"}}'
        return f"{{contacts: {self.contacts}}}" if self.contacts else f"{{matches: {self.matches}}}"


@dataclass(frozen=True)
class Split:
    """`kind`: split_paths (with or without percents), split_test, split_until (paths before and after)."""

    id: str
    kind: str
    paths: tuple[tuple[str, tuple[Node, ...]], ...]
    percents: tuple[int, ...] = ()
    match: Test | None = None
    decide: Decide | None = None

    def path(self, name: str) -> tuple[Node, ...]:
        return dict(self.paths)[name]


Node = Do | WaitUntil | WaitAt | WaitDate | If | End | Goto | Goal | Split


@dataclass(frozen=True)
class Trigger:
    """As in YAML: `on` and `what`; `key` is what the interpreter compares with."""

    on: str
    what: str
    key: Any = None
    when: Test | None = None
    once: bool = False


@dataclass(frozen=True)
class Campaign:
    id: str
    triggers: tuple[Trigger, ...]
    every_time: bool
    exit_when: Test | None
    steps: tuple[Node, ...]


@dataclass(frozen=True)
class Policies:
    """`quiet`: (from, to) in minutes; `quiet_zone`: ``contact`` or empty; `caps`: (channel, at most, per)."""

    quiet: tuple[int, int] | None = None
    quiet_zone: str = ""
    caps: tuple[tuple[str, int, Duration], ...] = ()
    blackout: tuple[date, ...] = ()
    daily: int | None = None


@dataclass(frozen=True)
class Workspace:
    """`visit`: the fulfillment actions of the page `pricing`: (act, once, when)."""

    zone: ZoneInfo
    segments: dict[str, Test]
    campaigns: tuple[Campaign, ...]  # in order of id
    policies: Policies
    visit: tuple[tuple[Act, bool, Test | None], ...] = ()


def branches(step: Node) -> tuple[tuple[Node, ...], ...]:
    """The blocks inside a step, in file order."""
    if isinstance(step, If):
        return (step.then, step.otherwise)
    if isinstance(step, WaitUntil):
        return (step.on_timeout,)
    return tuple(block for _, block in step.paths) if isinstance(step, Split) else ()


def every(steps: tuple[Node, ...]) -> Iterator[Node]:
    """All steps in file order, those in branches too."""
    for step in steps:
        yield step
        for block in branches(step):
            yield from every(block)


def onwards(steps: tuple[Node, ...], target: str) -> list[Node] | None:
    """What is still to come for somebody who stands before the step `target`."""
    for place, step in enumerate(steps):
        if step.id == target:
            return list(steps[place:])
        for block in branches(step):
            rest = onwards(block, target)
            if rest is not None:
                return rest + list(steps[place + 1 :])
    return None


# --- YAML -----------------------------------------------------------------------------------------


def yaml_of(workspace: Workspace) -> str:
    """The workspace's own parts as their author would write them."""
    lines = head_yaml(workspace)
    lines += ["campaigns:"]
    for campaign in workspace.campaigns:
        lines += campaign_yaml(campaign)
    return "\n".join(lines) + "\n"


def head_yaml(workspace: Workspace) -> list[str]:
    """All but campaigns."""
    lines = ["segments:"]
    lines += [f"  {name}: {single(condition)}" for name, condition in workspace.segments.items()]
    lines += ["web_pages:", "  pricing:", "    url: https://shop.test/pricing"]
    if workspace.visit:
        lines += ["    on_visit:"]
    for act, once, when in workspace.visit:
        lines += [f"      - {act.kind}: {act.text}"]
        lines += ["        once: true"] if once else []
        lines += [f"        when: {single(when)}"] if when is not None else []
    return lines


def policies_yaml(policies: Policies) -> str:
    lines = []
    if policies.quiet:
        begin, end = (clock(minutes) for minutes in policies.quiet)
        zone = f", timezone: {policies.quiet_zone}" if policies.quiet_zone else ""
        lines += [f'  quiet_hours: {{from: "{begin}", to: "{end}"{zone}, channels: [email, sms]}}']
    if policies.caps:
        caps = [f"{{channel: {c}, at_most: {n}, per: {d.text()}}}" for c, n, d in policies.caps]
        lines += [f"  frequency_caps: [{', '.join(caps)}]"]
    if policies.blackout:
        lines += [f"  blackout_dates: [{', '.join(day.isoformat() for day in policies.blackout)}]"]
    if policies.daily is not None:
        lines += [f"  max_sends_per_contact_per_day: {policies.daily}"]
    return "policies:\n" + "\n".join(lines) + "\n" if lines else ""


def campaign_yaml(campaign: Campaign) -> Iterator[str]:
    yield f"  {campaign.id}:"
    yield f"    runs: {'every_time' if campaign.every_time else 'once'}"
    yield "    starts_when:"
    for trigger in campaign.triggers:
        yield f"      - {trigger.on}: {trigger.what}"
        if trigger.when is not None:
            yield f"        when: {single(trigger.when)}"
        if trigger.once:
            yield "        runs: once"
    if campaign.exit_when is not None:
        yield f"    exit_when: {single(campaign.exit_when)}"
    yield "    steps:"
    yield from indented(campaign.steps, 6)


def single(condition: Test) -> str:
    return "'" + condition.text().replace("'", "''") + "'"


def indented(steps: tuple[Node, ...], depth: int) -> list[str]:
    return [" " * depth + line for step in steps for line in step_yaml(step)]


def step_yaml(step: Node) -> Iterator[str]:
    yield f"- id: {step.id}"
    if isinstance(step, End):
        yield "  end: {}"
    elif isinstance(step, Goto):
        limit = "" if step.at_most is None else f", at_most: {step.at_most}"
        yield f"  goto: {{step: {step.step}{limit}}}"
    elif isinstance(step, Goal):
        limit = "" if step.at_most is None else f", at_most: {step.at_most.text()}"
        reach = "anywhere" if step.anywhere else "ahead"
        when = f"when: {single(step.when)}, unmet: {step.unmet}{limit}"
        yield f"  goal: {{name: {step.name}, {when}, from: {reach}}}"
    elif isinstance(step, If):
        yield f"  if: {single(step.when)}"
        yield from ["  then:", *indented(step.then, 4)]
        if step.otherwise:
            yield from ["  else:", *indented(step.otherwise, 4)]
    elif isinstance(step, Split):
        yield from split_yaml(step)
    elif isinstance(step, Do):
        yield from do_yaml(step)
    else:
        yield from wait_yaml(step)


def wait_yaml(step: WaitAt | WaitDate | WaitUntil) -> Iterator[str]:
    if isinstance(step, WaitAt):
        day = "" if step.weekday is None else WEEKDAYS[step.weekday] + " "
        zone = f", timezone: {step.zone}" if step.zone else ""
        yield f'  wait: {{at: "{day}{clock(step.minutes)}"{zone}}}'
    elif isinstance(step, WaitDate):
        offset = f", offset: {step.days} days" if step.days else ""
        yield f'  wait: {{date: {step.field}{offset}, at: "{clock(step.minutes)}", if_past: {step.if_past}}}'
    else:
        yield "  wait:"
        yield f"    until: {single(step.until)}"
        if step.at_most is not None:
            yield f"    at_most: {step.at_most.text()}"
        if step.on_timeout:
            yield from ["    on_timeout:", *indented(step.on_timeout, 6)]


def split_yaml(step: Split) -> Iterator[str]:
    yield f"  {step.kind}:"
    if step.match is not None:
        yield f"    match: {single(step.match)}"
    if step.kind == "split_until":
        assert step.decide is not None
        yield f"    until: {step.decide.text()}"
        for name, block in step.paths:
            yield f"    {name}:" if block else f"    {name}: []"
            yield from indented(block, 6)
        return
    if step.decide is not None:
        yield f"    decide: {step.decide.text()}"
    yield "    paths:"
    for place, (name, block) in enumerate(step.paths):
        if step.percents:
            yield from [f"      {name}:", f"        percent: {step.percents[place]}"]
            yield "        steps:" if block else "        steps: []"
            yield from indented(block, 10)
        else:
            yield f"      {name}:" if block else f"      {name}: []"
            yield from indented(block, 8)


def do_yaml(step: Do) -> Iterator[str]:
    act = step.rules[0][1] if step.short else step.default
    if step.ends:
        yield "  on_failure: end"
    if step.short or not step.rules:
        assert act is not None
        yield f"  {act.kind}: {act.text}"
        if step.short:
            yield f"  when: {single(step.rules[0][0])}"
        return
    yield f"  {step.kind}:"
    yield "    rules:"
    for when, use in step.rules:
        yield f"      - when: {single(when)}"
        yield f"        use: {use.text if use else 'no_action'}"
    yield f"    default: {step.default.text if step.default else 'no_action'}"
