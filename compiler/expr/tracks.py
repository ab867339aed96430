"""The history that a condition needs, as tracks: what of a contact's events must be kept to answer it.

- without a window: running totals;
- `in last D`: rows, kept for D;
- `since DATE`: running totals of the events from that instant on (the instant is part of the track);
- `since today`, `since yesterday`: rows, kept until no such day can reach back to them;
- `since start`: rows, kept while the contact is a member of the campaign;
- `of step`: rows in the member;
- a `where` that reads the entry cannot be settled when the event enters: rows with the properties that it
  reads, for ever if there is no window.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import msgspec

from oncue.schemas.conditions import Agg, CondNode, Prop, Span, Track
from oncue.schemas.values import DAY

_BYTES = 10  # of a hash: 16 characters


def digest(thing: object) -> str:
    """A short, stable name for a document: 16 letters and digits."""
    data = msgspec.json.encode(thing)
    return b32encode(blake2b(data, digest_size=_BYTES).digest()).decode("ascii").lower()


def track(
    event: str,
    asset: str | None,
    campaign: str | None,
    step: str | None,
    where: CondNode | None,
    since: int | None,
) -> Track:
    """A track that keeps nothing yet; `keep` adds what a condition needs."""
    name = digest((event, asset, campaign, step, where, since))
    return Track(name, event, asset, where, since, campaign, step)


def keep(bare: Track, aggregate: Agg, campaign: str | None) -> Track:
    """The track with everything kept that an aggregate over it reads."""
    span, deferred = aggregate.span, aggregate.where
    props = row_props(deferred) | ({aggregate.prop} if aggregate.prop is not None else set())
    if bare.step is not None:
        return msgspec.structs.replace(bare, props=tuple(sorted(props)))
    if span.kind == "all" and deferred is None:
        total = aggregate.fn if aggregate.prop is None else f"{aggregate.fn}:{aggregate.prop}"
        return msgspec.structs.replace(bare, totals=(total,))
    return msgspec.structs.replace(
        bare,
        props=tuple(sorted(props)),
        keep=_keep(span),
        forever=span.kind == "all",
        members=(campaign,) if span.kind == "start" and campaign is not None else (),
    )


def _keep(span: Span) -> int:
    if span.kind == "last":
        return span.micros
    # A day is at most a day and an hour or two long, but a zone may once leap by a whole day.
    return (2 - span.day) * DAY if span.kind == "since_day" else 0


def merge_tracks(tracks: Iterable[Track]) -> dict[str, Track]:
    """The tracks of several conditions by id, each keeping what any of them needs, sorted by id."""
    merged: dict[str, Track] = {}
    for each in tracks:
        known = merged.get(each.id)
        merged[each.id] = each if known is None or known == each else _both(known, each)
    return dict(sorted(merged.items()))


def _both(one: Track, other: Track) -> Track:
    return msgspec.structs.replace(
        one,
        props=tuple(sorted({*one.props, *other.props})),
        keep=max(one.keep, other.keep),
        forever=one.forever or other.forever,
        members=tuple(sorted({*one.members, *other.members})),
        totals=tuple(sorted({*one.totals, *other.totals})),
    )


def row_props(node: object) -> set[str]:
    """The properties of the event itself that a test or value reads."""
    return {each.name for each in walk(node) if isinstance(each, Prop) and each.of == "row"}


def reads_entry(node: object) -> bool:
    """Whether a test or value reads the event that started the entry."""
    return any(isinstance(each, Prop) and each.of == "entry" for each in walk(node))


def used(node: object) -> set[str]:
    """The ids of the tracks that a condition reads."""
    return {each.track for each in walk(node) if isinstance(each, Agg)}


def walk(node: object) -> list[Any]:
    """A lowered node and all nodes below it."""
    found: list[Any] = []
    waiting: list[Any] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, tuple):
            waiting.extend(each)
        elif isinstance(each, msgspec.Struct):
            found.append(each)
            waiting.extend(getattr(each, name) for name in each.__struct_fields__)
    return found
