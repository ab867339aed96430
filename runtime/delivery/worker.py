"""The worker: real deliveries in a thread of their own, with one event loop for all connectors.

A thread, so that the engine goes on with events and timers while peers take their time, and an engine that
is busy does not let a peer's answer time out; one event loop in it, because deliveries are nearly all
waiting, and hundreds of them cost less so than as many threads. The engine gives jobs and fetches results;
nothing else is shared. `bell` becomes readable when there are results.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future

from oncue.runtime.connectors.base import Connector
from oncue.runtime.delivery.lane import Job, Lane, Limits, Made, Scrub

Make = Callable[[], Connector]


class Worker:
    """`lanes`: what makes each connector (called inside the event loop), and its limits."""

    def __init__(self, lanes: Mapping[str, tuple[Make, Limits]], scrub: Scrub) -> None:
        self._makes = dict(lanes)
        self._scrub = scrub
        self._lanes: dict[str, Lane] = {}
        self._made: deque[Made] = deque()
        self._rung = False
        self.bell, self._rope = os.pipe()
        os.set_blocking(self.bell, False)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="oncue-delivery", daemon=True)

    def start(self) -> None:
        """Makes the connectors; raises what that raises."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _open(self) -> None:
        for name, (make, limits) in self._makes.items():
            self._lanes[name] = Lane(make(), limits, self._report, self._scrub)

    # --- for the engine's thread

    def submit(self, jobs: Sequence[Job]) -> None:
        """Hands jobs over; each gets exactly one result."""
        if jobs:
            self._loop.call_soon_threadsafe(self._spread, tuple(jobs))

    def results(self) -> list[Made]:
        """What has come since the last time."""
        if self._rung:
            with contextlib.suppress(BlockingIOError):
                os.read(self.bell, 1 << 10)
            self._rung = False  # whatever comes from here on rings again
        made = self._made
        return [made.popleft() for _ in range(len(made))]

    def stop(self, grace: float) -> None:
        """Ends it; all results can be fetched then."""
        if self._loop.is_closed():
            return
        ending: Future[None] = asyncio.run_coroutine_threadsafe(self._end(grace), self._loop)
        with contextlib.suppress(TimeoutError):
            ending.result(grace + 5.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5.0)
        if not self._thread.is_alive():
            self._loop.close()

    def close(self) -> None:
        """Lets go of the bell."""
        os.close(self.bell)
        os.close(self._rope)

    # --- in the event loop

    def _spread(self, jobs: Sequence[Job]) -> None:
        by_lane: dict[str, list[Job]] = {}
        for job in jobs:
            by_lane.setdefault(job.lane, []).append(job)
        for name, some in by_lane.items():
            self._lanes[name].add(some)

    def _report(self, made: Made) -> None:
        self._made.append(made)
        if not self._rung:
            self._rung = True
            os.write(self._rope, b"!")

    async def _end(self, grace: float) -> None:
        await asyncio.gather(*(lane.end(grace) for lane in self._lanes.values()), return_exceptions=True)
        await self._loop.shutdown_asyncgens()
        await self._loop.shutdown_default_executor()
