"""Definitions to records: pipelines, conversions, audiences and site messages."""

from __future__ import annotations

from oncue.compiler.bind.declarations import Unit
from oncue.compiler.bind.reading import UNREADABLE, Reader
from oncue.compiler.model import places
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar


def _body(reader: Reader, unit: Unit) -> Mapping | None:
    """The definition's mapping; None if it is empty (bare, or nothing after the colon) or unreadable."""
    node = unit.node
    if node is None or (type(node) is Scalar and not node.text):
        return None
    return reader.mapping(node, "properties")


def _get(body: Mapping | None, key: str) -> Node | None:
    return None if body is None else body.get(key)


def _pipeline(reader: Reader, unit: Unit) -> places.Pipeline:
    body = _body(reader, unit)
    stages = tuple(reader.scalars(_get(body, "stages"), "a list of stages"))
    return places.Pipeline(unit.key, stages)


def _conversion(reader: Reader, unit: Unit) -> places.Conversion:
    return places.Conversion(unit.key, reader.number(_get(_body(reader, unit), "value")))


def _audience(reader: Reader, unit: Unit) -> places.Audience:
    body = _body(reader, unit)
    return places.Audience(
        key=unit.key,
        id=reader.text(_get(body, "id")),
        create=reader.boolean(_get(body, "create"), default=False),
        name=reader.text(_get(body, "name")),
        description=reader.text(_get(body, "description")) or "",
    )


def _site_message(reader: Reader, unit: Unit) -> places.SiteMessage:
    body = _body(reader, unit)
    return places.SiteMessage(
        key=unit.key,
        text=reader.scalar(_get(body, "text")),
        title=reader.scalar(_get(body, "title")),
        page=reader.ref("web_pages", _get(body, "page")),
        expires=_expires(reader, _get(body, "expires")),
        was=reader.text(_get(body, "was")),
    )


def _expires(reader: Reader, node: Node | None) -> int | None:
    micros = reader.duration(node)
    if node is not None and micros == 0:
        reader.error(
            UNREADABLE, node, "a message that expires at once is never shown", "for example `14 days`"
        )
    return micros


BIND_PLACES = {
    "pipelines": _pipeline,
    "conversions": _conversion,
    "audiences": _audience,
    "site_messages": _site_message,
}
