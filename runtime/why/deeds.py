"""Why a fulfillment action did not do something: its behaviour never happened, did not count, or the action
was kept from it."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.values.zone import parse_day
from oncue.runtime.why.answer import Finding, Story
from oncue.runtime.why.case import Case, latest
from oncue.runtime.why.life import Moment
from oncue.runtime.why.travel import otherwise
from oncue.runtime.why.triggers import IGNORED, no_event
from oncue.runtime.why.ways import Way
from oncue.schemas.audit import AuditEntry
from oncue.schemas.plan import Behaviour, Plan


def behaviour_of(plan: Plan, unit: str) -> Behaviour | None:
    """The fulfillment actions of a unit ``KIND/ID/on_X``, if the plan has them."""
    kind, name, behaviour = unit.split("/")
    owner = plan.emails.get(name) if kind == "emails" else plan.assets.get(kind, {}).get(name)
    return owner.behaviours.get(behaviour.removeprefix("on_")) if owner else None


def event_of(case: Case, unit: str) -> tuple[str, str]:
    """The event that sets a unit off, and its asset."""
    kind, name, behaviour = unit.split("/")
    ending = f".{behaviour.removeprefix('on_')}"
    found = [each for each, spec in case.program.events.items() if spec.asset_kind == kind]
    return next(each for each in found if each.endswith(ending)), name


def not_done(case: Case, way: Way) -> Iterator[Story]:
    """One story for each of the last few times that its behaviour happened; else what happened instead."""
    event, asset = event_of(case, way.unit)
    close = [moment for moment in case.life.moments if _is_of(moment, event, asset)]
    for moment in latest(close):
        findings = (case.cause(moment), *_kept_from(case, way, moment))
        yield Story(way.title, False, findings, case.position(way.at))
    if not close:
        yield Story(way.title, False, tuple(no_event(case, event, asset)), case.position(way.at))


def _is_of(moment: Moment, event: str, asset: str) -> bool:
    for entry in moment.entries:
        assets = entry.data.get("assets") if entry.what == "event" and entry.unit == event else None
        if isinstance(assets, list) and asset in assets:
            return True
    return False


def _kept_from(case: Case, way: Way, moment: Moment) -> Iterator[Finding]:
    """Why the action did nothing at this event."""
    ignored = [str(each.data["ignored"]) for each in moment.entries if "ignored" in each.data]
    deed = behaviour_of(moment.program.plan, way.unit)
    acted = [
        each for each in moment.entries if each.what == "action" and (each.unit, each.step) == _place(way)
    ]
    if ignored:
        yield case.found("ignored", IGNORED[ignored[0]], at=moment.at)
    elif deed is None or way.step.id not in {step.id for step in deed.actions}:
        yield case.found("not_deployed", "the plan that was in force then had no such action", at=moment.at)
    elif acted:
        yield from _acted(case, way, moment, acted[-1].why == "once")
    elif not deed.active:
        yield case.found(
            "not_active", "it was not active", at=moment.at, place=case.place_in(moment, deed.at)
        )
    elif not _in_window(moment, deed):
        window = {"from": deed.start, "until": deed.until}
        said = " ".join(f"{word} {day}" for word, day in window.items() if day)
        text = f"the event's day lies outside its window, {said}"
        yield case.found("window", text, at=moment.at, place=case.place_in(moment, deed.at))
    elif isinstance(moment.input, Event) and moment.input.type == "email.open":
        yield case.found(
            "not_first", "only the first open of an email counts, over all its sends", at=moment.at
        )
    else:
        yield case.found("waiting", "it waits for an answer that has not come", at=moment.at)


def _place(way: Way) -> tuple[str, str]:
    return way.unit, way.step.id


def _acted(case: Case, way: Way, moment: Moment, once: bool) -> Iterator[Finding]:
    acted = [
        each for each in moment.entries if each.what == "action" and (each.unit, each.step) == _place(way)
    ]
    if not once:
        yield from otherwise(case, way, (moment, acted[-1]))
    else:
        yield spent(case, moment, acted[-1])


def spent(case: Case, moment: Moment, entry: AuditEntry) -> Finding:
    """Its once-mark was used up before, and when."""
    earlier = [
        one for one, each in case.entries("action", entry.unit, entry.step)
        if one.row.seq < moment.row.seq and each.result != "skipped"
    ]  # fmt: skip
    when = f", and was on {case.instant(earlier[-1].at)}" if earlier else ""
    return case.of_entry(moment, entry, f"it is done once per contact{when}", "once")


def _in_window(moment: Moment, deed: Behaviour) -> bool:
    at = moment.input.at if isinstance(moment.input, Event) else moment.at
    day = moment.program.zone.day(at)
    start, until = (None if text is None else parse_day(text) for text in (deed.start, deed.until))
    return (start is None or start <= day) and (until is None or day <= until)
