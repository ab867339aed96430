"""Accounts: companies that contacts share. The account keeps its fields; each of its contacts keeps what the
account last said. Rules of this file:

- Whoever asks for a change gets the answer after everybody has heard the new values (also the asker).
- Everybody is told only where something changed.
"""

from __future__ import annotations

import msgspec

from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.entities.kept import AccountState, EntityInput, EntityOutcome
from oncue.runtime.kernel.letters import (
    AccountIs,
    Answer,
    Join,
    Leave,
    Letter,
    ReckonAccount,
    SetAccount,
    Shown,
)
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.values.forms import Reading, show
from oncue.runtime.kernel.values.reckoning import reckon
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
            return _set(program, name, account, input, sender)
        case ReckonAccount():
            return _reckon(program, name, account, input, sender)
        case Leave():
            return EntityOutcome(account)
        case _:
            return EntityOutcome(state)


def _tell(name: str, account: AccountState, to: str, *, quiet: bool = False) -> Letter:
    return Letter(to, name, AccountIs(_id(name), account.fields, account.shown, quiet))


def _id(name: str) -> str:
    return name.partition("/")[2]


def _set(program: Program, name: str, account: AccountState, asked: SetAccount, sender: str) -> EntityOutcome:
    wanted = {key: Reading(value, asked.shown.get(key)) for key, value in asked.set.items()}
    wanted.update({key: Reading() for key in asked.clear})
    outcome, changed = _change(program, name, account, wanted, quiet=asked.quiet)
    if not asked.question:
        return outcome
    why, data = ("", {"changed": list[str](changed)}) if changed else ("no change", {})
    return _and_answer(outcome, sender, name, Answer(asked.question, why=why, data={**data}))


def _reckon(
    program: Program, name: str, account: AccountState, asked: ReckonAccount, sender: str
) -> EntityOutcome:
    spec = program.account_fields.get(asked.name)
    old, operand = account.fields.get(asked.name), _operand(account, asked)
    if spec is None:
        reading = Reading(wrong=f"accounts have no {asked.name}")
    elif isinstance(operand, str):
        reading = Reading(wrong=operand)
    else:
        reading = reckon(f"account.{asked.name}", spec, old, asked.operation, operand, program.zone)
    if spec is None or old is None or reading.value is None:
        answer = Answer(asked.question, "failed", reading.wrong)
        return _and_answer(EntityOutcome(account), sender, name, answer)
    outcome, _ = _change(program, name, account, {asked.name: reading})
    values = {"from": old, "to": reading.value}
    data = {word: show(spec.type, value, None, program.zone) for word, value in values.items()}
    return _and_answer(outcome, sender, name, Answer(asked.question, data={**data}))


def _operand(account: AccountState, asked: ReckonAccount) -> int | str:
    """The right side; or why there is none."""
    if asked.field is None:
        return (asked.number if asked.micros is None else asked.micros) or 0
    value = account.fields.get(asked.field)
    return value if isinstance(value, int) else f"account.{asked.field} has no value"


def _and_answer(outcome: EntityOutcome, to: str, name: str, answer: Answer) -> EntityOutcome:
    """The answer comes after all news."""
    return msgspec.structs.replace(outcome, letters=(*outcome.letters, Letter(to, name, answer)))


def _change(
    program: Program, name: str, account: AccountState, wanted: dict[str, Reading], *, quiet: bool = False
) -> tuple[EntityOutcome, list[str]]:
    """Gives the fields what they are to become, and tells everybody; the names of those that changed too."""
    new = _with(account, wanted)
    changed = _differences(program, account, new, wanted)
    if not changed:
        return EntityOutcome(account), []
    audit = AuditEntry("account.changed", data={"account": _id(name), **changed})
    news = _tell(name, new, f"roster/{_id(name)}", quiet=quiet)
    return EntityOutcome(new, audit=(audit,), letters=(news,)), list(changed)


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
