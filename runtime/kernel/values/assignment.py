"""Giving fields values: what ``set``, ``copy`` and ``clear`` of an action come to, of a contact, a deal or an
account. All of them or, where one value does not fit, none; copies see the values from before the action.
"""

from __future__ import annotations

from collections.abc import Mapping

from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.values.forms import MISSING, Reading, as_field, read, show
from oncue.schemas.actions import AddDeal, UpdateAccount, UpdateContact, UpdateDeal
from oncue.schemas.plan import FieldSpec

Setting = AddDeal | UpdateAccount | UpdateContact | UpdateDeal


def readings(turn: Turn, specs: Mapping[str, FieldSpec], action: Setting) -> dict[str, Reading] | str:
    """What each field is to become (missing: it is cleared), or why one of the values does not fit. `specs`
    are the fields of what changes; copies come from the contact."""
    zone = turn.program.zone
    found = {name: read(specs[name], text, zone) for name, text in action.set.items()}
    found.update({name: copied(turn, specs[name], source) for name, source in action.copy.items()})
    if not isinstance(action, AddDeal):
        found.update(dict.fromkeys(action.clear, MISSING))
    for name, given in found.items():
        reading = as_field(name, given) if isinstance(action, UpdateContact) else given
        if reading.wrong:
            return f"{name} is {reading.wrong}"
    return found


def copied(turn: Turn, spec: FieldSpec, source: str) -> Reading:
    """A contact field's value as a value of another field."""
    state, program = turn.state, turn.program
    value = state.fields.get(source)
    if value is None:
        return MISSING
    text = show(program.fields[source].type, value, state.shown.get(source), program.zone)
    return read(spec, text, program.zone)
