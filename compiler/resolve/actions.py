"""What each action speaks of: emails, lists, fields, people, deals, campaigns, and conditions inside it.

One function per action, found in a table by the record's type. Steps that an action names are looked up
with the campaign's flow (see `campaigns`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncue.compiler import model
from oncue.compiler.expr.catalog import Place
from oncue.compiler.resolve.batches import add_to_fulfillment_list
from oncue.compiler.resolve.deals import add_deal, deal, update_deal
from oncue.compiler.resolve.flow import goal, split_paths, split_test, split_until, wait_date
from oncue.compiler.resolve.funnel import record_response
from oncue.compiler.resolve.lookup import Lookup
from oncue.compiler.resolve.math import math


def act(look: Lookup, each: model.Act | None, place: Place) -> None:
    """Looks up whatever the action names."""
    resolve = _RESOLVE.get(type(each))
    if resolve is not None:
        resolve(look, each, place)


def _optional(look: Lookup, ref: model.Ref | None) -> None:
    if ref is not None:
        look.name(ref)


def _people(look: Lookup, each: model.SendNotification, place: Place) -> None:
    for ref in each.to:
        look.person(ref)


def _convert(look: Lookup, each: model.Convert, place: Place) -> None:
    look.name(each.conversion)
    look.number(each.copy)


def _add_task(look: Lookup, each: model.AddTask, place: Place) -> None:
    look.owner(each.owner)


def _complete_task(look: Lookup, each: model.CompleteTask, place: Place) -> None:
    if each.step is not None and place.campaign is None:
        message = f"there is no step `{each.step.name}`: a fulfillment action belongs to no campaign"
        look.error("N222", each.step, message, "name the task's title: `{title: ...}`")


def _salesforce(look: Lookup, each: model.CreateSalesforce, place: Place) -> None:
    look.names(source for _, source in each.copy)


def _deal_note(look: Lookup, each: model.AddDealNote | model.AdjustDealScore, place: Place) -> None:
    deal(look, each.deal, place)


_RESOLVE: dict[type[Any], Callable[[Lookup, Any, Place], object]] = {
    model.SendEmail: lambda look, each, place: look.name(each.email),
    model.SendSms: lambda look, each, place: _optional(look, each.list),
    model.SendSiteMessage: lambda look, each, place: look.name(each.message),
    model.SendNotification: _people,
    model.UpdateContact: lambda look, each, place: look.update(each),
    model.Subscribe: lambda look, each, place: look.name(each.list),
    model.Unsubscribe: lambda look, each, place: _optional(look, each.list),
    model.Convert: _convert,
    model.AddToAudience: lambda look, each, place: look.name(each.audience),
    model.RemoveFromAudience: lambda look, each, place: look.name(each.audience),
    model.AssignOwner: lambda look, each, place: look.owner(each.owner),
    model.AddDeal: add_deal,
    model.UpdateDeal: update_deal,
    model.AddDealNote: _deal_note,
    model.AdjustDealScore: _deal_note,
    model.UpdateAccount: lambda look, each, place: look.update(each),
    model.AddTask: _add_task,
    model.AddToFulfillmentList: add_to_fulfillment_list,
    model.RecordResponse: record_response,
    model.CompleteTask: _complete_task,
    model.CreateSalesforce: _salesforce,
    model.StartCampaign: lambda look, each, place: look.name(each.campaign),
    model.EndCampaign: lambda look, each, place: _optional(look, each.campaign),
    model.Math: math,
    model.If: lambda look, each, place: look.conditions.add(each.when, place),
    model.WaitUntil: lambda look, each, place: look.conditions.add(each.until, place),
    model.WaitAt: lambda look, each, place: look.zone(each.timezone, contact=True),
    model.WaitDate: wait_date,
    model.SplitPaths: split_paths,
    model.SplitTest: split_test,
    model.SplitUntil: split_until,
    model.Goal: goal,
}
