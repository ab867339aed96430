"""One connector's deliveries: at most `at_once` under way, at most `per_second` begun. Lives in the worker's
event loop; a lane that hangs holds up no other."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable

from msgspec import Struct

from oncue.runtime import clock
from oncue.runtime.connectors.base import Connector, Delivery, unknown
from oncue.runtime.messages.message import Message


class Limits(Struct, frozen=True):
    """What a connector bears. `per_second` None: no limit."""

    at_once: int = 10
    per_second: float | None = None


class Job(Struct, frozen=True):
    """One attempt to make. `attempt`: from 1."""

    lane: str
    message: Message
    attempt: int


class Made(Struct, frozen=True):
    """What became of it. `began` and `ended`: instants. `untouched`: it was never begun."""

    job: Job
    delivery: Delivery
    began: int
    ended: int
    untouched: bool = False


Report = Callable[[Made], None]
Scrub = Callable[[str], str]


class Lane:
    """Takes jobs in order."""

    def __init__(self, connector: Connector, limits: Limits, report: Report, scrub: Scrub) -> None:
        self._connector = connector
        self._limits = limits
        self._report = report
        self._scrub = scrub
        self._jobs: deque[Job] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._next = 0.0  # when the next delivery may begin, by the monotonic clock
        self._ending = False

    def add(self, jobs: Iterable[Job]) -> None:
        """More to do."""
        self._jobs.extend(jobs)
        while len(self._tasks) < min(self._limits.at_once, len(self._jobs) + len(self._tasks)):
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            if len(self._tasks) >= self._limits.at_once:
                break

    async def _work(self) -> None:
        """Delivers as long as there is anything to do."""
        while self._jobs and not self._ending:
            if self._limits.per_second is not None:
                await self._turn(self._limits.per_second)
                if not self._jobs or self._ending:
                    return
            await self._one(self._jobs.popleft())

    async def _turn(self, per_second: float) -> None:
        """Waits until one more may begin."""
        now = time.monotonic()
        self._next = max(self._next, now) + 1 / per_second
        wait = self._next - 1 / per_second - now
        if wait > 0:
            await asyncio.sleep(wait)

    async def _one(self, job: Job) -> None:
        began = clock.wall()
        try:
            delivery = await self._connector.deliver(job.message, job.attempt)
        except asyncio.CancelledError:
            self._tell(job, unknown("the run was stopped in the middle of the attempt"), began)
            raise
        except Exception as error:
            delivery = unknown(f"internal error: {type(error).__name__}: {error}")
        self._tell(job, delivery, began)

    def _tell(self, job: Job, delivery: Delivery, began: int) -> None:
        if delivery.why:
            why = self._scrub(delivery.why)
            delivery = Delivery(delivery.result, why, delivery.after, delivery.remember)
        self._report(Made(job, delivery, began, clock.wall()))

    async def end(self, grace: float) -> None:
        """Begins nothing more; what is under way has so many seconds to come to an end."""
        self._ending = True
        while self._jobs:
            now = clock.wall()
            self._report(Made(self._jobs.popleft(), Delivery("retry"), now, now, untouched=True))
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._connector.close()
