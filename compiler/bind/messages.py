"""Actions that say something: emails, text messages, site messages, notifications, webhooks."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from oncue.compiler import model
from oncue.compiler.bind.forms import BROKEN, Inner, Read, line, only_one, part, prose
from oncue.compiler.bind.reading import UNREADABLE, Reader
from oncue.compiler.model import Act, Ref
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar, Sequence

METHODS = ("POST", "PUT", "PATCH", "GET", "DELETE")
SMS = 1_600  # characters of one text message, which goes out in parts
OWNER = "owner"  # of the contact, among those who are told

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_ENV = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*\Z")
# What the call's own machinery writes.
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "idempotency-key"})


def _send_email(reader: Reader, node: Node, inner: Inner) -> Act:
    email = reader.ref("emails", part(reader, node, "email"))
    return BROKEN if email is None else model.SendEmail(email)


def _send_sms(reader: Reader, node: Node, inner: Inner) -> Act:
    mapping = reader.mapping(node, "`text`, and `list` or `operational: true`")
    text = None if mapping is None else prose(reader, part(reader, mapping, "text"), SMS)
    if mapping is None or text is None:
        return BROKEN
    return model.SendSms(
        text=text,
        key=mapping.key("text") or text,
        list=reader.ref("lists", mapping.get("list")),
        listed=mapping.get("list") is not None,
        operational=reader.boolean(mapping.get("operational"), default=False),
    )


def _send_site_message(reader: Reader, node: Node, inner: Inner) -> Act:
    message = reader.ref("site_messages", part(reader, node, "message"))
    return BROKEN if message is None else model.SendSiteMessage(message)


def _send_notification(reader: Reader, node: Node, inner: Inner) -> Act:
    mapping = reader.mapping(node, "`to`, `subject` and `text`")
    if mapping is None:
        return BROKEN
    told = people(reader, mapping.get("to"))
    subject = line(reader, part(reader, mapping, "subject"), "a subject")
    text = prose(reader, part(reader, mapping, "text"))
    if subject is None or text is None or not told:
        return BROKEN
    named = tuple(ref for ref in told if ref.name != OWNER)
    return model.SendNotification(subject, text, named, owner=len(named) < len(told))


def people(reader: Reader, node: Node | None) -> tuple[Ref, ...]:
    """One who is told, or a list of them: users, teams, OWNER."""
    if type(node) is Sequence:
        return reader.refs("people", node)
    ref = reader.ref("people", node)
    return () if ref is None else (ref,)


# --- webhooks -------------------------------------------------------------------------------------


def _webhook(reader: Reader, node: Node, inner: Inner) -> Act:
    url = reader.scalar(part(reader, node, "url"), "an address")
    if url is None:
        return BROKEN
    _address(reader, url)
    if type(node) is not Mapping:
        return model.Webhook(url)
    only_one(reader, node, ("body", "raw"))
    method: Any = reader.choice(node.get("method"), METHODS) or "POST"
    body, raw = node.get("body"), prose(reader, node.get("raw"))
    if method == "GET" and (body is not None or raw is not None):
        key = node.key("body") or node.key("raw") or node
        reader.error(UNREADABLE, key, "a GET sends no body", "write another `method`, or leave it out")
    return model.Webhook(
        url=url,
        method=method,
        headers=_headers(reader, node.get("headers")),
        body=None if body is None else texts(reader, body, "names and texts"),
        raw=raw,
    )


def texts(reader: Reader, node: Node | None, wanted: str) -> tuple[tuple[Scalar, Scalar], ...]:
    """A mapping of names to texts; an empty one stands for an empty text."""
    mapping = reader.mapping(node, wanted)
    found = []
    for key, value in mapping or ():
        scalar = value if type(value) is Scalar and not value.text else prose(reader, value)
        if type(scalar) is Scalar:
            found.append((key, scalar))
    return tuple(found)


def _headers(reader: Reader, node: Node | None) -> tuple[tuple[Scalar, Scalar], ...]:
    found = texts(reader, node, "headers and their values")
    for name, value in found:
        if _HEADER.match(name.text) is None:
            hint = "letters, digits and dashes, such as `X-Tenant`"
            reader.error(UNREADABLE, name, f"no header is called `{name.text[:60]}`", hint)
        elif name.text.lower() in _OURS:
            hint = "leave it out: it is written with each call"
            reader.error(UNREADABLE, name, f"`{name.text}` cannot be chosen", hint)
        if value.text.startswith("env:") and _ENV.match(value.text) is None:
            _no_variable(reader, value)
        elif "{{" in value.text:
            hint = "what changes from contact to contact belongs into `body` or `raw`"
            reader.error(UNREADABLE, value, "a header's value has no placeholders", hint)
        elif any(ord(each) < 32 or ord(each) == 127 for each in value.text.strip()):
            reader.error(UNREADABLE, value, "a header's value is one line", "write it in one line")
    return found


def _no_variable(reader: Reader, scalar: Scalar) -> None:
    hint = "letters, digits and `_`, such as `env:LEADS_TOKEN`"
    reader.error(UNREADABLE, scalar, f"`{scalar.text[:60]}` names no environment variable", hint)


def _address(reader: Reader, url: Scalar) -> None:
    """An address of the web, or a variable that holds one."""
    text = url.text
    if text.startswith("env:"):
        if _ENV.match(text) is None:
            _no_variable(reader, url)
        return
    why = _no_address(text)
    if why:
        hint = "for example `https://api.acme.test/leads`, or `env:LEADS_URL`"
        reader.error(UNREADABLE, url, f"`{text[:60]}` {why}", hint)


def _no_address(text: str) -> str:
    """Why a text is no address; empty if it is one."""
    if "{{" in text:
        return "has a placeholder: what the contact says cannot choose where to call"
    if not text.isascii() or any(each in text for each in " \t\r\n\\<>\"'"):
        return "has a character that no address has"
    try:
        parts = urlsplit(text)
        there = parts.port != 0 and bool(parts.hostname)
    except ValueError:
        there = False
        parts = urlsplit("")
    if text.partition("://")[0].lower() not in ("http", "https"):
        return "does not begin with https:// or http://"
    return "" if there and parts.scheme else "names no host"


MESSAGES: dict[str, Read] = {
    "send_email": _send_email,
    "send_sms": _send_sms,
    "send_site_message": _send_site_message,
    "send_notification": _send_notification,
    "webhook": _webhook,
}
