"""What starts campaigns, asked about one contact: did the edge happen, and what came of it; else what there
was instead."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.runtime.kernel.conditions.codegen_source import postorder
from oncue.runtime.kernel.flow.triggers import Start
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.link import Program
from oncue.runtime.why.answer import Finding, Story
from oncue.runtime.why.case import Case, event_text, latest
from oncue.runtime.why.edges import happened, score_of, text
from oncue.runtime.why.life import Moment
from oncue.runtime.why.values import Moment as Asking
from oncue.schemas import triggers as on
from oncue.schemas.audit import AuditEntry
from oncue.schemas.conditions import Agg, InSegment
from oncue.schemas.parts import Use
from oncue.schemas.plan import Plan
from oncue.schemas.values import format_number

IGNORED = {
    "machine": "it was made by a machine (a prefetch or scanner), which triggers nothing",
    "too_old": "it was older than trigger_max_age when it came in, and triggers nothing",
    "unmatched": "it belongs to no message that was sent, and starts nothing",
}


def edge_of(case: Case, moment: Moment, trigger: on.Trigger | None) -> Iterator[Finding]:
    """Of an entry: the edge, where the input was not itself it."""
    if isinstance(trigger, on.OnSegment):
        what = "segment.entered" if trigger.change == "enters" else "segment.left"
        for entry in moment.entries:
            if entry.what == what and entry.unit == f"segments/{trigger.segment}":
                yield segment_change(case, moment, entry)
    elif trigger is not None and not isinstance(trigger, on.OnEvent | on.OnManual):
        yield case.found("edge", text(trigger), at=moment.at, place=case.place_in(moment, trigger.at))


def segment_change(case: Case, moment: Moment, entry: AuditEntry) -> Finding:
    """A contact came into a segment, or left it, with what its condition said."""
    name = entry.unit.partition("/")[2]
    word = "entered" if entry.what == "segment.entered" else "left"
    spec, condition = moment.program.plan.segments.get(name), None
    if spec is not None:
        asked = case.asked(moment, spec.condition, entry)
        condition = case.explain_asked(moment, spec.condition, asked)
    return case.of_entry(moment, entry, f"{word} the segment {name}", condition=condition)


# --- why it did not


def why_not(case: Case, start: Start) -> Story:
    """What stood between the contact and this trigger."""
    trigger, place = start.trigger, case.position(start.trigger.at)
    close = [moment for moment in case.life.moments if happened(start, moment)]
    findings = [finding for moment in latest(close) for finding in _stopped(case, moment, start)]
    title = f"campaigns/{start.campaign}, {text(trigger)}"
    return Story(title, False, tuple(findings or _never(case, start)), place)


def _stopped(case: Case, moment: Moment, start: Start) -> Iterator[Finding]:
    """The edge happened, and did not lead in."""
    yield case.cause(moment)
    trigger = start.trigger
    if isinstance(trigger, on.OnSegment):
        yield from edge_of(case, moment, trigger)
    ignored = [str(each.data["ignored"]) for each in moment.entries if "ignored" in each.data]
    refused = [
        each for each in moment.entries
        if each.what == "campaign.refused" and each.unit == f"campaigns/{start.campaign}"
    ]  # fmt: skip
    now_there = trigger_there(moment.program, start)
    if not now_there:
        yield case.found(
            "not_deployed",
            f"the plan that was in force then had no such trigger of {start.campaign}",
            at=moment.at,
        )
    elif ignored and isinstance(trigger, on.OnEvent):
        yield case.found("ignored", IGNORED[ignored[0]], at=moment.at)
    elif moment.row.kind == "silent":
        yield case.found("silent", "what is loaded silently (--no-triggers) starts nothing", at=moment.at)
    elif moment.row.kind in ("adopt", "plan"):
        yield case.found(
            "silent", "it came with a changed plan; only changes after that start anything", at=moment.at
        )
    elif refused:
        yield refusal(case, moment, refused[0])
    elif trigger.when is not None:
        asked = case.asked(moment, trigger.when)
        part = case.explain_asked(moment, trigger.when, asked)
        yield case.found(
            "when",
            "its when did not hold",
            at=moment.at,
            place=case.position(trigger.when.at),
            condition=part,
        )
    elif any(each.what == "cascade_limit" for each in moment.entries):
        yield case.found("cascade_limit", "one input may cause only so many entries", at=moment.at)
    else:
        yield case.found("unknown", "the log does not say what stopped it", at=moment.at)


def trigger_there(program: Program, start: Start) -> bool:
    """Whether the plan had this trigger."""
    campaign = program.plan.campaigns.get(start.campaign)
    return campaign is not None and any(text(each) == text(start.trigger) for each in campaign.starts)


def refusal(case: Case, moment: Moment, entry: AuditEntry) -> Finding:
    """An entry that was not allowed, and what spoke against it."""
    name, why = entry.unit.partition("/")[2], entry.why
    campaign = moment.program.plan.campaigns.get(name)
    condition = None
    if campaign is not None and campaign.exit_when is not None and why.startswith("exit_when"):
        condition = case.explain_asked(
            moment, campaign.exit_when, case.asked(moment, campaign.exit_when, entry)
        )
    earlier = [
        one.at for one, each in case.entries("campaign.entered", entry.unit) if one.row.seq < moment.row.seq
    ]
    since = f": it had entered on {case.instant(earlier[-1])}" if why == "runs once" and earlier else ""
    return case.of_entry(moment, entry, f"the entry was refused, {why}{since}", condition=condition)


# --- it never happened


def _never(case: Case, start: Start) -> Iterator[Finding]:
    """What there was instead."""
    trigger, state = start.trigger, case.state
    match trigger:
        case on.OnEvent():
            yield from no_event(case, trigger.event, trigger.asset)
        case on.OnSegment():
            yield from _no_change(case, trigger)
        case on.OnTag():
            there = "has" if trigger.tag in state.tags else "does not have"
            yield case.found("never", f"the tag {trigger.tag} was never {trigger.change}: it {there} the tag")
        case on.OnField():
            value = state.shown.get(trigger.field, state.fields.get(trigger.field))
            yield case.found("never", f"{trigger.field} never changed so: it is {_value(value)}")
        case on.OnScore():
            yield case.found("never", f"its score never became so: it is {format_number(score_of(state))}")
        case on.OnSubscription():
            status = ", ".join(f"{k} {v}" for k, v in state.subscriptions.get(trigger.list, {}).items())
            yield case.found("never", f"it was never {trigger.change}: {status or 'never subscribed'}")
        case on.OnDate():
            yield _no_date(case, start, trigger)
        case on.OnManual():
            yield case.found("never", "nobody has enrolled it by hand (oncue contact enrol)")
        case _:
            yield case.found("never", "that never happened to it")


def _value(value: object) -> str:
    return "not set" if value is None else ", ".join(value) if isinstance(value, list) else str(value)


def no_event(case: Case, event: str, asset: str | None) -> Iterator[Finding]:
    """None of that asset; the latest of the same type, which came close."""
    others = [
        moment for moment in case.life.moments
        if any(each.what == "event" and each.unit == event for each in moment.entries)
    ]  # fmt: skip
    for moment in latest(others):
        if isinstance(moment.input, Event):
            yield case.found("close", f"{event_text(moment.input, moment.entries)} happened", at=moment.at)
    of = f" of {asset}" if asset else ""
    yield case.found("no_event", f"{event}{of} never happened to it")


def _no_change(case: Case, trigger: on.OnSegment) -> Iterator[Finding]:
    spec = case.plan.segments[trigger.segment]
    inside = trigger.segment in case.state.segments
    word = "entered" if trigger.change == "enters" else "left"
    yield from came_close(case, spec.condition)
    yield case.found(
        "no_edge", f"it never {word} the segment {trigger.segment}: it is {'in' if inside else 'not in'} it",
        at=case.at, place=case.position(spec.condition.at), condition=case.explain_now(spec.condition),
    )  # fmt: skip


def came_close(case: Case, use: Use) -> Iterator[Finding]:
    """What the condition said after the last event that it looks at, if that was not just now."""
    types = event_types(case.plan, use)
    heard = [
        moment for moment in case.life.moments
        if any(each.what == "event" and each.unit in types for each in moment.entries)
    ]  # fmt: skip
    for moment in heard[-1:]:
        known = use.condition in moment.program.plan.conditions
        if known and moment.after is not None and moment.at < case.at and isinstance(moment.input, Event):
            part = case.explain(moment.program, use, Asking(moment.after, moment.at))
            yield case.found(
                "close", f"after {event_text(moment.input, moment.entries)}", at=moment.at, condition=part
            )


def event_types(plan: Plan, use: Use) -> set[str]:
    """The types of the events that a condition looks at, also through segments."""
    found: set[str] = set()
    waiting = [plan.conditions[use.condition].node]
    while waiting:
        for node in postorder(waiting.pop()):
            if isinstance(node, Agg):
                found.add(plan.tracks[node.track].event)
            elif isinstance(node, InSegment):
                waiting.append(plan.conditions[plan.segments[node.segment].condition.condition].node)
    return found


def _no_date(case: Case, start: Start, trigger: on.OnDate) -> Finding:
    due = case.state.due.get(f"date/{start.mark}")
    if due is not None:
        return case.found("waiting", f"its date has not come: that is on {case.instant(due)}")
    if trigger.field not in case.state.fields:
        return case.found("never", f"{trigger.field} is not set")
    return case.found("never", f"its date had passed when {trigger.field} became known, or has been used")
