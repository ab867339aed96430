"""Actions on the contact itself, and on its way through other campaigns."""

from __future__ import annotations

from oncue.compiler import model
from oncue.compiler.bind.forms import (
    BROKEN,
    Inner,
    Read,
    change,
    copies,
    get,
    number,
    only_one,
    owner,
    part,
    prose,
    sets,
)
from oncue.compiler.bind.reading import UNREADABLE, Reader
from oncue.compiler.model import Act
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar


def _adjust_score(reader: Reader, node: Node, inner: Inner) -> Act:
    found = change(reader, node)
    return BROKEN if found is None else model.AdjustScore(*found)


def _add_tag(reader: Reader, node: Node, inner: Inner) -> Act:
    tag = reader.tag(part(reader, node, "tag"))
    return BROKEN if tag is None else model.AddTag(tag)


def _remove_tag(reader: Reader, node: Node, inner: Inner) -> Act:
    tag = reader.tag(part(reader, node, "tag"))
    return BROKEN if tag is None else model.RemoveTag(tag)


def _update_contact(reader: Reader, node: Node, inner: Inner) -> Act:
    mapping = reader.mapping(node, "`set`, `copy` or `clear`")
    if mapping is None:
        return BROKEN
    return model.UpdateContact(
        set=sets(reader, mapping.get("set"), "fields"),
        copy=copies(reader, mapping.get("copy"), "fields"),
        clear=reader.refs("fields", mapping.get("clear")),
    )


def _add_note(reader: Reader, node: Node, inner: Inner) -> Act:
    text = prose(reader, part(reader, node, "text"))
    return BROKEN if text is None else model.AddNote(text)


def _channels(reader: Reader, node: Node) -> tuple[str, ...]:
    items = reader.items(get(node, "channels"), "a list of channels")
    found = {reader.choice(item, ("email", "sms")) for item in items}
    return tuple(sorted(channel for channel in found if channel))


def _subscribe(reader: Reader, node: Node, inner: Inner) -> Act:
    where = reader.ref("lists", part(reader, node, "list"))
    return BROKEN if where is None else model.Subscribe(where, _channels(reader, node) or ("email",))


def _unsubscribe(reader: Reader, node: Node, inner: Inner) -> Act:
    everything = get(node, "all")
    if everything is not None:
        if reader.boolean(everything, default=False):
            return model.Unsubscribe()
        reader.wrong(node, "a list, or `all: true`")
        return BROKEN
    where = reader.ref("lists", part(reader, node, "list"))
    return BROKEN if where is None else model.Unsubscribe(where, _channels(reader, node))


def _convert(reader: Reader, node: Node, inner: Inner) -> Act:
    conversion = reader.ref("conversions", part(reader, node, "conversion"))
    only_one(reader, node, ("value", "copy"))
    value, copy = number(reader, get(node, "value")), reader.ref("fields", get(node, "copy"))
    return BROKEN if conversion is None else model.Convert(conversion, value, copy)


def _add_to_audience(reader: Reader, node: Node, inner: Inner) -> Act:
    audience = reader.ref("audiences", part(reader, node, "audience"))
    return BROKEN if audience is None else model.AddToAudience(audience)


def _remove_from_audience(reader: Reader, node: Node, inner: Inner) -> Act:
    audience = reader.ref("audiences", part(reader, node, "audience"))
    return BROKEN if audience is None else model.RemoveFromAudience(audience)


def _assign_owner(reader: Reader, node: Node, inner: Inner) -> Act:
    whom = owner(reader, node)
    if whom is not None and whom.user is None and whom.team is None:
        hint = "name a user, or `{round_robin: TEAM}`"
        reader.error(UNREADABLE, node, "the contact's owner is its owner already", hint)
    return BROKEN if whom is None else model.AssignOwner(whom)


# --- other campaigns ------------------------------------------------------------------------------


def _start_campaign(reader: Reader, node: Node, inner: Inner) -> Act:
    campaign = reader.ref("campaigns", part(reader, node, "campaign"))
    return BROKEN if campaign is None else model.StartCampaign(campaign)


def _end_campaign(reader: Reader, node: Node, inner: Inner) -> Act:
    if type(node) is Scalar and node.text == "others":
        return model.EndCampaign()
    if type(node) is Mapping and node.get("others") is not None:
        if reader.boolean(node.get("others"), default=False):
            return model.EndCampaign()
        reader.wrong(node, "a campaign, or `others: true`")
        return BROKEN
    campaign = reader.ref("campaigns", part(reader, node, "campaign"))
    return BROKEN if campaign is None else model.EndCampaign(campaign)


def _record_response(reader: Reader, node: Node, inner: Inner) -> Act:
    campaign = reader.ref("campaigns", part(reader, node, "campaign"))
    status = reader.ref("statuses", get(node, "status"))
    return BROKEN if campaign is None else model.RecordResponse(campaign, status)


CONTACTS: dict[str, Read] = {
    "adjust_score": _adjust_score,
    "add_tag": _add_tag,
    "remove_tag": _remove_tag,
    "update_contact": _update_contact,
    "add_note": _add_note,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "convert": _convert,
    "add_to_audience": _add_to_audience,
    "remove_from_audience": _remove_from_audience,
    "assign_owner": _assign_owner,
    "start_campaign": _start_campaign,
    "end_campaign": _end_campaign,
    "record_response": _record_response,
}
