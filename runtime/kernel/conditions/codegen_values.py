"""Value nodes to Python expressions. See `functions` for the whole picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from oncue.runtime.kernel.conditions.codegen_source import (
    ACCOUNT,
    DEAL,
    ENTRY,
    FIELDS,
    RESPONSE,
    Piece,
    Source,
)
from oncue.runtime.kernel.conditions.rows import totals_key
from oncue.runtime.kernel.contact.owned import RESPONSE_PARTS
from oncue.runtime.kernel.values.zone import parse_day, parse_instant
from oncue.schemas.builtins import DEAL_FIELDS
from oncue.schemas.conditions import Agg, Arith, CondNode, Day, DayOf, Field, Lit, Now, Owned, Prop, Track
from oncue.schemas.values import SCALE, ValueType, compared_text, parse_number

_SIGNS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
_READERS: dict[str, Callable[[str], bool | int | str | None]] = {
    "text": lambda text: compared_text(text) if text else None,  # an empty text is missing, a space is not
    "number": parse_number,
    "boolean": lambda text: text == "true",
    "date": parse_day,
    "datetime": parse_instant,
}


def literal(type_: ValueType, text: str) -> bool | int | str | None:
    """A literal of the plan in compared form; None where it is an empty text."""
    return _READERS[type_](text)


class Values:
    """Emits value nodes into a source. `where` makes the function of an aggregate's `where` and gives its
    name; `row`: inside such a function, how a row's property is written. Elsewhere the event that history is
    asked about is the event at hand: that is how the `where` of a track is tested."""

    def __init__(
        self,
        source: Source,
        tracks: Mapping[str, Track],
        where: Callable[[CondNode, Track], str],
        row: Callable[[str], Piece] | None = None,
    ) -> None:
        self._source = source
        self._tracks = tracks
        self._where = where
        self._row = row
        self._wheres: dict[int, str] = {}

    def lit(self, node: Lit) -> Piece:
        value = literal(node.type, node.value)
        return Piece(repr(value), missing=value is None)

    def field(self, node: Field) -> Piece:
        return _lookup(f"f.get({node.name!r}", FIELDS)

    def owned(self, node: Owned) -> Piece:
        """A field of the account, of the active response, or of the deal, whose built-in texts are empty
        where they are missing."""
        if node.of == "account":
            return _lookup(f"a.get({node.name!r}", ACCOUNT)
        if node.of == "response":
            return Piece(f"r.{RESPONSE_PARTS[node.name]}", missing=True, locals=RESPONSE)
        if node.name not in DEAL_FIELDS:
            return _lookup(f"d.fields.get({node.name!r}", DEAL)
        code = "d.at" if node.name == "created_at" else f"d.{node.name}"
        return Piece(f"({code} or None)" if node.type == "text" else code, missing=True, locals=DEAL)

    def prop(self, node: Prop) -> Piece:
        if node.of == "row" and self._row is not None:
            return self._row(node.name)
        return (
            _lookup(f"p.get({node.name!r}", ENTRY) if node.of == "entry" else _lookup(f"e.get({node.name!r}")
        )

    def day(self, node: Day) -> Piece:
        day = f"(day(now) + {node.offset})" if node.offset else "day(now)"
        return Piece(day if node.at is None else f"at({day}, {node.at})")

    def now(self, node: Now) -> Piece:
        return Piece("now")

    def day_of(self, node: DayOf, value: Piece) -> Piece:
        if not value.missing:
            return value._replace(code=f"day({value.code})", lookup="", raw="")
        name = self._source.fresh("x")
        code = f"(day({name}) if ({name} := {value.code}) is not None else None)"
        return Piece(code, missing=True, depth=value.depth + 1, locals=value.locals)

    def arith(self, node: Arith, left: Piece, right: Piece) -> Piece:
        code = f"{_SIGNS[node.sign]}({left.code}, {right.code})"
        depth = max(left.depth, right.depth) + 1
        return self._source.cut(Piece(code, True, depth=depth, locals=left.locals | right.locals))

    def agg(self, node: Agg) -> Piece:
        """The aggregate, from the running totals if the track keeps them, else from rows."""
        kept = self._from_totals(node)
        if kept is not None:
            return kept
        if node.fn == "count" and node.prop is None:
            return _scaled(self._count(node))
        code = f"{_ROWS[node.fn]}({self.selected(node)}, {self.column(node)})"
        return _scaled(code) if node.fn == "count" else Piece(code, missing=True)

    def column(self, node: Agg) -> int:
        """Where the aggregate's value stands in a row (0: the row's own instant)."""
        return 0 if node.prop is None else 2 + self._tracks[node.track].props.index(node.prop)

    def rows(self, node: Agg) -> str:
        """All rows of the track that pass the aggregate's `where`."""
        rows = self._track_rows(node)
        if node.where is None:
            return rows
        name = self._wheres.get(id(node))
        if name is None:
            name = self._wheres[id(node)] = self._where(node.where, self._tracks[node.track])
        return f"[r for r in {rows} if {name}(r, m)]"

    def selected(self, node: Agg) -> str:
        """The rows in the aggregate's span."""
        rows, span = self.rows(node), node.span
        if span.kind == "last":
            return f"last({rows}, now, {span.micros})"
        if span.kind == "start":
            return f"start({rows}, m)"
        if span.kind == "since":
            return f"since({rows}, {span.since})"
        if span.kind == "since_day":
            return f"since({rows}, at(day(now) + {span.day}, {span.minutes}))"
        return rows

    def _track_rows(self, node: Agg) -> str:
        step = self._tracks[node.track].step
        if step is not None:
            return f"of_step(m, {node.track!r}, {step!r})"
        return f"s.rows.get({node.track!r}, ())"

    def _count(self, node: Agg) -> str:
        if node.span.kind == "last":
            return f"count_last({self.rows(node)}, now, {node.span.micros})"
        return f"len({self.selected(node)})"

    def _from_totals(self, node: Agg) -> Piece | None:
        name = node.fn if node.prop is None else f"{node.fn}:{node.prop}"
        if node.span.kind != "all" or node.where is not None or name not in self._tracks[node.track].totals:
            return None
        if name == "count":
            return _scaled(f"s.counts.get({node.track!r}, 0)")
        lookup = f"s.totals.get({totals_key(node.track, name)!r}"
        if node.fn == "sum":
            return Piece(f"bounded({lookup}, 0))", missing=True, raw=f"{lookup}, 0)")
        if node.prop is not None and node.fn in ("first", "last"):
            return Piece(f"{lookup}, NO_PAIR)[1]", missing=True)
        return _lookup(lookup)


def _lookup(code: str, uses: int = 0) -> Piece:
    return Piece(f"{code})", missing=True, lookup=code, locals=uses)


def _scaled(code: str) -> Piece:
    return Piece(f"{code} * {SCALE}", raw=code)


_ROWS = {
    "count": "count", "sum": "total", "min": "least", "max": "greatest",
    "first": "earliest", "last": "latest",
}  # fmt: skip
