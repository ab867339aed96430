"""From lines to work: what a line says is read, checked by the kernel's intake, and stands ready to be
handled. Pure: nothing here looks at contacts.

A line with a `type` is an event, every other a contact or account row. What cannot be used is a Refusal.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from oncue.runtime.kernel.inputs import Event, Import
from oncue.runtime.kernel.intake.accounts import AccountRow, admit_account, is_account
from oncue.runtime.kernel.intake.border import RejectedError, instant
from oncue.runtime.kernel.intake.contacts import admit_contact
from oncue.runtime.kernel.intake.lines import Reject, admit_event
from oncue.runtime.kernel.link import Program
from oncue.runtime.reading.inputs import Line
from oncue.runtime.reading.unreadable import NO_OBJECT, UNREADABLE, words
from oncue.schemas.events import EventLine

SILENT = "silent"  # log kinds of inputs from outside
EVENT, CONTACT, ACCOUNT = "event", "contact", "account"
FROM_OUTSIDE = frozenset({EVENT, CONTACT, SILENT, ACCOUNT})

_EVENT_LINE = msgspec.json.Decoder(EventLine)
_ANY = msgspec.json.Decoder()


class Work(Struct, gc=False):
    """One input from outside, ready to be handled at the instant `now`. `ident` is what makes it known
    again: an event's id, a row's file and line; empty where it always counts."""

    now: int
    kind: str
    input: Event | Import | AccountRow
    ident: str
    body: bytes
    file: str = ""
    number: int = 0


class Refusal(Struct, frozen=True):
    """Why a line cannot be used; `skip` where the plan says to pass over it."""

    code: str
    message: str
    skip: bool = False


class When(Struct, frozen=True):
    """The little of a line that sorting needs: the text of its instant, if any."""

    type: str | None = None
    at: str | None = None


_WHEN = msgspec.json.Decoder(When)


def instant_of(program: Program, line: Line) -> int | Refusal | None:
    """Where a line stands in time: an instant, or None for a contact row without one."""
    if line.code:
        return Refusal(line.code, line.message)
    try:
        when = _WHEN.decode(line.data)
    except UNREADABLE as error:
        return Refusal("bad_line", words(line.data, error))
    if not when.at:
        if when.type is None or line.row:
            return None
        return Refusal("bad_line", "the event has no `at`")
    try:
        return instant(program, when.at, None)
    except RejectedError as rejected:
        return Refusal(rejected.reject.code, rejected.reject.message)


def admit(program: Program, line: Line, now: int | None, *, triggers: bool = True) -> Work | Refusal:
    """Reads a line. `now` is its arrival in a live run; None in a replay, where the work's `now` is the
    line's own instant (-1 for a contact row without one)."""
    if line.code:
        return Refusal(line.code, line.message)
    if not line.row and b'"type"' in line.data:
        found = _event(program, line, now)
        if found is not None:
            return found
    return _row(program, line, now, triggers)


def _event(program: Program, line: Line, now: int | None) -> Work | Refusal | None:
    try:
        given = _EVENT_LINE.decode(line.data)
    except UNREADABLE as error:
        return None if _is_row(line.data) else Refusal("bad_line", words(line.data, error))
    event = admit_event(program, given, now=now)
    if type(event) is Event:
        at = event.at if now is None else now
        return Work(at, EVENT, event, event.id, line.data, line.file, line.number)
    return _refused(event)


def _row(program: Program, line: Line, now: int | None, triggers: bool) -> Work | Refusal:
    try:
        row = _ANY.decode(line.data)
    except UNREADABLE as error:
        return Refusal("bad_line", words(line.data, error))
    if not isinstance(row, dict):
        return Refusal("bad_line", NO_OBJECT)
    for key in row:
        if key in _OF_EVENTS and key not in program.fields and not line.row and "account" not in row:
            message = f"the line has `{key}` but no `type`: an event has `id`, `type`, `contact` and `at`"
            return Refusal("bad_line", message)
    of_account = is_account(row)
    found = (
        admit_account(program, row, triggers=triggers)
        if of_account
        else admit_contact(program, row, triggers=triggers)
    )
    if not isinstance(found, Import | AccountRow):
        return _refused(found)
    at = (-1 if found.at is None else found.at) if now is None else now
    ident = f"row:{line.file}:{line.number}" if line.file else ""
    kind = (ACCOUNT if of_account else CONTACT) if triggers else SILENT
    return Work(at, kind, found, ident, line.data, line.file, line.number)


def _refused(reject: Any) -> Refusal:  # noqa: ANN401 -- Event | Reject narrowed by exclusion
    assert isinstance(reject, Reject)  # noqa: S101
    return Refusal(reject.code, reject.message, reject.skip)


def same(left: bytes, right: bytes) -> bool:
    """Whether two admitted lines say the same."""
    return left == right or essence(left) == essence(right)


def essence(line: bytes) -> bytes:
    """What an admitted line says, however it is written: its keys in order, without spaces, 1.0 as 1."""
    return msgspec.json.encode(_SAID.decode(line), order="sorted")


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value


_SAID = msgspec.json.Decoder(float_hook=_number)


def _is_row(data: bytes) -> bool:
    """Whether the word `type` stood somewhere else than as a key of the line."""
    try:
        row = _ANY.decode(data)
    except UNREADABLE:
        return False
    return isinstance(row, dict) and "type" not in row


# Keys that a contact row never has: a line with one of them and no `type` is meant to be an event.
_OF_EVENTS = frozenset(
    {"contact", "asset", "properties", "event", "event_type", "event_name", "timestamp", "messageId"}
)
