"""Live runs: arrival instants, timers, growing inputs, and replaying their log."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from oncue.runtime import clock, operator
from oncue.runtime.errors import DatabaseBusyError, InputError, LiveDatabaseError, NoDatabaseError
from oncue.runtime.hosts.local import run
from oncue.runtime.views import reports
from oncue.runtime.views.summary import Summary
from tests.runtime import shop


class FakeWall:
    """A wall clock that goes on by a step with every look."""

    def __init__(self, start: int, step: int) -> None:
        self.now = start
        self.step = step

    def __call__(self) -> int:
        self.now += self.step
        return self.now


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> FakeWall:
    fake = FakeWall(shop.START + 20 * 24 * 60 * shop.MINUTE, 7 * shop.MINUTE)
    monkeypatch.setattr(clock, "wall", fake)
    return fake


def replay_log(folder: Path) -> Path:
    """Replays FOLDER/x.db's log into another folder."""
    other = folder / "again"
    run(shop.plan(), other / "x.db", [folder / "x.db"], clock="received")
    return other


def test_now_is_the_arrival_and_a_late_event_keeps_its_own_time(tmp_path: Path, wall: FakeWall) -> None:
    before = wall.now
    shop.replay(tmp_path, [shop.visit("1", "a@x.test", "2026-01-19T10:00:00Z")], clock="wall")
    [created, event, *_] = shop.audit(tmp_path)
    assert created["at"] > clock.show(before)
    assert event["data"]["at"] == 1_768_816_800_000_000


def test_a_replay_on_a_live_database_is_refused_and_changes_nothing(tmp_path: Path, wall: FakeWall) -> None:
    lines = [shop.visit("1", "a@x.test", "2026-01-02T10:00:00Z")]
    shop.replay(tmp_path, lines)
    shop.replay(tmp_path, [*lines, shop.visit("2", "a@x.test", "2026-01-20T10:00:00Z")], clock="wall")
    before = shop.contents(tmp_path)
    later = shop.visit("3", "a@x.test", "2026-05-02T10:00:00Z")
    with pytest.raises(LiveDatabaseError, match=r"Replay into another database with --db"):
        shop.replay(tmp_path, [*lines, later])
    assert shop.contents(tmp_path) == before
    shop.replay(tmp_path, [later], clock="wall")
    assert shop.rejected(tmp_path) == [(1, "future_time")], "its time has not moved"


def test_an_event_from_the_future_is_rejected(tmp_path: Path, wall: FakeWall) -> None:
    summary = shop.replay(tmp_path, [shop.visit("1", "a@x.test", "2026-02-19T10:00:00Z")], clock="wall")
    assert (summary.rejected, shop.rejected(tmp_path)) == (1, [(1, "future_time")])


def test_an_event_older_than_a_week_triggers_nothing(tmp_path: Path, wall: FakeWall) -> None:
    shop.replay(tmp_path, [shop.signup("1", "a@x.test", "2026-01-05T10:00:00Z")], clock="wall")
    whats = [(entry["what"], entry.get("data", {}).get("ignored")) for entry in shop.audit(tmp_path)]
    assert whats == [("contact.created", None), ("event", "too_old")]


def test_overdue_timers_fire_first_at_their_own_instants(tmp_path: Path, wall: FakeWall) -> None:
    shop.replay(tmp_path, [shop.signup("1", "a@x.test", "2026-01-20T23:00:00Z")], clock="wall")
    wall.now += 30 * 24 * 60 * shop.MINUTE
    shop.replay(tmp_path, [shop.signup("1", "a@x.test", "2026-01-20T23:00:00Z")], clock="wall")
    entered, ended = (
        next(entry["at"] for entry in shop.audit(tmp_path) if entry["what"] == what)
        for what in ("campaign.entered", "campaign.ended")
    )
    assert clock.moment(0).fromisoformat(ended) - clock.moment(0).fromisoformat(entered) == clock.moment(
        2 * 24 * 60 * shop.MINUTE
    ) - clock.moment(0)


def test_messages_are_handed_over_and_their_latency_is_reported(tmp_path: Path) -> None:
    signup = shop.signup("1", "a@x.test", clock.show(clock.wall()))
    summary = shop.replay(tmp_path, [signup, {**signup, "id": "2", "contact": "b@x.test"}], clock="wall")
    assert summary.handed == len(shop.outbox(tmp_path)) == 4
    report = reports.report(tmp_path / "x.db")
    assert report.messages == {"done": 4}
    assert report.latency.number == 4
    assert (
        0 < report.latency.p50 <= report.latency.p95 <= report.latency.p99 <= report.latency.max < 60_000_000
    )


def test_the_gate_is_asked_again_at_hand_over(tmp_path: Path, wall: FakeWall) -> None:
    """Both events share a transaction, so the stop comes before the message has left."""
    lines = [
        {"email": "a@x.test", "subscribed": ["news"]},
        shop.visit("1", "a@x.test", "2026-01-20T23:00:00Z"),
        shop.event("2", "email.complaint", "a@x.test", "2026-01-20T23:00:01Z", asset="hello"),
    ]
    shop.replay(tmp_path, lines, clock="wall")
    [handover] = [entry for entry in shop.audit(tmp_path) if entry["what"] == "handover"]
    assert (handover["result"], handover["why"]) == ("refused", "suppressed")
    assert shop.outbox(tmp_path) == {}
    deed = next(
        one
        for one in reports.report(tmp_path / "x.db").fulfillment
        if one.unit == "web_pages/pricing/on_visit"
    )
    assert deed.actions[1].results == {"default": {"refused: suppressed": 1}}


def live_with_an_operator(folder: Path, wall: FakeWall) -> None:
    """A live run in pieces, with everything in between that an operator may do."""
    database, plan = folder / "x.db", shop.plan()
    events, now = shop.history(300, seed=3), clock.show(wall.now)
    pieces = [events[:80], events[80:160], events[160:240], events[240:]]
    shop.replay(folder, pieces[0], clock="wall")
    operator.pause(plan, database, "web_pages/pricing/on_visit")
    operator.pause(plan, database, "campaigns/nurture")
    known = {"email": "held@x.test", "subscribed": ["news"]}
    shop.replay(folder, [known, *pieces[1], shop.visit("v1", "held@x.test", now)], clock="wall")
    operator.enrol(plan, database, "p1@shop.test", "return")
    operator.suppress(plan, database, "p2@shop.test")
    wall.now += 3 * 24 * 60 * shop.MINUTE
    operator.resume(plan, database, "web_pages/pricing")
    operator.resume(plan, database, "web_pages/pricing/on_visit")
    operator.resume(plan, database, "campaigns/nurture")
    operator.merge(plan, database, "p4@shop.test", "p5@shop.test")
    shop.replay(folder, pieces[2], clock="wall")
    operator.suppress(plan, database, "p2@shop.test", lift=True)
    wall.now += 12 * 24 * 60 * shop.MINUTE
    changed = shop.plan(shop="- wait: 2 days=>- wait: 3 days")
    shop.replay(folder, pieces[3], clock="wall", plan=changed)
    operator.pause(plan, database, "web_pages/pricing/on_visit")
    known = {"email": "dropped@x.test", "subscribed": ["news"]}
    last = shop.visit("v2", "dropped@x.test", clock.show(wall.now))
    shop.replay(folder, [known, last], clock="wall", plan=changed)
    operator.resume(plan, database, "web_pages/pricing/on_visit", drop=True)


def test_a_replay_of_the_log_reproduces_the_live_audit_exactly(tmp_path: Path, wall: FakeWall) -> None:
    live_with_an_operator(tmp_path, wall)
    live, again = shop.contents(tmp_path), shop.contents(replay_log(tmp_path))
    assert {kind for _, kind, _, _ in live["audit"]} >= {
        "event", "wake", "enrol", "merge", "pause", "resume", "drop", "suppress", "lift", "handover", "plan",
    }  # fmt: skip
    assert again["audit"] == live["audit"]
    assert again["contacts"] == live["contacts"]
    assert again["counts"] == live["counts"]
    assert again["outbox"] == live["outbox"]


def test_a_replay_of_the_log_delivers_nothing(tmp_path: Path, wall: FakeWall) -> None:
    shop.replay(tmp_path, [shop.signup("1", "a@x.test", "2026-01-20T23:00:00Z")], clock="wall")
    assert shop.outbox(tmp_path)
    assert shop.outbox(replay_log(tmp_path)) == {}


def test_the_log_of_an_erased_contact_replays_without_it(tmp_path: Path, wall: FakeWall) -> None:
    lines = [shop.signup(who, f"{who}@x.test", "2026-01-20T23:00:00Z") for who in ("a", "b", "c")]
    shop.replay(tmp_path, lines, clock="wall")
    operator.erase(shop.plan(), tmp_path / "x.db", "b@x.test")
    again = replay_log(tmp_path)
    assert [e for e in shop.audit(again) if e["contact"] != "erased:2"] == [
        e for e in shop.audit(tmp_path) if e["contact"] != "erased:2"
    ]


def test_a_log_is_replayed_into_a_new_database_only(tmp_path: Path, wall: FakeWall) -> None:
    shop.replay(tmp_path, [shop.visit("1", "a@x.test", "2026-01-20T23:00:00Z")], clock="wall")
    replay_log(tmp_path)
    with pytest.raises(InputError, match="new database"):
        replay_log(tmp_path)


class Following:
    """A run with --follow in a thread of its own."""

    def __init__(self, folder: Path, sources: list[str | Path]) -> None:
        self.done = threading.Event()
        self._runs = ThreadPoolExecutor(1)
        self._run = self._runs.submit(
            run, shop.plan(), folder / "x.db", sources, follow=True, stop=self.done.is_set
        )

    def until(self, true: Callable[[], bool], seconds: float = 15) -> None:
        """Waits until it has come about."""
        end = time.monotonic() + seconds
        while not _now(true):
            assert not self._run.done(), self._run.result()
            assert time.monotonic() < end, "it did not come about"
            time.sleep(0.01)

    def end(self) -> Summary:
        self.done.set()
        return self._run.result(20)

    def __enter__(self) -> Following:
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self._runs.shutdown()


def _now(true: Callable[[], bool]) -> bool:
    try:
        return true()
    except NoDatabaseError:
        return False


def handled(folder: Path) -> int:
    return sum(entry["what"] == "event" and entry["unit"] != "email.sent" for entry in shop.audit(folder))


def test_following_takes_whole_lines_as_they_are_appended(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    now = clock.show(clock.wall())
    first, second, third = (json.dumps(shop.visit(name, "a@x.test", now)) + "\n" for name in "123")
    source.write_text(first + second[:20])
    with Following(tmp_path, [source]) as following:
        following.until(lambda: handled(tmp_path) == 1)
        with source.open("a") as file:
            file.write(second[20:])
        following.until(lambda: handled(tmp_path) == 2)
        source.unlink()
        source.write_text(first + third)
        following.until(lambda: handled(tmp_path) == 3)
        summary = following.end()
    assert (summary.events, summary.repeated, summary.rejected) == (3, 1, 0)
    assert summary.stopped


def test_following_fires_timers_while_nothing_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = shop.write(tmp_path / "in.jsonl", [shop.signup("1", "a@x.test", clock.show(clock.wall()))])
    real, ahead = clock.wall, [0]
    monkeypatch.setattr(clock, "wall", lambda: real() + ahead[0])
    with Following(tmp_path, [source]) as following:
        following.until(lambda: handled(tmp_path) == 1)
        ahead[0] = 3 * 24 * 60 * shop.MINUTE
        following.until(lambda: any(entry["what"] == "campaign.ended" for entry in shop.audit(tmp_path)))


def test_standard_input_is_taken_as_it_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "r") as stdin, os.fdopen(writing, "w") as out:
        monkeypatch.setattr("sys.stdin", stdin)
        with Following(tmp_path, ["-"]) as following:
            out.write(json.dumps(shop.visit("1", "a@x.test", clock.show(clock.wall()))) + "\n")
            out.flush()
            following.until(lambda: handled(tmp_path) == 1)


def test_contact_rows_are_followed_in_csv_too(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("email,first_name,subscribed\na@x.test,Ana,news\n")
    with Following(tmp_path, [source]) as following:
        following.until(lambda: len(shop.audit(tmp_path)) >= 2)
        with source.open("a") as file:
            file.write('b@x.test,"Bo, the second",\n')
        following.until(lambda: any(one["contact"] == "email:b@x.test" for one in shop.audit(tmp_path)))
        assert following.end().contacts == 2


# --- an operator's command while a run follows its input


def append(source: Path, *lines: object) -> None:
    with source.open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def test_a_command_waits_for_its_turn_and_the_run_goes_on_by_it(tmp_path: Path) -> None:
    """Paused while the run is alive: the next visit's message is held; resumed: it goes out."""
    source = tmp_path / "in.jsonl"
    now = clock.show(clock.wall())
    person = {"email": "a@x.test", "subscribed": ["news"]}
    source.write_text("")
    with Following(tmp_path, [source]) as following:
        append(source, person)
        following.until(lambda: len(shop.audit(tmp_path)) >= 2)
        assert operator.pause(shop.plan(), tmp_path / "x.db", "web_pages/pricing")
        append(source, shop.visit("1", "a@x.test", now))
        following.until(lambda: handled(tmp_path) == 1)
        assert shop.outbox(tmp_path) == {}
        assert operator.resume(shop.plan(), tmp_path / "x.db", "web_pages/pricing")
        assert len(shop.outbox(tmp_path)) == 1
        append(source, shop.visit("2", "a@x.test", now))
        following.until(lambda: handled(tmp_path) == 2)
        summary = following.end()
    assert (summary.events, summary.contacts) == (2, 1)
    assert shop.audit(replay_log(tmp_path)) == shop.audit(tmp_path)


def test_many_commands_and_events_at_once_lose_nothing(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    now = clock.show(clock.wall())
    source.write_text("")
    names = [f"p{number}@x.test" for number in range(8)]
    append(source, *({"email": name, "subscribed": ["news"]} for name in names))
    with Following(tmp_path, [source]) as following, ThreadPoolExecutor(4) as operators:
        following.until(lambda: len(shop.audit(tmp_path)) >= 2 * len(names))
        jobs = [
            operators.submit(operator.enrol, shop.plan(), tmp_path / "x.db", name, "nurture")
            for name in names
        ]
        for number in range(40):
            append(source, shop.visit(str(number), names[number % len(names)], now))
        told = {name: job.result(20)[0] for name, job in zip(names, jobs, strict=True)}
        following.until(lambda: handled(tmp_path) == 40)
    # Whose visit came first is inside by then, and hears that.
    assert {one["what"] for one in told.values()} <= {"campaign.entered", "campaign.not_entered"}
    found = [
        (one["contact"], one["what"], one["why"])
        for one in shop.audit(tmp_path)
        if one["what"].startswith("campaign.")
    ]
    for name, one in told.items():
        assert found.count((f"email:{name}", one["what"], one["why"])) == 1


def test_a_second_run_does_not_wait(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"email": "a@x.test"}) + "\n")
    with Following(tmp_path, [source]) as following:
        following.until(lambda: len(shop.audit(tmp_path)) >= 1)
        with pytest.raises(DatabaseBusyError, match="another oncue process"):
            run(shop.plan(), tmp_path / "x.db", [source])
