"""An obvious interpreter of campaigns, written from the specification: it looks at everything, at every tick
of a coarse clock, and knows no index, no timer and no shortcut.

Only what the random workspaces of `flow_draw` say is here: triggers, action rules, waits, branches, exits,
tags, score, emails with consent. All times and durations are whole ticks, so nothing changes in between.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from typing import NamedTuple

from tests.oracle.workspaces import (
    Action,
    Campaign,
    Do,
    End,
    If,
    StepNode,
    Trigger,
    WaitAt,
    WaitUntil,
    Workspace,
)  # fmt: skip
from tests.oracle.world import HOUR, Happening, Stay, Value, World, at, day_of

TICK = HOUR
STARTS, STEPS = 20, 1000  # per input; what goes beyond is not compared


class Fact(NamedTuple):
    at: int
    what: str
    unit: str
    step: str = ""
    entry: int = 0
    result: str = ""
    rule: str = ""


@dataclass
class Member:
    """One stay. `path`: the steps still to come, innermost block first; the first of them is where the
    member stands."""

    campaign: Campaign
    entry: int
    stay: Stay
    todo: list[StepNode]
    due: int | None = None  # when the wait that it stands at ends by itself
    waiting: bool = False


@dataclass
class Seen:
    """What edges are made of, as of a round's start."""

    segments: frozenset[str]
    tags: frozenset[str]
    score: Fraction
    lists: frozenset[str]


class TooMuchError(Exception):
    """One input caused more than the limits allow; the case is not compared."""


@dataclass
class Contact:
    """A contact and everything that ever happened to it."""

    workspace: Workspace
    email: bool
    score: Fraction = Fraction(0)
    tags: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    happenings: list[Happening] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    entries: dict[str, int] = field(default_factory=dict)
    used: set[tuple[str, int]] = field(default_factory=set)
    segments: frozenset[str] = frozenset()
    messages: dict[str, str] = field(default_factory=dict)  # email -> its latest message
    facts: list[Fact] = field(default_factory=list)
    steps: int = 0
    starts: int = 0
    waking: bool = False

    # --- inputs

    def arrive(self, now: int, score: Fraction, tags: set[str], lists: set[str]) -> None:
        """The contact's birth, out of nothing."""
        before = self.seen(frozenset())
        self.score, self.tags, self.lists = score, set(tags), set(lists)
        self.settle(now, before, None)

    def happen(self, event: Happening) -> None:
        """An email's event belongs to the latest send of that email; one without a send starts nothing."""
        before = self.seen(self.segments)
        if event.type == "email.open":
            event = replace(event, message=self.messages.get(event.assets[0], ""))
        self.happenings.append(event)
        speaks = event.type != "email.open" or event.message
        self.settle(event.at, before, event if speaks else None)

    def wake(self, now: int) -> None:
        self.waking = True
        self.settle(now, self.seen(self.segments), None)
        self.waking = False

    # --- rounds

    def settle(self, now: int, before: Seen, event: Happening | None) -> None:
        """Rounds until one finds nothing to do."""
        self.steps = self.starts = 0
        while True:
            written = len(self.facts)
            here = self.seen(self.now_in(now))
            self.report_segments(now, before.segments, here.segments)
            self.segments = here.segments
            for member in list(self.members):
                self.look_at(member, now)
            self.start_all(now, before, here, event)
            if here == before and len(self.facts) == written:
                return
            before, event = here, None

    def seen(self, segments: frozenset[str]) -> Seen:
        return Seen(segments, frozenset(self.tags), self.score, frozenset(self.lists))

    def now_in(self, now: int) -> frozenset[str]:
        world = self.world(None)
        return frozenset(name for name, c in self.workspace.segments.items() if c.holds(world, now))

    def report_segments(self, now: int, before: frozenset[str], after: frozenset[str]) -> None:
        for name in sorted(before ^ after):
            self.note(now, "segment.entered" if name in after else "segment.left", f"segments/{name}")

    # --- members

    def look_at(self, member: Member, now: int) -> None:
        if self.exits(member, now) or not member.waiting:
            return
        step = member.todo[0]
        if isinstance(step, WaitUntil) and step.until.holds(self.world(member), now):
            self.leave(member, now)
            self.run(member, now)
        elif self.waking and member.due is not None and member.due <= now:
            self.leave(member, now)
            if isinstance(step, WaitUntil):
                member.todo[:0] = step.on_timeout
            self.run(member, now)

    def exits(self, member: Member, now: int) -> bool:
        if member.campaign.exit_when is None or not member.campaign.exit_when.holds(self.world(member), now):
            return False
        unit = f"campaigns/{member.campaign.id}"
        if member.waiting:
            self.note(now, "step.left", unit, member.todo[0].id, member.entry)
        self.note(now, "campaign.exited", unit, "", member.entry)
        self.members.remove(member)
        return True

    def run(self, member: Member, now: int) -> None:
        """From where it stands until it waits or ends."""
        unit = f"campaigns/{member.campaign.id}"
        while member.todo:
            if self.exits(member, now):
                return
            self.count_step()
            step = member.todo[0]
            self.note(now, "step.entered", unit, step.id, member.entry)
            if isinstance(step, End):
                member.todo = [step]
                self.leave(member, now)
                break
            if self.take(member, step, now):
                return
        self.note(now, "campaign.ended", unit, "", member.entry)
        self.members.remove(member)

    def take(self, member: Member, step: StepNode, now: int) -> bool:
        """Does what the step says; whether the member now waits at it."""
        world = self.world(member)
        if isinstance(step, If):
            branch = step.then if step.when.holds(world, now) else step.otherwise
            self.leave(member, now)
            member.todo[:0] = branch
            return False
        if isinstance(step, WaitUntil):
            if step.until.holds(world, now):
                self.leave(member, now)
                return False
            return self.wait(member, None if step.at_most is None else now + step.at_most.micros)
        if isinstance(step, WaitAt):
            return self.wait(member, self.next_time(step, now))
        assert isinstance(step, Do)
        return self.do(member, step, now)

    def do(self, member: Member, step: Do, now: int) -> bool:
        world = self.world(member)
        chosen, rule = step.default, "default"
        for number, (when, action) in enumerate(step.rules, 1):
            if when.holds(world, now):
                chosen, rule = action, f"rule {number}"
                break
        if chosen is not None and chosen.kind == "wait":
            assert chosen.wait is not None
            return self.wait(member, now + chosen.wait.micros)
        result = "no_action" if chosen is None else self.act(chosen, member, step)
        self.note(now, "action", f"campaigns/{member.campaign.id}", step.id, member.entry, result, rule)
        self.leave(member, now)
        return False

    def act(self, action: Action, member: Member, step: Do) -> str:
        if action.kind == "add_tag":
            self.tags.add(action.argument)
        elif action.kind == "remove_tag":
            self.tags.discard(action.argument)
        elif action.kind == "adjust_score":
            self.score += Fraction(action.argument)
        elif action.kind == "subscribe":
            self.lists.add(action.argument)
        elif action.kind == "unsubscribe":
            self.lists.discard(action.argument)
        elif not self.email or "news" not in self.lists:
            return "refused"
        else:
            key = f"{member.campaign.id} {member.entry} {step.id}"
            self.messages[action.argument] = member.stay.messages[step.id] = key
        return "done"

    def wait(self, member: Member, due: int | None) -> bool:
        member.waiting, member.due = True, due
        return True

    def leave(self, member: Member, now: int) -> None:
        step = member.todo.pop(0)
        member.waiting, member.due = False, None
        self.note(now, "step.left", f"campaigns/{member.campaign.id}", step.id, member.entry)

    def next_time(self, step: WaitAt, now: int) -> int:
        """The first such time of day strictly after now."""
        zone = self.workspace.zone
        today = day_of(zone, now)
        for day in (today + timedelta(days=ahead) for ahead in range(9)):
            moment = at(zone, day, step.minutes)
            if moment > now and step.weekday in (None, day.weekday()):
                return moment
        raise AssertionError("no such time")

    # --- starts

    def start_all(self, now: int, before: Seen, here: Seen, event: Happening | None) -> None:
        for campaign in self.workspace.campaigns:
            for place, trigger in enumerate(campaign.triggers):
                if fires(trigger, before, here, event):
                    self.start(campaign, place, trigger, now, event)

    def start(
        self, campaign: Campaign, place: int, trigger: Trigger, now: int, event: Happening | None
    ) -> None:
        world = self.world(None, event if trigger.on == "event" else None)
        if trigger.when is not None and not trigger.when.holds(world, now):
            return
        props = event.props if event is not None and trigger.on == "event" else {}
        member = self.newcomer(campaign, now, props)
        if self.refuses(campaign, place, trigger, member, now):
            self.note(now, "campaign.refused", f"campaigns/{campaign.id}")
            return
        self.count_start()
        self.used.add((campaign.id, place))
        self.entries[campaign.id] = member.entry
        self.members.append(member)
        self.note(now, "campaign.entered", f"campaigns/{campaign.id}", "", member.entry)
        self.run(member, now)

    def newcomer(self, campaign: Campaign, now: int, props: dict[str, Value]) -> Member:
        stay = Stay(campaign.id, now, len(self.happenings), props, {})
        return Member(campaign, self.entries.get(campaign.id, 0) + 1, stay, list(campaign.steps))

    def refuses(self, campaign: Campaign, place: int, trigger: Trigger, member: Member, now: int) -> bool:
        if not campaign.every_time and campaign.id in self.entries:
            return True
        if trigger.once and (campaign.id, place) in self.used:
            return True
        if any(other.campaign.id == campaign.id for other in self.members):
            return True
        return campaign.exit_when is not None and campaign.exit_when.holds(self.world(member), now)

    # --- small things

    def world(self, member: Member | None, event: Happening | None = None) -> World:
        return World(
            zone=self.workspace.zone,
            fields={"score": self.score},
            tags=frozenset(self.tags),
            lists={name: {"email": "subscribed"} for name in self.lists},
            campaigns=frozenset(other.campaign.id for other in self.members),
            happenings=self.happenings,
            event=event,
            stay=member.stay if member else None,
        )

    def count_step(self) -> None:
        self.steps += 1
        if self.steps > STEPS:
            raise TooMuchError

    def count_start(self) -> None:
        self.starts += 1
        if self.starts > STARTS:
            raise TooMuchError

    def note(
        self, now: int, what: str, unit: str, step: str = "", entry: int = 0, result: str = "", rule: str = ""
    ) -> None:
        self.facts.append(Fact(now, what, unit, step, entry, result, rule))


def fires(trigger: Trigger, before: Seen, here: Seen, event: Happening | None) -> bool:
    """Whether the trigger's edge is among this round's differences, or its event is the input."""
    if trigger.on == "event":
        name, _, asset = trigger.what.partition(" of ")
        return event is not None and event.type == name and (not asset or asset in event.assets)
    if trigger.on == "score_crosses":
        return before.score < trigger.bound <= here.score
    old, new = {
        "segment": (before.segments, here.segments),
        "tag": (before.tags, here.tags),
        "subscribed": (before.lists, here.lists),
        "unsubscribed": (before.lists, here.lists),
    }[trigger.on.removeprefix("enters_").removeprefix("leaves_").partition("_")[0]]
    gained = trigger.what in new and trigger.what not in old
    lost = trigger.what in old and trigger.what not in new
    return lost if trigger.on in ("leaves_segment", "tag_removed", "unsubscribed") else gained
