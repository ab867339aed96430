"""Actions to the plan, one function each. Flow steps stand in `steps`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncue.compiler import model
from oncue.compiler.lower.uses import Uses
from oncue.compiler.resolve.funnel import response_status
from oncue.compiler.resolve.literals import Refusal, Shown, literal
from oncue.compiler.yaml.nodes import Scalar
from oncue.schemas import actions as does
from oncue.schemas.plan import FieldSpec


def shown(specs: dict[str, FieldSpec], field: model.Ref, node: Any) -> Shown:  # noqa: ANN401  any node
    """The shown form of a value without errors."""
    found = literal(field.name, specs[field.name], node)
    if isinstance(found, Refusal):
        raise AssertionError("a value with errors came to be lowered")
    return found


def _written(specs: dict[str, FieldSpec], sets: model.Sets) -> dict[str, Shown]:
    return {field.name: shown(specs, field, value) for field, value in sets}


def _copied(copies: model.Copies) -> dict[str, str]:
    return {field.name: source.name for field, source in copies}


def _names(refs: tuple[model.Ref, ...]) -> tuple[str, ...]:
    return tuple(ref.name for ref in refs)


def _name(ref: model.Ref | None) -> str | None:
    return None if ref is None else ref.name


def _text(scalar: Scalar | None) -> str | None:
    return None if scalar is None else scalar.text


def _line(scalar: Scalar) -> str:
    return scalar.text.strip()


# --- messages -------------------------------------------------------------------------------------


def _send_email(uses: Uses, act: model.SendEmail) -> does.Action:
    return does.SendEmail(act.email.name)


def _send_sms(uses: Uses, act: model.SendSms) -> does.Action:
    return does.SendSms(act.text.text, _name(act.list), act.operational)


def _send_site_message(uses: Uses, act: model.SendSiteMessage) -> does.Action:
    return does.SendSiteMessage(act.message.name)


def _send_notification(uses: Uses, act: model.SendNotification) -> does.Action:
    users = uses.resolved.workspace.users
    return does.SendNotification(
        subject=_line(act.subject),
        text=act.text.text,
        users=tuple(dict.fromkeys(ref.name for ref in act.to if ref.name in users)),
        teams=tuple(dict.fromkeys(ref.name for ref in act.to if ref.name not in users)),
        owner=act.owner,
    )


def _webhook(uses: Uses, act: model.Webhook) -> does.Action:
    return does.Webhook(
        url=act.url.text,
        method=act.method,
        headers={name.text: value.text.strip() for name, value in act.headers},
        body=None if act.body is None else {name.text: value.text for name, value in act.body},
        raw=_text(act.raw),
    )


# --- contacts -------------------------------------------------------------------------------------


def _adjust_score(uses: Uses, act: model.AdjustScore) -> does.Action:
    return does.AdjustScore(act.by, act.to)


def _add_tag(uses: Uses, act: model.AddTag) -> does.Action:
    return does.AddTag(act.tag.text)


def _remove_tag(uses: Uses, act: model.RemoveTag) -> does.Action:
    return does.RemoveTag(act.tag.text)


def _update_contact(uses: Uses, act: model.UpdateContact) -> does.Action:
    fields = uses.resolved.workspace.settings.fields
    return does.UpdateContact(_written(fields, act.set), _copied(act.copy), _names(act.clear))


def _add_note(uses: Uses, act: model.AddNote) -> does.Action:
    return does.AddNote(act.text.text)


def _subscribe(uses: Uses, act: model.Subscribe) -> does.Action:
    return does.Subscribe(act.list.name, act.channels)


def _unsubscribe(uses: Uses, act: model.Unsubscribe) -> does.Action:
    return does.Unsubscribe(_name(act.list), act.channels)


def _convert(uses: Uses, act: model.Convert) -> does.Action:
    return does.Convert(act.conversion.name, act.value, _name(act.copy))


def _add_to_audience(uses: Uses, act: model.AddToAudience) -> does.Action:
    return does.AddToAudience(act.audience.name)


def _remove_from_audience(uses: Uses, act: model.RemoveFromAudience) -> does.Action:
    return does.RemoveFromAudience(act.audience.name)


def _assignee(owner: model.Owner | None) -> does.Assignee:
    return does.Assignee() if owner is None else does.Assignee(_name(owner.user), _name(owner.team))


def _assign_owner(uses: Uses, act: model.AssignOwner) -> does.Action:
    return does.AssignOwner(_assignee(act.owner))


# --- deals, accounts, tasks -----------------------------------------------------------------------


def _pick(pick: model.Pick | None) -> does.DealPick:
    if pick is None:
        return does.DealPick()
    title = None if pick.title is None else _line(pick.title)
    return does.DealPick(_name(pick.step), _name(pick.pipeline), title)


def _add_deal(uses: Uses, act: model.AddDeal) -> does.Action:
    pipelines = uses.resolved.workspace.pipelines
    pipeline = next(iter(pipelines)) if act.pipeline is None else act.pipeline.name
    stage = pipelines[pipeline].stages[0].text if act.stage is None else act.stage.name
    return does.AddDeal(
        title=_line(act.title),
        pipeline=pipeline,
        stage=stage,
        value=act.value,
        value_from=_name(act.value_from),
        owner=None if act.owner is None else _assignee(act.owner),
        set=_written(uses.resolved.workspace.settings.deal_fields, act.set),
        copy=_copied(act.copy),
    )


def _update_deal(uses: Uses, act: model.UpdateDeal) -> does.Action:
    return does.UpdateDeal(
        deal=_pick(act.deal),
        title=None if act.title is None else _line(act.title),
        status=act.status,
        stage=_name(act.stage),
        owner=None if act.owner is None else _assignee(act.owner),
        value=act.value,
        value_from=_name(act.value_from),
        set=_written(uses.resolved.workspace.settings.deal_fields, act.set),
        copy=_copied(act.copy),
        clear=_names(act.clear),
    )


def _add_deal_note(uses: Uses, act: model.AddDealNote) -> does.Action:
    return does.AddDealNote(act.text.text, _pick(act.deal))


def _adjust_deal_score(uses: Uses, act: model.AdjustDealScore) -> does.Action:
    return does.AdjustDealScore(_pick(act.deal), act.by, act.to)


def _update_account(uses: Uses, act: model.UpdateAccount) -> does.Action:
    fields = uses.resolved.workspace.settings.account_fields
    return does.UpdateAccount(_written(fields, act.set), _copied(act.copy), _names(act.clear))


def _record_response(uses: Uses, act: model.RecordResponse) -> does.Action:
    campaign = uses.resolved.workspace.campaigns[act.campaign.name]
    return does.RecordResponse(act.campaign.name, _name(act.status) or response_status(campaign))


def _add_to_fulfillment_list(uses: Uses, act: model.AddToFulfillmentList) -> does.Action:
    return does.AddToFulfillmentList(act.list.name, act.hold is not None)


def _add_task(uses: Uses, act: model.AddTask) -> does.Action:
    return does.AddTask(
        title=_line(act.title),
        owner=_assignee(act.owner),
        due=act.due,
        note=_text(act.note) or "",
        sms_owner=act.sms_owner,
        notify_owner_when_overdue=act.notify_owner_when_overdue,
        notify_manager_after=act.notify_manager_after,
    )


def _complete_task(uses: Uses, act: model.CompleteTask) -> does.Action:
    return does.CompleteTask(_name(act.step), None if act.title is None else _line(act.title))


def _salesforce(uses: Uses, act: model.CreateSalesforce) -> does.Action:
    return does.CreateSalesforce(
        object=act.object,
        set={name.text: value.text for name, value in act.set},
        copy={name.text: source.name for name, source in act.copy},
    )


# --- automation -----------------------------------------------------------------------------------


def _start_campaign(uses: Uses, act: model.StartCampaign) -> does.Action:
    return does.StartCampaign(act.campaign.name)


def _end_campaign(uses: Uses, act: model.EndCampaign) -> does.Action:
    return does.EndCampaign(_name(act.campaign))


def _math(uses: Uses, act: model.Math) -> does.Action:
    operand, target = act.operand, act.target
    field = operand.field
    owned = target.of == "deal" or (field is not None and field.of == "deal")
    return does.Math(
        field=target.field.name,
        operation=act.operation,
        operand=does.Operand(
            number=operand.number,
            micros=operand.micros,
            field=None if field is None else field.field.name,
            of="contact" if field is None else field.of,
        ),
        of=target.of,
        deal=_pick(act.deal) if owned else None,
    )


ACTIONS: dict[type[Any], Callable[[Uses, Any], does.Action]] = {
    model.SendEmail: _send_email,
    model.SendSms: _send_sms,
    model.SendSiteMessage: _send_site_message,
    model.SendNotification: _send_notification,
    model.Webhook: _webhook,
    model.AdjustScore: _adjust_score,
    model.AddTag: _add_tag,
    model.RemoveTag: _remove_tag,
    model.UpdateContact: _update_contact,
    model.AddNote: _add_note,
    model.Subscribe: _subscribe,
    model.Unsubscribe: _unsubscribe,
    model.Convert: _convert,
    model.AddToAudience: _add_to_audience,
    model.RemoveFromAudience: _remove_from_audience,
    model.AssignOwner: _assign_owner,
    model.AddDeal: _add_deal,
    model.UpdateDeal: _update_deal,
    model.AddDealNote: _add_deal_note,
    model.AdjustDealScore: _adjust_deal_score,
    model.UpdateAccount: _update_account,
    model.AddTask: _add_task,
    model.AddToFulfillmentList: _add_to_fulfillment_list,
    model.RecordResponse: _record_response,
    model.CompleteTask: _complete_task,
    model.CreateSalesforce: _salesforce,
    model.StartCampaign: _start_campaign,
    model.EndCampaign: _end_campaign,
    model.Math: _math,
}
