"""What fulfillment lists name: time zones, fields, users, addresses that could be nobody's."""

from __future__ import annotations

from oncue.compiler import model
from oncue.compiler.diagnostics import Related
from oncue.compiler.expr.catalog import Place
from oncue.compiler.model.batches import Column, FulfillmentList, Recipient
from oncue.compiler.resolve.lookup import Lookup
from oncue.compiler.resolve.names import SINGULAR, did_you_mean, meant
from oncue.schemas.addresses import is_address


def batches(look: Lookup, workspace: model.Workspace) -> None:
    """Looks up what every list names."""
    for each in workspace.fulfillment_lists.values():
        look.zone(each.timezone)
        for column in each.columns:
            if column.field is not None:
                _field(look, column.field)
        for field in each.require:
            _field(look, field)
        _headings(look, each)
        _recipients(look, each)
        if each.task is not None:
            look.name(each.task.owner)


def _field(look: Lookup, field: model.Ref) -> None:
    known = look.specs(field.kind)
    if field.name in known:
        return
    declare = f"declare it under `{field.kind}` in oncue.yaml"
    hint = (did_you_mean(field.name, known) if known else "") or declare
    message = f"unknown {SINGULAR[field.kind]} `{field.name}`"
    look.error("N203", field, message, hint, fix=meant(field.name, known))


def heading_of(column: Column) -> str:
    """What stands above a column."""
    if column.heading is not None:
        return column.heading.text.strip()
    return column.node.text.strip() if column.field is not None else ""


def _headings(look: Lookup, each: FulfillmentList) -> None:
    first: dict[str, Column] = {}
    for column in each.columns:
        heading = heading_of(column)
        other = first.setdefault(heading, column)
        if other is not column:
            related = (Related("the other one stands here", other.node.span),)
            message = f"two columns called `{heading}`"
            look.error("N101", column.node, message, "give one of them another `heading`", related)


def _recipients(look: Lookup, each: FulfillmentList) -> None:
    first: dict[str, Recipient] = {}
    for recipient in each.recipients:
        address = recipient.email.text.strip()
        if not is_address(address):
            hint = "for example `printer@vendor.test`"
            look.error("S104", recipient.email, f"`{address[:60]}` is no email address", hint)
        other = first.setdefault(address.casefold(), recipient)
        if other is not recipient:
            related = (Related("the other one stands here", other.email.span),)
            hint = "put all instructions into one note"
            look.error("N101", recipient.email, f"`{address}` gets the same batch twice", hint, related)


def add_to_fulfillment_list(look: Lookup, each: model.AddToFulfillmentList, place: Place) -> None:
    """The list; a fulfillment action has no member that could be held."""
    look.name(each.list)
    if each.hold is not None and place.campaign is None:
        hint = "leave `hold` out, or start a campaign with such a step"
        look.error("S107", each.hold, "`hold` keeps a member at its step, and here is none", hint)
