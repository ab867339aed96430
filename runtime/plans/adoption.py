"""A plan takes effect on a database: in one transaction, at one instant, for every contact. One that leaves
open what becomes of somebody is refused before (see `guard`).

The plan in force stands in the database, so a run with another one finds out by its digest. History that
the new plan's conditions need and the old one's did not is made up from the log, contact by contact.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import msgspec
from msgspec import Struct

from oncue.runtime.engine.batches import PAGE
from oncue.runtime.engine.engine import Engine
from oncue.runtime.engine.states import decode
from oncue.runtime.errors import PlanError
from oncue.runtime.kernel.adoption.adopt import adopt
from oncue.runtime.kernel.adoption.migrating import WHY, gone_fulfillment_lists
from oncue.runtime.kernel.adoption.renames import Renames, old_names, renames_of
from oncue.runtime.kernel.adoption.retyping import read_anew, retyped
from oncue.runtime.kernel.adoption.versions import composed
from oncue.runtime.kernel.conditions.history import History
from oncue.runtime.kernel.entities.kept import AccountState, EntityState, ListState, SplitState
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.intake.lines import admit_event
from oncue.runtime.kernel.link import Program, link
from oncue.runtime.kernel.state import ContactState, fork
from oncue.runtime.kernel.values.forms import read
from oncue.runtime.plans import guard
from oncue.runtime.plans.inside import inside
from oncue.runtime.reading.admission import EVENT
from oncue.runtime.stores.base import Changes, LogRow, Store
from oncue.runtime.stores.lists import WaitingRow
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.schemas.audit import AuditEntry
from oncue.schemas.conditions import Track
from oncue.schemas.events import EventLine
from oncue.schemas.plan import FORMAT, Migration, Plan
from oncue.schemas.values import Value

_PLACE = frozenset({"id", "at", "assets"})  # of an event's entry: they say which event it is
_ENTRIES = msgspec.json.Decoder(tuple[AuditEntry, ...])
_LINE = msgspec.json.Decoder(EventLine)


def digest_of(plan: Plan) -> str:
    """What tells plans apart."""
    return plan.digest or hashlib.sha256(msgspec.json.encode(plan)).hexdigest()


class _Header(Struct):
    """What every plan document says first, of whatever format."""

    format: int = FORMAT


def read_plan(body: bytes, name: str = "the plan in the database") -> Plan:
    """A plan document. Raises PlanError for one that this version cannot read."""
    try:
        given = msgspec.json.decode(body, type=_Header).format
        if given != FORMAT:
            raise PlanError(f"{name} has format {given}; this version of oncue reads format {FORMAT}")
        return msgspec.json.decode(body, type=Plan)
    except msgspec.MsgspecError as error:
        raise PlanError(f"{name} cannot be read as a plan: {error}") from None


def plan_in_force(store: Store) -> Plan | None:
    """The plan that the database runs by."""
    found = store.plan_in_force()
    return read_plan(found[1]) if found else None


def plan_of_file(path: Path) -> Plan | None:
    """The plan that the database in a file runs by. Raises DatabaseError."""
    store = SqliteStore(path, write=False)
    try:
        return plan_in_force(store)
    finally:
        store.close()


def put_first(store: Store, plan: Plan, now: int) -> None:
    """Puts a plan in force on a database that has none."""
    with store.transaction():
        store.put_plan(now, digest_of(plan), msgspec.json.encode(plan))


def take_effect(engine: Engine, plan: Plan, now: int) -> None:
    """Puts another plan in force at `now`. Raises PlanError."""
    old = engine.program
    engine.commit()
    plan = with_versions(engine.store, old.plan, plan)
    guard.check(engine.store, old.plan, plan)
    engine.now = max(engine.now, now)
    store, renames = engine.store, renames_of(old.plan, plan)
    new = link(plan).with_paused(frozenset(renames.paused(unit) for unit in store.paused()))
    with store.transaction():
        store.put_plan(engine.now, digest_of(plan), msgspec.json.encode(plan))
        engine.note("plan", {"digest": digest_of(plan)})
        engine.change_program(new)
        _rename_totals(store, renames)
        _rename_paused(store, renames)
        with engine.post.closed():  # nobody hears of others before all have the new plan
            for contact, state in histories(store, old, new):
                slot = engine.states.get(contact)
                engine.record(slot, adopt(old, new, state, engine.now), "adopt", None)
                engine.spill()
            _carry_splits(engine, renames)
            _retype_accounts(engine, old, new)
            _carry_lists(engine, renames)
            _migrate_lists(engine, old.plan, plan)
            engine.batches.adopt()
        engine.post.by_turns()
        engine.spill(force=True)
    engine.departures.deliver()


def with_versions(store: Store, old: Plan, new: Plan) -> Plan:
    """The plan with the older versions of campaigns that members finish on."""
    if all(campaign.on_change is None for campaign in new.campaigns.values()):
        return msgspec.structs.replace(new, older={}) if new.older else new
    members = inside(store.counts())
    found = composed(old, new, old_names(old.campaigns, new.campaigns), lambda flow: members[flow] > 0)
    return msgspec.structs.replace(found, digest=digest_of(new))


def _carry_splits(engine: Engine, renames: Renames) -> None:
    """Splits follow what has another name now, and look anew at when they decide. A version that members
    finish on gets splits of its own, which go on from the same counts."""
    entities, plan = engine.entities, engine.program.plan
    names = [row.name for row in engine.store.entities("split/")]
    states: dict[str, EntityState | None] = {}
    for name in names:
        flow, _, step = name.partition("/")[2].partition("/")
        to, state = renames.flow(flow), entities.get(name).state
        if "@" in to and to in plan.older:
            states[f"split/{to}/{step}"] = state
        place = renames.split(f"{flow}/{step}")
        if "@" not in flow:
            states[f"split/{place}"] = (
                renames.counted(place, state) if isinstance(state, SplitState) else state
            )
    for name in {*names, *states} if not renames.empty else ():
        entities.change(entities.get(name), states.get(name) or SplitState())
    for name in sorted(states):
        engine.post.adopt(name)


def _carry_lists(engine: Engine, renames: Renames) -> None:
    """Fulfillment lists follow what has another name now, with those who wait; each looks at its schedule."""
    entities, moved = engine.entities, renames.fulfillment_lists
    engine.spill(force=True)
    states = {new: entities.get(f"list/{old}").state for old, new in moved.items()}
    for old in moved:
        entities.change(entities.get(f"list/{old}"), ListState())
    for old, new in moved.items():
        engine.store.rename_list(old, f" {new}")
        entities.change(entities.get(f"list/{new}"), states[new] or ListState(since=engine.now))
    for new in moved.values():  # two may change names with each other
        engine.store.rename_list(f" {new}", new)


def _migrate_lists(engine: Engine, old: Plan, new: Plan) -> None:
    """Those who wait on fulfillment lists that are gone go to others, or off."""
    renamed = renames_of(old, new).fulfillment_lists
    for name, entry in gone_fulfillment_lists(old, new, renamed).items():
        last = engine.store.last_waiting(name)
        while page := engine.store.waiting(name, 0, last, PAGE):
            for row in page:
                _migrate_waiting(engine, name, row, entry)
            engine.spill()
        engine.entities.change(engine.entities.get(f"list/{name}"), ListState())


def _migrate_waiting(engine: Engine, name: str, row: WaitingRow, entry: Migration) -> None:
    source, to = f"fulfillment_lists/{name}", entry.to
    if to is None:
        engine.store.off_list(name, row.contact)
        engine.batches.answer(row.contact, name, row.questions, entry.why or WHY)
        told = AuditEntry("batch.left", source, why=entry.why or WHY, data={"list": name})
    else:
        engine.store.move_place(row.id, to)
        told = AuditEntry("batch.moved", f"fulfillment_lists/{to}", why=WHY, data={"from": source})
    slot = engine.states.get(row.contact)
    engine.ledger.log(engine.now, slot, "adopt", None, (told,))
    engine.states.mark(slot)


def _retype_accounts(engine: Engine, old: Program, new: Program) -> None:
    """Accounts' fields follow their types; their contacts have done so by themselves."""
    types = retyped(old, new).account
    for row in engine.store.entities("account/") if types else ():
        entity = engine.entities.get(row.name)
        if isinstance(entity.state, AccountState):
            fields, shown = read_anew(entity.state.fields, entity.state.shown, types, new.zone)
            engine.entities.change(entity, msgspec.structs.replace(entity.state, fields=fields, shown=shown))


def _rename_totals(store: Store, renames: Renames) -> None:
    """Running totals follow what has another name now. Sizes of segments follow contact by contact."""
    if renames.empty:
        return
    changes = Changes()
    for (unit, step, name), (total, latest) in store.counts().items():
        place = renames.place(unit, step)
        now = (*place, renames.total(place, name))
        if now != (unit, step, name) and total and not unit.startswith("segments/"):
            changes.counts += [(unit, step, name, -total, latest), (*now, total, latest)]
    store.write(changes)


def _rename_paused(store: Store, renames: Renames) -> None:
    """What is paused stays so under its new name, and what it holds is held by that."""
    behaviours = {mark for mark in renames.marks if mark.count("/") == 2}  # KIND/ID/on_X
    moved = {unit: renames.paused(unit) for unit in store.paused() | behaviours}
    store.rename_paused({old: new for old, new in moved.items() if old != new})


def histories(store: Store, old: Program, new: Program) -> Iterator[tuple[int, ContactState]]:
    """Every contact, with the history that the new plan needs."""
    tracks, gone = _differing(old, new)
    contacts = ((row.id, decode(row.state)) for row in store.contacts() if row.state is not None)
    if not tracks and not gone:
        yield from contacts
        return
    rows = groupby(store.log_by_contact(), key=lambda row: row.contact) if tracks else iter(())
    history = History(tracks, new.compile)
    waiting = next(rows, None)
    for contact, state in contacts:
        state = _without(state, gone)
        while waiting is not None and waiting[0] < contact:
            waiting = next(rows, None)
        if waiting is not None and waiting[0] == contact:
            _remember(state, tracks, history, new, waiting[1])
        yield contact, state


def remembered(old: Program, new: Program, state: ContactState, rows: Iterable[LogRow]) -> ContactState:
    """One contact with the history that the new plan needs, from its `rows` of the log."""
    tracks, gone = _differing(old, new)
    state = _without(state, gone)
    _remember(state, tracks, History(tracks, new.compile), new, rows)
    return state


def new_tracks(old: Program, new: Program) -> dict[str, Track]:
    """What the new plan keeps of history, and the old one did not."""
    return _differing(old, new)[0]


def _differing(old: Program, new: Program) -> tuple[dict[str, Track], list[str]]:
    """The tracks that are new or other ones, and the names of those that are gone or were others."""
    tracks = {name: track for name, track in new.plan.tracks.items() if old.plan.tracks.get(name) != track}
    gone = [name for name in old.plan.tracks if new.plan.tracks.get(name) != old.plan.tracks[name]]
    return tracks, gone


def _without(state: ContactState, gone: list[str]) -> ContactState:
    """A copy without what these tracks kept."""
    state = fork(state)
    for track in gone:
        state.counts.pop(track, None)
        state.rows.pop(track, None)
        for member in state.members:
            member.rows.pop(track, None)
    starts = tuple(f"{track}." for track in gone)
    state.totals = {name: value for name, value in state.totals.items() if not name.startswith(starts)}
    return state


def _remember(
    state: ContactState, tracks: dict[str, Track], history: History, program: Program, rows: Iterable[LogRow]
) -> None:
    types = {track.event for track in tracks.values()}
    seq = state.seq
    for row in rows:
        for event in _events(program, row):
            if event.type in types:
                state.seq = row.nth
                history.enter(state, event, row.at)
    state.seq = seq


def _events(program: Program, row: LogRow) -> Iterator[Event]:
    """What a row of the log put into history: the event from outside, as it was matched, and those that the
    kernel made."""
    given = _given(program, row)
    for entry in _ENTRIES.decode(row.entries or b"[]"):
        if entry.what != "event" or entry.data.get("ignored") == "machine":
            continue
        name, at, assets = entry.data.get("id"), entry.data.get("at"), entry.data.get("assets")
        listed = tuple(assets) if isinstance(assets, list) else ()
        if given is not None and name == given.id:
            yield msgspec.structs.replace(given, assets=listed)
        elif isinstance(name, str) and isinstance(at, int):
            yield _raised(program, entry, name, at, listed)


def _raised(program: Program, entry: AuditEntry, name: str, at: int, assets: tuple[str, ...]) -> Event:
    """An event that the kernel made, with what the audit says that it carried (see `changes.raise_event`)."""
    spec = program.events.get(entry.unit)
    props: dict[str, Value] = {}
    for key, field in spec.properties.items() if spec is not None else ():
        raw = entry.data.get(f"{key}_", None if key in _PLACE else entry.data.get(key))
        value = read(field, name if raw is None and key == "message" else raw, program.zone).value
        if value is not None:
            props[key] = value
    message = props.get("message")
    return Event(name, entry.unit, at, assets, props, message=message if isinstance(message, str) else "")


def _given(program: Program, row: LogRow) -> Event | None:
    if row.kind != EVENT or row.body is None:
        return None
    try:
        event = admit_event(program, _LINE.decode(row.body), now=None)
    except msgspec.MsgspecError:
        return None
    return event if isinstance(event, Event) else None
