"""The action `convert`: a declared conversion happens to the contact."""

from __future__ import annotations

from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Scene, Verdict, failed
from oncue.schemas.actions import Convert
from oncue.schemas.values import Value, format_number, parse_number


def convert(turn: Turn, scene: Scene, action: Convert) -> Verdict:
    """Counts the conversion and lets the event ``converted`` happen, with its value if it has one."""
    value = _value(turn, action)
    if isinstance(value, str):
        return failed(value)
    name, state = action.conversion, turn.state
    state.conversions = {**state.conversions, name: state.conversions.get(name, 0) + 1}
    props: dict[str, Value] = {"conversion": name}
    data: dict[str, Value] = {"conversion": name}
    shown: dict[str, str | list[str]] = {}
    if value is not None:
        props["value"], data["value"] = value, format_number(value)
        shown["value"] = format_number(value)
    key = f"converted/{state.key}/{state.seq + 1}"
    changes.raise_event(turn, Event(key, "converted", turn.now, props=props, shown=shown))
    return Verdict(data=data)


def _value(turn: Turn, action: Convert) -> int | str | None:
    """The action's own value, that of a field, or the conversion's; or why there is none."""
    if action.copy is not None:
        value = turn.state.fields.get(action.copy)
        return value if isinstance(value, int) else f"{action.copy} has no value"
    declared = turn.program.plan.conversions.get(action.conversion)
    text = action.value if action.value is not None else declared.value if declared else None
    return None if text is None else parse_number(text)
