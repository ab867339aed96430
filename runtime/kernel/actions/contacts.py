"""Actions on the contact's own data: score, tags, fields, notes. A failed one changes nothing."""

from __future__ import annotations

from functools import lru_cache

from oncue.runtime.kernel.actions.owners import objection
from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.sending.inline import TOO_LONG, fill
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.values.assignment import readings
from oncue.runtime.kernel.values.forms import Reading
from oncue.runtime.kernel.verdicts import DONE, Scene, Verdict, failed
from oncue.schemas.actions import AddNote, AddTag, AdjustScore, RemoveTag, UpdateContact
from oncue.schemas.values import Value, add, format_number, parse_number


def adjust_score(turn: Turn, scene: Scene, action: AdjustScore) -> Verdict:
    """Adds to the score, or sets it; a missing score counts from 0; clamped to the field's min and max."""
    old = turn.state.fields.get("score", 0)
    if not isinstance(old, int):  # never: the field's type is number
        return failed("the score is not a number")
    if action.by is not None:
        wanted = add(old, amount(action.by))
    else:
        wanted = amount(action.to or "0")
    if wanted is None:
        return failed("overflow")
    new = clamped(wanted, turn.program.score_bounds)
    changes.set_field(turn, "score", new)
    data: dict[str, Value] = {"from": format_number(old), "to": format_number(new)}
    return Verdict(why="" if new == wanted else "clamped", data=data)


amount = lru_cache(maxsize=10_000)(parse_number)


def clamped(score: int, bounds: tuple[int | None, int | None]) -> int:
    """The score, or the bound that it goes beyond."""
    low, high = bounds
    if high is not None and score > high:
        return high
    return low if low is not None and score < low else score


def add_tag(turn: Turn, scene: Scene, action: AddTag) -> Verdict:
    """Adds the tag; done as well where the contact has it."""
    return DONE if changes.add_tag(turn, action.tag) else Verdict(why="already there")


def remove_tag(turn: Turn, scene: Scene, action: RemoveTag) -> Verdict:
    """Takes the tag away; done as well where the contact does not have it."""
    return DONE if changes.remove_tag(turn, action.tag) else Verdict(why="not there")


def update_contact(turn: Turn, scene: Scene, action: UpdateContact) -> Verdict:
    """Sets, copies and clears fields, all of them or, where one value does not fit, none. Copies see the
    values from before the action."""
    found = readings(turn, turn.program.fields, action)
    if isinstance(found, str):
        return failed(found)
    owner = found.get("owner")
    why = (
        objection(turn.program, str(owner.value)) if owner and owner.value and turn.program.plan.users else ""
    )
    if why:
        return failed(why)
    changed = [name for name, reading in found.items() if apply(turn, name, reading)]
    return Verdict(data={"changed": sorted(changed)}) if changed else Verdict(why="no change")


def apply(turn: Turn, name: str, reading: Reading) -> bool:
    """Gives a field what was read; True if that changed it."""
    if reading.value is None:
        return changes.clear_field(turn, name)
    return changes.set_field(turn, name, reading.value, reading.shown)


def add_note(turn: Turn, scene: Scene, action: AddNote) -> Verdict:
    """Writes a note on the contact's record."""
    text = fill(turn, scene, action.text)
    if text is None:
        return failed(TOO_LONG)
    turn.write("note", scene.unit, scene.step, scene.entry, data={"text": text})
    return DONE
