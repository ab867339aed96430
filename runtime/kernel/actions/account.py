"""The action `update_account`: the contact's account is asked to change its fields."""

from __future__ import annotations

from oncue.runtime.kernel.letters import SetAccount
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.values.assignment import readings
from oncue.runtime.kernel.verdicts import Scene, Verdict, asking, failed
from oncue.schemas.actions import UpdateAccount


def update_account(turn: Turn, scene: Scene, action: UpdateAccount) -> Verdict:
    """Sets, copies (from contact fields) and clears fields of the account, all of them or none."""
    account = turn.state.fields.get("account")
    if account is None:
        return failed("no account")
    found = readings(turn, turn.program.account_fields, action)
    if isinstance(found, str):
        return failed(found)
    values = {name: reading.value for name, reading in found.items() if reading.value is not None}
    shown = {name: reading.shown for name, reading in found.items() if reading.shown is not None}
    clear = tuple(name for name, reading in found.items() if reading.value is None)
    return asking(f"account/{account}", lambda question: SetAccount(question, values, shown, clear))
