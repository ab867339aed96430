"""A contact: its rounds, and how it travels through campaigns. What single actions do stands in `deeds`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

from tests.oracle.journey import deeds
from tests.oracle.journey.house import Fact, House, TooMuchError, Trial
from tests.oracle.journey.nodes import (
    Act,
    Campaign,
    Do,
    End,
    Goal,
    Goto,
    If,
    Node,
    Split,
    Trigger,
    WaitAt,
    WaitDate,
    WaitUntil,
    every,
    onwards,
)
from tests.oracle.journey.sending import Mailbox
from tests.oracle.world import DAY, Happening, Stay, Value, World, at, day_of
from tests.oracle.world import Deal as Offer

STARTS, STEPS = 20, 1000  # per input; what goes beyond is not compared
GOTOS = 10  # passes of one goto in 24 hours


@dataclass
class Member:
    """One stay. `todo`: the steps still to come; the first of them is where the member stands.

    waiting: it is at that step. due: when that ends by itself. asked: it waits for somebody's answer.
    answer: which has come: (result, value, why). chosen, rule: the behaviour of the step it is at."""

    campaign: Campaign
    entry: int
    stay: Stay
    todo: list[Node]
    waiting: bool = False
    due: int | None = None
    asked: bool = False
    answer: tuple[str, Any, str] | None = None
    chosen: Act | None = None
    rule: str = "default"
    goals: set[str] = field(default_factory=set)  # achieved
    skipped: set[str] = field(default_factory=set)
    jumps: dict[str, list[int]] = field(default_factory=dict)  # goto -> its passes' instants
    visits: dict[str, int] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        return f"campaigns/{self.campaign.id}"


@dataclass
class Deal:
    pipeline: str
    title: str
    stage: str
    status: str = "open"
    value: Fraction | None = None
    owner: str = ""
    score: Fraction = Fraction(0)
    at: int = 0  # when it was added


@dataclass
class Watch:
    """A path was taken; has its condition held since?"""

    campaign: str
    split: Split
    path: str
    member: Member


@dataclass
class Seen:
    """What edges are made of, as of a round's start."""

    segments: frozenset[str]
    tags: frozenset[str]
    fields: dict[str, Value]
    lists: frozenset[str]
    deals: tuple[Any, ...] = ()
    account: tuple[Any, ...] = ()


@dataclass
class Contact:
    """A contact and everything that ever happened to it."""

    key: str
    house: House
    mail: Mailbox
    fields: dict[str, Value] = field(default_factory=dict)
    account: str = ""
    account_fields: dict[str, Value] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    lists: dict[str, set[str]] = field(default_factory=dict)  # list -> channels
    deals: list[Deal] = field(default_factory=list)
    tasks: dict[str, str] = field(default_factory=dict)  # key -> title, while open
    happenings: list[Happening] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    entries: dict[str, int] = field(default_factory=dict)
    used: set[tuple[str, int]] = field(default_factory=set)
    spent: set[int] = field(default_factory=set)  # fulfillment actions with `once`
    paths: dict[tuple[str, str], str] = field(default_factory=dict)
    watches: list[Watch] = field(default_factory=list)
    segments: frozenset[str] = frozenset()
    messages: dict[str, str] = field(default_factory=dict)  # email -> its latest message
    raised: list[Happening] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)  # campaigns to be started
    postponed: list[Any] = field(default_factory=list)  # deferred sends of fulfillment actions
    steps: int = 0
    starts: int = 0
    waking: bool = False

    # --- inputs

    def arrive(self, now: int) -> None:
        """The contact's birth: whatever it has, it had not before."""
        before = Seen(frozenset(), frozenset(), {"score": Fraction(0)}, frozenset())
        if self.account:
            known = dict(self.house.accounts.get(self.account, {}))
            self.house.post(lambda: self.account_is(known, now))
        self.begin()
        self.settle(now, before)
        self.house.deliver()

    def happen(self, event: Happening) -> None:
        """An email's event belongs to the latest send of that email; one without a send starts nothing."""
        before = self.seen()
        self.begin()
        if event.type == "email.open":
            event = replace(event, message=self.messages.get(event.assets[0], ""))
        self.happenings.append(event)
        self.take_in(event)
        if event.type == "web_page.visit":
            deeds.visit(self, event, 0)
        if event.type != "email.open" or event.message:
            self.raised.insert(0, event)
        self.settle(event.at, before)
        self.house.deliver()

    def wake(self, now: int) -> None:
        before = self.seen()
        self.begin()
        self.waking = True
        self.resume(now)
        self.settle(now, before)
        self.waking = False

    def account_is(self, fields: dict[str, Value], now: int) -> None:
        before = self.seen()
        self.account_fields = dict(fields)
        self.begin()
        self.settle(now, before)

    def begin(self) -> None:
        self.steps = self.starts = 0

    # --- rounds

    def settle(self, now: int, before: Seen) -> None:
        """Rounds until one finds nothing to do."""
        while True:
            written = len(self.house.facts)
            here = self.seen(self.now_in(now))
            self.report_segments(now, before.segments, here.segments)
            self.segments = here.segments
            events, self.raised = self.raised, []
            wanted, self.wanted = self.wanted, []
            self.judge_watches(now)
            self.listen(now, before, here, events)
            for member in list(self.members):
                if member in self.members:
                    self.look_at(member, now)
            wanted, self.wanted = wanted + self.wanted, []
            self.start_all(now, before, here, events, wanted)
            self.reactivate(now)
            quiet = here == before and len(self.house.facts) == written
            if quiet and not self.raised and not self.wanted:
                return
            before = here

    def seen(self, segments: frozenset[str] | None = None) -> Seen:
        lists = frozenset(name for name, channels in self.lists.items() if channels)
        deals = tuple((deal.stage, deal.status, deal.value, deal.score, deal.owner) for deal in self.deals)
        account = tuple(sorted(self.account_fields.items()))
        segments = self.segments if segments is None else segments
        return Seen(segments, frozenset(self.tags), dict(self.fields), lists, deals, account)

    def now_in(self, now: int) -> frozenset[str]:
        world = self.world(None)
        return frozenset(
            name for name, test in self.house.workspace.segments.items() if test.holds(world, now)
        )

    def report_segments(self, now: int, before: frozenset[str], after: frozenset[str]) -> None:
        for name in sorted(before ^ after):
            self.note(now, "segment.entered" if name in after else "segment.left", f"segments/{name}")

    def judge_watches(self, now: int) -> None:
        """Who has matched since it took its path?"""
        for watch in list(self.watches):
            assert watch.split.match is not None
            if watch.split.match.holds(self.world(watch.member), now):
                self.watches.remove(watch)
                trial = self.house.trial(watch.campaign, watch.split)
                self.house.post(lambda trial=trial, path=watch.path: trial.match(path))

    def resume(self, now: int) -> None:
        """Deferred sends of fulfillment actions whose hour has come."""
        due = [one for one in self.postponed if one.due <= now]
        self.postponed = [one for one in self.postponed if one.due > now]
        for one in due:
            deeds.again(self, one, now)

    # --- members

    def look_at(self, member: Member, now: int) -> None:
        if self.leaves(member, now):
            return
        if not member.waiting:
            self.run(member, now)
            return
        step = member.todo[0]
        if member.asked:
            if member.answer is not None:
                self.answered(member, step, now)
        elif isinstance(step, (WaitUntil, Goal)):
            self.look_at_condition(member, step, now)
        elif self.waking and member.due is not None and member.due <= now:
            if isinstance(step, Do) and step.kind != "wait":
                self.perform(member, step, now)  # a deferred send
            else:
                self.leave(member, now)
                self.run(member, now)

    def look_at_condition(self, member: Member, step: WaitUntil | Goal, now: int) -> None:
        until = step.until if isinstance(step, WaitUntil) else step.when
        if until.holds(self.world(member), now):
            if isinstance(step, Goal):
                self.achieve(member, step, now)
            else:
                self.leave(member, now)
            self.run(member, now)
        elif self.waking and member.due is not None and member.due <= now:
            if isinstance(step, WaitUntil):
                self.leave(member, now)
                member.todo[:0] = step.on_timeout
            else:
                self.skip(member, step, now)
            self.run(member, now)

    def leaves(self, member: Member, now: int) -> bool:
        """Its goals, then its exit; whether it has left the campaign."""
        self.reach_goals(member, now)
        exit_when = member.campaign.exit_when
        if not member.todo or exit_when is None or not exit_when.holds(self.world(member), now):
            return False
        self.remove(member, now, "campaign.exited")
        return True

    def remove(self, member: Member, now: int, what: str) -> None:
        if member.waiting:
            self.note(now, "step.left", member.unit, member.todo[0].id, member.entry)
        self.note(now, what, member.unit, "", member.entry)
        self.members.remove(member)

    def run(self, member: Member, now: int) -> None:
        """From where it stands until it waits or ends."""
        while member.todo:
            if self.leaves(member, now):
                return
            if not member.todo:
                break
            self.count_step()
            step = member.todo[0]
            member.visits[step.id] = member.visits.get(step.id, 0) + 1
            self.note(now, "step.entered", member.unit, step.id, member.entry)
            if self.take(member, step, now) or member not in self.members:
                return
        self.end(member, now)

    def end(self, member: Member, now: int) -> None:
        self.note(now, "campaign.ended", member.unit, "", member.entry)
        self.members.remove(member)

    def take(self, member: Member, step: Node, now: int) -> bool:
        """Does what the step says; whether the member stays at it."""
        world = self.world(member)
        if isinstance(step, End):
            self.leave(member, now)
            member.todo = []
        elif isinstance(step, If):
            branch = step.then if step.when.holds(world, now) else step.otherwise
            self.leave(member, now)
            member.todo[:0] = branch
        elif isinstance(step, WaitUntil):
            if not step.until.holds(world, now):
                return self.wait(member, None if step.at_most is None else now + step.at_most.micros)
            self.leave(member, now)
        elif isinstance(step, WaitAt):
            return self.wait(member, self.next_time(step, now))
        elif isinstance(step, WaitDate):
            return self.wait_date(member, step, now)
        elif isinstance(step, Goto):
            self.goto(member, step, now)
        elif isinstance(step, Goal):
            return self.at_goal(member, step, now)
        elif isinstance(step, Split):
            return self.split(member, step, now)
        else:
            return self.do(member, step, now)
        return False

    def wait(self, member: Member, due: int | None) -> bool:
        member.waiting, member.due = True, due
        return True

    def leave(self, member: Member, now: int) -> None:
        step = member.todo.pop(0)
        member.waiting, member.due, member.asked, member.answer = False, None, False, None
        self.note(now, "step.left", member.unit, step.id, member.entry)

    def wait_date(self, member: Member, step: WaitDate, now: int) -> bool:
        day = self.fields.get(step.field)
        moment = None
        if day is not None:
            moment = at(self.house.workspace.zone, day + timedelta(days=step.days), step.minutes)  # type: ignore[operator]
        if moment is not None and moment > now:
            return self.wait(member, moment)
        self.leave(member, now)
        if step.if_past == "end":
            member.todo = []
        return False

    def next_time(self, step: WaitAt, now: int) -> int:
        """The first such time of day strictly after now."""
        zone = self.mail.own_zone if step.zone == "contact" else self.house.workspace.zone
        today = day_of(zone, now)
        for day in (today + timedelta(days=ahead) for ahead in range(-1, 9)):
            moment = at(zone, day, step.minutes)
            if moment > now and step.weekday in (None, day.weekday()):
                return moment
        raise AssertionError("no such time")

    # --- jumps

    def goto(self, member: Member, step: Goto, now: int) -> None:
        recent = [moment for moment in member.jumps.get(step.id, []) if moment > now - DAY]
        spent = len(recent) >= GOTOS or (step.at_most is not None and member.visits[step.id] > step.at_most)
        self.leave(member, now)
        if spent:
            member.todo = []
            return
        member.jumps[step.id] = [*recent, now]
        member.todo = onwards(member.campaign.steps, step.step) or []

    def goals_of(self, member: Member) -> list[Goal]:
        return [step for step in every(member.campaign.steps) if isinstance(step, Goal)]

    def place(self, member: Member, step: Node) -> int:
        """Where in the file a step stands."""
        return [one.id for one in every(member.campaign.steps)].index(step.id)

    def reach_goals(self, member: Member, now: int) -> None:
        """Jumps to the nearest goal ahead whose condition holds, else to the nearest behind that may be
        reached from anywhere; there it is achieved at once. Goals between are skipped."""
        here = member.todo[0] if member.todo else None
        goal = self.reachable(member, here, now) if here is not None else None
        if goal is None or here is None:
            return
        if goal.id == here.id and member.waiting:
            self.achieve(member, goal, now)
            self.reach_goals(member, now)
            return
        first, last = self.place(member, here), self.place(member, goal)
        if member.waiting:
            self.leave(member, now)
        for other in self.goals_of(member):
            if first <= self.place(member, other) < last and other.id not in member.goals:
                self.pass_over(member, other, now)
        member.todo = onwards(member.campaign.steps, goal.id) or []
        self.count_step()
        self.note(now, "step.entered", member.unit, goal.id, member.entry)
        self.achieve(member, goal, now)
        self.reach_goals(member, now)

    def reachable(self, member: Member, here: Node, now: int) -> Goal | None:
        place, world = self.place(member, here), self.world(member)
        met = [g for g in self.goals_of(member) if g.id not in member.goals and g.when.holds(world, now)]
        ahead = [goal for goal in met if self.place(member, goal) >= place]
        behind = [goal for goal in met if goal.anywhere and goal not in ahead]
        return next(iter(ahead + behind[::-1]), None)

    def at_goal(self, member: Member, step: Goal, now: int) -> bool:
        """Achieved before: it passes. Unmet: it waits, goes on, or ends."""
        if step.id in member.goals:
            self.leave(member, now)
        elif step.unmet == "wait":
            return self.wait(member, None if step.at_most is None else now + step.at_most.micros)
        else:
            self.skip(member, step, now)
            if step.unmet == "end":
                member.todo = []
        return False

    def achieve(self, member: Member, goal: Goal, now: int) -> None:
        member.goals.add(goal.id)
        self.note(now, "goal.achieved", member.unit, goal.id, member.entry)
        self.tell("goal.achieved", now, campaign=member.campaign.id, goal=goal.name)
        self.leave(member, now)

    def skip(self, member: Member, goal: Goal, now: int) -> None:
        self.pass_over(member, goal, now)
        self.leave(member, now)

    def pass_over(self, member: Member, goal: Goal, now: int) -> None:
        """Only the first time counts; it may still be achieved later."""
        if goal.id not in member.skipped:
            member.skipped.add(goal.id)
            self.note(now, "goal.skipped", member.unit, goal.id, member.entry)
            self.tell("goal.skipped", now, campaign=member.campaign.id, goal=goal.name)

    # --- splits

    def split(self, member: Member, step: Split, now: int) -> bool:
        """A path drawn by hash, or taken before, stays; of tests and `until` the split itself is asked."""
        mark = (member.campaign.id, step.id)
        if step.kind == "split_paths" or (step.kind == "split_test" and mark in self.paths):
            path = self.paths.setdefault(mark, self.house.draws(self.key, *mark))
            self.leave(member, now)
            member.todo[:0] = step.path(path)
            return False
        first, trial = mark not in self.paths, self.house.trial(member.campaign.id, step)
        self.paths.setdefault(mark, "asked")
        self.ask(member, lambda: ("done", trial.take(now, self.drawn(step, mark, trial), first), ""), now)
        return True

    def drawn(self, step: Split, mark: tuple[str, str], trial: Trial) -> str:
        if step.kind != "split_test" or trial.decided:
            return ""
        return self.house.draws(self.key, *mark)

    def ask(self, member: Member, question: Callable[[], tuple[str, Any, str]], now: int) -> None:
        """The member stays; the letter goes out, and its answer is an input of its own."""
        member.waiting, member.asked = True, True
        step = member.todo[0]

        def asked() -> None:
            answer = question()
            self.house.post(lambda: self.answer(member, step, answer, now))

        self.house.post(asked)

    def answer(self, member: Member, step: Node, answer: tuple[str, Any, str], now: int) -> None:
        if member not in self.members or not member.asked or member.todo[0] is not step:
            return
        member.answer = answer
        before = self.seen()
        self.settle(now, before)

    def answered(self, member: Member, step: Node, now: int) -> None:
        """What the member does with the answer."""
        assert member.answer is not None
        result, value, why = member.answer
        if isinstance(step, Split):
            self.leave(member, now)
            self.on_path(member, step, value, now)
            member.todo[:0] = step.path(value)
            self.run(member, now)
            return
        assert isinstance(step, Do)
        deeds.use_answer(self, member, step, now, result, value, why)

    def on_path(self, member: Member, step: Split, path: str, now: int) -> None:
        """The path is remembered; whether the contact matches is watched until the decision."""
        mark = (member.campaign.id, step.id)
        first = self.paths.get(mark) == "asked"
        self.paths[mark] = path
        trial = self.house.trial(member.campaign.id, step)
        if step.match is not None and first and not trial.decided:
            self.watches.append(Watch(member.campaign.id, step, path, member))
            self.judge_watches(now)

    # --- actions

    def do(self, member: Member, step: Do, now: int) -> bool:
        world = self.world(member)
        member.chosen, member.rule = step.default, "default"
        for number, (when, act) in enumerate(step.rules, 1):
            if when.holds(world, now):
                member.chosen, member.rule = act, f"rule {number}"
                break
        if member.chosen is None:
            self.result(member, step, now, "no_action")
            return False
        if member.chosen.kind == "wait":
            return self.wait(member, now + member.chosen.given.micros)
        return self.perform(member, step, now, entering=True)

    def perform(self, member: Member, step: Do, now: int, *, entering: bool = False) -> bool:
        """Whether the member stays: it asks somebody, or its message must wait."""
        assert member.chosen is not None
        outcome = deeds.act(self, member.chosen, now, member, step.id)
        if outcome.ask is not None:
            self.ask(member, outcome.ask, now)
            return True
        if outcome.later is not None:
            return self.wait(member, outcome.later)
        self.result(member, step, now, outcome.result, outcome.why)
        if outcome.ends:
            member.todo = []
        if not entering and member in self.members:
            self.run(member, now)
        return False

    def result(self, member: Member, step: Do, now: int, result: str, why: str = "") -> None:
        self.note(now, "action", member.unit, step.id, member.entry, result, member.rule, why)
        if result == "failed":
            self.tell("action.failed", now, campaign=member.campaign.id, step=step.id, action=step.kind)
        self.leave(member, now)
        if result == "failed" and step.ends:
            member.todo = []

    # --- starts

    def start_all(
        self, now: int, before: Seen, here: Seen, events: list[Happening], wanted: list[str]
    ) -> None:
        """By campaign, then by place in the file; what a step asked for comes after the campaign's own."""
        for campaign in self.house.workspace.campaigns:
            for place, trigger in enumerate(campaign.triggers):
                for event in events:
                    if hears(trigger, event):
                        self.start(campaign, place, trigger, now, event)
                if crosses(trigger, before, here):
                    self.start(campaign, place, trigger, now, None)
            for _ in range(wanted.count(campaign.id)):
                self.start(campaign, -1, None, now, None)

    def start(
        self, campaign: Campaign, place: int, trigger: Trigger | None, now: int, event: Happening | None
    ) -> None:
        when = trigger.when if trigger is not None else None
        if when is not None and not when.holds(self.world(None, event), now):
            return
        member = self.newcomer(campaign, now, event.props if event is not None else {})
        once = trigger is not None and trigger.once
        if self.refuses(campaign, place, once, member, now):
            self.note(now, "campaign.refused", member.unit)
            return
        self.starts += 1
        if self.starts > STARTS:
            raise TooMuchError
        self.used.add((campaign.id, place))
        self.entries[campaign.id] = member.entry
        self.members.append(member)
        self.note(now, "campaign.entered", member.unit, "", member.entry)
        self.entered(campaign, now)
        self.run(member, now)

    def newcomer(self, campaign: Campaign, now: int, props: dict[str, Value]) -> Member:
        stay = Stay(campaign.id, now, len(self.happenings), props, {})
        return Member(campaign, self.entries.get(campaign.id, 0) + 1, stay, list(campaign.steps))

    def refuses(self, campaign: Campaign, place: int, once: bool, member: Member, now: int) -> bool:
        if not campaign.every_time and campaign.id in self.entries:
            return True
        if once and (campaign.id, place) in self.used:
            return True
        if any(other.campaign.id == campaign.id for other in self.members):
            return True
        return campaign.exit_when is not None and campaign.exit_when.holds(self.world(member), now)

    # --- what only a workspace with a funnel has

    def take_in(self, event: Happening) -> None:
        """What an event changes by itself."""

    def entered(self, campaign: Campaign, now: int) -> None:
        """It has entered the campaign's flow."""

    def record(self, campaign: str, status: str, now: int) -> None:
        """A membership is written."""

    def changed(self, now: int) -> None:
        """Something about it may have changed."""

    def listen(self, now: int, before: Seen, here: Seen, events: list[Happening]) -> None:
        """A round begins: what sets scenarios off?"""

    def reactivate(self, now: int) -> None:
        """The end of a round: scenarios."""

    # --- small things

    def tell(self, kind: str, now: int, **props: str) -> None:
        """Something happens to the contact by itself."""
        event = Happening(kind, now, now, dict(props))
        self.happenings.append(event)
        self.raised.append(event)

    def world(self, member: Member | None, event: Happening | None = None) -> World:
        return World(
            zone=self.house.workspace.zone,
            fields=self.fields,
            tags=frozenset(self.tags),
            lists={n: dict.fromkeys(channels, "subscribed") for n, channels in self.lists.items()},
            campaigns=frozenset(other.campaign.id for other in self.members),
            happenings=self.happenings,
            event=event,
            stay=member.stay if member else None,
            deals=tuple(Offer(deeds.deal_fields(deal)) for deal in self.deals),
            account=self.account_fields,
        )

    def count_step(self) -> None:
        self.steps += 1
        if self.steps > STEPS:
            raise TooMuchError

    def note(
        self,
        now: int,
        what: str,
        unit: str,
        step: str = "",
        entry: int = 0,
        result: str = "",
        rule: str = "",
        why: str = "",
    ) -> None:
        self.house.facts.append(Fact(self.key, now, what, unit, step, entry, result, rule, why))


def hears(trigger: Trigger, event: Happening) -> bool:
    """Whether the event is what the trigger waits for."""
    if trigger.on == "event":
        name, _, asset = trigger.what.partition(" of ")
        return event.type == name and (not asset or asset in event.assets)
    kind, props = trigger.key if trigger.on in NAMED else ("", {})
    return event.type == kind and all(event.props.get(name) == value for name, value in props.items())


NAMED = frozenset({"converted", "goal_achieved", "goal_skipped", "action_failed", "deal_stage"})


def crosses(trigger: Trigger, before: Seen, here: Seen) -> bool:
    """Whether the trigger's edge is among this round's differences."""
    if trigger.on == "event" or trigger.on in NAMED:
        return False
    if trigger.on == "score_crosses":
        return before.fields.get("score", Fraction(0)) < trigger.key <= here.fields.get("score", Fraction(0))  # type: ignore[operator]
    if trigger.on == "field_changed":
        return before.fields.get(trigger.what) != here.fields.get(trigger.what)
    old, new = {
        "segment": (before.segments, here.segments),
        "tag": (before.tags, here.tags),
        "subscribed": (before.lists, here.lists),
        "unsubscribed": (before.lists, here.lists),
    }[trigger.on.removeprefix("enters_").removeprefix("leaves_").partition("_")[0]]
    gained = trigger.what in new and trigger.what not in old
    lost = trigger.what in old and trigger.what not in new
    return lost if trigger.on in ("leaves_segment", "tag_removed", "unsubscribed") else gained
