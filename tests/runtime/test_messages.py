"""Effects that are no email, attachments, and what every message has in common."""

from __future__ import annotations

import base64
import email.policy
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.runtime.messages import mail
from oncue.runtime.messages.message import Message, Renderer, RenderFailedError
from oncue.schemas.parts import Position
from oncue.schemas.plan import ConnectorSpec, FileSent
from tests.runtime.test_emails import AT, part, plan, read

KEY = "0123456789abcdef"


def made(kind: str, **payload: Any) -> Message:
    return Renderer(plan()).render(kind, KEY, msgspec.json.encode(payload), AT)


# --- notifications


def test_a_notification_goes_to_people_of_the_house_and_is_of_no_list() -> None:
    message = made(
        "notification", to=["ana@acme.test", "bo@acme.test"], subject="Hot: Größe", text="Call.\nNow."
    )
    letter = read(message.data)
    assert (letter["To"], letter["Subject"]) == ("ana@acme.test, bo@acme.test", "Hot: Größe")
    assert letter["From"] == "Acme Größe <hello@acme.test>"
    assert letter["Message-ID"] == f"<{KEY}@acme.test>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert [name for name in letter.keys() if name.startswith("List-")] == []  # noqa: SIM118
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().replace("\r\n", "\n") == "Call.\nNow.\n"
    assert message.name == f"20260302T140000Z-notification-{KEY}.eml"
    assert (message.kind, message.to) == ("notification", ("ana@acme.test", "bo@acme.test"))


def test_a_notification_to_nobody_or_to_no_address_is_a_final_no() -> None:
    with pytest.raises(RenderFailedError, match="nobody to notify"):
        made("notification", to=[], subject="x", text="y")
    with pytest.raises(RenderFailedError, match="address"):
        made("notification", to=["ana@acme.test", "b\r\nBcc: e@x.test"], subject="x", text="y")


def test_a_notification_without_a_subject_or_a_text_still_leaves() -> None:
    letter = read(made("notification", to=["a@x.test"], subject="", text="").data)
    assert (letter["Subject"], letter.get_content().strip()) == ("", "")


# --- documents


@pytest.mark.parametrize(
    ("kind", "payload", "name", "to"),
    [
        ("sms", {"to": "+15550100", "text": "Grüße", "list": "news"}, "sms", ("+15550100",)),
        ("site_message", {"message": "hello", "title": "", "text": "Hi"}, "site_message-hello", ()),
        ("webhook", {"url": "env:HOOK", "method": "POST", "body": {"b": "1", "a": "2"}}, "webhook", ()),
        (
            "audience",
            {"audience": "fans", "change": "add", "email": "a@x.test"},
            "audience-fans",
            ("a@x.test",),
        ),
        ("salesforce", {"object": "Lead", "fields": {"LastName": "X"}}, "salesforce-lead", ()),
    ],
)
def test_every_other_effect_is_one_canonical_document(
    kind: str, payload: dict[str, Any], name: str, to: tuple[str, ...]
) -> None:
    message = made(kind, unit="campaigns/c", **payload)
    assert msgspec.json.decode(message.data) == {
        **payload, "unit": "campaigns/c", "kind": kind, "key": KEY, "at": "2026-03-02T14:00:00Z",
    }  # fmt: skip
    assert list(msgspec.json.decode(message.data)) == sorted(msgspec.json.decode(message.data))
    assert (message.name, message.to) == (f"20260302T140000Z-{name}-{KEY}.json", to)
    assert message == made(kind, **payload, unit="campaigns/c")


def test_a_secret_stays_a_reference() -> None:
    data = made("webhook", url="env:HOOK_URL", method="POST", headers={"Authorization": "env:TOKEN"}).data
    assert b'"env:HOOK_URL"' in data
    assert b'"env:TOKEN"' in data


# --- attachments


def with_files(**files: bytes) -> bytes:
    sent = {
        f"files/{name}": FileSent(name, kind, base64.b64encode(content).decode())
        for (name, content), kind in zip(files.items(), ["application/pdf", "bad type\r\nX: y"], strict=False)
    }
    by = msgspec.structs.replace(plan(attachments=tuple(sent)), files_sent=sent)
    payload = {"email": "invite", "to": "a@x.test", "values": {}}
    return Renderer(by).render("email", KEY, msgspec.json.encode(payload), AT).data


def test_attachments_come_after_text_and_html() -> None:
    files = {"guide.pdf": bytes(range(256)) * 20, "Größe 📎.bin": b"x"}
    data = with_files(**files)
    letter = read(data)
    assert letter.get_content_type() == "multipart/mixed"
    assert [each.get_content_type() for each in letter.iter_parts()] == [
        "multipart/alternative", "application/pdf", "application/octet-stream",
    ]  # fmt: skip
    assert {each.get_filename(): each.get_content() for each in letter.iter_attachments()} == files
    assert "Hello" in part(data, "html")
    assert max(map(len, data.split(b"\r\n"))) <= 78
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert data == with_files(**files)


def test_an_attachment_that_the_plan_does_not_hold_is_a_final_no() -> None:
    by = plan(attachments=("files/gone.pdf",))
    with pytest.raises(RenderFailedError, match=r"no file files/gone\.pdf"):
        Renderer(by).render("email", KEY, b'{"email": "invite", "to": "a@x.test"}', AT)


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=120))
def test_any_file_name_comes_back_as_it_was(name: str) -> None:
    name = "".join(letter for letter in name if letter.isprintable()).strip() or "x"
    raw = b"MIME-Version: 1.0\r\n" + mail.attachment(name, "text/plain", b"hello")
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    assert letter.get_filename() == name
    assert max(map(len, raw.split(b"\r\n"))) <= 78


# --- headers


@settings(max_examples=100, deadline=None)
@given(subject=st.text(max_size=120), sender=st.text(max_size=60))
def test_any_subject_and_any_senders_name_come_back_as_they_were(subject: str, sender: str) -> None:
    subject, sender = shown(subject), shown(sender)
    quoted = sender.replace("\\", "\\\\").replace('"', '\\"')
    by = plan(subject="{{ first_name }}", from_=f'"{quoted}" <hello@acme.test>')
    payload = {"email": "invite", "to": "a@x.test", "values": {"first_name": subject}}
    data = Renderer(by).render("email", KEY, msgspec.json.encode(payload), AT).data
    head = data.split(b"\r\n\r\n")[0]
    letter = read(data)
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert " ".join(letter["Subject"].split()) == subject
    assert letter["From"].addresses[0].addr_spec == "hello@acme.test"
    name, _ = parseaddr(email.message_from_bytes(data)["From"])  # the new reader splits long names
    assert " ".join(str(make_header(decode_header(name))).split()) == sender


def shown(text: str) -> str:
    """Without what no header carries: controls, lone surrogates, and runs of spaces."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def test_without_a_connector_messages_come_from_nobody() -> None:
    by = msgspec.structs.replace(plan(), connectors={})
    data = Renderer(by).render("email", KEY, b'{"email": "invite", "to": "a@x.test"}', AT).data
    assert read(data)["From"] == "no-reply@acme.invalid"


def test_one_click_leads_to_the_connectors_address() -> None:
    settings_ = {"from": "a@acme.test", "unsubscribe": "https://go.acme.test/u?m="}
    by = msgspec.structs.replace(
        plan(), connectors={"email": ConnectorSpec("smtp", settings_, Position(0, 0, 0))}
    )
    payload = b'{"email": "invite", "to": "a@x.test", "list": "news"}'
    letter = read(Renderer(by).render("email", KEY, payload, AT).data)
    assert letter["List-Unsubscribe"].startswith(f"<https://go.acme.test/u?m={KEY}>,")
    assert letter["List-Id"] == "<news.acme.test>"
