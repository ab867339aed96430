"""Messages that wait while their contact gets another address: by a correction, or by a merge."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from oncue.runtime import operator
from tests.runtime import peers, posting, shop
from tests.runtime.peers import Reply


def test_after_a_merge_a_queued_email_goes_where_the_survivor_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posting.surroundings(monkeypatch)  # nobody is there
    posting.deliver(tmp_path, [*posting.people(2), posting.submits("signup", 1)])
    operator.merge(posting.plan(), tmp_path / "x.db", "c0", "c1")
    assert posting.statuses(tmp_path) == [("email", "queued")]
    with peers.mail_server() as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        posting.deliver(tmp_path)
        posting.until_settled(tmp_path)
        assert mail.box.recipients == ["p0@x.test"]
        assert b"\r\nTo: p0@x.test\r\n" in mail.box.received[0][2]
    [row] = posting.rows(tmp_path)
    assert msgspec.json.decode(row.payload or b"")["to"] == "p0@x.test", "the outbox says so"


def test_what_waits_goes_to_a_corrected_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posting.surroundings(monkeypatch)
    posting.deliver(tmp_path, [*posting.people(1), posting.submits("signup", 0), posting.submits("text", 0)])
    corrected = {"id": "c0", "email": "new@x.test", "phone": "+15550199999"}
    with peers.mail_server() as mail, peers.http_server(lambda request: Reply(201, {"sid": "SM1"})) as web:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""), SMS_URL=web.url)
        posting.deliver(tmp_path, [corrected])
        posting.until_settled(tmp_path)
        assert mail.box.recipients == ["new@x.test"]
        assert [request.form["To"] for request in web.requests] == ["+15550199999"]


def test_in_a_rehearsal_the_address_that_is_used_must_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = posting.plan(posting.SETTINGS + 'deliver_only_to: ["p0@*"]\n')
    posting.surroundings(monkeypatch)
    posting.deliver(tmp_path, [*posting.people(1), posting.submits("signup", 0)], plan=plan)
    with peers.mail_server() as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        posting.deliver(tmp_path, [{"id": "c0", "email": "new@x.test"}], plan=plan)
        posting.until_settled(tmp_path, plan=plan)
        assert mail.box.received == []
    assert posting.statuses(tmp_path) == [("email", "withheld")]


def test_a_domain_that_cannot_be_is_a_final_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posting.surroundings(monkeypatch)
    posting.deliver(tmp_path, [*posting.people(1), posting.submits("signup", 0)])
    posting.deliver(tmp_path, [{"id": "c0", "email": "new@\N{SNOWMAN}\N{SNOWMAN}-.test"}])
    posting.until_settled(tmp_path)
    assert posting.statuses(tmp_path) == [("email", "failed")]
    [(result, why)] = posting.handovers(tmp_path)
    assert (result, why.partition(":")[0]) == ("failed", "address")


def test_a_held_email_for_the_folder_goes_to_the_survivor_too(tmp_path: Path) -> None:
    plan, database = posting.plan(), tmp_path / "x.db"
    shop.replay(tmp_path, posting.people(2), plan=plan, clock="wall")
    operator.pause(plan, database, "web_forms/signup/on_submission")
    shop.replay(tmp_path, [posting.submits("signup", 1)], plan=plan, clock="wall")
    operator.merge(plan, database, "c0", "c1")
    operator.resume(plan, database, "web_forms/signup/on_submission")
    [text] = shop.outbox(tmp_path).values()
    assert "To: p0@x.test" in (text if isinstance(text, str) else text.decode())
