"""The embedded host: one process, one database, one of three clocks (see `clock`).

A group of inputs shares a transaction. In a replay a group is `batch` lines. In a live run it is what has
come so far, at most as much as takes about GROUP_SECONDS, so that no event waits longer for the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path

import msgspec

from oncue.runtime import adoption, clock, collecting, commands, headings, inputs
from oncue.runtime.admission import EVENT, SILENT, Refusal, Work, admit
from oncue.runtime.clock import ClockName
from oncue.runtime.delivery import start
from oncue.runtime.delivery.environment import Environment
from oncue.runtime.delivery.patience import Patience
from oncue.runtime.engine import BATCH, Engine
from oncue.runtime.errors import InputError
from oncue.runtime.hosts.replay import Timeline
from oncue.runtime.hosts.session import Places, begin, opened
from oncue.runtime.hosts.signals import stopping
from oncue.runtime.inputs import Line
from oncue.runtime.kernel.entities.kept import RANK
from oncue.runtime.latency import summarise
from oncue.runtime.post_office import ALARM, LETTER
from oncue.runtime.states import CACHE_CONTACTS
from oncue.runtime.stores.base import LogRow
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.summary import Summary
from oncue.runtime.tails import Tails
from oncue.schemas.plan import Plan

GROUP_SECONDS = 0.003
FIRST_GROUP = 16

Progress = Callable[[int, int | None], None]  # done so far, of how many if known
Delivery = Callable[[Engine], AbstractContextManager[object]]


def run(
    plan: Plan, database: Path, sources: Sequence[str | Path] = (), *, clock: ClockName = "wall",
    until: int | None = None, batch: int = BATCH, follow: bool = False, triggers: bool = True,
    outbox: Path | None = None, rejects: Path | None = None, cache: int = CACHE_CONTACTS,
    progress: Progress | None = None, stop: Callable[[], bool] | None = None,
    deliver: bool = False, retrying: Patience | None = None,
) -> Summary:  # fmt: skip
    """Runs the plan on input files (or ``-``) by a clock.

    until: a replay's end, an instant. batch: inputs that share a transaction at most. follow: a live run goes
    on until a signal, or until `stop` says so. triggers: False loads contact rows silently. cache: contacts
    kept in memory. deliver: a live run hands over to real connectors, as patiently as `retrying` says. With
    the clock ``received`` the one source is the database whose log is replayed.

    Raises the errors of `runtime.errors`. Rejected lines are counted in the summary.
    """
    began = time.monotonic()
    if clock != "received":
        inputs.check(sources)
        headings.check(sources, plan)
    places = Places(database, outbox, rejects)
    given = start.checked(plan) if deliver else None
    with (
        collecting.rarely(),
        stopping(stop) as stopped,
        opened(plan, places, clock, batch=batch, cache=cache, deliver=deliver) as engine,
    ):
        runner = _Runner(engine, plan, triggers, progress or _quiet, stopped)
        if clock == "wall":
            runner.live(sources, follow, _delivery(plan, given, retrying))
        elif clock == "events":
            runner.replay(sources, until)
        else:
            runner.received(sources)
        engine.finish()
        return runner.summary(time.monotonic() - began)


def _delivery(plan: Plan, given: Environment | None, retrying: Patience | None) -> Delivery:
    """What goes on beside a live run."""
    if given is None:
        return nullcontext
    return lambda engine: start.delivering(engine, plan, given, retrying or Patience())


def _quiet(done: int, total: int | None) -> None:
    """Nobody looks."""


class _Runner:
    """One run."""

    def __init__(
        self, engine: Engine, plan: Plan, triggers: bool, progress: Progress, stopped: Callable[[], bool]
    ) -> None:
        self.engine = engine
        self.plan = plan
        self.triggers = triggers
        self.progress = progress
        self.stopped = stopped
        self.adopted = False
        self.done = 0

    def summary(self, seconds: float) -> Summary:
        tally, rejects = self.engine.tally, self.engine.rejects
        return Summary(
            events=tally.events, contacts=tally.contacts, accounts=tally.accounts,
            repeated=tally.repeated, ignored=tally.ignored, too_old=tally.too_old,
            rejected=rejects.total, reasons=dict(rejects.reasons), born=tally.born, timers=tally.timers,
            messages=tally.effects, handed=tally.handed, retried=tally.retried, parked=tally.parked,
            dead=tally.dead, withheld=tally.withheld, now=self.engine.now, seconds=seconds,
            latency=summarise(tally.latency), stopped=self.stopped(), adopted=self.adopted,
        )  # fmt: skip

    # --- lines

    def _admitted(self, lines: Sequence[Line], now: Callable[[], int] | None) -> list[Work]:
        program, works = self.engine.program, []
        for line in lines:
            found = admit(program, line, None if now is None else now(), triggers=self.triggers)
            if type(found) is Work:
                works.append(found)
            elif isinstance(found, Refusal):
                self._refuse(line, found)
        return works

    def _refuse(self, line: Line, refusal: Refusal) -> None:
        if refusal.skip:
            self.engine.tally.ignored += 1
        else:
            self.engine.rejects.add(line.file, line.number, refusal.code, refusal.message, line.data)

    def _told(self, number: int, total: int | None = None) -> None:
        self.done += number
        self.progress(self.done, total)

    # --- wall

    def live(self, sources: Sequence[str | Path], follow: bool, delivery: Delivery) -> None:
        """Takes what comes at the instant of its arrival, and fires timers when they are due."""
        self.adopted = begin(self.engine, self.plan, clock.wall())
        self.engine.batches.deploy(clock.wall())
        with delivery(self.engine):
            self._take_what_comes(sources, follow)

    def _take_what_comes(self, sources: Sequence[str | Path], follow: bool) -> None:
        growing = [source for source in sources if follow or str(source) == inputs.STDIN]
        for source in sources:
            if source not in growing:
                self._whole_file(source)
        tails = Tails(growing)
        try:
            self._watch(tails, follow)
        finally:
            tails.close()

    def _whole_file(self, source: str | Path) -> None:
        lines, size = inputs.read(source), FIRST_GROUP
        while not self.stopped() and (group := list(islice(lines, size))):
            size = self._group(group, size)

    def _group(self, lines: Sequence[Line], size: int) -> int:
        """Handles a group; gives the size of the next one."""
        began = time.perf_counter()
        self.engine.handle(self._admitted(lines, clock.wall))
        took = max(time.perf_counter() - began, 1e-6)
        self._told(len(lines))
        fitting = int(len(lines) * GROUP_SECONDS / took)
        return max(1, min(self.engine.batch, fitting, 2 * size))

    def _watch(self, tails: Tails, follow: bool) -> None:
        engine, size = self.engine, FIRST_GROUP
        waiting: list[Line] = []
        if follow:
            engine.store.offer()
        while not self.stopped():
            if engine.store.wanted():
                engine.step_aside()
            waiting += tails.poll(size) if len(waiting) < size else []
            if waiting:
                group, waiting = waiting[:size], waiting[size:]
                size = self._group(group, size)
                continue
            self._up_to(clock.wall())
            if tails.ended and not follow and not engine.departures.busy:
                return
            due = [each for each in (engine.store.next_wake(), engine.departures.next_at) if each is not None]
            wait = max(0.0, (min(due) - clock.wall()) / 1e6) if due else 1.0
            tails.wait(wait, engine.departures.bell)
            engine.departures.gather()

    def _up_to(self, now: int) -> None:
        """Everything that is due by now."""
        engine = self.engine
        engine.fire(now)
        if engine.departures.astir(now):
            engine.reach(now)
        engine.finish()

    # --- events

    def replay(self, sources: Sequence[str | Path], until: int | None) -> None:
        """Plays inputs in the order of their own instants."""
        engine = self.engine
        self.adopted = begin(engine, self.plan, engine.now)
        with Timeline(engine.program, self._refuse, engine.now) as timeline:
            total = timeline.read(self._counted(sources))
            lines = timeline.lines(until)
            while not self.stopped() and (group := list(islice(lines, engine.batch))):
                engine.handle([work for at, line in group for work in self._placed(at, line)])
                self._told(len(group), total)
        end = until if until is not None else timeline.last
        if end is not None and not self.stopped():
            engine.fire(end)
            engine.reach(end)

    def _placed(self, at: int, line: Line) -> Iterator[Work]:
        for work in self._admitted([line], None):
            work.now = at
            yield work

    def _counted(self, sources: Sequence[str | Path]) -> Iterator[Line]:
        for source in sources:
            for number, line in enumerate(inputs.read(source)):
                if not number % 1000:
                    self.progress(0, None)
                    if self.stopped():
                        return
                yield line

    # --- received

    def received(self, sources: Sequence[str | Path]) -> None:
        """Plays the log of another database: the same inputs at the same instants, delivering nothing."""
        if len(sources) != 1 or str(sources[0]) == inputs.STDIN:
            raise InputError("--clock received replays one database: name its file, and a new one with --db")
        path = Path(sources[0])
        if self.engine.store.top()[1]:
            raise InputError(
                "--clock received fills a new database: name one with --db that is not there yet"
            )
        log = SqliteStore(path, write=False)
        try:
            self._log(log)
        finally:
            log.close()

    def _log(self, log: SqliteStore) -> None:
        engine, works = self.engine, []
        plans = iter(log.plans())
        _, _, body = next(plans, (0, "", b""))
        first = adoption.read_plan(body)
        engine.replace_first_plan(first)
        for row in log.log():
            if self.stopped():
                return
            if row.kind == LETTER:  # it follows from what came before
                continue
            if row.kind in commands.FROM_OUTSIDE and row.body is not None:
                works.append(self._logged(row, row.body))
                if len(works) >= engine.batch:
                    self._told(len(works))
                    engine.handle(works)
                    works = []
                continue
            if works:
                engine.handle(works)
                works = []
            if row.kind in commands.FROM_OUTSIDE:  # erased since: nobody can say what it was
                engine.states.skip_to(row.contact)
            else:
                self._other(row, log, plans)
        engine.handle(works)

    def _logged(self, row: LogRow, body: bytes) -> Work:
        line = Line("", 0, body, row=row.kind != EVENT)
        found = admit(self.engine.program, line, row.at, triggers=row.kind != SILENT)
        if isinstance(found, Refusal):
            raise InputError(f"the log's row {row.seq} cannot be replayed: {found.message}")
        return found

    def _other(self, row: LogRow, log: SqliteStore, plans: Iterator[tuple[int, str, bytes]]) -> None:
        engine = self.engine
        if row.kind == "wake":
            if row.entries is None:  # of a contact that was erased since
                return
            keys = log.keys([row.contact])
            engine.fire(row.at, (row.at, 0, keys.get(row.contact, "")))
            return
        if row.kind == ALARM:
            name = msgspec.json.decode(row.body or b"{}").get("entity", "")
            if name:
                engine.fire(row.at, (row.at, RANK[name.partition("/")[0]], name))
            return
        engine.fire(row.at - 1)
        engine.reach(row.at)
        if row.kind == "plan":
            adoption.take_effect(engine, adoption.read_plan(next(plans)[2]), row.at)
        else:
            commands.again(engine, row)
