"""Replays: order, batches, restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncue.runtime.engine import engine
from oncue.runtime.errors import InputError
from oncue.runtime.hosts.local import run
from tests.runtime import shop


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unbroken")
    shop.replay(folder, shop.history(600), batch=1_000)
    return folder


def test_the_history_has_everything_that_the_host_must_cope_with(unbroken: Path) -> None:
    whats = {entry["what"] for entry in shop.audit(unbroken)}
    assert {"contact.merged", "segment.left", "campaign.exited", "subscription", "step.left"} <= whats
    assert len(shop.outbox(unbroken)) > 20


@pytest.mark.parametrize("batch", [1, 7, 100, 5_000])
def test_the_size_of_a_batch_changes_nothing(unbroken: Path, tmp_path: Path, batch: int) -> None:
    shop.replay(tmp_path, shop.history(600), batch=batch)
    assert shop.audit(tmp_path) == shop.audit(unbroken)
    assert shop.contents(tmp_path) == shop.contents(unbroken)
    assert shop.outbox(tmp_path) == shop.outbox(unbroken)


@pytest.mark.parametrize("batch", [1, 7])
def test_committing_while_the_next_batch_is_worked_on_changes_nothing(
    unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(engine, "PIPELINED", 1)
    shop.replay(tmp_path, shop.history(600), batch=batch)
    assert shop.contents(tmp_path) == shop.contents(unbroken)
    assert shop.outbox(tmp_path) == shop.outbox(unbroken)


def test_a_cache_of_a_few_contacts_changes_nothing(unbroken: Path, tmp_path: Path) -> None:
    shop.replay(tmp_path, shop.history(600), batch=10, cache=3)
    assert shop.contents(tmp_path) == shop.contents(unbroken)


def test_a_second_run_of_the_same_input_does_nothing(unbroken: Path, tmp_path: Path) -> None:
    shop.replay(tmp_path, shop.history(600))
    summary = shop.replay(tmp_path, shop.history(600))
    assert (summary.events, summary.repeated, summary.rejected) == (0, 600, 0)
    assert shop.contents(tmp_path) == shop.contents(unbroken)


def test_an_input_in_two_halves_goes_on_where_the_first_ended(tmp_path: Path) -> None:
    events = sorted(shop.history(300), key=lambda event: event["at"])
    shop.replay(tmp_path / "halves", events[:150])
    shop.replay(tmp_path / "halves", events)
    shop.replay(tmp_path / "whole", events)
    assert shop.audit(tmp_path / "halves") == shop.audit(tmp_path / "whole")


def test_time_ends_with_the_last_event_unless_until_says_otherwise(tmp_path: Path) -> None:
    shop.replay(tmp_path, [shop.signup("1", "a@x.test", "2026-01-01T10:00:00Z")])
    assert shop.audit(tmp_path)[-1]["at"] == "2026-01-01T10:00:00Z"
    until = shop.START + 3 * 24 * 60 * shop.MINUTE
    run(shop.plan(), tmp_path / "x.db", [], clock="events", until=until)
    last = shop.audit(tmp_path)[-1]
    assert (last["at"], last["what"]) == ("2026-01-03T10:00:00Z", "campaign.ended")


def test_events_after_until_are_not_handled(tmp_path: Path) -> None:
    events = [shop.visit(at, "a@x.test", f"2026-01-{at}T10:00:00Z") for at in ("05", "01")]
    summary = shop.replay(tmp_path, events, until=shop.START + 24 * 60 * shop.MINUTE)
    assert summary.events == 1


def test_a_timer_fires_between_two_events_at_the_instant_it_was_set_for(tmp_path: Path) -> None:
    form = shop.signup("1", "a@x.test", "2026-01-01T10:00:00Z")
    shop.replay(tmp_path, [shop.visit("2", "b@x.test", "2026-01-09T10:00:00Z"), form])
    instants = [entry["at"] for entry in shop.audit(tmp_path)]
    assert instants == sorted(instants)
    assert "2026-01-03T10:00:00Z" in instants


def test_at_one_instant_events_come_before_timers(tmp_path: Path) -> None:
    form = shop.signup("1", "a@x.test", "2026-01-01T10:00:00Z")
    opened = shop.event("2", "email.open", "a@x.test", "2026-01-03T10:00:00Z", asset="hello")
    shop.replay(tmp_path, [form, opened])
    done = [entry["step"] for entry in shop.audit(tmp_path) if entry["what"] == "action"]
    assert done[-1] == "if/then/adjust_score", "the open at the wait's last instant was seen"


def test_a_contact_row_without_an_instant_is_there_before_the_first_event(tmp_path: Path) -> None:
    row = {"email": "A@x.test", "first_name": "Ana", "subscribed": ["news"]}
    shop.replay(tmp_path, [shop.visit("1", "a@x.test", "2026-01-01T10:00:00Z"), row])
    first = shop.audit(tmp_path)[0]
    assert (first["what"], first["at"]) == ("contact.created", "2026-01-01T10:00:00Z")
    [name] = shop.outbox(tmp_path)
    assert b"Subject: Hello Ana" in shop.outbox(tmp_path)[name]


def test_contact_rows_alone_must_say_when(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give them an `at`"):
        shop.replay(tmp_path, [{"email": "a@x.test"}])
    assert shop.replay(tmp_path, [{"email": "a@x.test", "at": "2026-01-01"}]).contacts == 1


def test_a_contact_row_is_handled_once_however_often_its_file_is_read(tmp_path: Path) -> None:
    rows = [{"email": "a@x.test", "first_name": "Ana", "at": "2026-01-01"}]
    assert shop.replay(tmp_path, rows).contacts == 1
    assert shop.replay(tmp_path, rows).repeated == 1
    changed = [{"email": "a@x.test", "first_name": "Anna", "at": "2026-01-01"}]
    assert shop.replay(tmp_path, changed).contacts == 1, "the line says something else now"


def test_an_internal_error_rejects_that_event_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = engine.step

    def broken(program, state, given, now):
        if getattr(given, "id", "") == "e7":
            raise RuntimeError("a fault of ours")
        return real(program, state, given, now)

    events = shop.history(20, people=3)
    monkeypatch.setattr(engine, "step", broken)
    summary = shop.replay(tmp_path / "broken", events)
    monkeypatch.undo()
    shop.replay(tmp_path / "without", [event for event in events if event["id"] != "e7"])
    assert summary.reasons == {"internal_error": 1}
    assert shop.audit(tmp_path / "broken") == shop.audit(tmp_path / "without")
