"""Batches of fulfillment lists on their way through a real mail server."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from oncue.compiler.pipeline import compile_files
from oncue.runtime import clock
from oncue.runtime.hosts.local import run
from oncue.runtime.views import fulfillment
from oncue.schemas.plan import Plan
from tests.runtime import peers, posting, shop

HOUR = 60 * 60 * 1_000_000
SETTINGS = """
project: shop
timezone: UTC
connectors:
  email: {type: smtp, url: env:SMTP_URL, from: "Shop <hello@shop.test>", files: "https://files.shop.test/"}
users: {ana: {email: ana@shop.test}}
"""
BOX = """
fulfillment_lists:
  box:
    schedule: daily at 00:00
    recipients:
      - {email: p@v.test, subject: "Boxes of {{ batch.date }}", note: Ship package X.}
      - {email: copy@shop.test, subject: "Copy: {{ batch.id }}"}
    columns: [first_name]
    task: {owner: ana, due: 3 days}
campaigns:
  ship: {starts_when: [{tag_added: ship}], steps: [add_to_fulfillment_list: box]}
"""


def plan() -> Plan:
    found, diagnostics = compile_files({"oncue.yaml": SETTINGS.encode(), "all.yaml": BOX.encode()})
    assert found is not None, diagnostics
    return found


def shipped(folder: Path, monkeypatch: pytest.MonkeyPatch, days: int = 1) -> list[fulfillment.Batch]:
    """A contact joins by the wall clock; so many days later a run delivers what is due."""
    here = {"clock": "wall", "deliver": True, "retrying": posting.SOON}
    ana = {"email": "a@x.test", "first_name": "Ana", "tags": ["ship"]}
    run(plan(), folder / "x.db", [shop.write(folder / "in.jsonl", [ana])], **here)
    later = clock.wall() + 24 * HOUR * days
    monkeypatch.setattr(clock, "wall", lambda: later)
    run(plan(), folder / "x.db", [], **here)
    return list(fulfillment.show(folder / "x.db", "box").batches)


def received(mail: peers.Mail) -> dict[str, EmailMessage]:
    """By recipient."""
    found = {}
    for _, recipients, data in mail.box.received:
        (to,) = recipients
        found[to] = email.message_from_bytes(data, policy=email.policy.default)
    return found  # type: ignore[return-value]


def test_each_recipient_gets_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with peers.mail_server() as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        (batch,) = shipped(tmp_path, monkeypatch)
    messages = received(mail)
    assert set(messages) == {"p@v.test", "copy@shop.test"}
    assert messages["copy@shop.test"]["Subject"] == f"Copy: {batch.id}"
    for message in messages.values():
        (file,) = message.iter_attachments()
        assert file.get_filename() == f"{batch.id}.csv"
        assert file.get_payload(decode=True) == b"first_name\r\nAna\r\n"
    assert [sent.status for sent in batch.emails] == ["done", "done"]


def test_a_large_file_is_a_link_below_the_address_that_the_connector_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oncue.runtime.kernel.entities.lists.ATTACHED", 10)
    monkeypatch.setattr("oncue.runtime.engine.batches.ATTACHED", 10)
    with peers.mail_server() as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        (batch,) = shipped(tmp_path, monkeypatch)
    (file,) = (tmp_path / "outbox/files").iterdir()
    text = received(mail)["p@v.test"].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert f"https://files.shop.test/{file.name}" in text
    assert file.read_bytes() == b"".join(fulfillment.reissue(tmp_path / "x.db", batch.id))


def test_the_owner_hears_at_once_of_a_recipient_who_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = peers.Mailbox(answers={"p@v.test": "550 no such person"})
    with peers.mail_server(box=box) as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        (batch,) = shipped(tmp_path, monkeypatch)
    messages = received(mail)
    assert set(messages) == {"copy@shop.test", "ana@shop.test"}
    assert messages["ana@shop.test"]["Subject"] == f"Not delivered: {batch.id}"
    assert [(sent.to, sent.status) for sent in batch.emails] == [
        ("p@v.test", "failed"),
        ("copy@shop.test", "done"),
    ]
    (told,) = [entry for entry in shop.audit(tmp_path) if entry["what"] == "batch.undelivered"]
    assert "550" in told["why"]
    shop.run(plan(), tmp_path / "again/x.db", [tmp_path / "x.db"], clock="received")
    assert shop.contents(tmp_path)["audit"] == shop.contents(tmp_path / "again")["audit"]
