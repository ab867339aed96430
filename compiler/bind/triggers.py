"""Start triggers: nodes -> records. One function per trigger, found in a table by its key."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

from oncue.compiler import model
from oncue.compiler.bind.conditions import condition
from oncue.compiler.bind.forms import get, part
from oncue.compiler.bind.reading import Reader
from oncue.compiler.model import Way
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar
from oncue.schemas.values import format_number, parse_number

_CROSSES = re.compile(r"\s*(<=|>=|<|>)\s*(\S.*?)\s*\Z")
_BESIDE_TRIGGER = frozenset({"when", "runs", "existing"})


def trigger(reader: Reader, node: Node) -> model.Trigger | None:
    """One item of `starts_when`; None if it cannot be read."""
    if type(node) is Scalar and node.text == "manual":
        return model.Trigger(node, model.OnManual())
    mapping = reader.mapping(node, "a trigger such as `event: purchase`")
    if mapping is None:
        return None
    for key, value in mapping.entries:
        if key.text not in _BESIDE_TRIGGER:
            way = _way(reader, key, value)
            return None if way is None else _beside(reader, mapping, key, way)
    reader.wrong(mapping, "a trigger such as `event: purchase`")
    return None


def _beside(reader: Reader, mapping: Mapping, key: Scalar, way: Way) -> model.Trigger:
    node = mapping.get("existing")
    existing = reader.boolean(node, default=False)
    if node is not None and existing and not (type(way) is model.OnSegment and way.change == "enters"):
        message = f"`existing: true` stands beside `enters_segment` only, not beside `{key.text}`"
        hint = "leave it out; or make a segment of the contacts you mean, and start with `enters_segment`"
        reader.error("F115", node, message, hint)
    return model.Trigger(
        key=key,
        way=way,
        when=condition(reader, mapping.get("when")),
        runs="once" if reader.choice(mapping.get("runs"), ("once",)) else None,
        existing=existing,
    )


def _way(reader: Reader, key: Scalar, value: Node) -> Way | None:
    read = TRIGGERS.get(key.text)
    if read is None:
        reader.wrong(key, "a trigger of this version")
        return None
    return read(reader, value)


def _on_event(reader: Reader, node: Node) -> Way | None:
    scalar = reader.scalar(node, "an event, or `EVENT of ASSET`")
    if scalar is None:
        return None
    event, of, asset = (part.strip() for part in scalar.text.partition(" of "))
    if not event or (of and not asset):
        reader.wrong(scalar, "an event, or `EVENT of ASSET`")
        return None
    text, asset = scalar.text, asset.strip("\"'")
    named = model.Ref("events", event, scalar, text.index(event))
    return model.OnEvent(named, model.Ref("assets", asset, scalar, text.rindex(asset)) if asset else None)


def _on_segment(change: Literal["enters", "leaves"]) -> Callable[[Reader, Node], Way | None]:
    def read(reader: Reader, node: Node) -> Way | None:
        segment = reader.ref("segments", node)
        return None if segment is None else model.OnSegment(segment, change)

    return read


def _on_tag(change: Literal["added", "removed"]) -> Callable[[Reader, Node], Way | None]:
    def read(reader: Reader, node: Node) -> Way | None:
        tag = reader.tag(node)
        return None if tag is None else model.OnTag(tag, change)

    return read


def _on_subscription(change: Literal["subscribed", "unsubscribed"]) -> Callable[[Reader, Node], Way | None]:
    def read(reader: Reader, node: Node) -> Way | None:
        where = reader.ref("lists", node)
        return None if where is None else model.OnSubscription(where, change)

    return read


def _on_field(reader: Reader, node: Node) -> Way | None:
    if type(node) is Mapping:
        field = reader.ref("fields", node.get("field"))
        if field is None:
            reader.wrong(node, "`field`")
        return None if field is None else model.OnField(field, reader.scalar(node.get("to")))
    field = reader.ref("fields", node)
    return None if field is None else model.OnField(field)


def _on_score(reader: Reader, node: Node) -> Way | None:
    scalar = reader.scalar(node, 'a threshold such as ">= 65"')
    match = None if scalar is None else _CROSSES.match(scalar.text)
    number = None if match is None else parse_number(match.group(2))
    if match is None or number is None:
        if scalar is not None:
            reader.wrong(scalar, 'a threshold such as ">= 65"')
        return None
    order: Any = match.group(1)
    return model.OnScore(order, format_number(number))


def _on_date(reader: Reader, node: Node) -> Way | None:
    if type(node) is not Mapping:
        field = reader.ref("fields", node)
        return None if field is None else model.OnDate(field)
    field = reader.ref("fields", node.get("field"))
    if field is None:
        reader.wrong(node, "`field`")
        return None
    return model.OnDate(
        field=field,
        offset_micros=reader.duration(node.get("offset"), signed=True) or 0,
        minutes=reader.minutes(node.get("at")),
        yearly=reader.boolean(node.get("yearly"), default=False),
    )


def _on_manual(reader: Reader, node: Node) -> Way | None:
    empty = type(node) is Scalar and node.text == ""
    if not empty and not reader.boolean(node, default=False):
        reader.wrong(node, "true")
        return None
    return model.OnManual()


def _on_stage(reader: Reader, node: Node) -> Way | None:
    stage = reader.ref("stages", part(reader, node, "stage"))
    return None if stage is None else model.OnDealStage(stage, reader.ref("pipelines", get(node, "pipeline")))


def _on_converted(reader: Reader, node: Node) -> Way | None:
    conversion = reader.ref("conversions", node)
    return None if conversion is None else model.OnConverted(conversion)


def _on_goal(change: Literal["achieved", "skipped"]) -> Callable[[Reader, Node], Way | None]:
    def read(reader: Reader, node: Node) -> Way | None:
        mapping = reader.mapping(node, "`campaign` and `goal`")
        campaign = None if mapping is None else reader.ref("campaigns", part(reader, mapping, "campaign"))
        goal = None if mapping is None else reader.ref("goals", part(reader, mapping, "goal"))
        return None if campaign is None or goal is None else model.OnGoal(campaign, goal, change)

    return read


def _on_failure(reader: Reader, node: Node) -> Way | None:
    if type(node) is Mapping:
        campaign = reader.ref("campaigns", node.get("campaign"))
        return model.OnFailure(campaign, reader.ref("steps", node.get("step")))
    campaign = reader.ref("campaigns", node)
    return None if campaign is None else model.OnFailure(campaign)


TRIGGERS: dict[str, Callable[[Reader, Node], Way | None]] = {
    "event": _on_event,
    "enters_segment": _on_segment("enters"),
    "leaves_segment": _on_segment("leaves"),
    "tag_added": _on_tag("added"),
    "tag_removed": _on_tag("removed"),
    "field_changed": _on_field,
    "score_crosses": _on_score,
    "subscribed": _on_subscription("subscribed"),
    "unsubscribed": _on_subscription("unsubscribed"),
    "date": _on_date,
    "deal_stage": _on_stage,
    "converted": _on_converted,
    "goal_achieved": _on_goal("achieved"),
    "goal_skipped": _on_goal("skipped"),
    "action_failed": _on_failure,
    "manual": _on_manual,
}
