"""The send gate's policies, and who a rehearsal may reach."""

from __future__ import annotations

from oncue.compiler.bind.reading import Reader
from oncue.compiler.model.places import FrequencyCap, Policies, QuietHours
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar
from oncue.schemas.builtins import CHANNELS


def policies(reader: Reader, node: Node | None) -> Policies | None:
    """The policies; None: there are none, or they cannot be read."""
    body = reader.mapping(node, "policies")
    if body is None:
        return None
    limit, alert = _limit(body.get("max_sends_per_contact_per_day"))
    number = _count(reader, limit)
    return Policies(
        quiet_hours=_quiet_hours(reader, body),
        frequency_caps=_caps(reader, body.get("frequency_caps")),
        blackout_dates=_days(reader, body.get("blackout_dates")),
        daily_limit=number,
        limit=limit if isinstance(limit, Scalar) else None,
        alert=reader.refs("users", alert),
    )


def _limit(node: Node | None) -> tuple[Node | None, Node | None]:
    """Where the number stands, and who is told."""
    return (node.get("at_most"), node.get("alert")) if type(node) is Mapping else (node, None)


def _quiet_hours(reader: Reader, policies: Mapping) -> QuietHours | None:
    key = policies.key("quiet_hours")
    body = reader.mapping(policies.get("quiet_hours"), "quiet hours")
    if key is None or body is None:
        return None
    start, end = reader.minutes(body.get("from")), reader.minutes(body.get("to"))
    if start is None or end is None:
        return None
    channels = {scalar.text for scalar in reader.scalars(body.get("channels"))} or set(CHANNELS)
    quiet = tuple(channel for channel in CHANNELS if channel in channels)
    return QuietHours(key, start, end, reader.scalar(body.get("timezone")), quiet)


def _caps(reader: Reader, node: Node | None) -> tuple[FrequencyCap, ...]:
    found = [_cap(reader, item) for item in reader.items(node, "a list of caps")]
    return tuple(cap for cap in found if cap is not None)


def _cap(reader: Reader, node: Node) -> FrequencyCap | None:
    body = reader.mapping(node, "a cap such as `{channel: email, at_most: 3, per: 7 days}`")
    if body is None:
        return None
    channel = reader.choice(body.get("channel"), CHANNELS)
    count, per = body.get("at_most"), reader.duration(body.get("per"))
    number = _count(reader, count)
    if channel is None or number is None or per is None or not isinstance(count, Scalar):
        return None
    return FrequencyCap(count, channel, number, per)


def _count(reader: Reader, node: Node | None) -> int | None:
    """A whole number, 0 too."""
    scalar = reader.scalar(node, "a whole number")
    if scalar is None:
        return None
    if scalar.text.isascii() and scalar.text.isdigit() and len(scalar.text) < 10:
        return int(scalar.text)
    reader.wrong(scalar, "a whole number")
    return None


def _days(reader: Reader, node: Node | None) -> tuple[Scalar, ...]:
    days = [reader.day(item) for item in reader.items(node, "a list of dates")]
    return tuple(day for day in days if day is not None)
