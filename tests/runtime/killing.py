"""Kills a replay again and again, and restarts it: run by test_sigkill in a process of its own, because it
forks.

    python killing.py FOLDER SEED KILLS [sales | lists | change | funnel]

With `sales` the workspace is the one of splits, accounts and tasks, with `lists` that of a fulfillment list,
with `change` one whose plan is changed while members are inside, with `funnel` one of responses and
reactivation scenarios.

Half of the kills come after a random time, half at a random moment that matters: before or after a write to
the database, in the middle of a transaction, around a message's file.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from oncue.runtime.connectors.outbox_folder import OutboxFolder
from oncue.runtime.engine import engine
from oncue.runtime.plans import adoption
from oncue.runtime.reading.rejects import Rejects
from oncue.runtime.stores.sqlite import SqliteStore

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.runtime import changing, mailroom, sales, shop

BATCH = 8
KILLS_A_RUN = 5  # then it may end in peace


def lines() -> list[dict[str, Any] | str]:
    """What is replayed: events, contact rows, repeated and wrong lines."""
    events: list[dict[str, Any] | str] = [*shop.history(220, seed=9, people=9)]
    events[40:40] = ["{broken", {"email": "row@shop.test", "first_name": "Ro", "at": "2026-01-02"}]
    events[90:90] = [events[3], {**shop.visit("e5", "x@shop.test", "2026-01-03T00:00:00Z")}]
    return events


SALES, LISTS, CHANGE, FUNNEL = (name in sys.argv[4:] for name in ("sales", "lists", "change", "funnel"))


def replay(folder: Path) -> None:
    if SALES:
        shop.replay(folder, sales.history(120, seed=9), plan=sales.plan(), batch=BATCH)
    elif LISTS:
        rows = mailroom.history(90, seed=9)
        shop.replay(folder, rows, plan=mailroom.daily(), batch=BATCH)
    elif CHANGE:
        _change(folder)
    elif FUNNEL:
        from tests.oracle import test_funnels
        from tests.oracle.funnel.draw import draw_crowd

        case = draw_crowd("killed 3", 9)
        shop.replay(folder, list(test_funnels.lines(case)), plan=test_funnels.plan_of(case), batch=BATCH)
    else:
        shop.replay(folder, lines(), batch=BATCH)


def _change(folder: Path) -> None:
    """Members come in by one plan, finish on it beside a second one, and are taken away by a third: the
    database is by one of them."""
    rows, database = sorted(changing.rows(random.Random(9)), key=lambda row: str(row["at"])), folder / "x.db"
    plans = [
        (changing.plan(changing.STEPS), rows[:20]),
        (changing.plan(changing.STEPS[::-1], exits=changing.FINISH), rows[20:]),
        (changing.plan([], migrate=changing.AWAY), []),
    ]
    there = adoption.plan_of_file(database) if database.exists() else None
    digests = [plan.digest for plan, _ in plans]
    begun = 0 if there is None else digests.index(there.digest)
    for plan, lines in plans[begun:]:
        shop.replay(folder, lines, plan=plan, batch=BATCH)


def child(work: Callable[[], None]) -> int:
    """Does the work in a process of its own; gives its number."""
    number = os.fork()
    if number == 0:
        try:
            work()
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return number


def ended(number: int) -> bool:
    """Waits; whether it came to its end by itself."""
    _, status = os.waitpid(number, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "the run failed"
    return True


MOMENTS = (
    (SqliteStore, "write"), (SqliteStore, "processed"), (SqliteStore, "let_go"), (OutboxFolder, "_write"),
    (Rejects, "flush"), (SqliteStore, "add_rows"), (SqliteStore, "close_batch"), (SqliteStore, "questions"),
    (SqliteStore, "put_plan"), (SqliteStore, "entities"),
)  # fmt: skip


def dying_at(draw: random.Random, moments: Sequence[tuple[type, str]] = MOMENTS, most: int = 25) -> None:
    """From now on this process kills itself around one of the moments that matter, before it has come `most`
    times."""
    owner, name = draw.choice(moments)
    left, after = [draw.randrange(1, most)], draw.random() < 0.5
    real = getattr(owner, name)

    def dying(*given: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        found = real(*given)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(owner, name, dying)


def _dying_while_it_takes_effect(draw: random.Random) -> None:
    """The same, from the instant on at which a changed plan begins to take effect."""
    real = adoption.take_effect

    def dying(*given: Any) -> None:
        dying_at(draw, ((SqliteStore, "put_plan"), (SqliteStore, "write"), (SqliteStore, "entities")), 3)
        real(*given)

    adoption.take_effect = dying


def kill_once(folder: Path, draw: random.Random, span: float) -> bool:
    """One run that is killed; whether it ended before that."""
    if draw.random() < 0.5:
        seed = draw.random()

        def work() -> None:
            if CHANGE:
                _dying_while_it_takes_effect(random.Random(seed))
            else:
                dying_at(random.Random(seed))
            replay(folder)

        return ended(child(work))
    number = child(lambda: replay(folder))
    time.sleep(draw.random() * span)
    os.kill(number, signal.SIGKILL)
    return ended(number)


def main(folder: Path, seed: int, kills: int) -> None:
    """With an odd seed a group is worked on while the one before it is committed, as in large replays."""
    draw = random.Random(seed)
    if seed % 2:
        engine.PIPELINED = 1
    began = time.monotonic()
    replay(folder / "unbroken")
    span = time.monotonic() - began
    expected = seen(folder / "unbroken")
    for number in range(10 * kills):
        broken = folder / f"broken{number}"
        for _ in range(min(KILLS_A_RUN, kills)):
            if kill_once(broken, draw, span):
                break
            kills -= 1
        replay(broken)
        assert seen(broken) == expected, f"seed {seed}: {broken} differs from the unbroken run"
        if not kills:
            return
    raise AssertionError(f"{kills} kills came too late")


def seen(folder: Path) -> dict[str, Any]:
    """Everything that a run leaves behind."""
    return {
        **shop.contents(folder),
        "folder": {path.name: path.read_bytes() for path in (folder / "outbox").iterdir()},
        "rejects": sorted(shop.rejected(folder)),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
