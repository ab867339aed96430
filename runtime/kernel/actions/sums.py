"""The action `math`: reckons with a field of the contact, of one of its deals, or of its account (which is
asked). A missing value, on either side, fails; a score is clamped to its min and max."""

from __future__ import annotations

from oncue.runtime.kernel.actions.contacts import clamped
from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.contact.deals import pick, value_of
from oncue.runtime.kernel.letters import ReckonAccount
from oncue.runtime.kernel.state import Deal
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.values.forms import Reading, bounds, show
from oncue.runtime.kernel.values.reckoning import reckon
from oncue.runtime.kernel.verdicts import Scene, Verdict, asking, failed
from oncue.schemas.actions import DealPick, Math
from oncue.schemas.plan import FieldSpec
from oncue.schemas.values import Value, parse_number


def math(turn: Turn, scene: Scene, action: Math) -> Verdict:
    """Changes the field, or fails and leaves it."""
    deal = None
    if "deal" in (action.of, action.operand.of):
        found = pick(turn.state, action.deal or DealPick(), scene.member)
        if isinstance(found, str):
            return failed(found)
        deal = found
    if action.of == "account":
        return _ask(turn, action, deal)
    operand = _operand(turn, action, deal)
    if isinstance(operand, str):
        return failed(operand)
    return (
        _of_contact(turn, action, operand)
        if deal is None or action.of == "contact"
        else _of_deal(turn, action, deal, operand)
    )


def _operand(turn: Turn, action: Math, deal: Deal | None) -> int | str:
    """The right side: a number in compared form or microseconds; or why there is none."""
    operand = action.operand
    if operand.micros is not None:
        return operand.micros
    if operand.number is not None:
        number = parse_number(operand.number)
        return "overflow" if number is None else number
    name = operand.field or ""
    if operand.of == "deal":
        value = None if deal is None else value_of(deal, name)
    else:
        value = (turn.state.fields if operand.of == "contact" else turn.state.account).get(name)
    return value if isinstance(value, int) else f"{_called(operand.of, name)} has no value"


def _called(of: str, name: str) -> str:
    return name if of == "contact" else f"{of}.{name}"


def _of_contact(turn: Turn, action: Math, operand: int) -> Verdict:
    program, name = turn.program, action.field
    old, spec = turn.state.fields.get(name), program.fields[name]
    reading = _reckoned(turn, action, spec, old, operand)
    if reading.wrong or reading.value is None:
        return failed(reading.wrong)
    changes.set_field(turn, name, reading.value)
    return _done(turn, spec, old, reading)


def _of_deal(turn: Turn, action: Math, deal: Deal, operand: int) -> Verdict:
    name = action.field
    old, spec = value_of(deal, name), turn.program.deal_fields[name]
    reading = reckon(f"deal.{name}", spec, old, action.operation, operand, turn.program.zone)
    if reading.wrong or reading.value is None:
        return failed(reading.wrong)
    changes.set_deal(turn, deal, name, reading.value)
    return _done(turn, spec, old, reading, deal=deal.id)


def _reckoned(turn: Turn, action: Math, spec: FieldSpec, old: Value | None, operand: int) -> Reading:
    """The new value; a score that would go beyond its bounds stops there, and `shown` says so."""
    name, zone = action.field, turn.program.zone
    if name != "score":
        return reckon(name, spec, old, action.operation, operand, zone)
    free = reckon(name, FieldSpec("number"), old, action.operation, operand, zone)
    if not isinstance(free.value, int):
        return free
    new = clamped(free.value, bounds(spec))
    return Reading(new, shown=None if new == free.value else "clamped")


def _done(turn: Turn, spec: FieldSpec, old: Value | None, reading: Reading, deal: str = "") -> Verdict:
    zone = turn.program.zone
    data: dict[str, Value] = {"deal": deal} if deal else {}
    for name, value in (("from", old), ("to", reading.value)):
        if value is not None:
            data[name] = show(spec.type, value, None, zone)
    return Verdict(why="clamped" if reading.shown == "clamped" else "", data=data)


# --- of the account


def _ask(turn: Turn, action: Math, deal: Deal | None) -> Verdict:
    """The account itself reckons: it alone knows what its field says at that instant."""
    account, operand = turn.state.fields.get("account"), action.operand
    if account is None:
        return failed("no account")
    field = operand.field if operand.of == "account" else None
    right = _operand(turn, action, deal) if field is None else 0
    if isinstance(right, str):
        return failed(right)
    micros = None if operand.micros is None else right
    number = right if field is None and micros is None else None

    def question(name: str) -> ReckonAccount:
        return ReckonAccount(name, action.field, action.operation, number, micros, field)

    return asking(f"account/{account}", question)
