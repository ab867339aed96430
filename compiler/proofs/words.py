"""Somebody whom a proof has found, in words: `score 80, no country, tagged "hot"`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from oncue.compiler.proofs.atoms import Sample, Subject
from oncue.schemas import conditions as c
from oncue.schemas.values import DAY, HOUR, MINUTE, SCALE, format_number

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def in_words(contact: Mapping[Subject, Sample], tracks: Mapping[str, c.Track]) -> str:
    """What is known of the contact; what cannot be said shortly is left out."""
    said = [_fact(subject, sample, tracks) for subject, sample in contact.items()]
    return ", ".join(sorted(fact for fact in said if fact))


def _fact(subject: Subject, sample: Sample, tracks: Mapping[str, c.Track]) -> str:
    if subject.kind == "free":
        return _test(subject.of, bool(sample))
    if subject.kind == "channels":
        name = subject.of[1] if isinstance(subject.of, tuple) else ""
        by = " and ".join(sorted(sample))
        return f"subscribed to {name} by {by}" if sample else f"not subscribed to {name}"
    if subject.kind == "clock":
        return f"at {sample // 60:02}:{sample % 60:02}"
    name = _name(subject.of, tracks)
    if not name:
        return ""
    return f"no {name}" if sample is None else f"{name} {_value(subject, sample)}"


def _test(node: object, holds: bool) -> str:
    if isinstance(node, c.Tagged):
        return f'{"" if holds else "not "}tagged "{node.tag}"'
    if isinstance(node, c.InCampaign):
        return f"{'' if holds else 'not '}in campaign {node.campaign}"
    return ""


def _name(value: object, tracks: Mapping[str, c.Track]) -> str:
    if isinstance(value, c.Field):
        return value.name
    if isinstance(value, c.Owned | c.Prop):
        return f"{value.of}.{value.name}"
    if isinstance(value, c.Now) or value == c.Day(0):
        return "now" if isinstance(value, c.Now) else "today"
    if isinstance(value, c.Agg) and value.track in tracks and value.span == c.Span() and value.where is None:
        event = tracks[value.track].event
        return f"{value.fn}({event if value.prop is None else f'{event}.{value.prop}'})"
    return ""


def _value(subject: Subject, sample: Sample) -> str:
    if subject.frame:
        return _distance(sample * (DAY if subject.kind == "date" else 1), subject.kind == "date")
    if subject.kind == "count":
        return str(sample // SCALE)
    if subject.kind == "number":
        return format_number(sample)
    if subject.kind == "date":
        return date.fromordinal(sample).isoformat()
    if subject.kind == "datetime":
        return (_EPOCH + timedelta(microseconds=sample)).isoformat()
    if subject.kind == "boolean":
        return "true" if sample else "false"
    if subject.kind == "many":
        return " and ".join(f'"{each}"' for each in sorted(sample)) or "without these"
    return f'"{sample}"'


def _distance(micros: int, day: bool) -> str:
    if not micros:
        return "today" if day else "now"
    units = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))
    size, unit = next((each for each in units if not micros % each[0]), units[-1])
    count = round(abs(micros) / size, 6)
    shown = f"{count:g} {unit}{'' if count == 1 else 's'}"
    return f"in {shown}" if micros > 0 else f"{shown} ago"
