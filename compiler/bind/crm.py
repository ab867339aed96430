"""Actions on deals, accounts and tasks, and on Salesforce."""

from __future__ import annotations

from typing import Any, Literal

from oncue.compiler import model
from oncue.compiler.bind.forms import (
    BROKEN,
    Inner,
    Read,
    change,
    copies,
    get,
    line,
    number,
    only_one,
    owner,
    part,
    pick,
    plain_line,
    prose,
    sets,
)
from oncue.compiler.bind.messages import texts
from oncue.compiler.bind.reading import Reader
from oncue.compiler.model import Act, Ref
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar
from oncue.schemas.builtins import DEAL_STATUSES

_WORTH = ("value", "value_from")


def _add_deal(reader: Reader, node: Node, inner: Inner) -> Act:
    title = line(reader, part(reader, node, "title"), "a title")
    only_one(reader, node, _WORTH)
    if title is None:
        return BROKEN
    return model.AddDeal(
        node=node,
        title=title,
        pipeline=reader.ref("pipelines", get(node, "pipeline")),
        stage=reader.ref("stages", get(node, "stage")),
        value=number(reader, get(node, "value")),
        value_from=reader.ref("fields", get(node, "value_from")),
        owner=owner(reader, get(node, "owner")),
        set=sets(reader, get(node, "set"), "deal_fields"),
        copy=copies(reader, get(node, "copy"), "deal_fields"),
    )


def _update_deal(reader: Reader, node: Node, inner: Inner) -> Act:
    mapping = reader.mapping(node, "what to change")
    if mapping is None:
        return BROKEN
    only_one(reader, mapping, _WORTH)
    if mapping.entries and all(key.text == "deal" for key, _ in mapping):
        hint = "add `status`, `stage`, `value`, `title`, `owner`, `set`, `copy` or `clear`"
        reader.error("S108", mapping, "nothing of the deal is changed", hint)
    status: Any = reader.choice(mapping.get("status"), DEAL_STATUSES)
    return model.UpdateDeal(
        deal=pick(reader, mapping.get("deal")),
        title=line(reader, mapping.get("title"), "a title"),
        status=status,
        stage=reader.ref("stages", mapping.get("stage")),
        owner=owner(reader, mapping.get("owner")),
        value=number(reader, mapping.get("value")),
        value_from=reader.ref("fields", mapping.get("value_from")),
        set=sets(reader, mapping.get("set"), "deal_fields"),
        copy=copies(reader, mapping.get("copy"), "deal_fields"),
        clear=reader.refs("deal_fields", mapping.get("clear")),
    )


def _add_deal_note(reader: Reader, node: Node, inner: Inner) -> Act:
    text = prose(reader, part(reader, node, "text"))
    return BROKEN if text is None else model.AddDealNote(text, pick(reader, get(node, "deal")))


def _adjust_deal_score(reader: Reader, node: Node, inner: Inner) -> Act:
    found = change(reader, node)
    return BROKEN if found is None else model.AdjustDealScore(pick(reader, get(node, "deal")), *found)


def _update_account(reader: Reader, node: Node, inner: Inner) -> Act:
    mapping = reader.mapping(node, "`set`, `copy` or `clear`")
    if mapping is None:
        return BROKEN
    return model.UpdateAccount(
        set=sets(reader, mapping.get("set"), "account_fields"),
        copy=copies(reader, mapping.get("copy"), "account_fields"),
        clear=reader.refs("account_fields", mapping.get("clear")),
    )


# --- tasks ----------------------------------------------------------------------------------------


def _add_task(reader: Reader, node: Node, inner: Inner) -> Act:
    title = line(reader, part(reader, node, "title"), "a title")
    if title is None:
        return BROKEN
    due, overdue = reader.duration(get(node, "due")), _needs_due(node)
    owner_told = reader.boolean(get(node, "notify_owner_when_overdue"), default=False)
    manager = reader.duration(get(node, "notify_manager_after"))
    if due is None and get(node, "due") is None and overdue is not None and (owner_told or manager):
        hint = "add `due:`, such as `due: 3 days`"
        reader.error("S107", overdue, f"`{overdue.text}` without `due`: the task is never overdue", hint)
    return model.AddTask(
        title=title,
        owner=owner(reader, get(node, "owner")),
        due=due,
        note=prose(reader, get(node, "note")),
        sms_owner=reader.boolean(get(node, "sms_owner"), default=False),
        notify_owner_when_overdue=owner_told,
        notify_manager_after=manager,
    )


def _needs_due(node: Node) -> Scalar | None:
    if type(node) is not Mapping:
        return None
    return node.key("notify_owner_when_overdue") or node.key("notify_manager_after")


def _complete_task(reader: Reader, node: Node, inner: Inner) -> Act:
    title = get(node, "title")
    if title is not None:
        found = plain_line(reader, title, "a title")
        return BROKEN if found is None else model.CompleteTask(title=found)
    step = reader.ref("steps", part(reader, node, "step"))
    return BROKEN if step is None else model.CompleteTask(step=step)


# --- Salesforce -----------------------------------------------------------------------------------


def _salesforce(what: Literal["Contact", "Lead"]) -> Read:
    def read(reader: Reader, node: Node, inner: Inner) -> Act:
        if type(node) is Scalar and node.text in ("", f"create_salesforce_{what.lower()}"):
            return model.CreateSalesforce(what)
        mapping = reader.mapping(node, "`set` or `copy`")
        if mapping is None:
            return BROKEN
        copy = reader.mapping(mapping.get("copy"), "fields of Salesforce and contact fields")
        found = [(key, reader.ref("fields", value)) for key, value in copy or ()]
        return model.CreateSalesforce(
            object=what,
            set=texts(reader, mapping.get("set"), "fields of Salesforce and texts"),
            copy=tuple((key, field) for key, field in found if isinstance(field, Ref)),
        )

    return read


CRM: dict[str, Read] = {
    "add_deal": _add_deal,
    "update_deal": _update_deal,
    "add_deal_note": _add_deal_note,
    "adjust_deal_score": _adjust_deal_score,
    "update_account": _update_account,
    "add_task": _add_task,
    "complete_task": _complete_task,
    "create_salesforce_contact": _salesforce("Contact"),
    "create_salesforce_lead": _salesforce("Lead"),
}
