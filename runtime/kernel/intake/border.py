"""What both kinds of input line share at the border: identifiers, instants, and how one is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from datetime import date

from msgspec import Struct

from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.values.forms import MAX_ID, NO_EMAIL, Reading, is_id, read_instant
from oncue.schemas.addresses import is_email
from oncue.schemas.events import Who
from oncue.schemas.values import DAY, MINUTE, Value

AHEAD = 5 * MINUTE  # how far a live event's `at` may lie in the future
LATEST = (date(2200, 1, 1).toordinal() - date(1970, 1, 1).toordinal()) * DAY


class Reject(Struct, frozen=True):
    """Why a line is not taken. `skip`: the plan says to pass over such lines instead."""

    code: str
    message: str
    skip: bool = False


class RejectedError(Exception):
    """Carries a Reject out of the reading of a line; never leaves `admit_event` and `admit_contact`."""

    def __init__(self, code: str, message: str, *, skip: bool = False) -> None:
        super().__init__(message)
        self.reject = Reject(code, message, skip)


def who_of(contact: str | Who | None) -> Who:
    """The identifiers that a line's `contact` gives: a text is an email if it holds @, else an id."""
    if isinstance(contact, str):
        return Who(email=contact) if "@" in contact else Who(id=contact)
    return contact or Who()


def check_who(who: Who, hint: str = "") -> None:
    """Raises RejectedError where nobody is named, or the name cannot be one. `hint`: what else an email that
    is none may be."""
    if not ((who.id or "").strip() or (who.email or "").strip() or (who.anonymous_id or "").strip()):
        raise RejectedError("no_contact", "the line names no contact")
    for text, what in ((who.id, "id"), (who.email, "email"), (who.anonymous_id, "anonymous_id")):
        if text is not None:
            check_id(text, "no_contact", f"the contact's {what}")
    if who.email is not None and not is_email(who.email.strip()):
        raise RejectedError("bad_email", f"the contact's email is {who.email[:40]!r}, {NO_EMAIL}{hint}")


def instant(program: Program, text: str, now: int | None) -> int:
    """An `at`; raises RejectedError where it cannot be one."""
    at = read_instant(text, program.zone)
    if at is None:
        raise RejectedError("bad_time", f"at is {text[:40]!r}, not an instant such as 2026-03-02T09:00:00Z")
    if at < 0:
        raise RejectedError("bad_time", f"at is {text[:40]!r}, before 1970")
    if at >= LATEST or (now is not None and at > now + AHEAD):
        raise RejectedError("future_time", f"at is {text[:40]!r}, too far in the future")
    return at


def check_id(text: str, code: str, what: str) -> None:
    """Raises RejectedError where an identifier is empty, too long or not printable."""
    if not text.strip():
        raise RejectedError(code, f"{what} is empty")
    if not is_id(text):
        raise RejectedError("bad_id", f"{what} is longer than {MAX_ID} characters or has control characters")


class Values(Struct, frozen=True):
    """What a row says of declared fields: compared forms, shown ones where they differ, and what is empty."""

    values: dict[str, Value]
    shown: dict[str, str | list[str]]
    clear: tuple[str, ...]


def read_values(
    row: Mapping[str, object], besides: Set[str], read_one: Callable[[str, object], Reading]
) -> Values:
    """Reads every key of a row that is not among `besides`; `read_one` refuses what it cannot take."""
    values: dict[str, Value] = {}
    shown: dict[str, str | list[str]] = {}
    clear: list[str] = []
    for name in row:
        if name in besides:
            continue
        reading = read_one(name, row[name])
        if reading.value is None:
            clear.append(name)
            continue
        values[name] = reading.value
        if reading.shown is not None:
            shown[name] = reading.shown
    return Values(values, shown, tuple(clear))
