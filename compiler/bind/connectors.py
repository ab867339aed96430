"""Connectors: each with the settings of its type, its secrets by name only."""

from __future__ import annotations

import re

from oncue.compiler.bind.reading import UNREADABLE, Reader
from oncue.compiler.model import Connector
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar

SECRETS = frozenset({"account", "token", "secret", "client_id", "client_secret", "refresh_token", "password"})
_ENV = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*\Z")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}\Z|MG[0-9a-fA-F]{32}\Z")  # a name, or a service
_WEB = re.compile(r"https?://[^\s/@]+(/\S*)?\Z")
_MAIL = re.compile(r"smtps?://\S+\Z")


def connectors(reader: Reader, node: Node | None) -> dict[str, Connector]:
    """The connectors by channel; one that cannot be read is left out."""
    mapping = reader.mapping(node, "connectors by channel")
    found = {}
    for key, value in [] if mapping is None else mapping.entries:
        body = reader.mapping(value, "a connector's settings")
        if body is not None:
            found[key.text] = _connector(reader, key, body)
    return found


def _connector(reader: Reader, key: Scalar, body: Mapping) -> Connector:
    entries = [(name, value) for name, value in body.entries if type(value) is Scalar and value.text]
    kind = reader.text(body.get("type")) or ""
    for name, value in entries:
        _setting(reader, key.text, name, value)
    if kind == "salesforce":
        _salesforce(reader, key, body)
    return Connector(key, kind, tuple(entry for entry in entries if entry[0].text != "type"))


def _setting(reader: Reader, channel: str, name: Scalar, value: Scalar) -> None:
    """One setting's value: a secret by name, an address, a sender."""
    if value.text.startswith("env:"):
        _environment(reader, value)
    elif name.text in SECRETS:
        _secret(reader, channel, name, value)
    elif name.text == "from":
        _sender(reader, channel, value)
    elif name.text in ("url", "unsubscribe", "files"):
        _address(reader, channel, name, value)


def _environment(reader: Reader, value: Scalar) -> None:
    if _ENV.match(value.text) is None:
        hint = "a name of letters, digits and underscores, such as `env:SMTP_URL`"
        reader.error(UNREADABLE, value, f"`{value.text[:60]}` names no variable of the environment", hint)


def _secret(reader: Reader, channel: str, name: Scalar, value: Scalar) -> None:
    """The value itself is not repeated: messages end up in logs."""
    variable = f"{channel}_{name.text}".upper()
    message = f"`{name.text}` is a secret, and this file is no place for one"
    hint = f"write `env:{variable}`, set {variable} where oncue runs, and renew the secret"
    reader.error("S120", value, message, hint)


def _sender(reader: Reader, channel: str, value: Scalar) -> None:
    if channel == "email":
        reader.address(value)
    elif _NUMBER.match(value.text) is None and _SENDER.match(value.text) is None:
        hint = "a number such as `+15550100`, or up to 11 letters and digits, such as `Acme`"
        message = f"`{value.text[:60]}` is neither a phone number nor a sender id"
        reader.error(UNREADABLE, value, message, hint)


def _address(reader: Reader, channel: str, name: Scalar, value: Scalar) -> None:
    """A web address, or a mail server's. One with a password in it is refused by L108, unread."""
    if channel == "email" and name.text == "url":
        if _MAIL.match(value.text) is None:
            hint = "`smtps://HOST:465` or `smtp://HOST:587`; with a password as `env:SMTP_URL`"
            reader.error(UNREADABLE, value, "this is no address of a mail server", hint)
    elif "@" not in value.text and _WEB.match(value.text) is None:
        reader.error(
            UNREADABLE, value, "this is no web address", "for example `https://acme.test/unsubscribe`"
        )


def _salesforce(reader: Reader, key: Scalar, body: Mapping) -> None:
    """How new tokens are asked for: with a refresh token, or with a user's name and password."""
    login = [name for name in ("username", "password") if body.get(name) is not None]
    if body.get("refresh_token") is not None and login:
        message = "`refresh_token` stands here, so the user's name and password are not needed"
        reader.error("S106", body.key(login[0]) or key, message, "keep one of the two ways to log in")
    elif body.get("refresh_token") is None and len(login) < 2:
        hint = "add `refresh_token: env:SALESFORCE_REFRESH_TOKEN`, or `username:` and `password:`"
        reader.error("S106", key, "this connector has no way to log in", hint)
