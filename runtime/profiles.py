"""One contact, as people and programs read it: its present state, where it stands, its audit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from oncue.runtime import adoption, clock
from oncue.runtime.kernel.forms import show
from oncue.runtime.kernel.link import Program, link
from oncue.runtime.kernel.state import ContactState, Member
from oncue.runtime.operator import find
from oncue.runtime.states import decode
from oncue.runtime.stores.base import LogRow, Store
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.schemas.plan import Plan


class Stay(Struct, frozen=True):
    """A membership: where the contact stands in a campaign. Instants are ISO 8601, UTC."""

    campaign: str
    entry: int
    entered: str
    step: str
    arrived: str
    due: str | None


class Profile(Struct, frozen=True):
    """A contact. `fields` in shown form; `subscriptions`: list, channel, status; `audit`: every entry with
    its instant, oldest first; `wake`: when something is due next."""

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


def profile(database: Path, contact: str, *, plan: Plan | None = None) -> Profile:
    """A contact's profile, by the plan in force. Raises CommandError for nobody."""
    store = SqliteStore(database, write=False)
    try:
        program = link(adoption.plan_in_force(store) or plan)  # type: ignore[arg-type]
        row = store.load([find(store, contact)])[0]
        state = decode(row.state or b"")
        return _profile(program, state, store.chain(row.last) if row.last else [])
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
        found: dict[str, Any] = msgspec.to_builtins(_profile(program, state, chain))
        found["inputs"] = [_input(one) for one in chain if one.body is not None]
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
            )
            for one in state.members
        ],
        wake=_shown(state.wake),
        audit=[entry for row in chain for entry in entries_of(row)],
    )


def _stay(member: Member) -> Stay:
    entered, arrived = clock.show(member.at), clock.show(member.arrived)
    return Stay(member.campaign, member.entry, entered, member.step, arrived, _shown(member.due))


def shown_fields(program: Program, state: ContactState) -> dict[str, str | list[str]]:
    """The fields as people read them, by name."""
    found = {}
    for name in sorted(state.fields):
        spec = program.fields.get(name)
        if spec is not None:
            found[name] = show(spec.type, state.fields[name], state.shown.get(name), program.zone)
    return found


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
