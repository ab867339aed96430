"""Conditions as Python functions.

A condition of the plan is a tree of nodes (`oncue.schemas.conditions`). Walking that tree for every event
would cost more than all the rest of the kernel, so each condition becomes Python source, and the source two
functions, each when it is first asked for:

    test(s, now, e, m) -> bool          does it hold for contact state `s` at instant `now`?
    next(s, now, e, m) -> int | None    when could it differ, if nothing but time happens?

`e` are the properties of the triggering event (``{}`` where there is none), `m` the member for whom the
condition is asked (None outside a campaign). Both functions are pure.

Three stages, each in a file of its own:

- `codegen_values` and `codegen_test` turn nodes into one expression, the kind that a person would write by
  hand: ``score >= 50 and tagged "webinar"`` is ``(f.get('score', 49999999999) >= 50000000000 and 'webinar' in
  s.tags)``. Missing values follow the language: an ordering, text or time test on one is false, `==` is
  false, `!=` true. Where a default makes a test false, the default does it; else None is tested first.
- `codegen_next` writes the second function, out of the same expressions and the functions of `until`.
- `codegen_source` collects constants and functions, and cuts nests that are too deep for Python.

What a user wrote enters source only through `repr`: field names, ids and texts cannot become code.

Next: the promise is that `next` is never later than the first instant at which `test` differs from its value
now, as long as no event, field, tag, list or membership changes. None promises that it never will. It may be
earlier, then whoever asked tests again and asks again. Single tests are exact: a count in a window names the
row whose leaving drops it below its bound; a date compares at local midnights. Of `and` the value decides
which parts matter: with a false part, only when the last of its false parts may have changed; with none, when
the first part may. Arithmetic over moving values changes when the first of its parts may.

Where an aggregate is read: `all` events from the running totals in the state, where the track keeps them;
everything else from the track's rows (see `history`). `in last D` is (now - D, now]; rows with an `at` ahead
of now are outside it until then. A step's track lives in the member, and counts as empty unless the latest
pass of that step sent a message.

A segment inside a condition is asked through its own compiled condition, by name, at the first test; the
compiler of the plan has refused cycles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from oncue.runtime.kernel.conditions import rows, until
from oncue.runtime.kernel.conditions.codegen_next import Changes
from oncue.runtime.kernel.conditions.codegen_source import Piece, Source
from oncue.runtime.kernel.conditions.codegen_test import Tests, glob
from oncue.runtime.kernel.conditions.needs import CLOCK, needs
from oncue.runtime.kernel.contact.owned import deal_of, response_of
from oncue.runtime.kernel.state import ContactState, Member
from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas import values
from oncue.schemas.conditions import CondNode, Track
from oncue.schemas.values import Value

Props = Mapping[str, Value]
Test = Callable[[ContactState, int, Props, Member | None], bool]
Next = Callable[[ContactState, int, Props, Member | None], int | None]

EMPTY: Props = MappingProxyType({})

_NAMES: dict[str, Any] = {
    "EMPTY": EMPTY,
    "NO_PAIR": (0, None),
    "NEVER": until.NEVER,
    "glob": glob,
    "deal_of": deal_of,
    "response_of": response_of,
    **{name: getattr(values, name) for name in ("add", "subtract", "multiply", "divide", "bounded")},
    **{
        name: getattr(rows, name)
        for name in (
            "last", "count_last", "since", "start", "of_step", "inside", "belongs",
            "count", "total", "least", "greatest", "earliest", "latest",
        )
    },
    **{
        name: getattr(until, name)
        for name in (
            "instant_or_never", "now_flips", "day_flips", "time_flips", "day_joins", "edges", "day_edges",
            "last_window", "day_window", "count_flips", "value_flips", "value_changes",
        )
    },
}  # fmt: skip


class CompiledCondition:
    """One condition, ready to be asked. `test` and `next` compile themselves at their first call."""

    __slots__ = ("_needs", "_node", "_segments", "_sources", "_tracks", "_zone", "next", "test")

    test: Test
    next: Next

    def __init__(
        self,
        node: CondNode,
        tracks: Mapping[str, Track],
        segments: Callable[[str], CompiledCondition],
        zone: Zone,
    ) -> None:
        self._node = node
        self._tracks = tracks
        self._segments = segments
        self._zone = zone
        self._needs: frozenset[str] | None = None
        self._sources: dict[str, str] = {}
        self.test = self._first_test
        self.next = self._first_next

    @property
    def needs(self) -> frozenset[str]:
        """The keys of what it reads; see `needs.needs`."""
        if self._needs is None:
            self._needs = needs(self._node, lambda segment: self._segments(segment).needs)
        return self._needs

    @property
    def source(self) -> str:
        """The Python text of `test` and of `next`."""
        self._build_test()
        self._build_next()
        return f"{self._sources['test']}\n\n{self._sources['next']}"

    def _first_test(self, s: ContactState, now: int, e: Props, m: Member | None) -> bool:
        self._build_test()
        return self.test(s, now, e, m)

    def _first_next(self, s: ContactState, now: int, e: Props, m: Member | None) -> int | None:
        self._build_next()
        return self.next(s, now, e, m)

    def _build_test(self) -> None:
        if "test" not in self._sources:
            tests = self._tests()
            piece = tests.piece(self._node)
            self.test = self._finish("test", tests.source, [f"return {piece.code}"], piece)

    def _build_next(self) -> None:
        if "next" not in self._sources:
            tests = self._tests()
            piece = Piece("NEVER")
            if CLOCK in self.needs:
                piece = Changes(tests, self._segment_moves).until(self._node)
            lines = [f"until = {piece.code}", "return until if until < NEVER else None"]
            if piece.code == "NEVER":
                lines = ["return None"]
            self.next = self._finish("next", tests.source, lines, piece)

    def _finish(self, name: str, source: Source, lines: list[str], piece: Piece) -> Callable[..., Any]:
        source.function(name, lines, piece.locals)
        self._sources[name] = source.text
        function: Callable[..., Any] = source.run()[name]
        return function

    def _tests(self) -> Tests:
        zone = self._zone
        clock = {
            "zone": zone,
            "day": zone.day,
            "at": zone.at,
            "next_midnight": zone.next_midnight,
            "between": zone.between,
            "between_until": zone.between_until,
        }
        source = Source({**_NAMES, **clock})
        bound: dict[str, str] = {}

        def segment(name: str) -> str:
            if name not in bound:
                bound[name] = source.bind(self._segments(name), "segment")
            return bound[name]

        return Tests(source, self._tracks, segment)

    def _segment_moves(self, segment: str) -> bool:
        return CLOCK in self._segments(segment).needs


def compile_condition(
    node: CondNode,
    *,
    tracks: Mapping[str, Track],
    segments: Callable[[str], CompiledCondition],
    zone: Zone,
) -> CompiledCondition:
    """A plan's condition as something to ask. Costs next to nothing until it is asked.

    `tracks` are the plan's; `segments` gives the compiled condition of a segment by id."""
    return CompiledCondition(node, tracks, segments, zone)
