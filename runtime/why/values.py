"""The values that a condition looks at, for people who ask why. Slow and plain: a walk over the plan's nodes,
beside the functions that the kernel makes of them; what it says of a whole condition is tested against those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from oncue.runtime.kernel.conditions import rows as r
from oncue.runtime.kernel.conditions.codegen_values import literal
from oncue.runtime.kernel.conditions.functions import CompiledCondition, Props
from oncue.runtime.kernel.contact.owned import RESPONSE_PARTS, deal_of, response_of
from oncue.runtime.kernel.state import ContactState, Member
from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas import conditions as c
from oncue.schemas import values
from oncue.schemas.builtins import DEAL_FIELDS

_REACHES = {
    "+": values.add, "-": values.subtract, "*": values.multiply, "/": values.divide,
}  # fmt: skip


class Moment(Struct, frozen=True):
    """What a condition is asked about: a contact at an instant, the properties of the event at hand, and the
    member, if it is asked for one."""

    state: ContactState
    now: int
    props: Props = {}
    member: Member | None = None


class Language(Struct, frozen=True):
    """What conditions refer to: as a plan's `Program` has it."""

    tracks: Mapping[str, c.Track]
    compile: Callable[[c.CondNode], CompiledCondition]
    zone: Zone


def value_of(language: Language, node: c.ValueNode, moment: Moment) -> Any:  # noqa: ANN401 -- see kernel.rows.Cell
    """A value in compared form; None where it is missing."""
    match node:
        case c.Lit():
            return literal(node.type, node.value)
        case c.Field():
            return moment.state.fields.get(node.name)
        case c.Owned():
            return _owned(node, moment.state)
        case c.Prop():
            return _prop(node, moment)
        case c.Now():
            return moment.now
        case c.Day():
            day = language.zone.day(moment.now) + node.offset
            return day if node.at is None else language.zone.at(day, node.at)
        case c.DayOf():
            instant = value_of(language, node.value, moment)
            return None if instant is None else language.zone.day(instant)
        case c.Arith():
            left, right = (value_of(language, side, moment) for side in (node.left, node.right))
            return _REACHES[node.sign](left, right)
        case c.Agg():
            return _aggregate(language, node, moment)


def _owned(node: c.Owned, state: ContactState) -> Any:  # noqa: ANN401
    if node.of == "account":
        return state.account.get(node.name)
    if node.of == "response":
        return getattr(response_of(state), RESPONSE_PARTS[node.name])
    deal = deal_of(state)
    if node.name not in DEAL_FIELDS:
        return deal.fields.get(node.name)
    value = deal.at if node.name == "created_at" else getattr(deal, node.name)
    return value or None if node.type == "text" else value


def _prop(node: c.Prop, moment: Moment) -> Any:  # noqa: ANN401
    if node.of == "entry":
        return None if moment.member is None else moment.member.props.get(node.name)
    return moment.props.get(node.name)


# --- history


def rows_of(language: Language, node: c.Agg, moment: Moment) -> r.Rows:
    """The rows that an aggregate adds up; only where the contact keeps rows of that track."""
    track, span, now = language.tracks[node.track], node.span, moment.now
    if track.step is not None:
        rows: r.Rows = r.of_step(moment.member, track.id, track.step)
    else:
        rows = moment.state.rows.get(track.id, ())
    if node.where is not None:
        test = language.compile(node.where).test
        rows = [row for row in rows if test(moment.state, now, _of_row(track, row), moment.member)]
    match span.kind:
        case "last":
            return r.last(rows, now, span.micros)
        case "start":
            return r.start(rows, moment.member)
        case "since":
            return r.since(rows, span.since)
        case "since_day":
            zone = language.zone
            return r.since(rows, zone.at(zone.day(now) + span.day, span.minutes))
        case _:
            return rows


def _of_row(track: c.Track, row: list[Any]) -> Props:
    """A row's properties: outside a function over rows, what a `where` reads is the event at hand."""
    return {name: cell for name, cell in zip(track.props, row[2:], strict=True) if cell is not None}


def keeps_total(language: Language, node: c.Agg) -> bool:
    """Whether the aggregate is read from a running total, so that no rows are there to be shown."""
    name = node.fn if node.prop is None else f"{node.fn}:{node.prop}"
    whole = node.span.kind == "all" and node.where is None
    return whole and name in language.tracks[node.track].totals


def _aggregate(language: Language, node: c.Agg, moment: Moment) -> Any:  # noqa: ANN401
    if keeps_total(language, node):
        return _total(node, moment.state)
    props = language.tracks[node.track].props
    column = 0 if node.prop is None else 2 + props.index(node.prop)
    found = r.AGGREGATES[node.fn](rows_of(language, node, moment), column)
    return found * values.SCALE if node.fn == "count" else found


def _total(node: c.Agg, state: ContactState) -> Any:  # noqa: ANN401
    if node.fn == "count" and node.prop is None:
        return state.counts.get(node.track, 0) * values.SCALE
    name = node.fn if node.prop is None else f"{node.fn}:{node.prop}"
    kept: Any = state.totals.get(r.totals_key(node.track, name))
    if node.fn == "sum":
        return values.bounded(kept or 0)
    return kept[1] if kept is not None and node.prop is not None and node.fn in ("first", "last") else kept
