"""Arithmetic that `math` does with a field, of whomever it is. Numbers are exact decimals, rounded half-even
to 9 places; a date moves by whole days. What cannot be done says why, in the words of the audit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

from oncue.runtime.kernel.values.forms import Reading, read, show
from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas.plan import FieldSpec
from oncue.schemas.values import DAY, SECOND, Value, add, divide, multiply, subtract

_LAST_DAY = date.max.toordinal()
_FIRST_INSTANT = int(datetime(1, 1, 1, tzinfo=UTC).timestamp()) * SECOND
_LAST_INSTANT = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp()) * SECOND

_OPERATIONS: dict[str, Callable[[int | None, int | None], int | None]] = {
    "add": add, "subtract": subtract, "multiply": multiply, "divide": divide,
}  # fmt: skip


def reckon(
    name: str, spec: FieldSpec, value: Value | None, operation: str, operand: int, zone: Zone
) -> Reading:
    """The field's new value. `operand`: a number in compared form, or microseconds for a date or datetime.
    `wrong` is the whole reason, to stand alone."""
    if not isinstance(value, int) or isinstance(value, bool):
        return Reading(wrong=f"{name} has no value")
    if spec.type == "number":
        return fitting(name, spec, _number(value, operation, operand), zone)
    return fitting(name, spec, _moment(spec, value, operation, operand), zone)


def _number(value: int, operation: str, operand: int) -> int | str:
    if operation == "divide" and operand == 0:
        return "division by zero"
    result = _OPERATIONS[operation](value, operand)
    return "overflow" if result is None else result


def _moment(spec: FieldSpec, value: int, operation: str, micros: int) -> int | str:
    change = -micros if operation == "subtract" else micros
    if spec.type == "date":
        result, first, last = value + change // DAY, 1, _LAST_DAY
    else:
        result, first, last = value + change, _FIRST_INSTANT, _LAST_INSTANT
    return result if first <= result <= last else "outside the calendar"


def fitting(name: str, spec: FieldSpec, value: int | str, zone: Zone) -> Reading:
    """A result as a value of its field, if the field's `values`, `min` and `max` allow it."""
    if isinstance(value, str):
        return Reading(wrong=value)
    reading = read(spec, show(spec.type, value, None, zone), zone)
    return Reading(wrong=f"{name} is {reading.wrong}") if reading.wrong else reading
