"""Each action as a short sentence in the imperative: `send email welcome`, `add tag hot`.

`say` knows every action of the plan; a flow step's own are in `flow`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncue.cli.words.flow import FLOW
from oncue.cli.words.values import address, both, changes, duration, quoted
from oncue.schemas import actions as does
from oncue.schemas.plan import Plan


def say(plan: Plan, action: does.Action | None) -> str:
    """What the action does; None is `no_action`."""
    if action is None:
        return "do nothing"
    name = name_of(type(action))
    return FLOW[name](plan, action) if name in FLOW else WORDS[name](action)


def name_of(kind: type[Any]) -> str:
    """An action's name in the plan: `send_email`."""
    return str(kind.__struct_config__.tag)


def _score(action: does.AdjustScore | does.AdjustDealScore, whose: str) -> str:
    if action.by is None:
        return f"set {whose} to {action.to}"
    if action.by.startswith("-"):
        return f"take {action.by[1:]} from {whose}"
    return f"add {action.by.removeprefix('+')} to {whose}"


def _subscribe(action: does.Subscribe) -> str:
    return f"subscribe to {action.list} by {both(action.channels)}"


def _unsubscribe(action: does.Unsubscribe) -> str:
    if action.list is None:
        return "unsubscribe from everything"
    return f"unsubscribe from {action.list}{f' by {both(action.channels)}' if action.channels else ''}"


def _sms(action: does.SendSms) -> str:
    of = "operational" if action.operational else f"list {action.list}"
    return f"send SMS {quoted(action.text)} ({of})"


def _notification(action: does.SendNotification) -> str:
    teams = [f"team {team}" for team in action.teams]
    owner = ["the contact's owner"] if action.owner else []
    return f"notify {both([*action.users, *teams, *owner])}: {quoted(action.subject)}"


def _webhook(action: does.Webhook) -> str:
    return f"call {action.method} {address(action.url)}"


_OPERATIONS = {
    "add": "add {operand} to {field}",
    "subtract": "take {operand} from {field}",
    "multiply": "multiply {field} by {operand}",
    "divide": "divide {field} by {operand}",
}


def _field(of: str, name: str) -> str:
    return name if of == "contact" else f"{of}.{name}"


def _math(action: does.Math) -> str:
    operand = action.operand
    if operand.field is not None:
        by = _field(operand.of, operand.field)
    else:
        by = duration(operand.micros) if operand.micros is not None else operand.number or "0"
    said = _OPERATIONS[action.operation].format(operand=by, field=_field(action.of, action.field))
    return said + (_of_deal(action.deal) if action.deal is not None else "")


def _convert(action: does.Convert) -> str:
    if action.copy is not None:
        return f"set off conversion {action.conversion}, worth the value of {action.copy}"
    return f"set off conversion {action.conversion}{f', worth {action.value}' if action.value else ''}"


def picked(pick: does.DealPick) -> str:
    """Which deal: `the deal of step big-deal`, `the newest deal of pipeline sales`."""
    if pick.step is not None:
        return f"the deal of step {pick.step}"
    pipeline = f" of pipeline {pick.pipeline}" if pick.pipeline is not None else ""
    title = f" titled {quoted(pick.title)}" if pick.title is not None else ""
    return f"the newest deal{pipeline}{title}"


def _of_deal(pick: does.DealPick) -> str:
    return "" if pick == does.DealPick() else f" ({picked(pick)})"


def assignee(who: does.Assignee) -> str:
    """`ana`, `the next of team sdr`, `the contact's owner`."""
    if who.user is not None:
        return who.user
    return f"the next of team {who.team}" if who.team is not None else "the contact's owner"


def _add_deal(action: does.AddDeal) -> str:
    said = f"add deal {quoted(action.title)} to {action.pipeline}, stage {action.stage}"
    said += f", worth {action.value}" if action.value is not None else ""
    said += f", worth the value of {action.value_from}" if action.value_from is not None else ""
    said += f", owned by {assignee(action.owner)}" if action.owner is not None else ""
    return "; ".join([said, *changes(action.set, action.copy, (), "")])


def _update_deal(action: does.UpdateDeal) -> str:
    parts = [
        *([f"title it {quoted(action.title)}"] if action.title is not None else []),
        *([f"mark it {action.status}"] if action.status is not None else []),
        *([f"move it to stage {action.stage}"] if action.stage is not None else []),
        *([f"give it to {assignee(action.owner)}"] if action.owner is not None else []),
        *([f"set its value to {action.value}"] if action.value is not None else []),
        *([f"set its value to that of {action.value_from}"] if action.value_from is not None else []),
        *changes(action.set, action.copy, action.clear, ""),
    ]
    return f"update {picked(action.deal)}: {'; '.join(parts)}"


def _add_task(action: does.AddTask) -> str:
    said = f"add task {quoted(action.title)} for {assignee(action.owner)}"
    said += f", due in {duration(action.due)}" if action.due is not None else ""
    said += ", telling the owner by SMS" if action.sms_owner else ""
    said += ", telling the owner when it is overdue" if action.notify_owner_when_overdue else ""
    if action.notify_manager_after is not None:
        said += f", and the manager {duration(action.notify_manager_after)} later"
    return said


def _complete_task(action: does.CompleteTask) -> str:
    return f"complete the task {f'of step {action.step}' if action.step else quoted(action.title or '')}"


def _update_contact(action: does.UpdateContact) -> str:
    return "update the contact: " + "; ".join(changes(action.set, action.copy, action.clear, ""))


def _update_account(action: does.UpdateAccount) -> str:
    return "update the account: " + "; ".join(changes(action.set, action.copy, action.clear, ""))


def _salesforce(action: does.CreateSalesforce) -> str:
    more = "; ".join(changes(action.set, action.copy, (), ""))
    return f"create a Salesforce {action.object.lower()}{f': {more}' if more else ''}"


def _end_campaign(action: does.EndCampaign) -> str:
    return "end all other campaigns" if action.campaign is None else f"end campaign {action.campaign}"


def _held(hold: bool) -> str:
    return ", and wait until its batch is handed over" if hold else ""


WORDS: dict[str, Callable[[Any], str]] = {
    "send_email": lambda action: f"send email {action.email}",
    "send_sms": _sms,
    "send_site_message": lambda action: f"show site message {action.message}",
    "send_notification": _notification,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "convert": _convert,
    "update_contact": _update_contact,
    "add_tag": lambda action: f"add tag {action.tag}",
    "remove_tag": lambda action: f"remove tag {action.tag}",
    "add_note": lambda action: f"add note {quoted(action.text)}",
    "adjust_score": lambda action: _score(action, "the score"),
    "add_to_audience": lambda action: f"add to audience {action.audience}",
    "remove_from_audience": lambda action: f"remove from audience {action.audience}",
    "assign_owner": lambda action: f"make {assignee(action.owner)} the owner",
    "add_deal": _add_deal,
    "update_deal": _update_deal,
    "add_deal_note": lambda action: f"add note {quoted(action.text)} to {picked(action.deal)}",
    "adjust_deal_score": lambda action: _score(action, f"the score of {picked(action.deal)}"),
    "update_account": _update_account,
    "add_task": _add_task,
    "complete_task": _complete_task,
    "create_salesforce": _salesforce,
    "add_to_fulfillment_list": lambda action: f"add to fulfillment list {action.list}{_held(action.hold)}",
    "record_response": lambda action: f"record the status {action.status} in campaign {action.campaign}",
    "start_campaign": lambda action: f"start campaign {action.campaign}",
    "end_campaign": _end_campaign,
    "webhook": _webhook,
    "math": _math,
}
