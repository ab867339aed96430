"""What a workspace declares about values: their type, what they may be, and their bounds."""

from __future__ import annotations

from collections.abc import Mapping

from oncue.compiler.expr.catalog import Catalog
from oncue.compiler.proofs.cells import Specs
from oncue.schemas import conditions as c
from oncue.schemas.builtins import DEAL_FIELDS, DEAL_STATUSES
from oncue.schemas.plan import FieldSpec

_STATUS = c.Owned("deal", "status", "text")
_LEAST = frozenset({"min", "max", "first", "last"})  # what is one of the values of a property


def specs_of(catalog: Catalog, tracks: Mapping[str, c.Track]) -> Specs:
    """Looks up the declaration of a value node; None where there is none, or nothing that bounds it."""

    def found(value: object) -> FieldSpec | None:
        spec = _declared(value, catalog, tracks)
        return spec if spec is not None and (spec.values or spec.min or spec.max) else None

    return found


def _declared(value: object, catalog: Catalog, tracks: Mapping[str, c.Track]) -> FieldSpec | None:
    if isinstance(value, c.Field):
        return catalog.fields.get(value.name)
    if value == _STATUS:
        return FieldSpec("text", DEAL_STATUSES)
    if isinstance(value, c.Owned) and value.of == "deal" and value.name in DEAL_FIELDS:
        return None  # a deal may stand in a pipeline or stage that is declared no more
    if isinstance(value, c.Owned):
        owners = {"deal": catalog.deal, "account": catalog.account, "response": catalog.response}
        return owners[value.of].get(value.name)
    if isinstance(value, c.Agg) and value.prop is not None and value.fn in _LEAST:
        track = tracks.get(value.track)
        event = None if track is None else catalog.events.get(track.event)
        return None if event is None else event.properties.get(value.prop)
    return None
