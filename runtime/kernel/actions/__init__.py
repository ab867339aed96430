"""The actions: one function each, `(turn, scene, action) -> Verdict`, found by the action's type in the
plan. A new action is its Struct in the plan's schema, one function here and one line of PERFORM.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncue.runtime.kernel.actions import contacts, flow, messages
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Scene, Verdict
from oncue.schemas import actions as does

Perform = Callable[[Turn, Scene, Any], Verdict]

PERFORM: dict[type[does.Action], Perform] = {
    does.SendEmail: messages.send_email,
    does.AdjustScore: contacts.adjust_score,
    does.AddTag: contacts.add_tag,
    does.RemoveTag: contacts.remove_tag,
    does.UpdateContact: contacts.update_contact,
    does.AddNote: contacts.add_note,
    does.Subscribe: messages.subscribe,
    does.Unsubscribe: messages.unsubscribe,
    does.WaitFor: flow.wait,
    does.WaitAt: flow.wait,
    does.WaitDate: flow.wait_date,
    does.WaitUntil: flow.wait_until,
    does.If: flow.if_,
    does.Goto: flow.goto,
    does.End: flow.end,
}


def perform(turn: Turn, scene: Scene, action: does.Action) -> Verdict:
    """Does the action to the contact of this turn."""
    return PERFORM[type(action)](turn, scene, action)
