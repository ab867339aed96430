"""Timers with 1,000 and with 1,000,000 contacts waiting: a poll that finds nothing due, and what one fired
timer costs, which ends a wait of one day and sets the next one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from measuring import Row, alone, at_most

from oncue.compiler.pipeline import compile_files
from oncue.runtime.engine import collecting
from oncue.runtime.engine.engine import Engine
from oncue.runtime.engine.states import encode
from oncue.runtime.kernel.contact.identity import begin
from oncue.runtime.kernel.inputs import Enrol
from oncue.runtime.kernel.link import Program, link
from oncue.runtime.kernel.step import step
from oncue.runtime.plans.adoption import put_first
from oncue.runtime.reading.rejects import Rejects
from oncue.runtime.stores.base import Changes
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.schemas.events import Who

START = 1_767_225_600_000_000  # 2026-01-01
SECOND = 1_000_000
DAY = 86_400 * SECOND
ROUNDS = 5

FILES = {
    "oncue.yaml": "project: waiting\ntimezone: UTC\n",
    "all.yaml": """
campaigns:
  round:
    starts_when: [manual]
    steps:
      - id: day
        wait: 1 day
      - adjust_score: +1
      - goto: day
""",
}


def measure(small: bool) -> list[Row]:
    few, many, fired = (1_000, 10_000, 500) if small else (1_000, 1_000_000, 1_000)
    program = linked()
    with tempfile.TemporaryDirectory(prefix="oncue-timers-") as folder:
        benches = [Waiting(Path(folder) / f"{size}.db", program, size) for size in (few, many)]
        polls = in_turn([one.poll for one in benches])
        fires = in_turn([partial(one.fire, fired) for one in benches])
        for one in benches:
            one.close()
    names = f"{few:,} or {many:,} contacts waiting"
    return [
        at_most(
            f"poll, {names}", polls[1] / polls[0], 2.0, f"{polls[0]:.0f} and {polls[1]:.0f} microseconds"
        ),
        at_most(
            f"fired timer, {names}",
            fires[1] / fires[0],
            2.0,
            f"{fires[0]:.0f} and {fires[1]:.0f} microseconds",
        ),
    ]


def micros(times: list[float]) -> str:
    return f"{times[0]:.0f} and {times[1]:.0f} microseconds"


def in_turn(works: list[Callable[[], float]]) -> list[float]:
    """Each in turn, so many rounds: the median of each."""
    rounds = [[work() for work in works] for _ in range(ROUNDS)]
    return [median(taken) for taken in zip(*rounds, strict=True)]


def linked() -> Program:
    plan, found = compile_files({name: text.encode() for name, text in FILES.items()})
    if plan is None:
        raise SystemExit(f"the workspace has errors: {found[0]}")
    return link(plan)


class Waiting:
    """A database where so many contacts wait, their instants spread over one day in no order of theirs."""

    def __init__(self, path: Path, program: Program, size: int) -> None:
        self.size = size
        self.store = SqliteStore(path)
        put_first(self.store, program.plan, START)
        self._fill(program)
        self.engine = Engine(self.store, program, Rejects(None))
        self.until = START + DAY
        self.gap = DAY // size

    def _fill(self, program: Program) -> None:
        rows = self._rows(program)
        for _ in range(0, self.size, 10_000):
            changes = Changes()
            changes.born.extend(row for _, row in zip(range(10_000), rows, strict=False))
            with self.store.transaction():
                self.store.write(changes)

    def _rows(self, program: Program) -> Iterator[tuple[int, str, int | None, int, bytes]]:
        for number in range(self.size):
            now = START + (number * 7_919 % self.size) * (DAY // self.size)
            state = begin(program, Who(id=f"c{number:07}"), now)
            state = step(program, state, Enrol("round"), now).state
            yield number + 1, state.key, state.wake, 0, encode(state)

    def poll(self) -> float:
        """Microseconds to find out that nothing is due."""
        engine, began = self.engine, perf_counter()
        for _ in range(200):
            engine.timers.reset()
            engine.fire(START)
        return (perf_counter() - began) / 200 * 1e6

    def fire(self, number: int) -> float:
        """Microseconds for each of the next timers."""
        before, began = self.engine.tally.timers, perf_counter()
        self.until += number * self.gap
        with collecting.rarely():
            self.engine.fire(self.until)
            self.engine.finish()
        return (perf_counter() - began) / max(1, self.engine.tally.timers - before) * 1e6

    def close(self) -> None:
        self.store.close()


if __name__ == "__main__":
    alone(measure)
