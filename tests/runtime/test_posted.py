"""What an operator sees of the outbox, and decides about what is in it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from oncue.runtime import posted
from oncue.runtime.errors import CommandError
from tests.runtime import peers, posting, shop
from tests.runtime.peers import Reply


def parked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An email whose fate nobody knows; gives its key."""
    with peers.mail_server(box=peers.Mailbox(data_answers=["cut"])) as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        posting.deliver(folder, [*posting.people(1), posting.submits("signup", 0)])
    [found] = posted.effects(folder / "x.db")
    assert (found.status, found.to, found.contact) == ("parked", "p0@x.test", "id:c0")
    return found.key


def test_a_parked_email_is_released_or_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("release", "drop"):
        folder = tmp_path / name
        key = parked(folder, monkeypatch)
        assert posted.decide(posting.plan(), folder / "x.db", name, [key[:6]]) == 1
        with peers.mail_server() as mail:
            posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
            posting.deliver(folder)
            assert mail.box.recipients == (["p0@x.test"] if name == "release" else [])
    assert posting.statuses(tmp_path / "release") == [("email", "done")]
    assert posting.statuses(tmp_path / "drop") == [("email", "cancelled")]
    assert posting.handovers(tmp_path / "drop") == [("cancelled", "dropped")]


def test_what_was_given_up_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [Reply(404), Reply(404)]
    with peers.http_server(lambda request: answers.pop() if answers else Reply()) as web:
        posting.surroundings(monkeypatch, HOOK_URL=web.url)
        posting.deliver(tmp_path, [*posting.people(1), posting.submits("call", 0)])
        assert posting.statuses(tmp_path) == [("webhook", "failed")] * 2
        assert posted.decide(posting.plan(), tmp_path / "x.db", "retry", kinds=["email"]) == 0
        assert posted.decide(posting.plan(), tmp_path / "x.db", "retry") == 2
        posting.deliver(tmp_path)
    assert posting.statuses(tmp_path) == [("webhook", "done")] * 2
    assert [result for result, _ in posting.handovers(tmp_path)] == ["failed", "failed", "done", "done"]


def test_a_decision_that_does_not_fit_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = parked(tmp_path, monkeypatch)
    plan, database = posting.plan(), tmp_path / "x.db"
    for name, given, words in (
        ("retry", key, "only what is failed, dead or queued"),
        ("release", "ffffffff", "nothing named ffffffff"),
        ("drop", key[:2], "nothing named"),
    ):
        with pytest.raises(CommandError, match=words):
            posted.decide(plan, database, name, [given])
    with pytest.raises(CommandError, match="nothing named"):
        posted.decide(plan, database, "drop", [key, "ffffffff"])
    assert posting.statuses(tmp_path) == [("email", "parked")]


def test_one_effect_is_shown_with_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = parked(tmp_path, monkeypatch)
    found = posted.effect(tmp_path / "x.db", key[:8])
    assert found.content is not None
    assert (found.effect.key, found.content["email"], found.effect.real) == (key, "hello", True)


def test_a_command_beside_a_run_that_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parked(tmp_path, monkeypatch)
    events = shop.write(tmp_path / "more.jsonl", [])
    with peers.mail_server() as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        begun, ended = threading.Event(), threading.Event()

        def stop() -> bool:
            begun.set()  # it has the database: a command waits for its turn from here on
            return ended.is_set()

        run = threading.Thread(
            target=lambda: posting.run(
                posting.plan(),
                tmp_path / "x.db",
                [events],
                clock="wall",
                deliver=True,
                follow=True,
                stop=stop,
            )
        )
        run.start()
        try:
            assert begun.wait(20)
            assert posted.decide(posting.plan(), tmp_path / "x.db", "release") == 1
            for _ in range(200):
                if mail.box.received:
                    break
                ended.wait(0.02)
        finally:
            ended.set()
            run.join()
        assert mail.box.recipients == ["p0@x.test"]
    assert posting.statuses(tmp_path) == [("email", "done")]
