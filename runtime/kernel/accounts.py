"""Accounts: companies that contacts share. The account keeps its fields; each of its contacts keeps what the
account last said. Rules of this file:

- Whoever asks for a change gets the answer after everybody has heard the new values (also the asker).
- Everybody is told only where something changed.
"""

from __future__ import annotations

import msgspec

from oncue.runtime.kernel import changes
from oncue.runtime.kernel.entities import AccountState, EntityInput, EntityOutcome
from oncue.runtime.kernel.forms import Reading, show
from oncue.runtime.kernel.letters import (
    AccountIs,
    Answer,
    Body,
    Join,
    Leave,
    Letter,
    ReckonAccount,
    SetAccount,
    Shown,
)
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.reckoning import reckon
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.audit import AuditEntry
from oncue.schemas.plan import FieldSpec
from oncue.schemas.values import Value


def take(
    program: Program, name: str, state: AccountState | None, input: EntityInput, now: int, sender: str
) -> EntityOutcome:
    """One input of an account; one that nobody has spoken of before begins without fields."""
    account = state or AccountState()
    match input:
        case Join():
            return EntityOutcome(account, letters=(_tell(name, account, sender, quiet=input.quiet),))
        case SetAccount():
            found = {key: Reading(value, input.shown.get(key)) for key, value in input.set.items()}
            found.update({key: Reading() for key in input.clear})
            return _change(program, name, account, found, sender, input.question, quiet=input.quiet)
        case ReckonAccount():
            return _reckon(program, name, account, input, sender)
        case Leave():
            return EntityOutcome(account)
        case _:
            return EntityOutcome(state)


def _tell(name: str, account: AccountState, to: str, *, quiet: bool = False) -> Letter:
    body = AccountIs(name.partition("/")[2], account.fields, account.shown, quiet)
    return Letter(to, name, body)


def _reckon(
    program: Program, name: str, account: AccountState, asked: ReckonAccount, sender: str
) -> EntityOutcome:
    spec = program.account_fields.get(asked.name)
    if spec is None:
        return EntityOutcome(account, letters=(_no(name, sender, asked, f"accounts have no {asked.name}"),))
    operand = asked.micros if asked.micros is not None else asked.number
    if asked.field is not None:
        value = account.fields.get(asked.field)
        if not isinstance(value, int):
            why = f"account.{asked.field} has no value"
            return EntityOutcome(account, letters=(_no(name, sender, asked, why),))
        operand = value
    old = account.fields.get(asked.name)
    label = f"account.{asked.name}"
    reading = reckon(label, spec, old, asked.operation, operand or 0, program.zone)
    if reading.wrong:
        return EntityOutcome(account, letters=(_no(name, sender, asked, reading.wrong),))
    return _change(program, name, account, {asked.name: reading}, sender, asked.question)


def _no(name: str, sender: str, asked: ReckonAccount, why: str) -> Letter:
    return Letter(sender, name, Answer(asked.question, "failed", why))


def _change(
    program: Program, name: str, account: AccountState, wanted: dict[str, Reading], sender: str,
    question: str, *, quiet: bool = False,
) -> EntityOutcome:  # fmt: skip
    """Gives the fields what they are to become, tells everybody, and answers."""
    new = _with(account, wanted)
    changed = _differences(program, account, new, wanted)
    letters: list[Letter] = []
    audit: tuple[AuditEntry, ...] = ()
    if changed:
        letters.append(_tell(name, new, f"roster/{name.partition('/')[2]}", quiet=quiet))
        audit = (AuditEntry("account.changed", data={"account": name.partition("/")[2], **changed}),)
    if question:
        data: dict[str, Value] = {"changed": sorted(changed)} if changed else {}
        answer: Body = Answer(question, why="" if changed else "no change", data=data)
        letters.append(Letter(sender, name, answer))
    return EntityOutcome(new, audit=audit, letters=tuple(letters))


def _with(account: AccountState, wanted: dict[str, Reading]) -> AccountState:
    fields: dict[str, Value] = {key: value for key, value in account.fields.items() if key not in wanted}
    shown: Shown = {key: text for key, text in account.shown.items() if key not in wanted}
    for key, reading in wanted.items():
        if reading.value is not None:
            fields[key] = reading.value
        if reading.value is not None and reading.shown is not None:
            shown[key] = reading.shown
    return msgspec.structs.replace(account, fields=fields, shown=shown)


def _differences(
    program: Program, old: AccountState, new: AccountState, names: dict[str, Reading]
) -> dict[str, Value]:
    """What changed, each as [from, to] for people."""
    found: dict[str, Value] = {}
    for name in sorted(names):
        spec = program.account_fields.get(name)
        pair = [_line(program, spec, state, name) for state in (old, new)]
        if pair[0] != pair[1]:
            found[name] = pair
    return found


def _line(program: Program, spec: FieldSpec | None, account: AccountState, name: str) -> str:
    value = account.fields.get(name)
    if value is None or spec is None:
        return ""
    text = show(spec.type, value, account.shown.get(name), program.zone)
    return ", ".join(text) if isinstance(text, list) else text


# --- the contact's side


def hear(turn: Turn, letter: Letter) -> None:
    """The contact's account has said what its fields are; one that it has left is not listened to."""
    told = letter.body
    if not isinstance(told, AccountIs) or turn.state.fields.get("account") != told.account:
        return
    if told.quiet:
        turn.mute = "all"
    changes.set_account(turn, told.fields, told.shown)
