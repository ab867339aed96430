"""Deferral at the hand-over, and runs that are stopped while they deliver."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from oncue.runtime import clock, operator
from tests.runtime import peers, posting, shop
from tests.runtime.peers import Reply, Request

HOUR = 60 * 60 * 1_000_000


class Wall:
    """A wall clock that can be set forward."""

    def __init__(self) -> None:
        self.ahead = 0
        self._real = clock.wall

    def __call__(self) -> int:
        return self._real() + self.ahead


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    made = Wall()
    monkeypatch.setattr(clock, "wall", made)
    return made


def quiet_from(instant: int) -> str:
    """Settings with quiet hours of two hours, from the minute of that instant on."""
    start, end = clock.moment(instant), clock.moment(instant + 2 * HOUR)
    hours = f'{{from: "{start:%H:%M}", to: "{end:%H:%M}", timezone: UTC, channels: [email]}}'
    return f"{posting.SETTINGS}policies: {{quiet_hours: {hours}}}\n"


@pytest.mark.parametrize("real", [True, False])
def test_a_message_whose_hour_has_passed_waits_in_the_outbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wall: Wall, real: bool
) -> None:
    """It was queued when it might leave; at its next attempt it may not, until the quiet hours are over."""
    box = peers.Mailbox(data_answers=["451 later"])
    with peers.mail_server(box=box) as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        plan = posting.plan(quiet_from(clock.wall() + HOUR))
        posting.deliver(tmp_path, [*posting.people(1), posting.submits("signup", 0)], plan=plan)
        assert posting.statuses(tmp_path) == [("email", "queued")], "refused for now"
        wall.ahead = HOUR + 60_000_000
        posting.deliver(tmp_path, plan=plan)
        [row] = posting.rows(tmp_path)
        assert (row.status, row.why, row.attempts) == ("queued", "quiet hours", 1)
        posting.deliver(tmp_path, plan=plan)
        assert box.received == []
        wall.ahead = 3 * HOUR + 60_000_000
        if real:
            posting.deliver(tmp_path, plan=plan)
            assert box.recipients == ["p0@x.test"]
        else:
            shop.replay(tmp_path, [], plan=plan, clock="wall")
            assert posting.statuses(tmp_path) == [("email", "queued")], "a plain run leaves it alone"
            assert shop.outbox(tmp_path) == {}
            return
    assert posting.statuses(tmp_path) == [("email", "done")]
    assert posting.handovers(tmp_path) == [("deferred", "quiet hours"), ("done", "")]


def test_a_deferred_message_of_a_plain_run_leaves_when_its_hour_comes(tmp_path: Path, wall: Wall) -> None:
    wall.ahead = -(clock.wall() % HOUR)  # a whole hour, so that what is made in it is quick
    plan = posting.plan(quiet_from(clock.wall() + HOUR))
    held = [*posting.people(1), posting.submits("signup", 0)]
    shop.replay(tmp_path, [], plan=plan, clock="wall")
    operator.pause(plan, tmp_path / "x.db", "web_forms/signup/on_submission")
    shop.replay(tmp_path, held, plan=plan, clock="wall")
    wall.ahead += HOUR + 60_000_000
    operator.resume(plan, tmp_path / "x.db", "web_forms/signup/on_submission")
    assert posting.statuses(tmp_path) == [("email", "queued")]
    assert shop.outbox(tmp_path) == {}
    wall.ahead += 2 * HOUR
    shop.replay(tmp_path, [], plan=plan, clock="wall")
    assert posting.statuses(tmp_path) == [("email", "done")]
    assert len(shop.outbox(tmp_path)) == 1


@pytest.mark.parametrize(("grace", "statuses"), [(5.0, {"done", "queued"}), (0.05, {"queued"})])
def test_a_stopped_run_ends_what_is_under_way_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grace: float, statuses: set[str]
) -> None:
    monkeypatch.setattr("oncue.runtime.delivery.dispatch.GRACE", grace)
    gone = threading.Event()

    def slow(request: Request) -> Reply:
        gone.set()
        return Reply(pause=0.4)

    with peers.http_server(slow) as web:
        posting.surroundings(monkeypatch, HOOK_URL=web.url)
        lines = [*posting.people(20), *(posting.submits("call", each) for each in range(20))]
        began = time.monotonic()
        summary = posting.deliver(
            tmp_path, lines, follow=True, stop=lambda: gone.is_set() and len(posting.rows(tmp_path)) == 40
        )
        assert time.monotonic() - began < 6
        assert summary.stopped
    found = {row.status for row in posting.rows(tmp_path)}
    assert statuses <= found <= {"done", "queued"}
    with peers.http_server(lambda request: Reply()) as web:
        posting.surroundings(monkeypatch, HOOK_URL=web.url)
        posting.deliver(tmp_path)
        posting.until_settled(tmp_path)
    assert {row.status for row in posting.rows(tmp_path)} == {"done"}
