"""Kills runs that deliver, again and again: run by test_delivery_sigkill in a process of its own, because it
forks; the servers live in the process of the test.

    python killing_delivery.py FOLDER SEED KILLS

Half of the kills come after a random time, half at a moment that matters: around a write to the database, a
hand-over to the worker, a connector's attempt, a result.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from oncue.runtime.connectors.smtp import Smtp
from oncue.runtime.connectors.webhook import Webhook
from oncue.runtime.delivery.worker import Worker
from oncue.runtime.stores.sqlite import SqliteStore

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.runtime import posting
from tests.runtime.killing import child, dying_at, ended

PEOPLE = 60
SPAN = 0.5  # seconds within which a run is killed
MOMENTS = (
    (SqliteStore, "write"), (Worker, "submit"), (Worker, "results"), (Worker, "_report"),
    (Smtp, "deliver"), (Webhook, "deliver"),
)  # fmt: skip


def one(folder: Path, draw: random.Random) -> bool:
    """One run that is killed; whether it ended before that."""
    if draw.random() < 0.5:
        seed = draw.random()

        def work() -> None:
            dying_at(random.Random(seed), MOMENTS, most=40)
            posting.deliver(folder, LINES)

        return ended(child(work))
    number = child(lambda: void(posting.deliver(folder, LINES)))
    time.sleep(draw.random() * SPAN)
    os.kill(number, signal.SIGKILL)
    return ended(number)


def void(_: object) -> None:
    """What a child's work gives is nobody's concern."""


NOW = posting.now()
LINES = [
    *posting.people(PEOPLE),
    *(
        {**posting.submits(form, each), "at": NOW}
        for each in range(PEOPLE)
        for form in ("signup", "call")
    ),
]  # fmt: skip


def main(folder: Path, seed: int, kills: int) -> None:
    draw = random.Random(seed)
    for _ in range(kills):
        one(folder, draw)
    for _ in range(100):
        assert ended(child(lambda: void(posting.deliver(folder, LINES))))
        if not any(row.status in ("queued", "trying") for row in posting.rows(folder)):
            return
    raise AssertionError("something is queued for ever")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
