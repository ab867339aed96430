"""What contacts share, and the one place where everything happens in its order: an input, the letters that it
causes, first in first out, then the next input; at each tick of a coarse clock events before timers, contacts
before splits before tasks. No index, no timer, no shortcut: everything is looked at at every tick.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from tests.oracle.journey.nodes import Split, Workspace
from tests.oracle.world import rounded


class Fact(NamedTuple):
    contact: str
    at: int
    what: str
    unit: str
    step: str = ""
    entry: int = 0
    result: str = ""
    rule: str = ""
    why: str = ""


class TooMuchError(Exception):
    """One input caused more than the limits allow; the case is not compared."""


@dataclass
class Trial:
    """A split's tally up to its decision."""

    split: Split
    arrived: dict[str, int] = field(default_factory=dict)
    matched: dict[str, int] = field(default_factory=dict)
    decided: bool = False
    winner: str = ""

    def take(self, now: int, drawn: str, first: bool) -> str:
        """The path of somebody who arrives."""
        decide = self.split.decide
        assert decide is not None
        if decide.day is not None and now >= decide.at:
            self.settle()
        if self.decided:
            return self.winner
        path = drawn if self.split.kind == "split_test" else "before"
        if first:
            self.arrived[path] = self.arrived.get(path, 0) + 1
            if decide.contacts is not None and sum(self.arrived.values()) >= decide.contacts:
                self.settle()
        return path

    def match(self, path: str) -> None:
        if self.decided:
            return
        self.matched[path] = self.matched.get(path, 0) + 1
        assert self.split.decide is not None
        if self.split.decide.matches is not None and sum(self.matched.values()) >= self.split.decide.matches:
            self.settle()

    def settle(self) -> None:
        """The winner is the path of the best rate; of equal ones the first."""
        if self.decided:
            return
        self.decided = True
        if self.split.kind == "split_until":
            self.winner = "after"
            return
        names = [name for name, _ in self.split.paths]
        self.winner = max(names, key=lambda name: (self.rate(name), -names.index(name)))

    def rate(self, name: str) -> Fraction:
        arrived = self.arrived.get(name, 0)
        return Fraction(self.matched.get(name, 0), arrived) if arrived else Fraction(0)


@dataclass
class Task:
    """Somebody's job; `contact` is whose event its completion is."""

    title: str
    contact: str
    open: bool = True


@dataclass
class House:
    """Contacts by key, and what they share. `draws`: the path that a contact's hash says."""

    workspace: Workspace
    draws: Callable[[str, str, str], str]
    contacts: dict[str, Any] = field(default_factory=dict)
    trials: dict[tuple[str, str], Trial] = field(default_factory=dict)
    accounts: dict[str, dict[str, Fraction]] = field(default_factory=dict)
    turns: dict[str, str] = field(default_factory=dict)  # team -> whose turn it was last
    tasks: dict[str, Task] = field(default_factory=dict)
    letters: deque[Callable[[], None]] = field(default_factory=deque)
    facts: list[Fact] = field(default_factory=list)
    paused: set[str] = field(default_factory=set)  # scenarios

    def post(self, letter: Callable[[], None]) -> None:
        self.letters.append(letter)

    def deliver(self) -> None:
        """All letters, and those that they cause."""
        done = 0
        while self.letters:
            done += 1
            if done > 2_000:
                raise TooMuchError
            self.letters.popleft()()

    def tick(self, now: int) -> None:
        """The timers of an instant."""
        for key in sorted(self.contacts):
            self.contacts[key].wake(now)
            self.deliver()
        for _, trial in sorted(self.trials.items()):
            decide = trial.split.decide
            if decide is not None and decide.day is not None and now >= decide.at:
                trial.settle()

    # --- what is asked of what is shared

    def trial(self, campaign: str, split: Split) -> Trial:
        return self.trials.setdefault((campaign, split.id), Trial(split))

    def next_user(self, team: str) -> str | None:
        """The next active one after the last, in the team's order."""
        users = [user for user in TEAMS[team] if user in ACTIVE]
        if not users:
            return None
        last = self.turns.get(team)
        order = list(TEAMS[team])
        start = order.index(last) + 1 if last in order else 0
        chosen = next(user for user in order[start:] + order[:start] if user in ACTIVE)
        self.turns[team] = chosen
        return chosen

    def set_account(self, account: str, name: str, value: Fraction | None, now: int) -> None:
        """Changes a field, and tells every contact of the account, if it did change."""
        fields = self.accounts.setdefault(account, {})
        if fields.get(name) == value:
            return
        if value is None:
            fields.pop(name, None)
        else:
            fields[name] = value
        known = dict(fields)
        for contact in self.of_account(account):
            self.post(lambda contact=contact: contact.account_is(dict(known), now))

    def of_account(self, account: str) -> list[Any]:
        """In order of joining; in these worlds, of their birth."""
        return [contact for contact in self.contacts.values() if contact.account == account]


TEAMS = {"sdr": ("ana", "bo", "cy"), "empty": ("cy",)}
ACTIVE = ("ana", "bo")  # cy has left


def reckon(old: Fraction | None, operation: str, operand: Fraction | None) -> tuple[Fraction | None, str]:
    """The new number, or why there is none."""
    if old is None or operand is None:
        return None, "missing"
    if operation == "/" and operand == 0:
        return None, "division by zero"
    value = {"+": old + operand, "-": old - operand, "*": old * operand}.get(operation)
    new = rounded(value if value is not None else old / operand)
    return new, "" if new is not None else "overflow"
