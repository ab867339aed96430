"""Typed documents as indented JSON."""

from __future__ import annotations

import msgspec


def json_text(document: object) -> str:
    """The document with two spaces of indent and a line end; keys keep their order."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
