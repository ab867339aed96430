"""One contact, as people and programs read it: its present state, where it stands, its audit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from oncue.runtime import clock
from oncue.runtime.engine.post_office import ALARM, LETTER
from oncue.runtime.engine.states import decode
from oncue.runtime.kernel.link import Program, link
from oncue.runtime.kernel.state import ContactState, Deal
from oncue.runtime.kernel.values.forms import show
from oncue.runtime.naming import find
from oncue.runtime.plans import adoption
from oncue.runtime.stores.base import LogRow, Store
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import funnels
from oncue.runtime.views.funnels import MembershipShown, WaitingShown
from oncue.schemas.plan import FieldSpec, Plan
from oncue.schemas.values import Value, format_number


class Stay(Struct, frozen=True):
    """A membership: where the contact stands in a campaign. Instants are ISO 8601, UTC."""

    campaign: str
    entry: int
    entered: str
    step: str
    arrived: str
    due: str | None
    version: str = ""  # the older one that it finishes on


class DealShown(Struct, frozen=True):
    """A deal. `value` and `score` are decimals; `fields` are the custom ones, in shown form."""

    id: str
    title: str
    pipeline: str
    stage: str
    status: str
    value: str | None
    owner: str
    score: str
    created_at: str
    fields: dict[str, str | list[str]]


class TaskShown(Struct, frozen=True):
    """A task of the contact; `oncue tasks show` tells more."""

    id: str
    title: str
    open: bool


class SiteMessageShown(Struct, frozen=True):
    """A message that waits to be shown on the site."""

    message: str
    since: str
    expires: str | None


class Profile(Struct, frozen=True):
    """A contact. `fields` in shown form, and `account` those of its account; `subscriptions`: list, channel,
    status; `paths`: those taken at splits, by CAMPAIGN/STEP; `conversions`: how often; `audit`: every entry
    with its instant, oldest first; `wake`: when something is due next."""

    key: str
    created_at: str
    fields: dict[str, str | list[str]]
    anonymous_ids: list[str]
    tags: list[str]
    subscriptions: dict[str, dict[str, str]]
    suppressed: str
    segments: list[str]
    campaigns: list[Stay]
    wake: str | None
    audit: list[dict[str, Any]]
    account: dict[str, str | list[str]] = {}
    deals: list[DealShown] = []
    tasks: list[TaskShown] = []
    conversions: dict[str, int] = {}
    paths: dict[str, str] = {}
    site_messages: list[SiteMessageShown] = []
    memberships: list[MembershipShown] = []
    scenarios: list[WaitingShown] = []  # that wait for the contact
    fulfillment_lists: dict[str, str] = {}  # those that it waits on -> since when
    batches: list[str] = []  # those that it was in


INNER = frozenset({LETTER, ALARM})  # rows of the log that no input from outside made


def profile(database: Path, contact: str, *, plan: Plan | None = None) -> Profile:
    """A contact's profile, by the plan in force. Raises CommandError for nobody."""
    store = SqliteStore(database, write=False)
    try:
        program = link(adoption.plan_in_force(store) or plan)  # type: ignore[arg-type]
        row = store.load([find(store, contact)])[0]
        state = decode(row.state or b"")
        return _with_lists(store, row.id, _profile(program, state, store.chain(row.last) if row.last else []))
    finally:
        store.close()


def export(database: Path, contact: str) -> dict[str, Any]:
    """Everything that is kept about a contact, as plain values: profile, inputs as they came, messages."""
    store = SqliteStore(database, write=False)
    try:
        program = link(adoption.plan_in_force(store))  # type: ignore[arg-type]
        row = store.load([find(store, contact)])[0]
        state = decode(row.state or b"")
        chain = store.chain(row.last) if row.last else []
        found: dict[str, Any] = msgspec.to_builtins(
            _with_lists(store, row.id, _profile(program, state, chain))
        )
        found["inputs"] = [_input(one) for one in chain if one.body is not None and one.kind not in INNER]
        found["messages"] = _messages(store, state)
        return found
    finally:
        store.close()


def _profile(program: Program, state: ContactState, chain: list[LogRow]) -> Profile:
    return Profile(
        key=state.key,
        created_at=clock.show(state.created_at),
        fields=shown_fields(program, state),
        anonymous_ids=list(state.anonymous_ids),
        tags=sorted(state.tags),
        subscriptions={
            name: dict(sorted(state.subscriptions[name].items())) for name in sorted(state.subscriptions)
        },
        suppressed=state.suppressed,
        segments=sorted(state.segments),
        campaigns=[
            Stay(
                one.campaign,
                one.entry,
                clock.show(one.at),
                one.step,
                clock.show(one.arrived),
                _shown(one.due),
                one.version,
            )
            for one in state.members
        ],
        wake=_shown(state.wake),
        audit=[entry for row in chain for entry in entries_of(row)],
        account=shown_as(program, program.plan.account_fields, state.account, state.account_shown),
        deals=[_deal(program, deal) for deal in state.deals],
        tasks=[TaskShown(key, mark.title, mark.open) for key, mark in state.tasks.items()],
        conversions=dict(sorted(state.conversions.items())),
        paths={place: path for place, path in sorted(state.paths.items()) if path},
        site_messages=[
            SiteMessageShown(one.message, clock.show(one.at), _shown(one.expires))
            for one in state.site_messages
        ],
        memberships=funnels.memberships(state),
        scenarios=funnels.waiting(state),
    )


def _with_lists(store: Store, contact: int, found: Profile) -> Profile:
    """With what the store knows of fulfillment lists."""
    waiting = {name: clock.show(at) for name, at in store.lists_of(contact)}
    return msgspec.structs.replace(found, fulfillment_lists=waiting, batches=store.batches_of(contact))


def _deal(program: Program, deal: Deal) -> DealShown:
    return DealShown(
        id=deal.id,
        title=str(deal.shown.get("title", deal.title)),
        pipeline=deal.pipeline,
        stage=deal.stage,
        status=deal.status,
        value=None if deal.value is None else format_number(deal.value),
        owner=deal.owner,
        score=format_number(deal.score),
        created_at=clock.show(deal.at),
        fields=shown_as(program, program.plan.deal_fields, deal.fields, deal.shown),
    )


def shown_fields(program: Program, state: ContactState) -> dict[str, str | list[str]]:
    """The fields as people read them, by name."""
    return shown_as(program, program.fields, state.fields, state.shown)


def shown_as(
    program: Program, specs: Mapping[str, FieldSpec], values: Mapping[str, Value],
    shown: Mapping[str, str | list[str]],
) -> dict[str, str | list[str]]:  # fmt: skip
    """Values of declared fields as people read them, by name."""
    return {
        name: show(specs[name].type, values[name], shown.get(name), program.zone)
        for name in sorted(values)
        if name in specs
    }


def entries_of(row: LogRow) -> list[dict[str, Any]]:
    """A log row's audit entries as plain values, each with its instant."""
    if row.entries is None:
        return []
    at = clock.show(row.at)
    return [{"at": at, **entry} for entry in msgspec.json.decode(row.entries)]


def _shown(instant: int | None) -> str | None:
    return None if instant is None else clock.show(instant)


def _input(row: LogRow) -> dict[str, Any]:
    return {"at": clock.show(row.at), "kind": row.kind, "line": msgspec.json.decode(row.body or b"null")}


def _messages(store: Store, state: ContactState) -> list[dict[str, Any]]:
    found = []
    for key in state.sent:
        row = store.effect(key)
        if row is not None:
            payload = msgspec.json.decode(row.payload) if row.payload else {}
            found.append(
                {"key": key, "at": clock.show(row.at), "status": row.status, "why": row.why, **payload}
            )
    return found
