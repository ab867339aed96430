"""What is wrong with a line that cannot be read, in words: no JSON, another shape, an endless number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from math import isinf

import msgspec

# What reading a line as JSON may raise: no JSON, another shape, no UTF-8, ten thousand brackets.
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
NO_OBJECT = "the line is no JSON object; each line holds one event or contact row"
_LONGEST = 4_300  # digits of a whole number that is read at all
_HALF = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])")  # of a character that needs two


def words(data: bytes, error: Exception) -> str:
    """Why a line raised one of UNREADABLE."""
    if isinstance(error, RecursionError):
        return "the line is nested too deeply"
    if isinstance(error, msgspec.ValidationError):
        return (_beyond(data) or _shape(str(error))) if data[:1] == b"{" else NO_OBJECT
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "the line is not UTF-8"
    return _malformed(data, error)


def no_json(error: Exception) -> str:
    """What msgspec found, to stand after "is no JSON:"."""
    return str(error).removeprefix("JSON is malformed: ")


def _malformed(data: bytes, error: Exception) -> str:
    if data[:1] != b"{":
        return NO_OBJECT
    half = _HALF.search(data)
    if "truncated" in str(error) and half is not None:
        return f"the line is no JSON: {half[0].decode()} is half a character (byte {half.start()})"
    if "truncated" in str(error) or (data[-1:] != b"}" and "trailing" not in str(error)):
        return "the line breaks off: no whole JSON object"
    return f"the line is no JSON: {no_json(error)}"


class _Written(str):
    """A number, as the line has it."""

    __slots__ = ()

    @property
    def is_beyond(self) -> bool:
        """Whether it cannot be read as a number."""
        return len(self) > _LONGEST or isinf(float(self))


_READ = json.JSONDecoder(parse_int=_Written, parse_float=_Written, object_pairs_hook=tuple)


def _beyond(data: bytes) -> str:
    """The first number that no field and no property can hold, or nothing."""
    try:
        left = [("", _READ.decode(data.decode()))]
    except (ValueError, RecursionError):
        return ""
    while left:
        place, value = left.pop()
        if isinstance(value, tuple):
            left += [(f"{place}.{key}" if place else key, each) for key, each in reversed(value)]
        elif isinstance(value, list):
            left += [(f"{place}[{number}]", each) for number, each in reversed([*enumerate(value)])]
        elif isinstance(value, _Written) and value.is_beyond:
            return f"{place} is {str(value)[:40]}, not a number below 10^18"
    return ""


# What an event's keys are called elsewhere.
_ELSEWHERE = {
    "at": ("timestamp", "time", "datetime", "ts", "date", "created_at", "occurred_at", "sent_at", "sentat"),
    "contact": ("user", "userid", "user_id", "contact_id", "customer", "customer_id", "email", "anonymousid",
                "anonymous_id", "profile", "distinct_id"),
    "type": ("event", "event_type", "event_name", "name", "action"),
    "properties": ("props", "property", "data", "payload", "params", "attributes", "traits"),
    "id": ("messageid", "message_id", "event_id", "uuid", "insert_id"),
    "asset": ("page", "form", "asset_id"),
}  # fmt: skip
_OURS = {theirs: ours for ours, others in _ELSEWHERE.items() for theirs in (ours, *others)}


def _meant(key: str) -> str:
    if "." in key:
        return ": a contact is a text, or has `id`, `email`, `anonymous_id`"
    ours = _OURS.get(key.lower())
    return f"; did you mean `{ours}`?" if ours else "; what an event carries stands in `properties`"


_TYPES = (
    (" | null", ""), ("`str | object`", "a text or an object"), ("`str`", "a text"), ("`int`", "a number"),
    ("`float`", "a number"), ("`null`", "nothing"), ("`object`", "an object"), ("`array`", "a list"),
    ("`bool`", "true or false"),
)  # fmt: skip
_SHAPES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("Object missing required field `", lambda name: f"the line lacks `{name}`"),
    ("Object contains unknown field `", lambda name: f"the line has an unknown key `{name}`{_meant(name)}"),
)


def _shape(text: str) -> str:
    for start, say in _SHAPES:
        if text.startswith(start):
            name, _, rest = text.removeprefix(start).partition("`")
            where = rest.partition("`$.")[2].rstrip("`")
            return say(f"{where}.{name}" if where else name)
    what, _, where = text.partition(" - at `$.")
    for name, word in _TYPES:
        what = what.replace(name, word)
    example = ", such as 2026-03-02T09:00:00Z" if where.rstrip("`") == "at" else ""
    return f"{where.rstrip('`')}: {what.lower()}{example}" if where else what
