"""What the benchmarks share: rows of the table, and rounds in turn.

A benchmark is a file here with a function ``measure(small: bool) -> list[Row]``, where `small` asks for tiny
sizes that only show that it works. Whatever is compared runs side by side: a round runs each once, in
turn, and medians over the rounds are compared, so that a slow minute of the machine hits all alike.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from typing import NamedTuple


class Row(NamedTuple):
    """One line of the table. `goal` in words; `ok` None where there is no goal; `detail`: sizes, figures."""

    name: str
    measured: str
    goal: str
    ok: bool | None
    detail: str = ""


def at_most(name: str, ratio: float, limit: float, detail: str = "") -> Row:
    """A row of a ratio that should not be above `limit`."""
    return Row(name, f"{ratio:.2f}", f"at most {limit:g}", ratio <= limit, detail)


def at_least(name: str, ratio: float, limit: float, detail: str = "") -> Row:
    """A row of a ratio that should not be below `limit`."""
    return Row(name, f"{ratio:.2f}", f"at least {limit:g}", ratio >= limit, detail)


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes, with no garbage collection in it that it did not cause."""
    gc.collect()
    begin = perf_counter()
    work()
    return perf_counter() - begin


def apart(work: Callable[[], object]) -> float:
    """The same in a process of its own, as each run of a command is one: nothing that earlier rounds have
    left in memory helps it or is in its way."""
    answer, answer_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(answer_end, repr(seconds(work)).encode())
        finally:
            os._exit(0)
    os.close(answer_end)
    with os.fdopen(answer, "rb") as pipe:
        taken = pipe.read()
    os.waitpid(pid, 0)
    return float(taken)


def medians(
    rounds: int,
    works: Sequence[Callable[[], object]],
    prepare: Callable[[], object] | None = None,
    timed: Callable[[Callable[[], object]], float] = seconds,
) -> list[float]:
    """Seconds of each, in turn, `rounds` times: the median of each. `prepare` goes before each, untimed."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, taken in zip(works, times, strict=True):
            if prepare is not None:
                prepare()
            taken.append(timed(work))
    return [median(taken) for taken in times]


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    lines = ["| what | measured | goal | reached | detail |", "| --- | ---: | ---: | :---: | --- |"]
    for row in rows:
        reached = "" if row.ok is None else "yes" if row.ok else "**no**"
        lines.append(f"| {row.name} | {row.measured} | {row.goal} | {reached} | {row.detail} |")
    return "\n".join(lines)


def alone(measure: Callable[[bool], list[Row]]) -> None:
    """Runs one benchmark from the command line and prints its rows."""
    parser = argparse.ArgumentParser(description="Runs this benchmark and prints its rows.")
    parser.add_argument("--small", action="store_true", help="tiny sizes: only shows that it works")
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    given = parser.parse_args()
    rows = measure(given.small)
    print(json.dumps(rows) if given.json else table(rows))
