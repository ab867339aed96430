"""What a round begins with: how the contact differs from the beginning of the round before.

Only what was touched, or what is due, is looked at; the answer is the campaign starts that the differences
set off. Segments change here, and only here.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from oncue.runtime.kernel.flow.triggers import EDGES, Edge, Start, edges_of
from oncue.runtime.kernel.flow.waits import due_of
from oncue.runtime.kernel.funnel.listening import crossed, reawakens
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.triggers import OnDate, OnField


class Candidate(Struct, frozen=True, gc=False):
    """A start that was set off, and the event that did it, if one did."""

    start: Start
    event: Event | None = None

    @property
    def place(self) -> tuple[str, int]:
        """Campaign id and place in the file: the order of starts."""
        return self.start.campaign, self.start.place


def begin_round(turn: Turn) -> list[Candidate]:
    """Compares with the previous round's beginning, and makes this the round to compare with next."""
    found: list[Candidate] = []
    for event in turn.raised:
        if event.type in turn.program.starts.events:
            found += _of_event(turn, event)
    turn.raised = []
    turn.fresh = turn.touched
    turn.touched = set()
    found += _segments(turn)
    found += _dates_due(turn)
    if turn.fields_before:
        found += _fields(turn)
    if turn.tags_before:
        found += _tags(turn)
    if turn.lists_before:
        found += _lists(turn)
    if turn.program.scenarios.any:
        found += [Candidate(start) for start in crossed(turn)]
    if turn.mute:
        turn.mute = ""
        found = []
    return found + enrolled(turn) if turn.enrolled else found


def enrolled(turn: Turn) -> list[Candidate]:
    """The starts that no edge set off: by hand, or by a step."""
    starts, turn.enrolled = turn.enrolled, []
    return [Candidate(start) for start in starts]


def _of_event(turn: Turn, event: Event) -> list[Candidate]:
    starts = turn.program.starts
    found = [Candidate(start, event) for start in starts.at(("event", event.type))]
    for asset in event.assets:
        found += [Candidate(start, event) for start in starts.at(("event", event.type, asset))]
    if event.type in EDGES:
        for edge in edges_of(event.type, _written(event)):
            found += [Candidate(start, event) for start in starts.at(edge)]
    return found


def _written(event: Event) -> dict[str, str]:
    """The properties that are texts, as they were written."""
    shown = {name: event.shown.get(name, value) for name, value in event.props.items()}
    return {name: text for name, text in shown.items() if isinstance(text, str)}


def _at(turn: Turn, edge: Edge) -> list[Candidate]:
    return [Candidate(start) for start in turn.program.starts.at(edge)]


def _segments(turn: Turn) -> list[Candidate]:
    watches = turn.program.watches
    if not (turn.fresh or turn.judge or turn.state.due):
        return []
    names = watches.touched_by(turn.fresh)
    if "birth" in turn.fresh:
        names.update(watches.at_birth)
    if turn.judge:
        names |= turn.judge
        turn.judge = set()
    names.update(_due_segments(turn))
    found: list[Candidate] = []
    for name in sorted(names):
        found += _look_at(turn, name)
    return found


def _due_segments(turn: Turn) -> Iterable[str]:
    wake = turn.state.wake
    if wake is None or wake > turn.now:
        return ()
    return [
        name.partition("/")[2]
        for name, due in turn.state.due.items()
        if due <= turn.now and name.startswith("segment/")
    ]


def _look_at(turn: Turn, name: str) -> list[Candidate]:
    """Judges one segment and notes when it may next change by itself."""
    state = turn.state
    condition = turn.program.watches.segments[name]
    inside = condition.test(state, turn.now, {}, None)
    if "clock" in condition.needs:
        set_due(turn, f"segment/{name}", condition.next(state, turn.now, {}, None))
    if inside is (name in state.segments):
        return []
    state.segments = state.segments | {name} if inside else state.segments - {name}
    if turn.mute != "all":
        unit = f"segments/{name}"
        turn.write("segment.entered" if inside else "segment.left", unit)
        turn.count(unit, "", "entered" if inside else "exited")
    return _at(turn, ("enters" if inside else "leaves", name))


def set_due(turn: Turn, name: str, due: int | None) -> None:
    """Notes when to look again at a watched thing; None: nothing to look at by time alone."""
    if due is None:
        turn.state.due.pop(name, None)
    else:
        turn.state.due[name] = due


def _dates_due(turn: Turn) -> list[Candidate]:
    """Date triggers whose instant has come, each with its next one noted."""
    state = turn.state
    if state.wake is None or state.wake > turn.now:
        return []
    dates = turn.program.starts.dates
    found: list[Candidate] = []
    for name in [name for name, due in state.due.items() if turn.is_due(due) and name.startswith("date/")]:
        start = dates.get(name)
        if start is None:
            del state.due[name]
            continue
        found.append(Candidate(start))
        plan_date(turn, start, turn.now + 1)
    return found


def plan_date(turn: Turn, start: Start, after: int) -> None:
    """Notes when a date trigger fires next, at or after `after`."""
    trigger = start.trigger
    if isinstance(trigger, OnDate):
        set_due(turn, f"date/{start.mark}", due_of(turn.program, turn.state, trigger, after))


def _fields(turn: Turn) -> list[Candidate]:
    """Fields that differ: what listens to them, and the date triggers that are reckoned from them."""
    state, starts = turn.state, turn.program.starts
    found: list[Candidate] = []
    for name, old in turn.fields_before.items():
        new = state.fields.get(name)
        if new == old:
            continue
        listening = starts.at(("field", name))
        if listening:
            found += [Candidate(start) for start in listening if _becomes(turn, start, old, new)]
        for start in starts.by_date.get(name, ()):
            # A timer's own instant has passed for it; an event's has not, since timers come after events.
            plan_date(turn, start, turn.now + 1 if turn.due_now else turn.now)
        if name == "score" and starts.on_score:
            found += [Candidate(start) for start in starts.crossed(_score(old), _score(new))]
    turn.fields_before = {}
    return found


def _score(value: object) -> int:
    return value if isinstance(value, int) else 0


def _becomes(turn: Turn, start: Start, old: object, new: object) -> bool:
    """Whether a field_changed trigger with `to` wants this value, or an active_status scenario the change."""
    trigger = start.trigger
    if start.scenario and turn.program.scenario(start.scenario).spec.type == "active_status":
        return reawakens(turn, old, new)
    if not isinstance(trigger, OnField) or trigger.to is None:
        return True
    return new == turn.program.literal(trigger.field, trigger.to)


def _tags(turn: Turn) -> list[Candidate]:
    found: list[Candidate] = []
    for tag, before in turn.tags_before.items():
        there = tag in turn.state.tags
        if there is not before:
            found += _at(turn, ("added" if there else "removed", tag))
    turn.tags_before = {}
    return found


def _lists(turn: Turn) -> list[Candidate]:
    found: list[Candidate] = []
    for name, before in turn.lists_before.items():
        there = "subscribed" in turn.state.subscriptions.get(name, {}).values()
        if there is not before:
            found += _at(turn, ("subscribed" if there else "unsubscribed", name))
    turn.lists_before = {}
    return found
