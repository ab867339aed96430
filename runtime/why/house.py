"""What happened to everybody, as far as it decides about one contact: plans that took effect, units that were
paused, and what accounts became. Read from the rows of the log that are about no contact."""

from __future__ import annotations

from functools import cached_property

import msgspec

from oncue.runtime.engine.post_office import LETTER
from oncue.runtime.kernel.letters import AccountIs, Shown
from oncue.runtime.kernel.link import Program, link
from oncue.runtime.kernel.values.forms import read
from oncue.runtime.plans import adoption
from oncue.runtime.reading.admission import ACCOUNT, SILENT
from oncue.runtime.stores.base import LogRow, Store
from oncue.schemas.audit import AuditEntry
from oncue.schemas.plan import Plan
from oncue.schemas.values import Value

PLAN, PAUSE, RESUME, DROP = "plan", "pause", "resume", "drop"
_SWITCHES = (PLAN, PAUSE, RESUME, DROP)
_ACCOUNTS = (ACCOUNT, SILENT, LETTER)
_ENTRIES = msgspec.json.Decoder(tuple[AuditEntry, ...])


class InForce:
    """A plan, read when it is asked for, and from when on it ran (0: from the beginning)."""

    def __init__(self, since: int, body: bytes) -> None:
        self.since = since
        self.body = body

    @cached_property
    def plan(self) -> Plan:
        return adoption.read_plan(self.body)


def entries_of(row: LogRow) -> tuple[AuditEntry, ...]:
    """What a row of the log says; nothing once it was erased."""
    return _ENTRIES.decode(row.entries) if row.entries is not None else ()


class House:
    """Everything but the contacts, at the place of the log that has been reached. `rows`: what `take` and
    `news` are to see, in order. `plans`: those that were in force, oldest first."""

    def __init__(self, store: Store) -> None:
        plans = [InForce(at, body) for at, _, body in store.plans()]
        speaks = any(b'"account_fields"' in each.body for each in plans)
        self.rows = list(store.log_of_nobody((*_SWITCHES, *_ACCOUNTS) if speaks else _SWITCHES))
        changes = sum(row.kind == PLAN for row in self.rows)
        self.plans = plans[len(plans) - changes - 1 :]  # the replay of a log begins with another plan instead
        self._here = 0  # of `plans`: the one in force
        self._paused: frozenset[str] = frozenset()
        self._accounts: dict[str, AccountIs] = {}
        self._program: Program | None = None

    @property
    def program(self) -> Program:
        """By the plan in force, with what is paused."""
        if self._program is None:
            self._program = link(self.plans[self._here].plan).with_paused(self._paused)
        return self._program

    def take(self, row: LogRow) -> None:
        """Follows one of them."""
        if row.kind == PLAN:
            self._here, self._program = self._here + 1, None
        elif row.kind in _SWITCHES and row.body is not None:
            unit = frozenset({str(msgspec.json.decode(row.body)["unit"])})
            self._paused = self._paused | unit if row.kind == PAUSE else self._paused - unit
            self._program = self.program.with_paused(self._paused)

    def news(self, row: LogRow) -> AccountIs | None:
        """What an account became by this row, if one changed."""
        for entry in entries_of(row) if row.kind in _ACCOUNTS else ():
            if entry.what == "account.changed":
                told = _changed(self.program, self.account(str(entry.data["account"])), entry)
                self._accounts[told.account] = told
                return msgspec.structs.replace(told, quiet=row.kind == SILENT)
        return None

    def account(self, name: str) -> AccountIs:
        """What an account says of itself now."""
        return self._accounts.get(name, AccountIs(name))


def _changed(program: Program, before: AccountIs, entry: AuditEntry) -> AccountIs:
    """An account with the changes that the audit tells, each as [from, to] in shown form."""
    fields, shown = dict(before.fields), dict(before.shown)
    for name, pair in entry.data.items():
        spec = program.account_fields.get(name)
        if spec is None or not isinstance(pair, list):
            continue
        text = pair[1]
        reading = read(spec, text.split(", ") if spec.type == "many" else text, program.zone)
        _put(fields, name, reading.value)
        _put_shown(shown, name, reading.shown)
    return AccountIs(before.account, fields, shown)


def _put(fields: dict[str, Value], name: str, value: Value | None) -> None:
    fields.pop(name, None)
    if value is not None:
        fields[name] = value


def _put_shown(shown: Shown, name: str, text: str | list[str] | None) -> None:
    shown.pop(name, None)
    if text is not None:
        shown[name] = text
