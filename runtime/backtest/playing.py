"""One plan on one history, seen by a witness: from files, or from the log of a database.

- With a beginning, what comes before it only warms up (see `launch`); of a log, it is what happened, by the
  plans that were in force. At the beginning the plan takes effect.
- From then on a log gives what came from outside: events, rows, and what an operator did to contacts, tasks
  and lists. Its timers, plans, switches and hand-overs are not played: that is what is asked.
- The end is not included: what is due exactly then does not happen any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from oncue.runtime.backtest.launch import before_launch
from oncue.runtime.backtest.player import Player
from oncue.runtime.backtest.witness import Witness
from oncue.runtime.clock import ClockName
from oncue.runtime.engine import collecting, commands
from oncue.runtime.errors import CommandError
from oncue.runtime.hosts import replay
from oncue.runtime.hosts.intake import Intake, Progress
from oncue.runtime.hosts.received import Received, again
from oncue.runtime.kernel.link import link
from oncue.runtime.plans import adoption
from oncue.runtime.reading import headings, inputs
from oncue.runtime.reading.admission import FROM_OUTSIDE, Refusal, Work
from oncue.runtime.reading.rejects import Rejected
from oncue.runtime.stores.base import LogRow, Store
from oncue.runtime.stores.passing import PassingStore
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views.reports import Facts, facts_of
from oncue.schemas.plan import Plan

Total = tuple[str, str, str, int, int]  # unit, step, name, value, latest instant


class Span(Struct, frozen=True):
    """What counts: from `start` (None: all) up to, not including, `end` (None: the last event's instant)."""

    start: int | None = None
    end: int | None = None


ALL = Span()


class Played(Struct):
    """What there was. `events`, `rows` (of contacts and accounts) and `types` count what was handled in the
    span, `early` events before it. `told`: the first of the rejected lines. `totals`: running totals at the
    end, `base` those at the beginning; `standing`: what else a report needs. `who`: the key of the contact
    that was asked for."""

    events: int = 0
    rows: int = 0
    early: int = 0
    repeated: int = 0
    ignored: int = 0
    rejected: int = 0
    told: list[Rejected] = []
    types: dict[str, int] = {}
    contacts: int = 0
    now: int = 0
    totals: list[Total] = []
    base: list[Total] = []
    standing: Facts = Facts()
    who: str = ""


class _Playing:
    """One play under way."""

    def __init__(self, plan: Plan, player: Player, intake: Intake, span: Span) -> None:
        self.plan = plan
        self.player = player
        self.intake = intake
        self.span = span
        self.played = Played()

    def launch(self) -> None:
        """The plan takes effect, and what happens counts from here on."""
        player, played = self.player, self.played
        played.base = _totals(player.store)
        played.early = player.tally.events
        player.tally.events = player.tally.contacts = player.tally.accounts = 0
        player.types.clear()
        player.witness.asleep = False
        for unit in player.store.paused():
            with player.store.transaction():
                player.store.switch(unit, True, player.now)
        start = self.span.start
        if start is not None and adoption.digest_of(player.program.plan) != adoption.digest_of(self.plan):
            adoption.take_effect(player, self.plan, start)

    def end(self, who: str) -> Played:
        """Everything is done."""
        player, played, tally = self.player, self.played, self.player.tally
        player.finish()
        played.events, played.rows = tally.events, tally.contacts + tally.accounts
        played.repeated, played.ignored = tally.repeated, tally.ignored
        played.rejected, played.told = player.refused.total, player.refused.told
        played.types = dict(player.types)
        played.contacts, played.now = player.store.living(), player.now
        played.totals = _totals(player.store)
        played.standing = msgspec.structs.replace(facts_of(player.store), reasons=player.failures.reasons())
        played.who = player.key_of(who) if who else ""
        return played


def _totals(store: Store) -> list[Total]:
    return [(*place, *value) for place, value in store.counts().items()]


@contextmanager
def _playing(
    plan: Plan, first: Plan, witness: Witness, span: Span, progress: Progress | None,
    stopped: Callable[[], bool], *, of_log: bool = False,
) -> Iterator[_Playing]:  # fmt: skip
    store = PassingStore()
    try:
        adoption.put_first(store, first, 0)
        clock: ClockName = "received" if of_log else "events"
        player = Player(store, link(first), witness, clock=clock, keeps=of_log)
        intake = Intake(player, progress=progress, stopped=stopped)
        witness.asleep = span.start is not None
        with collecting.rarely():
            yield _Playing(plan, player, intake, span)
    finally:
        store.close()


def play_files(
    plan: Plan, sources: Sequence[str | Path], witness: Witness, *, span: Span = ALL, who: str = "",
    progress: Progress | None = None, stopped: Callable[[], bool] = lambda: False,
) -> Played:  # fmt: skip
    """Plays a history from files with events and rows, by the events' own times. Raises InputError."""
    inputs.check(sources)
    headings.check(sources, plan)
    first = plan if span.start is None else before_launch(plan)
    with _playing(plan, first, witness, span, progress, stopped) as playing:
        turn = None if span.start is None else replay.Turn(span.start, playing.launch)
        replay.play(playing.intake, sources, None if span.end is None else span.end - 1, turn)
        return playing.end(who)


def play_log(
    plan: Plan, database: Path, witness: Witness, *, span: Span = ALL, who: str = "",
    progress: Progress | None = None, stopped: Callable[[], bool] = lambda: False,
) -> Played:  # fmt: skip
    """Plays the log of a database, which is only read. Raises DatabaseError, InputError, PlanError."""
    log = SqliteStore(database, write=False)
    try:
        with _playing(plan, plan, witness, span, progress, stopped, of_log=True) as playing:
            received = Received(playing.intake, log)
            if span.start is not None:
                received.play(before=span.start)
                playing.player.fire(span.start - 1)
                playing.player.finish()
            playing.launch()
            _Outside(playing, log).play(received.seq)
            return playing.end(who)
    finally:
        log.close()


# What an operator did to contacts, tasks and lists; the rest of a log follows from the plan.
_BY_HAND = frozenset({"enrol", "suppress", "lift", "merge", "complete", "reopen", "unhold", "offlist"})


class _Outside:
    """What came from outside, by a log."""

    def __init__(self, playing: _Playing, log: Store) -> None:
        self._playing = playing
        self._player = playing.player
        self._log = log
        self._works: list[Work] = []

    def play(self, after: int) -> None:
        """Everything after a row of the log, then time up to the end of the span."""
        end, player = self._playing.span.end, self._player
        last = self._log.meta().get("now") if end is None else end - 1
        for row in self._log.log(after=after):
            if self._playing.intake.stopped():
                return
            if end is not None and row.at >= end:
                break
            self._one(row)
        self._handle()
        if isinstance(last, int):
            player.fire(last)
            player.reach(last)

    def _one(self, row: LogRow) -> None:
        if row.kind in FROM_OUTSIDE:
            if row.body is not None:  # not erased since
                self._take(row, row.body)
        elif row.kind in _BY_HAND and row.body is not None:
            self._handle()
            self._player.fire(row.at - 1)
            self._player.reach(row.at)
            self._by_hand(row)

    def _take(self, row: LogRow, body: bytes) -> None:
        found = again(self._player.program, row, body)
        if isinstance(found, Refusal):
            self._player.refused.add("the log", row.seq, found.code, found.message, body)
            return
        self._works.append(found)
        if len(self._works) >= self._player.batch:
            self._handle()

    def _handle(self) -> None:
        self._player.handle(self._works)
        self._playing.intake.told(len(self._works))
        self._works = []

    def _by_hand(self, row: LogRow) -> None:
        """Contacts may have other row numbers here; who or what is not there is passed over."""
        body = msgspec.json.decode(row.body or b"{}")
        named = [name for name in ("survivor", "other") if name in body]
        here = self._here([row.contact, *(body[name] for name in named)])
        if row.contact and not here.get(row.contact):
            return
        body.update({name: here.get(body[name], 0) for name in named})
        row = msgspec.structs.replace(row, contact=here.get(row.contact, 0), body=msgspec.json.encode(body))
        with suppress(CommandError):
            commands.again(self._player, row)

    def _here(self, contacts: list[int]) -> dict[int, int]:
        """Row numbers of the log's contacts, and theirs here."""
        keys = self._log.keys([contact for contact in contacts if contact])
        owners = {contact: self._player.directory.owner(key) for contact, key in keys.items()}
        return {contact: owner for contact, owner in owners.items() if owner}
