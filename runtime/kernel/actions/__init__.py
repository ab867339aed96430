"""The actions: one function each, `(turn, scene, action) -> Verdict`, found by the action's type in the
plan. A new action is its Struct in the plan's schema, one function here and one line of PERFORM; one that
asks another entity has a second function, in ANSWERED, for what it does with the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncue.runtime.kernel.actions import contacts, flow, messages
from oncue.runtime.kernel.letters import Answer
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


Answered = Callable[[Turn, Scene, Any, Answer], Verdict]

ANSWERED: dict[type[does.Action], Answered] = {}  # where an answer has to be acted upon


def answered(turn: Turn, scene: Scene, action: does.Action, answer: Answer) -> Verdict:
    """Goes on with an action that asked. An answer ``failed`` is the action's own failure."""
    if answer.result == "failed":
        return Verdict(result="failed", why=answer.why, data=answer.data)
    act = ANSWERED.get(type(action))
    return Verdict(data=answer.data) if act is None else act(turn, scene, action, answer)


def perform(turn: Turn, scene: Scene, action: does.Action) -> Verdict:
    """Does the action to the contact of this turn."""
    return PERFORM[type(action)](turn, scene, action)
