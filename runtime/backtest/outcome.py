"""What a plan would have done in a span of time: the report of it, week by week, and some contacts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import groupby

import msgspec
from msgspec import Struct

from oncue.runtime.backtest.comparison import Picked
from oncue.runtime.backtest.facts import ENTRY, EXIT, REFUSAL, SCORE, SEND, STEP, Fact
from oncue.runtime.backtest.playing import Played, Total
from oncue.runtime.backtest.witness import Note, Weeks, read_note
from oncue.runtime.kernel.values.zone import Zone
from oncue.runtime.reading.sorting import Record
from oncue.runtime.views import reports
from oncue.runtime.views.reports import CampaignReport, Report, StepReport, Totals
from oncue.schemas.plan import Plan

_SHOWN = frozenset({SEND, ENTRY, REFUSAL, EXIT, STEP, SCORE})  # kinds that make a contact worth showing


class Week(Struct):
    """`begins`: its Monday, ISO, in the project's zone. `counts`: how often each fact came about in it."""

    begins: str
    counts: dict[Fact, int]


class Story(Struct):
    """One contact and what was done to it, in order."""

    contact: str
    facts: list[tuple[Fact, int]]


class Outcome(Struct):
    """`report` is about the span alone; only what stands (who is inside or waits, segments, deals) is as at
    its end. `inside`: members that campaigns had at the beginning; none, where the history is from files.
    `sends`: what left, by unit and step. `unit`: what everything is about, empty for all."""

    played: Played
    report: Report
    inside: dict[str, int]
    sends: list[tuple[Fact, int]]
    weeks: list[Week]
    stories: list[Story]
    unit: str = ""


def calendar(zone: Zone) -> Callable[[int], tuple[int, int]]:
    """A `Witness`'s weeks: numbered by their Mondays' days, and ending at the next Monday's midnight."""

    def week_of(instant: int) -> tuple[int, int]:
        monday = zone.day(instant)
        monday -= date.fromordinal(monday).weekday()
        return monday, zone.midnight(monday + 7)

    return week_of


def outcome(
    plan: Plan, played: Played, weeks: Weeks, notes: Iterable[Record], *, unit: str = "", samples: int = 0,
    each: Callable[[Story], None] | None = None,
) -> Outcome:  # fmt: skip
    """Adds up a play. `unit`: only this one (``campaigns/ID``). `each` gets every contact that something was
    done to, by turns."""
    counts: Counter[Fact] = Counter()
    for week in weeks.values():
        counts.update(week)
    return Outcome(
        played=played,
        report=_of_span(plan, played, unit),
        inside=_inside(plan, played.base),
        sends=sorted(
            (fact, number) for fact, number in counts.items() if fact.kind == SEND and _of(fact, unit)
        ),
        weeks=[_week(monday, weeks[monday], unit) for monday in sorted(weeks)],
        stories=_stories(notes, Picked(samples, played.who), unit, each)
        if samples or played.who or each
        else [],
        unit=unit,
    )


def _of(fact: Fact, unit: str) -> bool:
    return not unit or fact.unit == unit


def _week(monday: int, counts: Counter[Fact], unit: str) -> Week:
    chosen = {fact: number for fact, number in sorted(counts.items()) if _of(fact, unit)}
    return Week(date.fromordinal(monday).isoformat(), chosen)


# --- the report


def _of_span(plan: Plan, played: Played, unit: str) -> Report:
    """The report of what happened in the span."""
    end, base = _by_place(played.totals), _by_place(played.base)
    span = {
        place: (value - (0 if _stands(*place) else base.get(place, (0, 0))[0]), latest)
        for place, (value, latest) in end.items()
        if _stands(*place) or value != base.get(place, (0, 0))[0]
    }
    whole = {each.id: each for each in reports.build(plan, end, frozenset(), reports.Facts()).campaigns}
    found = reports.build(plan, span, frozenset(), played.standing)
    campaigns = [
        _standing(each, whole[each.id])
        for each in found.campaigns
        if not unit or unit == f"campaigns/{each.id}"
    ]
    if not unit:
        return msgspec.structs.replace(found, campaigns=campaigns)
    return msgspec.structs.replace(
        found,
        campaigns=campaigns,
        fulfillment=[],
        segments=[],
        pipelines=[],
        conversions=[],
        fulfillment_lists=[],
        funnels=[each for each in found.funnels if unit == f"campaigns/{each.id}"],
        reactivation_scenarios=[],
    )


def _stands(unit: str, step: str, name: str) -> bool:
    """Whether a total says what is, not what happened."""
    return unit.startswith(("segments/", "pipelines/")) or name.startswith("pending/")


def _by_place(totals: list[Total]) -> Totals:
    return {(unit, step, name): (value, latest) for unit, step, name, value, latest in totals}


def _standing(span: CampaignReport, whole: CampaignReport) -> CampaignReport:
    """Who is inside, and where, at the end."""
    steps = [_waiting(step, other) for step, other in zip(span.steps, whole.steps, strict=True)]
    return msgspec.structs.replace(span, inside=whole.inside, steps=steps)


def _waiting(span: StepReport, whole: StepReport) -> StepReport:
    return msgspec.structs.replace(span, waiting=whole.waiting)


def _inside(plan: Plan, base: list[Total]) -> dict[str, int]:
    before = reports.build(plan, _by_place(base), frozenset(), reports.Facts())
    return {each.id: each.inside for each in before.campaigns if each.inside}


# --- contacts


def _stories(
    notes: Iterable[Record], picked: Picked[Story], unit: str, each: Callable[[Story], None] | None
) -> list[Story]:
    for _, group in groupby(notes, lambda record: record[0]):
        for story in _told([read_note(payload) for _, _, payload in group], unit):
            kinds = {fact for fact, _ in story.facts if fact.kind in _SHOWN}
            if kinds or story.contact == picked.asked:
                picked.offer(story, kinds)
                if each is not None:
                    each(story)
    return picked.samples()


def _told(notes: list[Note], unit: str) -> Iterator[Story]:
    """The contacts of one place (almost always one)."""
    for key in dict.fromkeys(note.key for note in notes):
        facts = [
            (fact, note.at) for note in notes if note.key == key for fact in note.facts if _of(fact, unit)
        ]
        if facts:
            yield Story(key, facts)
