"""A contact with a funnel: responses are settled where they are recorded, scenarios at the end of a round."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.oracle.funnel.book import Book, Page
from tests.oracle.funnel.nodes import FunnelSpace, Machine, Scenario
from tests.oracle.journey.house import TooMuchError
from tests.oracle.journey.nodes import Campaign
from tests.oracle.journey.traveller import STARTS, Contact, Seen
from tests.oracle.world import Happening


@dataclass
class Prompt:
    """A response that is put off while so many scenarios look for an earlier one."""

    campaign: str
    status: str
    left: int
    used: bool = False


@dataclass
class Waiting:
    """A scenario that was set off, by a prompt perhaps."""

    scenario: Scenario
    due: int
    prompt: Prompt | None = None


@dataclass
class Prospect(Contact):
    waiting: list[Waiting] = field(default_factory=list)
    judging: list[Waiting] = field(default_factory=list)  # in this round
    heard: list[tuple[Scenario, Happening | None]] = field(default_factory=list)  # by this round
    held: set[str] = field(default_factory=set)  # scenarios whose `crosses` held at the last round
    status_was: Any = None

    def __post_init__(self) -> None:
        self.book = Book(self.machine, self.space.registers, self.tell_funnel)
        self.status_was = self.fields.get("status")

    @property
    def space(self) -> FunnelSpace:
        assert isinstance(self.house.workspace, FunnelSpace)
        return self.house.workspace

    @property
    def machine(self) -> Machine:
        assert self.space.machine is not None
        return self.space.machine

    def tell_funnel(self, now: int, what: str, campaign: str, result: str) -> None:
        self.note(now, what, f"campaigns/{campaign}", result=result)

    # --- what is written

    def take_in(self, event: Happening) -> None:
        """What people say of a contact."""
        if event.type == "identify":
            self.fields.update(event.props)
            self.changed(event.at)

    def entered(self, campaign: Campaign, now: int) -> None:
        """Entering the flow gives the first status to whoever has none."""
        register = self.space.registers.get(campaign.id)
        if register is not None and campaign.id not in self.book.pages:
            self.record(campaign.id, register.first, now)

    def record(self, campaign: str, status: str, now: int) -> None:
        """A response in a prompt campaign is put off for the scenarios that are for this contact."""
        asked = [one for one in self.space.scenarios if campaign in one.prompts and self.hears(one, now)]
        if asked and self.space.registers[campaign].responded(status):
            prompt = Prompt(campaign, status, len(asked))
            self.tell_funnel(now, "membership", campaign, "pending")
            for scenario in asked:
                self.set_off(scenario, now, prompt)
            return
        page = self.book.write(campaign, status, now)
        if page is not None:
            self.qualify(page, now)

    def qualify(self, page: Page, now: int) -> None:
        """The base machine."""
        self.responds(page, now)
        if self.book.active is not None:
            self.book.resolve(page, "resolved_already_engaged", now)
        elif page.qualified:
            self.activate(page, now)
        else:
            self.book.resolve(page, "resolved_no_action", now)

    def responds(self, page: Page, now: int) -> None:
        page.responded = now
        page.qualified = self.machine.qualified_when.holds(self.world(None), now)

    def activate(self, page: Page, now: int) -> None:
        self.book.activate(page, now, self.deals)
        status = self.fields.get("status")
        missing = status is None or status in self.machine.inactive
        if self.machine.mode == "active" or (self.machine.mode == "hybrid" and missing):
            self.fields["status"] = self.status_was = self.machine.active[0]

    def changed(self, now: int) -> None:
        """An active response ends where the status becomes inactive, or its deal is won or lost."""
        status = self.fields.get("status")
        became = status in self.machine.inactive and self.status_was not in self.machine.inactive
        self.status_was = status
        active = self.book.active
        if active is not None and became:
            self.book.resolve(active, "resolved_inactive", now)
        self.book.look(now, self.deals)

    # --- two that are one

    def unite(self, other: Prospect, now: int) -> None:
        """The other contact's everything is this one's: its values win, gaps are filled, the larger score."""
        before = self.seen()
        self.begin()
        score = max(self.fields["score"], other.fields["score"])  # type: ignore[type-var]
        self.fields = {**other.fields, **self.fields, "score": score}
        self.changed(now)
        self.tags |= other.tags
        self.book.unite(other.book, now)
        if self.book.active is not None:
            self.book.active.known += [*self.deals, *other.deals]
        self.deals = sorted([*self.deals, *other.deals], key=lambda deal: deal.at)
        self.happenings = sorted([*self.happenings, *other.happenings], key=lambda event: event.at)
        self.spent |= other.spent
        self.waiting += other.waiting
        self.settle(now, before)
        self.house.deliver()

    # --- what sets scenarios off

    def listen(self, now: int, before: Seen, here: Seen, events: list[Happening]) -> None:
        """By what is otherwise than at the last round's beginning, and by events."""
        self.heard = []
        for scenario in self.space.scenarios:
            if scenario.type == "invocable":
                self.heard += [(scenario, event) for event in events if event.type == scenario.on[0]]
            elif scenario.type == "active_status":
                was, status = before.fields.get("status"), here.fields.get("status")
                if was in self.machine.inactive and status in self.machine.active and not self.book.active:
                    self.heard.append((scenario, None))
            elif scenario.crosses is not None:
                held, holds = scenario.id in self.held, scenario.crosses.holds(self.world(None), now)
                if holds and not held:
                    self.heard.append((scenario, None))
                (self.held.add if holds else self.held.discard)(scenario.id)
            elif scenario.changes and before.fields.get(scenario.changes) != here.fields.get(
                scenario.changes
            ):
                self.heard.append((scenario, None))

    def is_for(self, scenario: Scenario, now: int) -> bool:
        return scenario.when is None or scenario.when.holds(self.world(None), now)

    def hears(self, scenario: Scenario, now: int) -> bool:
        return scenario.id not in self.house.paused and self.is_for(scenario, now)

    def by_hand(self, scenario: Scenario, now: int) -> None:
        """An operator sets it off."""
        before = self.seen()
        self.begin()
        if self.hears(scenario, now):
            self.set_off(scenario, now)
        else:
            why = "paused" if scenario.id in self.house.paused else "its when does not hold"
            self.note(now, "scenario.judged", unit_of(scenario), result=why)
        self.settle(now, before)
        self.house.deliver()

    def set_off(self, scenario: Scenario, now: int, prompt: Prompt | None = None) -> None:
        if scenario.wait is None:
            self.judging.append(Waiting(scenario, now, prompt))
        else:
            self.note(now, "scenario.set_off", unit_of(scenario), result="pending")
            self.waiting.append(Waiting(scenario, now + scenario.wait.micros, prompt))

    # --- what scenarios do

    def reactivate(self, now: int) -> None:
        """First all that were heard are set off; then they judge, by id, those whose wait is over first."""
        for scenario, event in self.heard:
            about = scenario.on[1]
            if about is not None and not about.holds(self.world(None, event), now):
                continue
            if self.hears(scenario, now):
                self.set_off(scenario, now)
        over = [one for one in self.waiting if self.waking and one.due <= now]
        self.waiting = [one for one in self.waiting if one not in over]
        todo, self.judging, self.heard = over + self.judging, [], []
        for one in sorted(todo, key=lambda one: one.scenario.id):
            self.judge(one, now)

    def judge(self, one: Waiting, now: int) -> None:
        """Afresh: the first that works."""
        scenario, prompt = one.scenario, one.prompt
        outcome, page = self.find(scenario, prompt, now)
        self.note(now, "scenario.judged", unit_of(scenario), result=outcome)
        if page is not None:
            self.starts += 1
            if self.starts > STARTS:
                raise TooMuchError
            self.activate(page, now)
        if prompt is not None:
            self.prompt_judged(prompt, page is not None, now)
        if page is not None:
            self.follow_up(scenario, now)

    def prompt_judged(self, prompt: Prompt, used: bool, now: int) -> None:
        """Needed no more once an earlier response is active; recorded once nobody has found one."""
        if prompt.used:
            return
        prompt.left -= 1
        if used:
            prompt.used = True
            self.tell_funnel(now, "membership", prompt.campaign, "cancelled")
        elif prompt.left == 0:
            page = self.book.write(prompt.campaign, prompt.status, now)
            if page is not None:
                self.qualify(page, now)

    def find(self, scenario: Scenario, prompt: Prompt | None, now: int) -> tuple[str, Page | None]:
        if self.book.active is not None:
            return "already_engaged", None
        if not self.still(scenario, now):
            return "no_longer", None
        pages = [p for p in self.book.pages.values() if not self.space.registers[p.campaign].excluded]
        responses = [page for page in pages if self.is_eligible(scenario, page, now)]
        if responses:
            page = max(responses, key=lambda page: preference(scenario, page))
            page.reactivated = now
            return "reactivated", page
        others = [page for page in pages if self.is_other(scenario, page, prompt, now)]
        if others:
            page = max(others, key=lambda page: (page.since, page.order))
            page = self.book.put(page.campaign, self.space.registers[page.campaign].default_responded, now)
            self.responds(page, now)
            page.reactivated = now
            return "turned", page
        default = scenario.default_for(self.world(None), now)
        if default is None:
            return "nothing", None
        page = self.book.put(default, self.space.registers[default].held, now)
        self.responds(page, now)
        return "inserted", page

    def still(self, scenario: Scenario, now: int) -> bool:
        """Does what it was set off by still hold?"""
        if scenario.type == "active_status" and self.fields.get("status") not in self.machine.active:
            return False
        if scenario.crosses is not None and not scenario.crosses.holds(self.world(None), now):
            return False
        return self.is_for(scenario, now)

    def is_eligible(self, scenario: Scenario, page: Page, now: int) -> bool:
        if page.responded is None or not recent(scenario, page.responded, now):
            return False
        rules, found = scenario.eligible, []
        if rules.never:
            found.append(page.reactivated is None)
        if rules.statuses:
            found.append(page.response in rules.statuses)
        if rules.within is not None:
            found.append(page.responded > now - rules.within.micros)
        return any(found) if rules.mode == "any" else all(found)

    def is_other(self, scenario: Scenario, page: Page, prompt: Prompt | None, now: int) -> bool:
        """A membership that is no response, in a campaign that says what would make it one."""
        if not scenario.non_responses or page.response:
            return False
        if prompt is not None and prompt.campaign == page.campaign:
            return False
        declared = self.space.registers[page.campaign].default_responded
        return bool(declared) and recent(scenario, page.since, now)

    def follow_up(self, scenario: Scenario, now: int) -> None:
        """Fields, then the owner."""
        self.fields.update(scenario.sync)
        self.changed(now)
        if scenario.assign == "sdr":
            self.house.post(lambda: self.assigned(self.house.next_user("sdr"), now))
        elif scenario.assign:
            self.fields["owner"] = scenario.assign

    def assigned(self, user: str | None, now: int) -> None:
        def answer() -> None:
            before = self.seen()
            self.fields["owner"] = user  # type: ignore[assignment]
            self.settle(now, before)

        self.house.post(answer)


def recent(scenario: Scenario, moment: int, now: int) -> bool:
    return scenario.look_back is None or moment > now - scenario.look_back.micros


def unit_of(scenario: Scenario) -> str:
    return f"reactivation_scenarios/{scenario.id}"


def preference(scenario: Scenario, page: Page) -> tuple[Any, ...]:
    """Most recent by response instant, then by recording; for a prompt one that qualified comes first."""
    return (scenario.type == "response_prompt" and page.qualified, page.responded, page.order)
