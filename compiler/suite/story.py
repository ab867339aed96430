"""One test while it is read: its clock, who is in it, and what was found wrong.

The clock of a test is known while it is compiled: it stands at `starts_at` and goes on with every `after`
and `at`. So an instant that cannot be is found here.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from datetime import UTC, datetime

from oncue.compiler.bind.reading import Reader
from oncue.compiler.expr import instants
from oncue.compiler.model.funnel import Scenario
from oncue.compiler.resolve.lookup import Lookup
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.yaml import scalars
from oncue.compiler.yaml.nodes import Node, Scalar
from oncue.schemas.parts import Position

IMPOSSIBLE, UNCHECKABLE, NOBODY, NO_EVENT = "X101", "X102", "X103", "X104"
_LATEST = instants.micros(datetime(2200, 1, 1, tzinfo=UTC))


class Story:
    """`people`: what the contacts are called by, each by its first name; `names`: all their names."""

    def __init__(
        self, look: Lookup, reader: Reader, files: Table[str, int], scenarios: Table[str, Scenario]
    ) -> None:
        self.look = look
        self.scenarios = scenarios
        self.reader = reader
        self.clock: int | None = None  # None: it could not be read
        self.people: list[str] = []
        self.names: set[str] = set()
        self._files = files
        self._rules = instants.zone(look.catalog.timezone)

    def at(self, node: Node) -> Position:
        """Where a node stands."""
        return Position(self._files[node.source.path], node.line, node.column)

    # --- time

    def instant(self, node: Node | None) -> int | None:
        """Microseconds since the epoch; a time without an offset is the project's."""
        scalar = self.reader.scalar(node, scalars.expected("datetime"))
        if scalar is None:
            return None
        moment = scalars.datetime(scalar.text)
        if moment is None:
            hint = f"write {scalars.expected('datetime')}"
            self.look.error(IMPOSSIBLE, scalar, f"`{scalar.text[:60]}` is no date and time", hint)
            return None
        if moment.tzinfo is None:
            moment = self._local(scalar, moment)
        micros = instants.micros(moment)
        if not 0 <= micros < _LATEST:
            self.look.error(IMPOSSIBLE, scalar, "a test plays between 1970 and 2200")
            return None
        return micros

    def _local(self, scalar: Scalar, moment: datetime) -> datetime:
        local = moment.replace(tzinfo=self._rules)
        if local.astimezone(UTC).astimezone(self._rules).replace(tzinfo=None) != moment:
            zone = self.look.catalog.timezone
            message = f"there is no `{scalar.text.strip()}` in {zone}: the clocks go forward over it"
            self.look.error(IMPOSSIBLE, scalar, message, "name a time before or after")
        return local

    def go_on(self, micros: int | None) -> None:
        """So much time passes."""
        self.clock = None if self.clock is None or micros is None else self.clock + micros

    def go_to(self, node: Node, instant: int | None) -> None:
        """Time passes until then."""
        if instant is not None and self.clock is not None and instant < self.clock:
            message = f"the clock of this test stands at {self.shown} already"
            self.look.error(IMPOSSIBLE, node, message, "time does not go back: name a later instant")
        self.clock = instant

    @property
    def shown(self) -> str:
        """The clock as text, in the project's zone."""
        return datetime.fromtimestamp((self.clock or 0) / 1e6, self._rules).isoformat(timespec="seconds")

    # --- people

    def meet(self, names: list[str]) -> None:
        """A contact that goes by these names is there."""
        known = [_folded(name) for name in names]
        if known and not self.names.intersection(known):
            self.people.append(names[0])
        self.names.update(known)

    def whose(self, node: Node | None, place: Node, what: str) -> str:
        """Who does something: who is named, else the only one. A new one is there from now on."""
        if node is not None:
            name = self.reader.text(node, "a contact") or ""
            if name:
                self.meet([name])
            return name
        if len(self.people) == 1:
            return self.people[0]
        hint = "add `contact:` with its id or email"
        if self.people:
            message = f"whose {what} is it? this test has {len(self.people)} contacts"
        else:
            message = f"whose {what} is it? this test has no contact"
        self.look.error(NOBODY, place, message, hint)
        return ""

    def expected(self, node: Node | None, place: Node, what: str, *, one: bool) -> str:
        """Who is meant by an expectation; empty for everybody. `one`: it is about a single contact."""
        if node is not None:
            scalar = self.reader.scalar(node, "a contact")
            if scalar is not None and _folded(scalar.text) not in self.names:
                hint = did_you_mean(scalar.text, self.people, "contacts of this test")
                self.look.error(
                    NOBODY,
                    scalar,
                    f"nobody is called `{scalar.text[:60]}` by now",
                    hint,
                    fix=meant(scalar.text, self.people),
                )
            return "" if scalar is None else scalar.text
        if one and len(self.people) != 1:
            there = f"{len(self.people)} contacts" if self.people else "no contact"
            message = f"`{what}` is about one contact, and this test has {there} by now"
            self.look.error(NOBODY, place, message, "add `who:` with its id or email")
        return self.people[0] if one and self.people else ""


def _folded(name: str) -> str:
    return name.strip().casefold() if "@" in name else name.strip()
