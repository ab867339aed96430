"""The small texts of triggers, which are no conditions: `web_form.submission of demo-request`, `>= 65`."""

from __future__ import annotations

import re
from typing import Literal, cast

from msgspec import Struct

from oncue.compiler.expr import messages as say
from oncue.compiler.expr import nodes as n
from oncue.compiler.expr.catalog import Catalog, Issue, Place, Use
from oncue.compiler.expr.names import Names
from oncue.schemas.values import PLACES, format_number, parse_number

Issues = tuple[Issue, ...]

_EVENT = re.compile(r'\s*([\w.]+)(?:\s+of\s+(?:"([^"\\]*)"|([\w.-]+)))?\s*\Z')
_THRESHOLD = re.compile(r"\s*(<=|>=|<|>)\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*\Z")
_LONGEST = 500  # characters


class EventPhrase(Struct, frozen=True):
    """An event, perhaps of one asset; `uses` with offsets in the text."""

    event: str
    asset: str | None
    uses: tuple[Use, ...]


class Threshold(Struct, frozen=True):
    """An order and a number (decimal text)."""

    order: Literal["<", "<=", ">", ">="]
    value: str


def parse_event(text: str, catalog: Catalog) -> tuple[EventPhrase | None, Issues]:
    """Reads ``EVENT [of ASSET]``. Never raises for what somebody wrote."""
    match = _EVENT.match(text) if len(text) <= _LONGEST else None
    if match is None:
        hint = "write `web_form.submission of demo-request` or `purchase`; a test goes under `when`"
        return None, (_whole(text, "an event, perhaps `of` an asset, stands here", hint),)
    names = Names(catalog, Place())
    behaviour = names.event(n.Name(*match.span(1), match.group(1)))
    group = 2 if match.group(2) is not None else 3
    asset = match.group(group)
    if behaviour is not None and asset is not None:
        names.target(n.Of(match.start(1), match.end(), n.Ref(*match.span(group), asset)), behaviour)
    if behaviour is None or names.issues:
        return None, tuple(names.issues)
    return EventPhrase(behaviour.event, asset, tuple(names.uses)), ()


def parse_threshold(text: str) -> tuple[Threshold | None, Issues]:
    """Reads ``>= 65``. Never raises for what somebody wrote."""
    match = _THRESHOLD.match(text) if len(text) <= _LONGEST else None
    if match is None:
        return None, (
            _whole(text, "an order and a number stand here", "write `>= 65`, `> 65`, `<= 65` or `< 65`"),
        )
    number = parse_number(match.group(2))
    if number is None or len(match.group(2).partition(".")[2]) > PLACES:
        return None, (say.bad_number(n.Node(*match.span(2)), match.group(2)),)
    order = cast(Literal["<", "<=", ">", ">="], match.group(1))
    return Threshold(order, format_number(number)), ()


def _whole(text: str, message: str, hint: str) -> Issue:
    start = len(text) - len(text.lstrip())
    return Issue("C001", message, start, max(len(text.rstrip()), start), hint)
