"""Fields whose declared type a changed plan has made another: their values are read anew, from how people see
them. What cannot be read as the new type is missing from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from oncue.runtime.kernel.letters import Shown
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.kernel.values.forms import read, show
from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas.plan import FieldSpec
from oncue.schemas.values import Value, ValueType

Types = Mapping[str, tuple[ValueType, ValueType]]  # field -> its type before and now
Fields = tuple[dict[str, Value], Shown]


class Retyped(Struct, frozen=True):
    """What has another type, of contacts, accounts and deals."""

    contact: Types
    account: Types
    deal: Types


@lru_cache(maxsize=4)
def retyped(old: Program | None, new: Program) -> Retyped:
    """The fields that both programs know by different types."""
    if old is None:
        return Retyped({}, {}, {})
    return Retyped(
        _changed(old.fields, new.fields),
        _changed(old.account_fields, new.account_fields),
        _changed(old.deal_fields, new.deal_fields),
    )


def _changed(old: Mapping[str, FieldSpec], new: Mapping[str, FieldSpec]) -> Types:
    return {
        name: (old[name].type, spec.type)
        for name, spec in new.items()
        if name in old and old[name].type != spec.type
    }


def retype(state: ContactState, types: Retyped, zone: Zone) -> None:
    """Carries a forked state over to the new types."""
    if types.contact:
        state.fields, state.shown = read_anew(state.fields, state.shown, types.contact, zone)
    if types.account:
        state.account, state.account_shown = read_anew(
            state.account, state.account_shown, types.account, zone
        )
    for deal in state.deals if types.deal else ():
        deal.fields, deal.shown = read_anew(deal.fields, deal.shown, types.deal, zone)


def read_anew(fields: dict[str, Value], shown: Shown, types: Types, zone: Zone) -> Fields:
    """Values and their shown forms, by the new types."""
    values, texts = dict(fields), dict(shown)
    for name in types.keys() & fields.keys():
        before, now = types[name]
        raw = show(before, values.pop(name), texts.pop(name, None), zone)
        reading = read(FieldSpec(now), raw, zone)
        if reading.value is not None and not reading.wrong:
            values[name] = reading.value
            if reading.shown is not None:
                texts[name] = reading.shown
    return values, texts
