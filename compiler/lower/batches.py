"""Fulfillment lists to the plan."""

from __future__ import annotations

from oncue.compiler import model
from oncue.compiler.lower.uses import Uses
from oncue.compiler.model import batches
from oncue.compiler.resolve.batches import heading_of
from oncue.compiler.yaml.nodes import Scalar
from oncue.schemas import plan


def fulfillment_list(uses: Uses, each: batches.FulfillmentList) -> plan.FulfillmentList:
    """One list, whose schedule is known to be readable."""
    return plan.FulfillmentList(
        at=uses.at(each.key),
        schedule=_schedule(uses, each),
        recipients=tuple(_recipient(one) for one in each.recipients),
        columns=tuple(_column(one) for one in each.columns),
        require=tuple(_path(field) for field in each.require),
        keep=each.keep,
        send_empty=each.send_empty,
        bom=each.bom,
        task=None if each.task is None else _task(each.task),
        description=each.description,
        was=each.was,
    )


def _schedule(uses: Uses, each: batches.FulfillmentList) -> plan.Schedule:
    given = each.schedule
    if given is None:
        raise AssertionError("a list with errors came to be lowered")
    zone = uses.resolved.workspace.settings.timezone if each.timezone is None else each.timezone.text
    return plan.Schedule(" ".join(given.node.text.split()), given.minutes, zone, given.weekdays, given.day)


def _recipient(each: batches.Recipient) -> plan.Recipient:
    return plan.Recipient(each.email.text.strip(), _text(each.subject), _text(each.note))


def _column(each: batches.Column) -> plan.Column:
    field = "" if each.field is None else _path(each.field)
    return plan.Column(heading_of(each), field, "" if each.text is None else each.text.text)


def _path(field: model.Ref) -> str:
    """A field as templates name it."""
    of = field.kind.removesuffix("fields").removesuffix("_")
    return f"{of}.{field.name}" if of else field.name


def _task(each: batches.ListTask) -> plan.ListTask:
    return plan.ListTask(
        owner=each.owner.name,
        title=_text(each.title),
        note=_text(each.note),
        due=each.due,
        sms_owner=each.sms_owner,
        notify_owner_when_overdue=each.notify_owner_when_overdue,
        notify_manager_after=each.notify_manager_after,
    )


def _text(scalar: Scalar | None) -> str:
    return "" if scalar is None else scalar.text.strip()
