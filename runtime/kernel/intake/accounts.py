"""Account rows from outside (CSV, or JSON without a `type`): `account` and no contact, then the account's
fields. An undeclared column is refused, as in contact rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from msgspec import Struct

from oncue.runtime.kernel.intake.border import Reject, RejectedError, check_id, instant, read_values
from oncue.runtime.kernel.intake.meant import meant
from oncue.runtime.kernel.letters import SetAccount
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.values.forms import Reading, read
from oncue.schemas.plan import FieldSpec

BESIDES = frozenset({"account", "at"})  # the columns that are no fields of the account
WHO = frozenset({"id", "email", "anonymous_id"})  # a row with one of these is a contact's
_TEXT = FieldSpec("text")


class AccountRow(Struct, frozen=True):
    """What a row says: the account (its id in compared form), and its new values."""

    account: str
    change: SetAccount
    at: int | None = None


def is_account(row: Mapping[str, object]) -> bool:
    """Whether a row is about an account, and not about a contact of one."""
    return "account" in row and WHO.isdisjoint(row)


def admit_account(
    program: Program, row: Mapping[str, object], *, triggers: bool = True
) -> AccountRow | Reject:
    """Reads an account row; `triggers` False loads it silently."""
    try:
        return _row(program, row, quiet=not triggers)
    except RejectedError as rejected:
        return rejected.reject


def _row(program: Program, row: Mapping[str, object], *, quiet: bool) -> AccountRow:
    given = read_values(row, BESIDES, partial(_field, program))
    at = row.get("at")
    return AccountRow(
        account=_account(program, row["account"]),
        change=SetAccount(set=given.values, shown=given.shown, clear=given.clear, quiet=quiet),
        at=None if at is None or at == "" else instant(program, str(at), None),
    )


def _account(program: Program, raw: object) -> str:
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    reading = read(_TEXT, raw, program.zone)
    if reading.wrong:
        raise RejectedError("bad_value", f"account is {str(raw)[:40]!r}, {reading.wrong}")
    name = reading.value if isinstance(reading.value, str) else ""
    check_id(name, "no_account", "the account's id")
    return name


def _field(program: Program, name: str, raw: object) -> Reading:
    spec = program.plan.account_fields.get(name)
    if spec is None:
        if name in program.fields:
            why = f"{name} is a contact's field, and the row names no contact (id, email or anonymous_id)"
            raise RejectedError("no_contact", why)
        hint = meant(name, (*program.plan.account_fields, *BESIDES))
        raise RejectedError("unknown_field", f"no account field {name[:80]!r} is declared{hint}")
    reading = read(spec, raw, program.zone)
    if reading.wrong:
        raise RejectedError("bad_value", f"{name} is {str(raw)[:40]!r}, {reading.wrong}")
    return reading
