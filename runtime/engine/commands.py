"""What an operator may do to contacts and switches, each an input with an instant and a row of the log.

These work on an open engine; `operator` opens one, and a replay of a log calls them again by `again`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from oncue.runtime.engine.engine import Engine
from oncue.runtime.engine.outbox import Settled
from oncue.runtime.engine.states import Slot, decode
from oncue.runtime.errors import CommandError
from oncue.runtime.kernel.contact import identity
from oncue.runtime.kernel.inputs import Enrol, Handover, Input, Reactivate, Suppress, Wake
from oncue.runtime.kernel.letters import CloseTask, NotDelivered, ReopenTask
from oncue.runtime.kernel.step import step
from oncue.runtime.stores.base import LogRow, OutboxRow
from oncue.schemas.audit import AuditEntry, What
from oncue.schemas.plan import Plan

OFF = "taken off the list"


def units(plan: Plan) -> set[str]:
    """What can be paused: campaigns, fulfillment lists, scenarios, and assets with fulfillment actions as a
    whole or by behaviour."""
    found = {f"campaigns/{name}" for name in plan.campaigns}
    found |= {f"fulfillment_lists/{name}" for name in plan.fulfillment_lists}
    found |= {f"reactivation_scenarios/{name}" for name in plan.reactivation_scenarios}
    kinds: dict[str, Mapping[str, Any]] = {**plan.assets, "emails": plan.emails}
    for kind, assets in kinds.items():
        for name, asset in assets.items():
            for behaviour in asset.behaviours:
                found |= {f"{kind}/{name}", f"{kind}/{name}/on_{behaviour}"}
    return found


def _input(engine: Engine, slot: Slot, kind: str, given: Input, body: object) -> None:
    outcome = step(engine.program, slot.state, given, engine.now)
    engine.record(slot, outcome, kind, msgspec.json.encode(body))


def enrol(engine: Engine, slot: Slot, campaign: str) -> None:
    """Enters a contact into a campaign by hand."""
    if campaign not in engine.program.plan.campaigns:
        near = _nearest(campaign, engine.program.plan.campaigns)
        hint = f": did you mean {near[0]}?" if near else ""
        raise CommandError(f"there is no campaign {campaign} in the plan in force{hint}")
    _input(engine, slot, "enrol", Enrol(campaign), {"campaign": campaign})


def reactivate(engine: Engine, slot: Slot, scenario: str) -> None:
    """Sets an invocable scenario off for a contact, by hand."""
    specs = engine.program.plan.reactivation_scenarios
    if scenario not in specs:
        near = _nearest(scenario, specs)
        hint = f": did you mean {near[0]}?" if near else ""
        raise CommandError(f"there is no reactivation scenario {scenario} in the plan in force{hint}")
    if specs[scenario].type != "invocable":
        known = sorted(name for name, spec in specs.items() if spec.type == "invocable")
        hint = f"; invocable: {', '.join(known)}" if known else ""
        raise CommandError(
            f"{scenario} is of type {specs[scenario].type}, and only its trigger sets it off{hint}"
        )
    _input(engine, slot, "reactivate", Reactivate(scenario), {"scenario": scenario})


def suppress(engine: Engine, slot: Slot, why: str, *, lift: bool) -> None:
    """Stops all messages to a contact, or (`lift`) ends that."""
    _input(engine, slot, "lift" if lift else "suppress", Suppress(why, lift), {"why": why})


def complete_task(engine: Engine, task: str) -> None:
    """Completes a task by hand. `task`: its key."""
    engine.post.tell(f"task/{task}", CloseTask("operator"), "complete", msgspec.json.encode({"task": task}))


def reopen_task(engine: Engine, task: str) -> None:
    """Opens a completed task again."""
    engine.post.tell(f"task/{task}", ReopenTask(), "reopen", msgspec.json.encode({"task": task}))


def merge(engine: Engine, slot: Slot, other: Slot) -> Slot:
    """Unites two contacts; gives the survivor."""
    if slot.id == other.id:
        raise CommandError(f"both are the same contact, {slot.key}")
    return engine.merge(slot, other)


def erase(engine: Engine, slot: Slot) -> None:
    """Removes what is known of a contact. Keyed hashes of a suppressed address and of its lines
    are kept."""
    engine.commit()
    _take_back(engine, engine.states.get(slot.id))
    engine.commit()
    slot = engine.states.get(slot.id)
    state, store = slot.state, engine.store
    outcome = identity.erase(engine.program, state, engine.now)
    chain = store.chain(slot.last) if slot.last else []
    with store.transaction():
        engine.outcome_without_contact("erase", slot, outcome)
        engine.erased.keep(chain)
        store.erase(slot.id, [row.seq for row in chain], f"erased:{slot.id}")
        email = state.fields.get("email")
        if state.suppressed and isinstance(email, str):
            engine.erased.stop(email)
        engine.states.forget(slot.id)
        engine.directory.forget()
        engine.post.post(outcome.letters)
        engine.post.deliver()
        engine.spill(force=True)


def _take_back(engine: Engine, slot: Slot) -> None:
    """What waits in the outbox for an erased contact counts as cancelled. What is held does so anyway."""
    for key, sent in list(slot.state.sent.items()):
        row = engine.store.effect(key) if sent.result == "done" else None
        if row is not None and row.status in ("queued", "parked"):
            engine.departures.hand_over(slot, Settled(key, "cancelled", "erased"))


def release_from(engine: Engine, list_: str, slot: Slot) -> None:
    """A contact that a fulfillment list holds goes into its next batch, whatever it lacks."""
    _on_list(engine, list_, slot, "unhold", "batch.released", engine.store.release)


def take_off(engine: Engine, list_: str, slot: Slot) -> None:
    """Takes a contact off a fulfillment list; a member that waits for its batch goes on."""
    waits = next(iter(engine.store.waiting_of(list_, slot.id)), None)
    _on_list(engine, list_, slot, "offlist", "batch.left", engine.store.off_list)
    if waits is not None:
        engine.batches.answer(slot.id, list_, waits.questions, OFF)


def _on_list(
    engine: Engine, list_: str, slot: Slot, kind: str, what: What, change: Callable[[str, int], None]
) -> None:
    engine.commit()
    slot = engine.states.get(slot.id)
    with engine.store.transaction():
        change(list_, slot.id)
        entry = AuditEntry(what, f"fulfillment_lists/{list_}", data={"list": list_})
        engine.ledger.log(engine.now, slot, kind, msgspec.json.encode({"list": list_}), (entry,))
        engine.states.mark(slot)
        engine.spill(force=True)


def pause(engine: Engine, unit: str) -> bool:
    """Holds a unit; False if it was held already. Raises CommandError for one that there is not."""
    _check_unit(engine, unit)
    if unit in engine.store.paused():
        return False
    _switch(engine, unit, on=False, kind="pause")
    return True


def resume(engine: Engine, unit: str, *, drop: bool) -> bool:
    """Lets a unit go on; False if it was not held. Its held messages pass the gate again, or are dropped."""
    if unit not in engine.store.paused():
        _check_unit(engine, unit)
        return False
    _switch(engine, unit, on=True, kind="drop" if drop else "resume")
    if engine.departures.outbox is not None:  # a live run's log tells what became of them
        _release(engine, drop=drop)
    if unit.startswith("campaigns/"):
        _wake_members(engine, unit.partition("/")[2])
    return True


def _check_unit(engine: Engine, unit: str) -> None:
    known = units(engine.program.plan)
    if unit not in known:
        last = unit.strip("/").rpartition("/")[2]
        near = sorted(name for name in known if last and last in name)[:3] or _nearest(unit, known)
        hint = f": did you mean {' or '.join(near)}?" if near else ""
        shown = unit if unit.strip() else "unit without a name"
        raise CommandError(f"there is no {shown} with anything to pause in the plan in force{hint}")


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    from difflib import get_close_matches  # only now: for the words of a mistake

    return get_close_matches(name, sorted(known), n=1, cutoff=0.7)


def _switch(engine: Engine, unit: str, *, on: bool, kind: str) -> None:
    engine.commit()
    with engine.store.transaction():
        engine.store.switch(unit, on, engine.now)
        engine.note(kind, {"unit": unit})
        engine.spill(force=True)
    engine.change_program(engine.program.with_paused(engine.store.paused()))
    if unit.startswith("fulfillment_lists/"):
        engine.batches.switched(unit.partition("/")[2])


def _release(engine: Engine, *, drop: bool) -> None:
    """Held messages of units that are not paused (any more), in order of their making."""
    after = 0
    while rows := engine.store.outbox(["held"], after=after, limit=500):
        for row in rows:
            after = row.id
            if not engine.program.is_paused(row.unit):
                _release_one(engine, row, drop)
        engine.commit()


def _release_one(engine: Engine, row: OutboxRow, drop: bool) -> None:
    departures = engine.departures
    if drop:
        departures.hand_over(departures.contact(row.contact), Settled(row.key, "cancelled", "dropped"))
    else:
        departures.release(row)


def _wake_members(engine: Engine, campaign: str) -> None:
    """Lets everybody inside go on whose time has come meanwhile."""
    for row in engine.store.contacts():
        if row.state is None or not any(one.campaign == campaign for one in decode(row.state).members):
            continue
        slot = engine.states.get(row.id)
        engine.record(slot, step(engine.program, slot.state, Wake(afresh=True), engine.now), "wake", None)
        engine.commit_if_full()


# --- a replay of a log


def again(engine: Engine, row: LogRow) -> None:
    """Does what a row of a log says, other than events and contact rows. Of a contact that was erased since
    nothing is known any more."""
    if row.body is None:
        return
    body = msgspec.json.decode(row.body)
    replay = _AGAIN.get(row.kind)
    if replay is not None:
        replay(engine, row, body)


def _slot(engine: Engine, row: LogRow) -> Slot:
    return engine.states.get(row.contact)


def _handed(engine: Engine, row: LogRow, body: dict[str, Any]) -> None:
    report, departures = msgspec.convert(body, Handover), engine.departures
    settled = Settled(report.message, report.result, report.why, due=report.due)
    departures.hand_over(_slot(engine, row), settled, status="queued" if report.due is not None else "")


def _erased(engine: Engine, row: LogRow, body: dict[str, Any]) -> None:
    """Its inputs are gone from the log, so it has never been there."""


def _deployed(engine: Engine, row: LogRow, body: dict[str, Any]) -> None:
    """Fulfillment lists came to be."""
    engine.batches.deploy(row.at)


_AGAIN: dict[str, Callable[[Engine, LogRow, dict[str, Any]], object]] = {
    "enrol": lambda engine, row, body: enrol(engine, _slot(engine, row), body["campaign"]),
    "reactivate": lambda engine, row, body: reactivate(engine, _slot(engine, row), body["scenario"]),
    "suppress": lambda engine, row, body: suppress(engine, _slot(engine, row), body["why"], lift=False),
    "lift": lambda engine, row, body: suppress(engine, _slot(engine, row), body["why"], lift=True),
    "erase": _erased,
    "deployed": _deployed,
    "undelivered": lambda engine, row, body: engine.batches.undelivered(
        msgspec.convert(body, NotDelivered), row.kind, row.body or b""
    ),
    "unhold": lambda engine, row, body: release_from(engine, body["list"], _slot(engine, row)),
    "offlist": lambda engine, row, body: take_off(engine, body["list"], _slot(engine, row)),
    "merge": lambda engine, row, body: merge(
        engine, engine.states.get(body["survivor"]), engine.states.get(body["other"])
    ),
    "pause": lambda engine, row, body: pause(engine, body["unit"]),
    "resume": lambda engine, row, body: resume(engine, body["unit"], drop=False),
    "drop": lambda engine, row, body: resume(engine, body["unit"], drop=True),
    "handover": _handed,
    "complete": lambda engine, row, body: complete_task(engine, body["task"]),
    "reopen": lambda engine, row, body: reopen_task(engine, body["task"]),
}
