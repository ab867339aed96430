"""What a changed plan would do to everybody who is in the database. Nothing is changed, and nothing guessed.

Every contact is carried over as `adoption` would do it, by the same kernel; what came of it is counted and
thrown away. What contacts ask others (which path of a split test) is not answered here: they stand at that
step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from oncue.runtime import clock
from oncue.runtime.errors import PlanError
from oncue.runtime.kernel.adoption.adopt import Difference, adopt, difference_of
from oncue.runtime.kernel.adoption.alignment import paths_of
from oncue.runtime.kernel.adoption.doubts import doubts
from oncue.runtime.kernel.adoption.migrating import gone_fulfillment_lists
from oncue.runtime.kernel.adoption.renames import renames_of
from oncue.runtime.kernel.adoption.versions import base
from oncue.runtime.kernel.entities.schedule import next_run
from oncue.runtime.kernel.inputs import Outcome
from oncue.runtime.kernel.link import Program, link
from oncue.runtime.kernel.state import ContactState, Member
from oncue.runtime.plans import adoption, guard
from oncue.runtime.plans.impact import (
    Changed,
    Entering,
    Group,
    Held,
    Impact,
    Kept,
    Needs,
    Queued,
    Waiting,
    What,
)
from oncue.runtime.stores.base import Store
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.schemas.audit import AuditEntry
from oncue.schemas.plan import Plan
from oncue.schemas.triggers import OnSegment

_ENDS = ("campaign.ended", "campaign.exited")


def impact(database: Path, plan: Plan, at: int | None = None) -> Impact:
    """What the plan would do to the database if it took effect at `at` (None: now, or, where replays made it,
    at its last instant). Raises PlanError, DatabaseError."""
    store = SqliteStore(database, write=False)
    try:
        old = adoption.plan_in_force(store)
        if old is None:
            raise PlanError(f"no plan has taken effect in {database} yet")
        plan = adoption.with_versions(store, old, plan)
        return _Reckoning(store, old, plan, _instant(store, at)).impact()
    finally:
        store.close()


def _instant(store: Store, at: int | None) -> int:
    meta = store.meta()
    last = int(meta.get("now") or 0)
    live = meta.get("clock") in (None, "wall")
    return max(last, at if at is not None else clock.wall() if live else last)


Key = tuple[str, str, What, str, str]  # campaign, step, what, to, why


class _Group:
    """Members of whom the same becomes."""

    def __init__(self) -> None:
        self.number = 0
        self.was: list[int] = []  # the earliest and the latest
        self.now: list[int] = []

    def add(self, was: int | None, now: int | None) -> None:
        self.number += 1
        self.was, self.now = _spanned(self.was, was), _spanned(self.now, now)

    def told(self, key: Key) -> Group:
        campaign, step, what, to, why = key
        spans = [clock.show(each) for span in (self.now, self.was) for each in span or ()]
        now, was = (spans[:2], spans[2:]) if self.now else (["", ""], spans)
        return Group(campaign, step, what, self.number, to, why, *now, *(was or ["", ""]))


def _spanned(span: list[int], instant: int | None) -> list[int]:
    if instant is None:
        return span
    return [min([instant, *span]), max([instant, *span])]


class _Reckoning:
    """The counts, while contact by contact is carried over."""

    def __init__(self, store: Store, old: Plan, new: Plan, now: int) -> None:
        self.store = store
        self.old = link(old).with_paused(store.paused())
        renames = renames_of(old, new)
        self.new = link(new).with_paused(frozenset(renames.paused(unit) for unit in store.paused()))
        self.difference = difference_of(self.old, self.new)
        self.now = now
        found = doubts(old, new)
        self.doubted = {(each.unit, name) for each in found for name in each.inside or (each.name,)}
        self.groups: dict[Key, _Group] = {}
        self.segments: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self.entered: Counter[tuple[str, str]] = Counter()
        self.inside: Counter[str] = Counter()
        self.kept: Counter[tuple[Held, str]] = Counter()
        self.contacts = self.overdue = self.cancelled = 0

    def impact(self) -> Impact:
        for _, state in adoption.histories(self.store, self.old, self.new):
            self._count(state, adopt(self.old, self.new, state, self.now))
        old, new = self.old.plan, self.new.plan
        return Impact(
            at=clock.show(self.now),
            contacts=self.contacts,
            overdue=self.overdue,
            refusals=guard.objections(self.store, old, new),
            members=[self.groups[key].told(key) for key in sorted(self.groups)],
            entering=list(self._entering()),
            segments=list(self._sizes()),
            kept=list(self._kept()),
            waiting=list(_waiting(self.store, old, self.new, self.difference, self.now)),
            queued=self._queued(),
            history=list(_history(self.store, self.old, self.new, self.now)),
            needless=list(_needless(old, new, self.difference)),
        )

    def _count(self, before: ContactState, outcome: Outcome) -> None:
        after = outcome.state
        self.contacts += 1
        self.overdue += before.wake is not None and before.wake < self.now
        self.cancelled += len(outcome.cancelled)
        for member in before.members:
            self._member(member, outcome)
        self.segments[0].update(before.segments)
        self.segments[1].update(after.segments)
        self.entered.update(
            (each.unit, each.why) for each in outcome.audit if each.what == "campaign.entered"
        )
        self.kept.update(("once", mark) for mark in before.once)
        self.kept.update(("path", f"{place}/{path}") for place, path in before.paths.items() if path)
        if before.funnel is not None:
            self.kept.update(("membership", f"campaigns/{name}") for name in before.funnel.memberships)

    # --- members

    def _member(self, member: Member, outcome: Outcome) -> None:
        what, to, why, due = self._fate(member, outcome)
        key = (member.campaign, member.step, what, to, why)
        self.groups.setdefault(key, _Group()).add(member.due, due)

    def _fate(self, member: Member, outcome: Outcome) -> tuple[What, str, str, int | None]:
        unit = f"campaigns/{member.campaign}"
        if not self.doubted.isdisjoint({(unit, ""), (f"campaigns/{member.flow}", member.step)}):
            return "refused", "", "", None
        if self.difference.renames.flow(member.flow) in self.new.plan.older:
            stays = (each.due for each in outcome.state.members if each.order == member.order)
            return "finish", "", "", next(stays, None)
        now, step = self.difference.renames.place(f"campaigns/{member.flow}", member.step)
        now = base(now)
        own = [each for each in outcome.audit if each.entry == member.entry and each.unit in (unit, now)]
        moved = _moved(outcome.audit, f"{unit}/{member.step}")
        after = _standing(outcome.state, member, moved)
        if after is None:
            return "end", "", next((each.why for each in own if each.what in _ENDS), ""), None
        left = moved is not None or any(each.what == "step.left" and each.step == step for each in own)
        if after.step == step and not left:
            place = f"campaigns/{after.campaign}/{after.step}"
            return "stay", "" if place == f"{unit}/{member.step}" else place, "", after.due
        why = "migrate" if moved is not None else "" if left and self._is_there(now, step) else "gone"
        return "go", f"campaigns/{after.campaign}/{after.step}", why, after.due

    def _is_there(self, unit: str, step: str) -> bool:
        campaign = self.new.plan.campaigns.get(unit.partition("/")[2])
        return campaign is not None and any(each.id == step for each in campaign.steps)

    # --- the rest

    def _entering(self) -> Iterator[Entering]:
        for start in self.difference.new:
            trigger = start.trigger
            if isinstance(trigger, OnSegment) and trigger.change == "enters":
                inside = self.segments[1][trigger.segment]
                enter = self.entered[f"campaigns/{start.campaign}", start.why] if trigger.existing else 0
                yield Entering(start.campaign, start.why, trigger.segment, trigger.existing, inside, enter)

    def _sizes(self) -> Iterator[Changed]:
        before, after = self.segments
        names = {self.difference.renames.segments.get(name, name): number for name, number in before.items()}
        for name in sorted({*names, *after} & self.new.plan.segments.keys()):
            if names.get(name, 0) != after[name]:
                yield Changed(f"segments/{name}", names.get(name, 0), after[name])

    def _kept(self) -> Iterator[Kept]:
        there = _marks(self.new.plan) | {f"campaigns/{name}" for name in self.new.plan.campaigns}
        for (what, name), number in sorted(self.kept.items()):
            unit, _, last = name.rpartition("/")
            now = self._name_now(what, name, unit, last)
            doubt = what == "once" and (unit, last) in self.doubted
            gone = now not in there
            if now != name or gone or doubt:
                yield Kept(what, name, number, "" if gone else now, doubt)

    def _name_now(self, what: str, name: str, unit: str, last: str) -> str:
        renames = self.difference.renames
        if what == "once":
            return renames.marks.get(name, name)
        if what == "membership":
            return renames.place(name, "")[0]
        place = renames.split(unit)
        return f"{place}/{renames.path(place, last)}"

    def _queued(self) -> Queued:
        rows = self.store.outbox(["queued", "held"])
        emails = Counter(_email(row.payload) for row in rows)
        old, new, names = self.old.plan.emails, self.new.plan.emails, self.difference.renames.emails
        gone = changed = 0
        for name, number in emails.items():
            after = new.get(names.get(name, name))
            if name in old and after is None:
                gone += number
            elif name in old and after is not None and after.digest != old[name].digest:
                changed += number
        return Queued(len(rows), changed, gone, self.cancelled)


def _shown(instant: int | None) -> str:
    return "" if instant is None else clock.show(instant)


def _moved(audit: tuple[AuditEntry, ...], source: str) -> AuditEntry | None:
    """Where `migrate` moved a member to."""
    return next(
        (each for each in audit if each.what == "campaign.moved" and each.data.get("from") == source), None
    )


def _standing(state: ContactState, member: Member, moved: AuditEntry | None) -> Member | None:
    """The stay that goes on for this one."""
    for other in state.members:
        if other.order == member.order:
            return other
        if moved is not None and (f"campaigns/{other.campaign}", other.entry) == (moved.unit, moved.entry):
            return other
    return None


def _email(payload: bytes | None) -> str:
    found = msgspec.json.decode(payload) if payload else {}
    return str(found.get("email") or "")


def _marks(plan: Plan) -> set[str]:
    """Everything that a used-up `once` or a path taken may be about."""
    found = {
        f"{campaign}/{step.id}/{path.name}"
        for campaign, spec in plan.campaigns.items()
        for step in spec.steps
        for path in paths_of(step)
    }
    kinds: Mapping[str, Mapping[str, object]] = {**plan.assets, "emails": plan.emails}
    for kind, declared in kinds.items():
        for name, asset in declared.items():
            for behaviour, spec in getattr(asset, "behaviours", {}).items():
                found |= {f"{kind}/{name}/on_{behaviour}/{action.id}" for action in spec.actions}
    return found


def _waiting(store: Store, old: Plan, new: Program, difference: Difference, now: int) -> Iterator[Waiting]:
    renamed = difference.renames.fulfillment_lists
    entries = gone_fulfillment_lists(old, new.plan, renamed)
    for name in sorted(old.fulfillment_lists):
        number = store.number_waiting(name)
        if not number:
            continue
        if name in new.plan.fulfillment_lists and name not in renamed:
            yield from _other_times(store, new, name, number, now)
            continue
        entry = entries.get(name)
        to = renamed.get(name) or (entry.to if entry is not None else None) or ""
        yield Waiting(name, number, to, refused=name not in renamed and entry is None)


def _other_times(store: Store, new: Program, name: str, number: int, now: int) -> Iterator[Waiting]:
    """Its next batch is made at another instant; a paused list, or one that is due, is left alone."""
    row = store.entity(f"list/{name}")
    was = None if row is None else row.wake
    if was is None or was <= now:
        return
    schedule = new.plan.fulfillment_lists[name].schedule
    then = next_run(schedule, new.zone_of(schedule.timezone), now)
    if then != was:
        yield Waiting(name, number, next=clock.show(then), was_next=clock.show(was))


def _history(store: Store, old: Program, new: Program, now: int) -> Iterator[Needs]:
    """What the new conditions need, and whether the log reaches so far."""
    tracks = adoption.new_tracks(old, new)
    first = next(iter(store.log()), None) if tracks else None
    begins = now if first is None else first.at
    for track in sorted(tracks.values(), key=lambda each: (each.event, each.asset or "")):
        if track.step is not None or track.members:
            continue  # of a stay: it begins with the entry
        ever = track.forever or bool(track.totals)
        since = track.since if ever else now - track.keep
        yield Needs(
            track.event,
            track.asset or "",
            _shown(since),
            _shown(begins),
            since is not None and begins <= since,
        )


def _needless(old: Plan, new: Plan, difference: Difference) -> Iterator[str]:
    used = {entry.at for entry in (*difference.moves.values(), *difference.lists.values())}
    used |= {
        entry.at for entry in gone_fulfillment_lists(old, new, difference.renames.fulfillment_lists).values()
    }
    yield from (key for key, entry in new.migrate.items() if entry.at not in used)
