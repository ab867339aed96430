"""A contact's memberships: how they are written, the stages of a response, and when an active one ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.oracle.funnel.nodes import Machine, Register

if TYPE_CHECKING:
    from tests.oracle.journey.traveller import Deal

Note = Callable[[int, str, str, str], None]  # now, what, campaign, what became of it


@dataclass
class Page:
    """A membership. `since`: when it got its status; `order`: of recording. `response`: its response status;
    empty while it is no response. The stages' instants are those of the latest time that it was active;
    `known`: deals that are not added while it is active, because the contact had them before."""

    campaign: str
    status: str
    added: int
    since: int
    order: int
    response: str = ""
    qualified: bool = False
    responded: int | None = None
    engaged: int | None = None
    opportunity: int | None = None
    won: int | None = None
    lost: int | None = None
    ended: int | None = None
    reactivated: int | None = None
    known: list[Deal] = field(default_factory=list)
    deal: Deal | None = None


@dataclass
class Book:
    machine: Machine
    registers: dict[str, Register]
    note: Note
    pages: dict[str, Page] = field(default_factory=dict)
    recorded: int = 0

    @property
    def active(self) -> Page | None:
        found = [page for page in self.pages.values() if page.response == "active"]
        assert len(found) <= 1
        return found[0] if found else None

    def write(self, campaign: str, status: str, now: int) -> Page | None:
        """Gives the membership a status. The page, where it has become a response by that: what becomes of
        it is still to be said."""
        page, responded = self.pages.get(campaign), self.registers[campaign].responded(status)
        if page is not None and page.status == status:
            return None
        if page is not None and page.response:
            if responded:  # one that is no responded status is not written over a response
                page.status, page.since = status, now
                self.note(now, "membership", campaign, status)
            return None
        page = self.put(campaign, status, now)
        if responded:
            return page
        self.note(now, "membership", campaign, status)
        return None

    def put(self, campaign: str, status: str, now: int) -> Page:
        """The campaign's page with this status, as the latest that was recorded."""
        self.recorded += 1
        page = self.pages.setdefault(campaign, Page(campaign, status, now, now, self.recorded))
        page.status, page.since, page.order = status, now, self.recorded
        return page

    def activate(self, page: Page, now: int, deals: Iterable[Deal]) -> None:
        """A funnel starts."""
        assert self.active is None
        page.response, page.engaged, page.known = "active", now, list(deals)
        page.opportunity = page.won = page.lost = page.ended = page.deal = None
        self.note(now, "response", page.campaign, "active")

    def resolve(self, page: Page, response: str, now: int) -> None:
        if page.response == "active":
            page.ended = now
        page.response = response
        self.note(now, "response", page.campaign, response)

    def look(self, now: int, deals: list[Deal]) -> None:
        """The active response's deal: the first added while it is active; won or lost, it ends."""
        page = self.active
        if page is None:
            return
        new = [deal for deal in deals if not any(deal is old for old in page.known)]
        if page.deal is None and new:
            page.deal, page.opportunity = new[0], now
            self.note(now, "response", page.campaign, "opportunity")
        if page.deal is not None and page.deal.status != "open":
            setattr(page, page.deal.status, now)
            self.resolve(page, f"resolved_{page.deal.status}", now)

    def unite(self, other: Book, now: int) -> None:
        """Takes another contact's pages over, before its deals."""
        mine, theirs = self.active, other.active
        if mine is not None and theirs is not None:
            assert mine.engaged is not None
            assert theirs.engaged is not None
            self.resolve(mine if theirs.engaged < mine.engaged else theirs, "resolved_already_engaged", now)
        for page in other.pages.values():
            moved = replace(page, order=page.order + self.recorded)
            present = self.pages.get(page.campaign)
            if present is None or weight(moved) > weight(present):
                self.pages[page.campaign] = moved
        self.recorded += other.recorded


def weight(page: Page) -> tuple[bool, bool, int]:
    """Of two pages of one campaign: the active response, else a response, else the older."""
    return page.response == "active", bool(page.response), -page.added
