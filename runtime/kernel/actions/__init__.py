"""The actions: one function each, `(turn, scene, action) -> Verdict`, found by the action's type in the
plan. A new action is its Struct in the plan's schema, one function here and one line of PERFORM; one that
asks another entity has a second function, in ANSWERED, for what it does with the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncue.runtime.kernel.actions import (
    account,
    campaigns,
    consent,
    contacts,
    conversions,
    deals,
    flow,
    lists,
    messages,
    outside,
    owners,
    responses,
    splits,
    sums,
    tasks,
)
from oncue.runtime.kernel.letters import Answer
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Scene, Verdict
from oncue.schemas import actions as does

Perform = Callable[[Turn, Scene, Any], Verdict]

PERFORM: dict[type[does.Action], Perform] = {
    does.SendEmail: messages.send_email,
    does.SendSms: messages.send_sms,
    does.SendSiteMessage: messages.send_site_message,
    does.SendNotification: messages.send_notification,
    does.AdjustScore: contacts.adjust_score,
    does.AddTag: contacts.add_tag,
    does.RemoveTag: contacts.remove_tag,
    does.UpdateContact: contacts.update_contact,
    does.AddNote: contacts.add_note,
    does.Subscribe: consent.subscribe,
    does.Unsubscribe: consent.unsubscribe,
    does.Convert: conversions.convert,
    does.AssignOwner: owners.assign_owner,
    does.AddDeal: deals.add_deal,
    does.UpdateDeal: deals.update_deal,
    does.AddDealNote: deals.add_deal_note,
    does.AdjustDealScore: deals.adjust_deal_score,
    does.UpdateAccount: account.update_account,
    does.AddTask: tasks.add_task,
    does.CompleteTask: tasks.complete_task,
    does.AddToFulfillmentList: lists.add_to_fulfillment_list,
    does.RecordResponse: responses.record_response,
    does.StartCampaign: campaigns.start_campaign,
    does.EndCampaign: campaigns.end_campaign,
    does.Math: sums.math,
    does.Webhook: outside.webhook,
    does.AddToAudience: outside.add_to_audience,
    does.RemoveFromAudience: outside.remove_from_audience,
    does.CreateSalesforce: outside.create_salesforce,
    does.WaitFor: flow.wait,
    does.WaitAt: flow.wait,
    does.WaitDate: flow.wait_date,
    does.WaitUntil: flow.wait_until,
    does.If: flow.if_,
    does.SplitPaths: splits.split_paths,
    does.SplitTest: splits.split_test,
    does.SplitUntil: splits.split_until,
    does.Goto: flow.goto,
    does.Goal: flow.goal,
    does.End: flow.end,
}


Answered = Callable[[Turn, Scene, Any, Answer], Verdict]

# where an answer has to be acted upon
ANSWERED: dict[type[does.Action], Answered] = {
    does.AssignOwner: owners.owner_answered,
    does.AddDeal: deals.add_deal_answered,
    does.UpdateDeal: deals.update_deal_answered,
    does.AddTask: tasks.add_task_answered,
    does.SplitTest: splits.take_path,
    does.SplitUntil: splits.take_path,
}


def answered(turn: Turn, scene: Scene, action: does.Action, answer: Answer) -> Verdict:
    """Goes on with an action that asked. An answer ``failed`` is the action's own failure."""
    if answer.result == "failed":
        return Verdict(result="failed", why=answer.why, data=answer.data)
    act = ANSWERED.get(type(action))
    return Verdict(why=answer.why, data=answer.data) if act is None else act(turn, scene, action, answer)


def perform(turn: Turn, scene: Scene, action: does.Action) -> Verdict:
    """Does the action to the contact of this turn."""
    return PERFORM[type(action)](turn, scene, action)
