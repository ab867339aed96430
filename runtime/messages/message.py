"""An effect as a message, from the plan alone: the same effect gives the same bytes, always.

- An email and a notification become an RFC 5322 message. The Message-ID and the part boundaries come from
  the effect's key, the Date from the instant that made it. Messages of a list carry List-Unsubscribe and
  List-Unsubscribe-Post (RFC 8058). The email connector's settings may name `from`, and `unsubscribe`, the
  address of one-click unsubscribes, to which the message's key is added.
- A batch of a fulfillment list becomes such a message too, with its file attached, or with a link to it where
  the file is too large. The file's lines stand in the database (`files`).
- Everything else becomes one canonical JSON document: the effect's payload with `kind`, `key` and `at`.
  Connectors read it, the outbox folder keeps it. What stands as ``env:NAME`` stays so.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import Protocol

import msgspec
from msgspec import Struct

from oncue.runtime import clock
from oncue.runtime.messages import mail
from oncue.runtime.messages.mail import RenderFailedError
from oncue.runtime.messages.templates import TemplateFailedError, Templates, Values
from oncue.schemas.plan import Email, Plan

__all__ = ["Message", "RenderFailedError", "Renderer"]

Shown = dict[str, str | list[str]]
_SUBJECT_SIZE = 900  # characters
_BODY_SIZE = 1_000_000  # characters of the text and HTML parts together


class Files(Protocol):
    """Where the files of batches come from."""

    def file(self, batch: str) -> Iterator[bytes]:
        """The file of a batch, by its name, piece by piece."""

    def secret(self) -> bytes:
        """The database's own."""


class EmailPayload(Struct, frozen=True):
    """What the kernel puts into an email effect."""

    email: str
    to: str
    values: Shown = {}
    list: str = ""


class NotificationPayload(Struct, frozen=True):
    """What it puts into a notification."""

    to: list[str]
    subject: str
    text: str


class BatchPayload(Struct, frozen=True):
    """What it puts into the email with a batch. `expires`: 0 where the file is attached."""

    to: str
    subject: str
    text: str
    batch: str
    rows: int
    size: int
    expires: int


class _Document(Struct, frozen=True):
    """What it puts into any other effect, as far as this file looks at it."""

    to: str = ""  # a text message's number
    email: str = ""  # an audience's member
    message: str = ""  # a site message's id
    audience: str = ""
    object: str = ""  # in Salesforce


_EMAIL = msgspec.json.Decoder(EmailPayload)
_NOTIFICATION = msgspec.json.Decoder(NotificationPayload)
_BATCH = msgspec.json.Decoder(BatchPayload)
_DOCUMENT = msgspec.json.Decoder(_Document)
_DICT = msgspec.json.Decoder(dict[str, object])
_canonical = msgspec.json.Encoder(order="sorted").encode


class Message(Struct, frozen=True):
    """A message ready to leave. `kind` is the effect's. `name` is a file's: unique, sorts by instant, ends
    with .eml or .json. `to`: the addresses or the number it goes to, empty where it goes to no person.
    `data`: an RFC 5322 message, or a JSON document."""

    key: str
    name: str
    to: tuple[str, ...]
    data: bytes
    kind: str = "email"


class Renderer:
    """Makes messages by one plan."""

    def __init__(self, plan: Plan, files: Files | None = None) -> None:
        self._plan = plan
        self._files = files
        self._templates = Templates(plan.templates)
        self._attached: dict[str, bytes] = {}
        self._senders: dict[str, tuple[str, str]] = {}
        connector = plan.connectors.get("email")
        settings = connector.settings if connector else {}
        self._from = settings.get("from") or f"no-reply@{plan.project}.invalid"
        self._unsubscribe = settings.get("unsubscribe", "")
        self._links = settings.get("files", "")

    def render(self, kind: str, key: str, payload: bytes, at: int) -> Message:
        """Raises RenderFailedError."""
        if kind == "email":
            return self._email(key, _EMAIL.decode(payload), at)
        if kind == "notification":
            return self._notification(key, _NOTIFICATION.decode(payload), at)
        if kind == "batch":
            return self._batch(key, _BATCH.decode(payload), at)
        return _document(kind, key, payload, at)

    # --- emails

    def _email(self, key: str, given: EmailPayload, at: int) -> Message:
        email = self._plan.emails.get(given.email)
        if email is None:
            raise RenderFailedError(f"the plan has no email {given.email} any more")
        values = _complete(email, given.values)
        try:
            subject = self._templates.line(email.subject, values)[:_SUBJECT_SIZE]
            text, html = self._templates.body(email.body, email.body_format, values)
        except TemplateFailedError as error:
            raise RenderFailedError(f"template: {error}") from None
        if len(text) + len(html) > _BODY_SIZE:
            raise RenderFailedError(f"the body is larger than {_BODY_SIZE:,} characters")
        body = mail.alternative(key, text, html)
        if email.attachments:
            body = mail.mixed(key, body, [self._attachment(path) for path in email.attachments])
        data = self._head(key, given, email, subject, at) + body
        return Message(key, f"{_stamp(at)}-{given.email}-{key}.eml", (given.to,), data)

    def _head(self, key: str, given: EmailPayload, email: Email, subject: str, at: int) -> bytes:
        sender, domain = self._sender(email.from_ or self._from)
        lines = mail.head(sender, (given.to,), subject, at, f"{key}@{domain}")
        if email.reply_to:
            lines.append(mail.mailbox("Reply-To", email.reply_to))
        if given.list and not email.operational:
            lines += self._list_headers(key, given.list, domain)
        lines.append("MIME-Version: 1.0\r\n")
        return "".join(lines).encode("ascii", "strict")

    def _sender(self, sender: str) -> tuple[str, str]:
        """The From header and the domain of its address."""
        found = self._senders.get(sender)
        if found is None:
            found = self._senders[sender] = mail.from_header(sender)
        return found

    def _list_headers(self, key: str, name: str, domain: str) -> list[str]:
        address = self._unsubscribe or f"https://{domain}/unsubscribe/"
        return [
            f"List-Id: <{name}.{domain}>\r\n",
            f"List-Unsubscribe: <{address}{key}>,\r\n <mailto:unsubscribe@{domain}?subject={key}>\r\n",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        ]

    def _attachment(self, path: str) -> bytes:
        found = self._attached.get(path)
        if found is None:
            file = self._plan.files_sent.get(path)
            if file is None:
                raise RenderFailedError(f"the plan has no file {path}")
            found = self._attached[path] = mail.attachment(file.name, file.type, b64decode(file.content))
        return found

    # --- notifications

    def _notification(self, key: str, given: NotificationPayload, at: int) -> Message:
        """To people of the house: from the connector's sender, text only, of no list."""
        if not given.to:
            raise RenderFailedError("there is nobody to notify")
        sender, domain = self._sender(self._from)
        head = mail.generated(sender, given.to, given.subject[:_SUBJECT_SIZE], at, f"{key}@{domain}")
        data = head + mail.plain(f"{given.text.rstrip()}\n")
        name = f"{_stamp(at)}-notification-{key}.eml"
        return Message(key, name, tuple(given.to), data, "notification")

    # --- batches

    def _batch(self, key: str, given: BatchPayload, at: int) -> Message:
        """To whoever does the job: the note, and the file."""
        if self._files is None:
            raise RenderFailedError("the batch's file is not at hand")
        sender, domain = self._sender(self._from)
        head = mail.generated(sender, (given.to,), given.subject[:_SUBJECT_SIZE], at, f"{key}@{domain}")
        text = [given.text.rstrip(), f"Batch {given.batch}: {_people(given.rows)}."]
        if given.expires:
            link = link_name(self._files.secret(), given.batch)
            until = clock.show(given.expires)[:10]
            text.append(f"The file has {given.size:,} bytes. It is here until {until}:\n{self._links}{link}")
        body = mail.plain("\n\n".join(part for part in text if part) + "\n")
        if not given.expires:
            content = b"".join(self._files.file(given.batch))
            file = mail.attachment(f"{given.batch}.csv", "text/csv", content)
            body = mail.mixed(key, body, [file])
        name = f"{_stamp(at)}-batch-{given.batch}-{key}.eml"
        return Message(key, name, (given.to,), head + body, "batch")


def link_name(secret: bytes, batch: str) -> str:
    """The name of a batch's file behind a link, which nobody can guess without the database's secret."""
    return f"{batch}-{blake2b(batch.encode(), key=secret, digest_size=16).hexdigest()}.csv"


def _people(rows: int) -> str:
    return "1 contact" if rows == 1 else f"{rows:,} contacts"


def _complete(email: Email, values: Values) -> Shown:
    """The values, with an empty text for each declared name that has none."""
    empty: Shown = dict.fromkeys(email.uses, "")
    empty.update((f"event.{name}", "") for name in email.event_uses)
    empty.update((f"entry.{name}", "") for name in email.entry_uses)
    empty.update((f"deal.{name}", "") for name in email.deal_uses)
    empty.update((f"account.{name}", "") for name in email.account_uses)
    return {**empty, **values}


def _stamp(at: int) -> str:
    return _second(at // 1_000_000)


@lru_cache(64)
def _second(number: int) -> str:
    return f"{clock.moment(number * 1_000_000):%Y%m%dT%H%M%SZ}"


# --- everything else


def _document(kind: str, key: str, payload: bytes, at: int) -> Message:
    given = _DOCUMENT.decode(payload)
    about = given.message or given.audience or given.object.lower()
    what = f"{kind}-{about}" if about else kind
    to = given.to or given.email
    whole = {**_DICT.decode(payload), "kind": kind, "key": key, "at": clock.show(at)}
    name = f"{_stamp(at)}-{what}-{key}.json"
    return Message(key, name, (to,) if to else (), _canonical(whole) + b"\n", kind)
