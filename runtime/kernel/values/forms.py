"""Reading values as they come in (JSON values, or the texts of a CSV row) by their declared type, and
showing them again. The two forms of a value are described in `oncue.schemas.values`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas.addresses import is_email
from oncue.schemas.plan import FieldSpec
from oncue.schemas.values import (
    MINUTE,
    SCALE,
    SECOND,
    Value,
    ValueType,
    bounded,
    compared_text,
    format_number,
    parse_number,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = _EPOCH.toordinal()
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2})"  # 1: day, 2: hour, 3: minute
    r"(?::(\d{2})(?:[.,](\d{1,9}))?)?"  # 4: second, 5: fraction
    r"([Zz]|[+-]\d{2}:?\d{2})?\Z",  # 6: offset
    re.ASCII,
)
_PLAIN = len("2026-03-02T09:00:00Z")  # as nearly all are written
_MICROSECOND = timedelta(microseconds=1)
_TRUTH = {"true": True, "false": False}
NO_EMAIL = "no email address such as ana@example.com"
_UNBOUNDED = "not a number below 10^18"
MAX_TEXT = 100_000  # characters of one value; more is a mistake in the feed
MAX_ID = 500  # characters of an id of an event, a contact or an account


class Reading(Struct, frozen=True, gc=False):
    """What reading gave: a compared value (None: missing), its shown form where that differs, or `wrong`:
    why it cannot be read, to stand after "is" ("not a number")."""

    value: Value | None = None
    shown: str | list[str] | None = None
    wrong: str = ""


MISSING = Reading()


def read(spec: FieldSpec, raw: object, zone: Zone) -> Reading:
    """Reads `raw` as a value of a field or property; checks `values` and bounds."""
    if raw is None or raw == "" or raw == []:
        return MISSING
    reading = _READERS[spec.type](raw, zone)
    if reading.wrong or reading.value is None:
        return reading
    wrong = _outside(spec, reading)
    return Reading(wrong=wrong) if wrong else reading


def is_id(text: str) -> bool:
    """Whether a text can be an id: not too long, and printable."""
    return len(text) <= MAX_ID and text.isprintable()


def as_field(name: str, reading: Reading) -> Reading:
    """What was read, as a contact's field of this name: `account` holds an id, `email` an address."""
    if not isinstance(reading.value, str):
        return reading
    if name == "account" and not is_id(reading.value):
        return Reading(wrong=f"no id: longer than {MAX_ID} characters, or with control characters")
    if name == "email" and not is_email(reading.value):
        return Reading(wrong=NO_EMAIL)
    return reading


def show(type_: ValueType, value: Value, shown: str | list[str] | None, zone: Zone) -> str | list[str]:
    """A compared value as people write it; `shown` is its kept shown form, if there is one."""
    if shown is not None:
        return shown
    match type_:
        case "number" if isinstance(value, int):
            return format_number(value)
        case "date" if isinstance(value, int):
            return date.fromordinal(value).isoformat()
        case "datetime" if isinstance(value, int):
            return iso(value)
        case "boolean":
            return "true" if value else "false"
    return value if isinstance(value, list) else str(value)


def iso(instant: int) -> str:
    """An instant as ISO 8601 in UTC."""
    moment = _EPOCH + timedelta(microseconds=instant)
    return moment.isoformat().replace("+00:00", "Z")


def read_instant(text: str, zone: Zone) -> int | None:
    """An ISO 8601 instant in microseconds since the epoch; without an offset in `zone`, a bare date being
    its midnight. None if it is none. It may lie before the epoch."""
    text = text.strip()
    if len(text) == _PLAIN and text[4] == text[7] == "-" and text[19] == "Z" and text[11:13] < "24":
        try:
            return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
        except ValueError:
            pass  # a leap second, or none: what follows knows
    match = _INSTANT.match(text)
    if match is None:
        day = read_day(text)
        return None if day is None else zone.midnight(day)
    day = _ordinal(match[1])
    hour, minute, second = int(match[2]), int(match[3]), int(match[4] or 0)
    if day is None or hour > 23 or minute > 59 or second > 60:
        return None
    rest = min(second, 59) * SECOND
    if match[5]:
        rest += int(match[5].ljust(6, "0")[:6])
    if match[6] is None:
        return zone.at(day, hour * 60 + minute) + rest
    offset = _offset(match[6])
    if offset is None:
        return None
    return ((day - _FIRST_DAY) * 1_440 + hour * 60 + minute - offset) * MINUTE + rest


def _offset(text: str) -> int | None:
    if text in "Zz":
        return 0
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 23 or minutes > 59:
        return None
    size = hours * 60 + minutes
    return -size if text[0] == "-" else size


def read_day(text: str) -> int | None:
    """An ISO date as a day number; None if it is none."""
    return _ordinal(text) if _DATE.match(text) else None


def _ordinal(text: str) -> int | None:
    """The number of a day written as YYYY-MM-DD; None if there is no such day."""
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        return None


def _text(raw: object, zone: Zone) -> Reading:
    if not isinstance(raw, str):
        return Reading(wrong="not a text")
    if len(raw) > MAX_TEXT:
        return Reading(wrong=f"longer than {MAX_TEXT} characters")
    compared = compared_text(raw)
    return Reading(compared, raw if raw != compared else None)


def _number(raw: object, zone: Zone) -> Reading:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        return Reading(wrong="not a number")
    if isinstance(raw, int):
        value = bounded(raw * SCALE)
        return Reading(wrong=_UNBOUNDED) if value is None else Reading(value)
    text = raw.strip() if isinstance(raw, str) else _plain(raw)
    value = parse_number(text) if len(text) < 100 else None
    return Reading(wrong=_UNBOUNDED) if value is None else Reading(value)


def _plain(raw: float | Decimal) -> str:
    """A float's shortest decimal without an exponent; texts such as ``nan`` stay and are refused."""
    exact = Decimal(repr(raw)) if isinstance(raw, float) else raw
    return f"{exact:f}" if exact.is_finite() and abs(exact.adjusted()) < 50 else str(raw)


def _boolean(raw: object, zone: Zone) -> Reading:
    if isinstance(raw, bool):
        return Reading(raw)
    truth = _TRUTH.get(raw.strip().lower()) if isinstance(raw, str) else None
    return Reading(wrong="neither true nor false") if truth is None else Reading(truth)


def _date(raw: object, zone: Zone) -> Reading:
    day = read_day(raw.strip()) if isinstance(raw, str) else None
    return Reading(wrong="not a date such as 2026-03-02") if day is None else Reading(day)


def _datetime(raw: object, zone: Zone) -> Reading:
    instant = read_instant(raw, zone) if isinstance(raw, str) else None
    if instant is None:
        return Reading(wrong="not an instant such as 2026-03-02T09:00:00-05:00")
    return Reading(instant)


def _many(raw: object, zone: Zone) -> Reading:
    """A list of texts; of a text, its parts between semicolons."""
    items = raw.split(";") if isinstance(raw, str) else raw
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        return Reading(wrong="not a list of texts")
    kept: dict[str, str] = {}
    for item in items:
        if item.strip():
            kept.setdefault(compared_text(item), item.strip())
    if not kept:
        return MISSING
    compared = sorted(kept)
    shown = list(kept.values())
    return Reading(list[str](compared), shown if shown != compared else None)


_READERS = {
    "text": _text,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "many": _many,
}


def _outside(spec: FieldSpec, reading: Reading) -> str:
    """What is wrong with a value that has the right type, or an empty text."""
    value = reading.value
    if spec.values:
        allowed = _allowed(spec)
        for item in value if isinstance(value, list) else (value,):
            if item not in allowed:
                return f"not one of {', '.join(spec.values)}"
    if spec.type == "number" and isinstance(value, int):
        low, high = bounds(spec)
        if low is not None and value < low:
            return f"below its min, {spec.min}"
        if high is not None and value > high:
            return f"above its max, {spec.max}"
    return ""


def _allowed(spec: FieldSpec) -> set[Value | None]:
    if spec.type in ("text", "many"):
        return {compared_text(value) for value in spec.values}
    if spec.type == "number":
        return {parse_number(value) for value in spec.values}
    return {read_day(value) for value in spec.values}


def bounds(spec: FieldSpec) -> tuple[int | None, int | None]:
    """A number field's min and max in compared form."""
    return (
        None if spec.min is None else parse_number(spec.min),
        None if spec.max is None else parse_number(spec.max),
    )
