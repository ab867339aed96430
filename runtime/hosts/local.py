"""The embedded host: one process, one database, one of three clocks (see `clock`).

A group of inputs shares a transaction. In a replay a group is `batch` lines. In a live run it is what has
come so far, at most as much as takes about GROUP_SECONDS, so that no event waits longer for the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path

from oncue.runtime import clock
from oncue.runtime.clock import ClockName
from oncue.runtime.delivery import routes, start
from oncue.runtime.delivery.environment import Environment
from oncue.runtime.delivery.patience import Patience
from oncue.runtime.engine import collecting
from oncue.runtime.engine.engine import BATCH, Engine
from oncue.runtime.engine.latency import summarise
from oncue.runtime.engine.states import CACHE_CONTACTS
from oncue.runtime.errors import InputError
from oncue.runtime.hosts import replay
from oncue.runtime.hosts.intake import Intake, Progress
from oncue.runtime.hosts.received import Received
from oncue.runtime.hosts.session import Places, begin, opened
from oncue.runtime.hosts.signals import stopping
from oncue.runtime.reading import headings, inputs
from oncue.runtime.reading.inputs import Line
from oncue.runtime.reading.tails import Tails
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views.summary import Summary, undeclared
from oncue.schemas.plan import Plan

GROUP_SECONDS = 0.003
FIRST_GROUP = 16

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
        runner = _Runner(engine, plan, triggers, progress, stopped)
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


class _Runner:
    """One run."""

    def __init__(
        self,
        engine: Engine,
        plan: Plan,
        triggers: bool,
        progress: Progress | None,
        stopped: Callable[[], bool],
    ) -> None:
        self.engine = engine
        self.plan = plan
        self.intake = Intake(engine, triggers=triggers, progress=progress, stopped=stopped)
        self.stopped = stopped
        self.adopted = False

    def summary(self, seconds: float) -> Summary:
        tally, rejects = self.engine.tally, self.engine.rejects
        return Summary(
            events=tally.events, contacts=tally.contacts, accounts=tally.accounts,
            repeated=tally.repeated, ignored=tally.ignored, too_old=tally.too_old,
            rejected=rejects.total, reasons=dict(rejects.reasons), born=tally.born, timers=tally.timers,
            messages=tally.effects, handed=tally.handed, retried=tally.retried, parked=tally.parked,
            dead=tally.dead, withheld=tally.withheld, now=self.engine.now, seconds=seconds,
            stranded=routes.stranded(self.engine.program.plan, self.engine.store),
            latency=summarise(tally.latency), stopped=self.stopped(), adopted=self.adopted,
            undeclared=undeclared(self.engine.program, tally.undeclared),
        )  # fmt: skip

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
        self.engine.handle(self.intake.admitted(lines, clock.wall))
        took = max(time.perf_counter() - began, 1e-6)
        self.intake.told(len(lines))
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
        self.adopted = begin(self.engine, self.plan, self.engine.now)
        replay.play(self.intake, sources, until)

    # --- received

    def received(self, sources: Sequence[str | Path]) -> None:
        """Plays the log of another database: the same inputs at the same instants, delivering nothing."""
        if len(sources) != 1 or str(sources[0]) == inputs.STDIN:
            raise InputError("--clock received replays one database: name its file, and a new one with --db")
        if self.engine.store.top()[1]:
            raise InputError(
                "--clock received fills a new database: name one with --db that is not there yet"
            )
        log = SqliteStore(Path(sources[0]), write=False)
        try:
            Received(self.intake, log).play()
        finally:
            log.close()
