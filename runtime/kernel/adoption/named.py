"""What an older version of a campaign names, which the plan in force must still have: the version itself is
kept, the emails, segments, lists and fields that it speaks of are shared by all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from oncue.runtime.kernel.adoption.versions import parts
from oncue.schemas import actions as does
from oncue.schemas.builtins import CONTACT_FIELDS, DEAL_FIELDS, EVENTS
from oncue.schemas.conditions import Agg, Field, InCampaign, InSegment, Owned, Prop, Subscribed, Track
from oncue.schemas.parts import Use
from oncue.schemas.plan import EventSpec, FieldSpec, Plan

Thing = tuple[str, str]  # kind and id, or name

_NAMED: dict[type, tuple[tuple[str, str], ...]] = {  # attribute -> the kind of what it names
    does.SendEmail: (("email", "emails"),),
    does.SendSms: (("list", "lists"),),
    does.SendSiteMessage: (("message", "site_messages"),),
    does.SendNotification: (("users", "users"), ("teams", "teams")),
    does.Subscribe: (("list", "lists"),),
    does.Unsubscribe: (("list", "lists"),),
    does.Convert: (("conversion", "conversions"), ("copy", "fields")),
    does.AddToAudience: (("audience", "audiences"),),
    does.RemoveFromAudience: (("audience", "audiences"),),
    does.AddToFulfillmentList: (("list", "fulfillment_lists"),),
    does.RecordResponse: (("campaign", "campaigns"),),
    does.StartCampaign: (("campaign", "campaigns"),),
    does.EndCampaign: (("campaign", "campaigns"),),
    does.DealPick: (("pipeline", "pipelines"),),
    does.Assignee: (("user", "users"), ("team", "teams")),
    does.AddDeal: (
        ("pipeline", "pipelines"), ("value_from", "fields"), ("set", "deal_fields"), ("copy", "deal_fields"),
    ),
    does.UpdateDeal: (
        ("value_from", "fields"), ("set", "deal_fields"), ("copy", "deal_fields"), ("clear", "deal_fields"),
    ),
    does.UpdateContact: (("set", "fields"), ("copy", "fields"), ("clear", "fields")),
    does.UpdateAccount: (
        ("set", "account_fields"), ("copy", "account_fields"), ("clear", "account_fields"),
    ),
    does.WaitDate: (("field", "fields"),),
    Field: (("name", "fields"),),
    InSegment: (("segment", "segments"),),
    InCampaign: (("campaign", "campaigns"),),
    Subscribed: (("list", "lists"),),
}  # fmt: skip
_COPYING = (does.UpdateContact, does.AddDeal, does.UpdateDeal, does.UpdateAccount, does.CreateSalesforce)
_OWNED = {"contact": "fields", "deal": "deal_fields", "account": "account_fields"}


def lacking(plan: Plan, old: Plan) -> dict[str, list[str]]:
    """By each older flow of a plan: what it names and the plan does not have, or has with another type than
    the old one, each as ``KIND/ID``."""
    found = {flow: sorted(set(_lacking(flow, plan, old))) for flow in plan.older}
    return {flow: things for flow, things in found.items() if things}


def _lacking(flow: str, plan: Plan, old: Plan) -> Iterator[str]:
    uses = {part.condition for part in parts(plan.older[flow]) if isinstance(part, Use)}
    nodes = {key: plan.conditions[key] for key in uses}
    tracks = {part.track: plan.tracks[part.track] for part in parts(nodes) if isinstance(part, Agg)}
    for part in (*parts(plan.older[flow]), *parts(nodes)):
        yield from (f"{kind}/{name}" for kind, name in _things(part) if not _has(plan, old, kind, name))
    for track in tracks.values():
        yield from _of_track(track, plan, old)


def _things(part: Struct) -> Iterator[Thing]:
    for attribute, kind in _NAMED.get(type(part), ()):
        value = getattr(part, attribute)
        for name in (value,) if isinstance(value, str) else value or ():
            yield kind, name
    if isinstance(part, _COPYING):
        yield from (("fields", name) for name in part.copy.values())
    if isinstance(part, does.Math | does.Operand | Owned):
        name = part.name if isinstance(part, Owned) else part.field
        if name is not None and part.of in _OWNED:
            yield _OWNED[part.of], name


def _has(plan: Plan, old: Plan, kind: str, name: str) -> bool:
    if kind in _OWNED.values():
        there, before = _fields(plan, kind).get(name), _fields(old, kind).get(name)
        return there is not None and (before is None or before.type == there.type)
    declared: Mapping[str, object] = getattr(plan, kind, None) or plan.assets.get(kind, {})
    return name in declared


def _fields(plan: Plan, kind: str) -> Mapping[str, FieldSpec]:
    builtin = {"fields": CONTACT_FIELDS, "deal_fields": DEAL_FIELDS}
    return {**builtin.get(kind, {}), **getattr(plan, kind)}


def _of_track(track: Track, plan: Plan, old: Plan) -> Iterator[str]:
    """The history that a version asks about: the event with the properties that are read, and whose."""
    before, now = _event(old, track.event), _event(plan, track.event)
    read = {part.name for part in parts(track) if isinstance(part, Prop) and part.of == "row"}
    same = now is not None and all(
        before is None or before.properties.get(name) == now.properties.get(name)
        for name in read | {*track.props}
    )
    if now is None or not same:
        yield f"events/{track.event}"
    kind = now.asset_kind if now is not None else None
    if kind is not None and track.asset is not None and not _has(plan, old, kind, track.asset):
        yield f"{kind}/{track.asset}"
    if track.campaign is not None and track.campaign not in plan.campaigns:
        yield f"campaigns/{track.campaign}"


def _event(plan: Plan, name: str) -> EventSpec | None:
    return {**EVENTS, **plan.events}.get(name)
