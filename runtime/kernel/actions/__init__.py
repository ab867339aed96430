"""The actions: one function each, `(turn, scene, action) -> Verdict`, found by the action's type in the
plan. A new action is its Struct in the plan's schema, one function here and one line of PERFORM.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncue.runtime.kernel.actions import contacts, flow, messages
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Scene, Verdict
from oncue.schemas import plan

Perform = Callable[[Turn, Scene, Any], Verdict]

PERFORM: dict[type[plan.Action], Perform] = {
    plan.SendEmail: messages.send_email,
    plan.AdjustScore: contacts.adjust_score,
    plan.AddTag: contacts.add_tag,
    plan.RemoveTag: contacts.remove_tag,
    plan.UpdateContact: contacts.update_contact,
    plan.AddNote: contacts.add_note,
    plan.Subscribe: messages.subscribe,
    plan.Unsubscribe: messages.unsubscribe,
    plan.WaitFor: flow.wait,
    plan.WaitAt: flow.wait,
    plan.WaitDate: flow.wait_date,
    plan.WaitUntil: flow.wait_until,
    plan.If: flow.if_,
    plan.Goto: flow.goto,
    plan.End: flow.end,
}


def perform(turn: Turn, scene: Scene, action: plan.Action) -> Verdict:
    """Does the action to the contact of this turn."""
    return PERFORM[type(action)](turn, scene, action)
