"""Texts that stand in an action and print values when it runs: notes, titles, text messages, bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from oncue.compiler import model
from oncue.compiler.yaml.nodes import Scalar

# The kinds of steps that have some.
WRITING = frozenset(
    {
        "add_note", "send_sms", "send_notification", "add_deal", "update_deal", "add_deal_note", "add_task",
        "create_salesforce_contact", "create_salesforce_lead", "webhook",
    }
)  # fmt: skip


def inline_texts(act: model.Act | None) -> Iterator[Scalar]:
    """The texts of an action in which placeholders are filled."""
    texts = _TEXTS.get(type(act))
    if texts is not None:
        yield from (scalar for scalar in texts(act) if scalar is not None)


def _webhook(act: model.Webhook) -> Iterator[Scalar | None]:
    yield act.url
    yield from (value for _, value in act.headers)
    yield from (value for _, value in act.body or ())
    yield act.raw


_TEXTS: dict[type, Callable[[Any], Iterable[Scalar | None]]] = {
    model.AddNote: lambda act: (act.text,),
    model.SendSms: lambda act: (act.text,),
    model.SendNotification: lambda act: (act.subject, act.text),
    model.AddDeal: lambda act: (act.title,),
    model.UpdateDeal: lambda act: (act.title,),
    model.AddDealNote: lambda act: (act.text,),
    model.AddTask: lambda act: (act.title, act.note),
    model.CreateSalesforce: lambda act: (value for _, value in act.set),
    model.Webhook: _webhook,
}
