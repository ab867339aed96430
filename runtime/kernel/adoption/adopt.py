"""A changed plan takes effect for one contact, at one instant.

- Segments whose meaning changed are judged again without a word: only changes after this instant are edges.
  A new trigger with `existing: true` takes in those who are in its segment already.
- Dates are reckoned anew where their trigger is new; what is new fires after this instant only.
- A member that finishes on an older version (`on_change: finish`) keeps its place and its wait. One that did
  so and goes on by the plan in force again comes from the version's steps, as others from the old plan's.
- A member whose step is gone goes to the next one that is left: the old plan's `next` leads from sibling to
  sibling, then on to what follows the branch; else it ends. A step of another kind is begun afresh.
- A wait that goes on counts the time that has passed since arrival; one that is over by now ends.
- A field of another type keeps its value as far as that can be read as the new type.
- What was deferred asks the gate again; a fulfillment action that is gone is cancelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import msgspec
from msgspec import Struct

from oncue.runtime.kernel.adoption.doubts import unsettled
from oncue.runtime.kernel.adoption.migrating import Place, entries_of, gone_lists, migrate, migrate_lists
from oncue.runtime.kernel.adoption.renames import Renames, rename, renames_of
from oncue.runtime.kernel.adoption.retyping import retype, retyped
from oncue.runtime.kernel.adoption.versions import base, flows
from oncue.runtime.kernel.conditions.codegen_source import postorder
from oncue.runtime.kernel.edges import plan_date
from oncue.runtime.kernel.flow.removal import NOT_ENTERED, forget, label_of, remove, vacate
from oncue.runtime.kernel.flow.travel import DEFAULT, chosen
from oncue.runtime.kernel.flow.triggers import Start
from oncue.runtime.kernel.flow.waits import end_of
from oncue.runtime.kernel.fulfilment import carry_errands
from oncue.runtime.kernel.funnel.carrying import carry as carry_funnel
from oncue.runtime.kernel.inputs import Outcome
from oncue.runtime.kernel.link import LinkedCampaign, Program
from oncue.runtime.kernel.rounds import settle
from oncue.runtime.kernel.state import ContactState, Member
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.conditions import InSegment
from oncue.schemas.parts import Position, Use
from oncue.schemas.plan import Migration, Plan, Step
from oncue.schemas.triggers import OnDate, OnSegment, Trigger


class Difference(Struct, frozen=True):
    """What is new in a program, as far as a contact's state must know.

    judged: segments that are new or mean something else. marks: triggers that are still there, by their old
    name ``CAMPAIGN/N``, with the new one. new: the triggers that were not there. renames: what has another
    name. moves: what `migrate` says of members, by their old places. lists: of subscriptions."""

    judged: frozenset[str]
    marks: dict[str, str]
    new: tuple[Start, ...]
    renames: Renames
    moves: dict[Place, Migration]
    lists: dict[str, Migration]


def adopt(old: Program | None, new: Program, state: ContactState, now: int) -> Outcome:
    """Carries a contact from one program over to another; `old` is None where there was none."""
    turn = Turn(new, state, now)
    turn.mute, turn.afresh = "all", True
    difference = difference_of(old, new)
    going = {
        member.order: (difference.moves[place], place)
        for member in turn.state.members
        if (place := (member.flow, member.step)) in difference.moves
    }
    before = {member.order: (member.flow, member.step) for member in turn.state.members}
    rename(turn.state, difference.renames)
    migrate_lists(turn, difference.lists)
    retype(turn.state, retyped(old, new), new.zone)
    _segments(turn, difference)
    _marks_and_dates(turn, difference)
    _forget_dues(turn)
    for member in turn.state.members.copy():
        place = before[member.order]
        _change_version(turn, member, place)
        if old is not None and member.order in going:
            _migrate(turn, old, member, *going[member.order])
        else:
            _carry(turn, old, difference.renames, member, place[0])
    if turn.state.errands:
        carry_errands(turn)
    if turn.state.funnel is not None or new.scenarios.any:
        carry_funnel(turn)
    turn.enrolled += [start for start in difference.new if _exists(turn, start)]
    settle(turn)
    return turn.outcome()


@lru_cache(maxsize=4)
def difference_of(old: Program | None, new: Program) -> Difference:
    """What `adopt` goes by; the same object for the same programs."""
    renames = renames_of(old.plan if old is not None else None, new.plan)
    before = _triggers(old.plan, renames.campaigns) if old is not None else {}
    marks: dict[str, str] = {}
    fresh: list[Start] = []
    for start in _starts(new.plan):
        was = before.get((start.campaign, _meaning(start.trigger)))
        if was:
            marks[was.pop(0)] = start.mark
        else:
            fresh.append(start)
    moves = _moves(old.plan, new.plan, renames) if old is not None else {}
    lists = gone_lists(old.plan, new.plan) if old is not None else {}
    return Difference(_judged(old, new), marks, tuple(fresh), renames, moves, lists)


def _moves(old: Plan, new: Plan, renames: Renames) -> dict[Place, Migration]:
    """What `migrate` says, as far as it is about what is gone or in doubt."""
    entries = entries_of(old, new)
    doubted = {(doubt.unit, doubt.name) for doubt in unsettled(old, new)} if entries else set()
    return {
        (name, step): entry
        for (name, step), entry in entries.items()
        if (f"campaigns/{name}", step) in doubted or _is_gone(new, renames, name, step)
    }


def _is_gone(new: Plan, renames: Renames, flow: str, step: str) -> bool:
    to = renames.flow(flow)
    campaign = new.campaigns.get(to) or new.older.get(to)
    after = renames.place(f"campaigns/{flow}", step)[1]
    return campaign is None or all(other.id != after for other in campaign.steps)


def _triggers(plan: Plan, names: dict[str, str]) -> dict[tuple[str, Trigger], list[str]]:
    """A plan's triggers by their meaning: campaign (by its new name) and trigger without positions."""
    found: dict[tuple[str, Trigger], list[str]] = {}
    for start in _starts(plan):
        campaign = names.get(start.campaign, start.campaign)
        found.setdefault((campaign, _meaning(start.trigger)), []).append(f"{campaign}/{start.place}")
    return found


def _starts(plan: Plan) -> Iterator[Start]:
    for name, campaign in plan.campaigns.items():
        for place, trigger in enumerate(campaign.starts):
            yield Start(name, place, trigger)


_NOWHERE = Position(0, 0, 0)


def _meaning(trigger: Trigger) -> Trigger:
    when = trigger.when and Use(trigger.when.condition, _NOWHERE)
    return msgspec.structs.replace(trigger, at=_NOWHERE, when=when)


def _judged(old: Program | None, new: Program) -> frozenset[str]:
    """Segments that are new or whose condition, looked through, is another."""
    if old is None or old.plan.settings.timezone != new.plan.settings.timezone:
        return frozenset(new.plan.segments)
    before = {name: segment.condition.condition for name, segment in old.plan.segments.items()}
    judged: dict[str, bool] = {}

    def changed(name: str) -> bool:
        if name not in judged:
            key = new.plan.segments[name].condition.condition
            nodes = postorder(new.plan.conditions[key].node)
            inner = {node.segment for node in nodes if isinstance(node, InSegment)}
            judged[name] = before.get(name) != key or any(changed(other) for other in inner)
        return judged[name]

    return frozenset(name for name in new.plan.segments if changed(name))


def _segments(turn: Turn, difference: Difference) -> None:
    """Forgets segments that are gone, and has the changed ones judged in the first round."""
    state, segments = turn.state, turn.program.plan.segments
    state.segments = {name for name in state.segments if name in segments}
    for name in [name for name in state.due if name.startswith("segment/")]:
        if (
            name.removeprefix("segment/") not in segments
            or name.removeprefix("segment/") in difference.judged
        ):
            del state.due[name]
    turn.judge = set(difference.judged)


def _marks_and_dates(turn: Turn, difference: Difference) -> None:
    """Names of triggers that moved in the file; dates of those that are new."""
    state = turn.state
    state.entered_by = {
        difference.marks.get(mark, mark)
        for mark in state.entered_by
        if "=" in mark or mark in difference.marks
    }
    dates = {name: due for name, due in state.due.items() if name.startswith("date/")}
    state.due = {name: due for name, due in state.due.items() if name not in dates}
    for name, due in dates.items():
        mark = difference.marks.get(name.removeprefix("date/"))
        if mark is not None:
            state.due[f"date/{mark}"] = due
    for start in difference.new:
        if isinstance(start.trigger, OnDate):
            plan_date(turn, start, turn.now + 1)


def _forget_dues(turn: Turn) -> None:
    """What members and trials watch is looked at afresh."""
    watched = ("exit/", "until/", "goal/", "trial/")
    turn.state.due = {name: due for name, due in turn.state.due.items() if not name.startswith(watched)}


# --- members --------------------------------------------------------------------------------------


def _migrate(turn: Turn, old: Program, member: Member, entry: Migration, place: Place) -> None:
    """Does what `migrate` says of a member."""
    program = turn.program if turn.program.has(member.flow) else old
    source = f"campaigns/{base(place[0])}/{place[1]}"
    migrate(turn, program.campaign(member.flow), member, entry, source)


def _change_version(turn: Turn, member: Member, before: Place) -> None:
    """Counts the member where it belongs now: by its version, and one that comes back from a version at its
    step by the name that this has now."""
    (flow, step), unit = before, f"campaigns/{member.campaign}"
    version = flow.partition("@")[2]
    if version == member.version:
        return
    for name, number in ((version, -1), (member.version, 1)):
        if name:
            turn.count(unit, "", f"version:{name}", number)
    if step != member.step and member.rule != NOT_ENTERED:
        for name in ("entered", f"pending/{label_of(member.rule)}"):
            turn.count(unit, step, name, -1)
            turn.count(unit, member.step, name)


def _carry(turn: Turn, old: Program | None, renames: Renames, member: Member, flow: str) -> None:
    """Finds the place in the new plan of a member that has travelled the old plan's `flow`."""
    if member.campaign not in turn.program.plan.campaigns:
        _end(turn, old, member)
        return
    if member.version:
        return
    campaign = turn.program.campaign(member.campaign)
    names = renames.steps.get(member.campaign + "".join(flow.partition("@")[1:]), {})
    before = _steps_before(names, old, flow)
    was, step = before.get(member.step), campaign.steps.get(member.step)
    if step is None:
        _to_survivor(turn, campaign, before, names, member)
    elif was is not None and was.kind != step.spec.kind:
        vacate(turn, campaign, member, "the step is another")
    elif member.rule != NOT_ENTERED:
        _wait_on(turn, campaign, member)


def _end(turn: Turn, old: Program | None, member: Member) -> None:
    """The campaign itself is gone."""
    if old is not None and old.has(member.flow):
        remove(turn, old.campaign(member.flow), member, "campaign.ended", "campaign removed")
    else:
        turn.state.members.remove(member)


def _steps_before(names: Mapping[str, str], old: Program | None, flow: str) -> dict[str, Step]:
    """The old plan's steps of a flow, by their new `names`."""
    spec = flows(old.plan).get(flow) if old is not None else None
    return {names.get(step.id, step.id): step for step in spec.steps} if spec is not None else {}


def _to_survivor(
    turn: Turn, campaign: LinkedCampaign, before: dict[str, Step], names: Mapping[str, str], member: Member
) -> None:
    """From a step that is gone to the next one that is left, or to the end."""
    to: str | None = member.step
    seen: set[str] = set()
    while to is not None and to not in campaign.steps and to not in seen:
        seen.add(to)
        step = before.get(to)
        following = step.next if step is not None else None
        to = names.get(following, following) if following is not None else None
    vacate(turn, campaign, member, "the step is gone")
    if to is None or to not in campaign.steps:
        forget(turn, campaign, member, "campaign.ended", "last step")
    else:
        member.step, member.arrived = to, turn.now


def _wait_on(turn: Turn, campaign: LinkedCampaign, member: Member) -> None:
    """The wait goes on, by the new plan's rule of the same place, else its default."""
    step = campaign.steps[member.step]
    rule = member.rule if member.rule < len(step.rules) else DEFAULT
    if rule != member.rule:
        turn.count(campaign.unit, step.id, f"pending/{label_of(member.rule)}", -1)
        turn.count(campaign.unit, step.id, f"pending/{label_of(rule)}")
        member.rule = rule
    action = chosen(step, rule)
    member.due = None if action is None else end_of(turn.program, turn.state, action, member.arrived)


# --- existing: true -------------------------------------------------------------------------------


def _exists(turn: Turn, start: Start) -> bool:
    """Whether a new trigger wants those who are in its segment already, and this contact is."""
    trigger = start.trigger
    if not isinstance(trigger, OnSegment) or not trigger.existing:
        return False
    return turn.program.segment(trigger.segment).test(turn.state, turn.now, {}, None)
