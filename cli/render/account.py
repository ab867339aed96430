"""Accounts: a table of them, and one with its contacts."""

from __future__ import annotations

from collections.abc import Sequence

from oncue.cli.render.table import clean, draw
from oncue.runtime.views.accounts import Account


def listing(accounts: Sequence[Account]) -> str:
    """The table."""
    rows = [[each.id, f"{len(each.contacts):,}", "; ".join(_fields(each))] for each in accounts]
    return draw(["account", "contacts", "fields"], rows, right=frozenset({1}))


def one(account: Account) -> str:
    """The account, one thing a line."""
    facts = [*_fields(account), *(f"contact: {key}" for key in account.contacts)]
    return "\n".join([clean(account.id), *(f"  {clean(fact)}" for fact in facts)])


def _fields(account: Account) -> list[str]:
    return [
        f"{name}: {', '.join(value) if isinstance(value, list) else value}"
        for name, value in account.fields.items()
    ]
