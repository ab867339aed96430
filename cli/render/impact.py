"""What a changed plan does to those inside, in sentences: one line for each group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oncue.cli.comparing.changes import UnitChange
from oncue.cli.output import plural
from oncue.cli.render.moments import local_text
from oncue.runtime.plans.impact import Entering, Group, Held, Impact, Kept, Needs, Queued, Waiting


def lines(impact: Impact, changes: Sequence[UnitChange], timezone: str) -> list[str]:
    """What becomes of everybody, as far as it is not what it was."""
    head = f"If it took effect at {local_text(impact.at, timezone)} ({plural(impact.contacts, 'contact')}):"
    told = list(_body(impact, _touched(changes), timezone))
    return [head, *(told or ["  nobody is affected"])]


def _body(impact: Impact, touched: set[tuple[str, str]], timezone: str) -> Iterator[str]:
    if impact.overdue:
        yield f"  first, by the old plan: {plural(impact.overdue, 'contact')} whose timers are overdue"
    for refusal in impact.refusals:
        yield f"  refused: {refusal}"
    for group in impact.members:
        if (group.campaign, group.step) in touched or not _is_plain(group):
            yield f"  campaigns/{group.campaign}, step {group.step}: {_group(group, timezone)}"
    for each in impact.entering:
        yield f"  {_entering(each)}"
    for size in impact.segments:
        yield f"  {size.unit}: {size.was:,} -> {plural(size.now, 'contact')}, without a word"
    for kept in impact.kept:
        yield f"  {_kept(kept)}"
    for waiting in impact.waiting:
        yield f"  {_waiting(waiting, timezone)}"
    yield from _queued(impact.queued)
    for needs in impact.history:
        yield f"  {_history(needs, timezone)}"
    for key in impact.needless:
        yield f"  migrate: {key}: does nothing here; it may be removed"


def _touched(changes: Sequence[UnitChange]) -> set[tuple[str, str]]:
    """Steps that are changed, by their old campaign and their name before."""
    found = set()
    for unit in changes:
        kind, _, name = (unit.was_unit or unit.unit).partition("/")
        if kind == "campaigns":
            found |= {(name, step.was_step or step.step) for step in unit.steps}
    return found


def _is_plain(group: Group) -> bool:
    """It goes on as it would have."""
    same = (group.earliest, group.latest) == (group.was_earliest, group.was_latest)
    return group.what == "stay" and same


def _members(number: int, one: str, many: str) -> str:
    return f"1 member {one}" if number == 1 else f"{number:,} members {many}"


def _group(group: Group, timezone: str) -> str:
    match group.what:
        case "refused":
            return f"{_members(group.number, 'waits', 'wait')} for a `was` or `migrate`"
        case "end":
            return f"{_members(group.number, 'leaves', 'leave')} ({group.why or 'the end'})"
        case "go":
            why = {"gone": "the step is gone", "migrate": "migrate"}.get(group.why, "they go on")
            return f"{_members(group.number, 'goes', 'go')} to {group.to} ({why})"
        case "finish":
            verb = _members(group.number, "finishes", "finish")
            return f"{verb} on the older version{_until(group, timezone)}"
    name = f" (it is {group.to} then)" if group.to else ""
    return f"{_members(group.number, 'stays', 'stay')}{name}{_until(group, timezone)}"


def _until(group: Group, timezone: str) -> str:
    """When they go on by themselves."""
    if not group.earliest:
        return ", and no end is set any more" if group.was_earliest else ""
    now = f", until {_span(group.earliest, group.latest, timezone)}"
    if (group.earliest, group.latest) == (group.was_earliest, group.was_latest) or not group.was_earliest:
        return now
    return f"{now} instead of {_span(group.was_earliest, group.was_latest, timezone)}"


def _span(first: str, last: str, timezone: str) -> str:
    begin, end = local_text(first, timezone), local_text(last, timezone)
    return begin if begin == end else f"{begin} to {end}"


def _entering(each: Entering) -> str:
    inside = f"{plural(each.inside, 'contact')} in segment {each.segment}"
    start = f"campaigns/{each.campaign}, {each.trigger}: {inside}"
    if not each.existing:
        return f"{start} already; they do not enter (`existing: true` would let them)"
    return f"{start} already; {each.enter:,} of them enter (`existing: true`)"


def _kept(kept: Kept) -> str:
    one = "contact has" if kept.number == 1 else "contacts have"
    said = f"{kept.number:,} {one} {_HELD[kept.what]} {kept.was}"
    if kept.doubt:
        return f"{said}: refused until `was` says what has it now"
    if kept.now:
        return f"{said}: goes on as {kept.now}"
    if kept.what == "membership":
        return f"{said}, which is gone: it stays on record, and no scenario takes it up"
    return f"{said}, which is gone"


_HELD: dict[Held, str] = {"once": "used up the `once` of", "path": "taken", "membership": "a membership in"}


def _waiting(waiting: Waiting, timezone: str) -> str:
    said = f"fulfillment list {waiting.list}: {plural(waiting.number, 'contact')} on it"
    if waiting.next:
        then, was = local_text(waiting.next, timezone), local_text(waiting.was_next, timezone)
        return f"{said}: the next batch at {then} instead of {was}"
    if waiting.refused:
        return f"{said}: refused until `was` or `migrate` says where they go"
    return f"{said}: {f'on {waiting.to} then' if waiting.to else 'off it then'}"


def _queued(queued: Queued) -> Iterator[str]:
    said = {
        "of emails that changed: the new text leaves": queued.changed,
        "of emails that are gone: cannot be made, and fail": queued.gone,
        "taken back": queued.cancelled,
    }
    for words, number in said.items():
        if number:
            yield f"  {plural(number, 'message')} not sent yet {words}"


def _history(needs: Needs, timezone: str) -> str:
    what = needs.event + (f" of {needs.asset}" if needs.asset else "")
    since = f"since {local_text(needs.since, timezone)}" if needs.since else "from the beginning"
    begins = local_text(needs.begins, timezone)
    if needs.whole:
        return f"history of {what} {since}: made up from the log"
    return f"history of {what} {since}: made up from the log, which begins at {begins}"
