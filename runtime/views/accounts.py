"""Accounts as people and programs read them. Looking only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from oncue.runtime.engine.entities import decode
from oncue.runtime.errors import CommandError
from oncue.runtime.kernel.entities.kept import AccountState
from oncue.runtime.kernel.link import link
from oncue.runtime.plans import adoption
from oncue.runtime.stores.base import Store
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views.profiles import shown_as
from oncue.schemas.values import compared_text

_PREFIX = "account/"


class Account(Struct, frozen=True):
    """`fields` in shown form; `contacts`: their keys, in order of joining."""

    id: str
    fields: dict[str, str | list[str]]
    contacts: list[str]


def accounts(database: Path) -> list[Account]:
    """Every account, by id."""
    return list(_read(database, _PREFIX))


def account(database: Path, given: str) -> Account:
    """One account. Raises CommandError."""
    name = compared_text(given)
    found = next((one for one in _read(database, _PREFIX + name) if one.id == name), None)
    if found is None:
        raise CommandError(f"there is no account {given}")
    return found


def _read(database: Path, prefix: str) -> Iterator[Account]:
    store = SqliteStore(database, write=False)
    try:
        plan = adoption.plan_in_force(store)
        assert plan is not None  # noqa: S101 -- a database has a plan from its first moment
        program = link(plan)
        for row in store.entities(prefix):
            state = decode(row.name, row.state)
            if isinstance(state, AccountState):
                fields = shown_as(program, plan.account_fields, state.fields, state.shown)
                name = row.name.removeprefix(_PREFIX)
                yield Account(name, fields, _contacts(store, name))
    finally:
        store.close()


def _contacts(store: Store, account: str) -> list[str]:
    numbers = store.roster(account)
    keys = store.keys(numbers)
    return [keys[number] for number in numbers]
