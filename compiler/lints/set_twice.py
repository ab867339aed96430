"""F122: one action gives a field a value and takes it away, or gives it two."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.model import UpdateAccount, UpdateContact, UpdateDeal
from oncue.compiler.model.refs import Ref
from oncue.compiler.resolve.named import acts_of
from oncue.compiler.resolve.workspace import Resolved

_WORDS = {"set": "set", "copy": "copied to", "clear": "cleared"}


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Fields that stand under two of `set`, `copy` and `clear`, or twice under one."""
    for act in acts_of(resolved, ("update_contact", "update_deal", "update_account")):
        if isinstance(act, UpdateContact | UpdateDeal | UpdateAccount):
            yield from _twice(act)


def _twice(act: UpdateContact | UpdateDeal | UpdateAccount) -> Iterator[Diagnostic]:
    first: dict[str, tuple[str, Ref]] = {}
    for how, field in _changed(act):
        before, other = first.setdefault(field.name, (how, field))
        if other is not field:
            also = "twice" if before == how else f"and {_WORDS[before]}"
            message = f"`{field.name}` is {_WORDS[how]} {also} in one action"
            related = (Related("it stands here too", other.span),)
            yield Diagnostic("F122", "error", message, field.span, "decide for one of them", related)


def _changed(act: UpdateContact | UpdateDeal | UpdateAccount) -> Iterator[tuple[str, Ref]]:
    yield from (("set", field) for field, _ in act.set)
    yield from (("copy", field) for field, _ in act.copy)
    yield from (("clear", field) for field in act.clear)
