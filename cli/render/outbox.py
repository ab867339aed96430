"""The outbox: a table of effects, and one with its content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oncue.cli.render.documents import json_text
from oncue.cli.render.moments import local_text
from oncue.cli.render.table import clean, draw
from oncue.runtime.posted import Opened, Posted

ENOUGH = 12  # signs of a key that tell effects apart
WIDE = 48


def listing(effects: Sequence[Posted], timezone: str) -> str:
    """The table."""
    rows = [
        [
            each.key[:ENOUGH], each.kind, each.status, str(each.attempts or ""), _cut(each.to),
            local_text(each.made, timezone), _why(each, timezone),
        ]
        for each in effects
    ]  # fmt: skip
    return draw(["key", "kind", "status", "attempts", "to", "made", "why"], rows, right=frozenset({3}))


def one(found: Opened, timezone: str) -> str:
    """The effect, then what it says."""
    lines = [clean(found.effect.key)]
    lines += [f"  {name:<14}{clean(text)}" for name, text in _facts(found.effect, timezone) if text]
    if found.content is not None:
        lines += ["", json_text(found.content).rstrip()]
    return "\n".join(lines)


def _facts(effect: Posted, timezone: str) -> Iterator[tuple[str, str]]:
    yield "kind", effect.kind
    yield "status", effect.status
    yield "why", effect.why
    yield "to", effect.to
    yield "contact", effect.contact
    yield "where", effect.unit
    yield "made", local_text(effect.made, timezone)
    yield "attempts", str(effect.attempts or "")
    yield "next attempt", local_text(effect.next_attempt, timezone) if effect.next_attempt else ""
    yield "handed over", local_text(effect.handed, timezone) if effect.handed else ""
    yield "by", "a real connector" if effect.real else "the outbox folder"


def _why(effect: Posted, timezone: str) -> str:
    if not effect.next_attempt:
        return _cut(effect.why)
    return _cut(f"{effect.why}; " if effect.why else "") + f"next {local_text(effect.next_attempt, timezone)}"


def _cut(text: str) -> str:
    return text if len(text) <= WIDE else f"{text[: WIDE - 1]}…"
