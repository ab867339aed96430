"""Runs that deliver: what becomes of effects, in the outbox and in the audit."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from oncue.runtime import operator
from oncue.runtime.errors import MissingSecretError, NothingToDeliverError
from oncue.runtime.views import reports
from tests.runtime import peers, posting, shop
from tests.runtime.peers import Reply


def test_emails_and_webhooks_are_handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with peers.mail_server() as mail, peers.http_server(lambda request: Reply()) as web:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""), HOOK_URL=web.url)
        lines = [*posting.people(30), *(posting.submits("signup", each) for each in range(30))]
        summary = posting.deliver(tmp_path, [*lines, posting.submits("call", 0)])
    assert (summary.messages, summary.handed, summary.rejected) == (32, 32, 0)
    assert mail.box.recipients == sorted(f"p{each}@x.test" for each in range(30))
    bodies = sorted(request.body for request in web.requests)
    assert bodies == [b'{"step":"tell"}', b'{"who":"p0@x.test"}']
    assert {row.status for row in posting.rows(tmp_path)} == {"done"}
    assert {row.attempts for row in posting.rows(tmp_path)} == {1}
    assert posting.handovers(tmp_path) == [], "what leaves in the ordinary way is done from the start"
    assert summary.latency.number == 32
    assert not (tmp_path / "outbox").exists()


def test_a_plain_run_and_a_replay_reach_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [*posting.people(1), posting.submits("signup", 0)]
    with peers.mail_server() as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        shop.replay(tmp_path / "replay", lines, plan=posting.plan())
        shop.replay(tmp_path / "live", lines, plan=posting.plan(), clock="wall")
        for name in ("replay", "live"):
            posting.deliver(tmp_path / name)
            assert len(shop.outbox(tmp_path / name)) == 1
        assert mail.box.received == []


def test_what_a_replay_held_is_never_delivered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, database = posting.plan(), tmp_path / "x.db"
    with peers.mail_server() as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        shop.replay(tmp_path, [{**posting.people(1)[0], "at": shop.show(shop.START)}], plan=plan)
        operator.pause(plan, database, "web_forms/signup/on_submission")
        shop.replay(tmp_path, [posting.submits("signup", 0)], plan=plan)
        posting.deliver(tmp_path)
        operator.resume(plan, database, "web_forms/signup/on_submission")
        posting.deliver(tmp_path)
        assert mail.box.received == []
    assert len(shop.outbox(tmp_path)) == 1


def test_a_message_that_was_held_in_a_delivering_run_is_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, database = posting.plan(), tmp_path / "x.db"
    with peers.mail_server() as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        posting.deliver(tmp_path, posting.people(1))
        operator.pause(plan, database, "web_forms/signup/on_submission")
        posting.deliver(tmp_path, [posting.submits("signup", 0)])
        assert posting.statuses(tmp_path) == [("email", "held")]
        operator.resume(plan, database, "web_forms/signup/on_submission")
        assert posting.statuses(tmp_path) == [("email", "queued")], "a command delivers nothing by itself"
        posting.deliver(tmp_path)
        assert mail.box.recipients == ["p0@x.test"]
    assert shop.outbox(tmp_path) == {}


@pytest.mark.parametrize(
    ("answer", "status", "attempts", "why"),
    [
        (Reply(400), "failed", 1, "answered 400"), (Reply(401), "failed", 1, "answered 401"),
        (Reply(403), "failed", 1, "answered 403"), (Reply(404), "failed", 1, "answered 404"),
        (Reply(409), "failed", 1, "answered 409"), (Reply(413), "failed", 1, "answered 413"),
        (Reply(429, headers={"Retry-After": "0"}), "dead", 3, "gave up after 3 attempts: answered 429"),
        (Reply(500), "dead", 3, "gave up after 3 attempts: answered 500"),
        (Reply(200, "0123456789", cut=True), "dead", 3,
         "gave up after 3 attempts: answered 200, and broke off"),
    ],
)  # fmt: skip
def test_each_answer_has_its_outcome_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Reply, status: str, attempts: int, why: str
) -> None:
    with peers.http_server(lambda request: answer) as web, peers.mail_server() as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""), HOOK_URL=web.url)
        posting.deliver(
            tmp_path, [*posting.people(1), posting.submits("call", 0), posting.submits("signup", 0)]
        )
        posting.until_settled(tmp_path)
        assert mail.box.recipients == ["p0@x.test"]
        keys = {request.headers["Idempotency-Key"] for request in web.requests}
    hooks = [row for row in posting.rows(tmp_path) if row.kind == "webhook"]
    assert [(row.status, row.attempts) for row in hooks] == [(status, attempts)] * 2
    assert keys == {row.key for row in hooks}, "the same key on every attempt"
    assert posting.handovers(tmp_path) == [("failed", why)] * 2
    report = reports.report(tmp_path / "x.db")
    assert report.failures == {why: 2}
    results = [step.results for campaign in report.campaigns for step in campaign.steps]
    results += [action.results for deed in report.fulfillment for action in deed.actions]
    assert results.count({"default": {f"failed: {why}": 1}}) == 2
    whats = [(entry["what"], entry.get("why", "")) for entry in shop.audit(tmp_path)]
    assert ("campaign.ended", "failure") in whats, "on_failure: end"


def test_nobody_there_no_answer_and_a_wrong_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = peers.Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    other = authority.server("other.test")
    with peers.mail_server(other) as mail, peers.http_server(lambda request: Reply(hang=True)) as web:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""), HOOK_URL=web.url)
        forms = ("signup", "text", "call")
        posting.deliver(tmp_path, [*posting.people(1), *(posting.submits(form, 0) for form in forms)])
        posting.until_settled(tmp_path)
        assert mail.box.received == []
    assert posting.statuses(tmp_path) == [
        ("email", "dead"), ("sms", "dead"), ("webhook", "dead"), ("webhook", "dead"),
    ]  # fmt: skip
    whys = [why for _, why in posting.handovers(tmp_path)]
    assert sum("certificate does not fit" in why for why in whys) == 1
    assert sum("cannot connect" in why for why in whys) == 1
    assert sum("no answer in time" in why for why in whys) == 2


def test_an_email_whose_outcome_is_unknown_is_parked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with peers.mail_server(box=peers.Mailbox(data_answers=["cut"])) as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        summary = posting.deliver(tmp_path, [*posting.people(1), posting.submits("signup", 0)])
        posting.deliver(tmp_path)
        assert mail.box.received == [], "nobody tries it again"
    [row] = posting.rows(tmp_path)
    assert (row.status, row.attempts, summary.parked) == ("parked", 1, 1)
    assert "in the middle of the message" in row.why


def test_a_refusal_for_now_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with peers.mail_server(box=peers.Mailbox(data_answers=["451 later", "451 later"])) as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        posting.deliver(tmp_path, [*posting.people(1), posting.submits("signup", 0)])
        posting.until_settled(tmp_path)
        assert mail.box.recipients == ["p0@x.test"]
    [row] = posting.rows(tmp_path)
    assert (row.status, row.attempts) == ("done", 3)


def test_a_connector_that_hangs_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with peers.http_server(lambda request: Reply(hang=True)) as web, peers.mail_server() as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""), HOOK_URL=web.url)
        calls = [posting.submits("call", each) for each in range(30)]
        signups = [posting.submits("signup", each) for each in range(30)]
        rounds = iter(range(1_000))
        posting.deliver(
            tmp_path, [*posting.people(30), *calls, *signups], follow=True,
            stop=lambda: len(mail.box.received) == 30 or next(rounds, None) is None,
        )  # fmt: skip
        assert len(mail.box.received) == 30


def test_only_whom_deliver_only_to_names_is_reached_in_a_rehearsal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = posting.plan(posting.SETTINGS + 'deliver_only_to: ["P1@*", "+15550102*"]\n')
    with peers.mail_server() as mail, peers.http_server(lambda request: Reply()) as web:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""), HOOK_URL=web.url)
        lines = [*posting.people(3), *(posting.submits("signup", each) for each in range(3))]
        lines += [posting.submits("call", each) for each in range(3)]
        summary = posting.deliver(tmp_path, lines, plan=plan)
        assert mail.box.recipients == ["p1@x.test"]
        assert {request.json.get("who") for request in web.requests} == {"p1@x.test", None}
    assert summary.withheld == 6
    kept = [row for row in posting.rows(tmp_path) if row.status == "withheld"]
    assert {row.why for row in kept} == {"not in deliver_only_to"}
    assert len(shop.outbox(tmp_path)) == 6, "it can be looked at in the outbox folder"


def test_a_message_that_the_second_gate_refuses_does_not_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with peers.mail_server() as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        stop = shop.event("s", "email.complaint", {"id": "c0"}, posting.now(), asset="hello")
        posting.deliver(tmp_path, [*posting.people(1), posting.submits("signup", 0), stop])
        assert mail.box.received == []
    assert posting.statuses(tmp_path) == [("email", "refused")]
    assert posting.handovers(tmp_path) == [("refused", "suppressed")]


def test_secrets_are_in_no_file_that_a_run_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: peers.Request) -> Reply:
        return Reply(401, {"code": 20003, "message": f"you said t0ken-value {request.headers}"})

    with peers.http_server(answer) as web:
        posting.surroundings(monkeypatch, HOOK_URL=web.url + "/s3cret-path", SMS_URL=web.url)
        forms = ("text", "call", "signup")
        posting.deliver(tmp_path, [*posting.people(1), *(posting.submits(form, 0) for form in forms)])
        posting.until_settled(tmp_path)
    with sqlite3.connect(tmp_path / "x.db") as database:
        dump = "\n".join(database.iterdump())
    database.close()
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    for secret in ("t0ken-value", "sh4red-secret", "k3y-for-them", "s3cret-path"):
        assert secret not in dump
        assert not any(secret.encode() in data for data in files)
    assert "you said ***" in dump


def test_a_missing_variable_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posting.surroundings(monkeypatch, HOOK_KEY=" ")
    monkeypatch.delenv("SMTP_URL")
    with pytest.raises(MissingSecretError) as told:
        posting.deliver(tmp_path, posting.people(1))
    assert "SMTP_URL (url of the email connector)" in str(told.value)
    assert "HOOK_KEY (a webhook of web_forms/call/on_submission)" in str(told.value)
    assert not (tmp_path / "x.db").exists()


def test_a_workspace_without_real_connectors_has_nothing_to_deliver(tmp_path: Path) -> None:
    with pytest.raises(NothingToDeliverError, match="none but the outbox folder"):
        posting.deliver(tmp_path, posting.people(1), plan=shop.plan())


def test_more_than_fits_into_memory_is_delivered_once_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oncue.runtime.delivery.dispatch.MEMORY", 7)
    with peers.http_server(lambda request: Reply()) as web:
        posting.surroundings(monkeypatch, HOOK_URL=web.url)
        posting.deliver(
            tmp_path, [*posting.people(60), *(posting.submits("call", each) for each in range(60))]
        )
        keys = [request.headers["Idempotency-Key"] for request in web.requests]
    assert len(keys) == len(set(keys)) == 120


def test_a_live_runs_log_is_replayed_to_the_same_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([Reply(404), Reply(500), Reply(), Reply(), Reply()])
    with peers.http_server(lambda request: next(answers, Reply())) as web:
        posting.surroundings(monkeypatch, HOOK_URL=web.url)
        posting.deliver(tmp_path, [*posting.people(2), *(posting.submits("call", each) for each in range(2))])
        posting.until_settled(tmp_path)
    from oncue.runtime.hosts.local import run

    run(posting.plan(), tmp_path / "again" / "x.db", [tmp_path / "x.db"], clock="received")
    assert shop.audit(tmp_path / "again") == shop.audit(tmp_path)
