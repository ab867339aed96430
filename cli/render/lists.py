"""Fulfillment lists: a table of them, and one with who waits and its batches."""

from __future__ import annotations

from collections.abc import Sequence

from oncue.cli.render.moments import local_text
from oncue.cli.render.table import clean, draw
from oncue.runtime.views.fulfillment import SHOWN, Batch, Listed, Shown, Waits


def listing(lists: Sequence[Listed], timezone: str) -> str:
    """The table."""
    heads = ["list", "schedule", "next run", "waiting", "batches", "last", "where"]
    rows = [
        [
            each.id, _schedule(each), _next(each, timezone), f"{each.waiting:,}",
            f"{each.batches:,}", _moment(each.last, timezone), each.place,
        ]
        for each in lists
    ]  # fmt: skip
    return draw(heads, rows, right=frozenset({3, 4}))


def one(found: Shown, timezone: str) -> str:
    """The list, who waits, its batches."""
    parts = [
        found.list.id,
        f"  schedule  {_schedule(found.list)}",
        f"  next run  {_next(found.list, timezone)}",
        f"  waiting   {found.list.waiting:,}",
    ]
    if found.waiting:
        parts += ["", draw(["contact", "since", "state"], [_waits(each, timezone) for each in found.waiting])]
    if found.list.waiting > len(found.waiting):
        parts.append(f"and {found.list.waiting - len(found.waiting):,} more (the first {SHOWN} are shown)")
    if found.batches:
        heads = ["batch", "since", "contacts", "held", "bytes", "sha256", "emails"]
        rows = [_batch(each, timezone) for each in found.batches]
        parts += ["", draw(heads, rows, right=frozenset({2, 3, 4}))]
    return "\n".join(parts)


def _schedule(each: Listed) -> str:
    return f"{each.schedule} ({each.timezone})"


def _next(each: Listed, timezone: str) -> str:
    return "paused" if each.paused else _moment(each.next, timezone)


def _moment(instant: str | None, timezone: str) -> str:
    return local_text(instant, timezone) if instant else ""


def _waits(each: Waits, timezone: str) -> list[str]:
    state = "waits"
    if each.missing:
        lacks = f"without {', '.join(each.missing)}"
        state = f"released, {lacks}" if each.released else f"held, {lacks}"
    return [clean(each.contact), local_text(each.since, timezone), state + (", with its member" * each.asked)]


def _batch(each: Batch, timezone: str) -> list[str]:
    emails = ", ".join(f"{one.to} {one.status}{f' ({one.why})' * bool(one.why)}" for one in each.emails)
    return [
        each.id, local_text(each.since, timezone), f"{each.rows:,}", f"{each.held:,}", f"{each.size:,}",
        each.sha256[:12], clean(emails),
    ]  # fmt: skip
