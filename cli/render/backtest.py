"""What a plan would have done: campaigns step by step, what would have left, week by week, contacts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from oncue.cli.output import plural
from oncue.cli.render import report as reports
from oncue.cli.render.facts import one
from oncue.cli.render.moments import local
from oncue.cli.render.table import clean, draw
from oncue.runtime.backtest.facts import ENTRY, EXIT, REFUSAL, SCORE, SEND, STEP, Fact
from oncue.runtime.backtest.outcome import Outcome, Story, Week
from oncue.runtime.backtest.playing import Span
from oncue.runtime.clock import show

VERSION = 1


def as_text(found: Outcome, timezone: str, span: Span) -> str:
    """The whole answer."""
    parts = [_head(found, timezone, span), reports.render(found.report, timezone, whole=False)]
    parts += [_sends(found), _weeks(found)]
    parts += [_story(story, timezone) for story in found.stories]
    if found.played.who and all(story.contact != found.played.who for story in found.stories):
        parts.append(f"{clean(found.played.who)}: nothing is done to this contact")
    return "\n\n".join(part for part in parts if part)


def _head(found: Outcome, timezone: str, span: Span) -> str:
    played = found.played
    lines = [f"{found.report.project}, {_span(found, timezone, span)}", f"contacts   {played.contacts:,}"]
    if played.early:
        lines.append(f"before     {plural(played.early, 'event')}, which only made contacts what they were")
    if found.inside:
        said = ", ".join(f"{number:,} in {name}" for name, number in found.inside.items())
        lines.append(f"inside     at the beginning: {said}")
    return "\n".join(lines)


def _span(found: Outcome, timezone: str, span: Span) -> str:
    start = "" if span.start is None else f"from {local(span.start, timezone)} "
    end = (
        local(found.played.now, timezone)
        if span.end is None
        else f"{local(span.end, timezone)}, not included"
    )
    return f"{start}up to {end}"


def _sends(found: Outcome) -> str:
    rows = [[fact.unit, fact.step, fact.what, f"{number:,}"] for fact, number in found.sends]
    return draw(["would have left", "step", "what", "times"], rows, right=frozenset({3}))


# --- weeks

_COLUMNS = ("entries", "entries refused", "messages", "messages refused", "points given", "ends")


def _weeks(found: Outcome) -> str:
    rows = [
        [week.begins, *(f"{number:,}" if number else "" for number in _counted(week))] for week in found.weeks
    ]
    return draw(["week of", *_COLUMNS], rows, right=frozenset(range(1, 7)))


def _counted(week: Week) -> Iterator[int]:
    kinds: dict[str, int] = {}
    for fact, number in week.counts.items():
        kinds[fact.kind] = kinds.get(fact.kind, 0) + number
    stopped = sum(number for fact, number in week.counts.items() if _is_refused(fact))
    yield from (kinds.get(ENTRY, 0), kinds.get(REFUSAL, 0), kinds.get(SEND, 0), stopped)
    yield from (kinds.get(SCORE, 0), kinds.get(EXIT, 0))


def _is_refused(fact: Fact) -> bool:
    return fact.kind == STEP and fact.what.startswith("refused")


# --- contacts


def _story(story: Story, timezone: str) -> str:
    rows = [[local(at, timezone), fact.unit, one(fact)] for fact, at in story.facts]
    lines = draw(["", "", ""], rows).splitlines()[1:]
    return "\n".join([clean(story.contact) or "of no contact", *(f"  {line}" for line in lines)])


def lines_of(story: Story) -> Iterator[dict[str, Any]]:
    """Everything that was done to a contact, a line each."""
    for fact, at in story.facts:
        yield {"contact": story.contact, "at": show(at), **fact._asdict()}


# --- for programs


def as_json(found: Outcome, span: Span) -> dict[str, Any]:
    """The outcome as one document."""
    played = found.played
    return {
        "version": VERSION,
        "from": None if span.start is None else show(span.start),
        "to": show(played.now) if span.end is None else show(span.end),
        "history": {
            "events": played.events, "rows": played.rows, "before": played.early, "repeated": played.repeated,
            "ignored": played.ignored, "rejected": played.rejected,
        },
        "inside_before": found.inside,
        "report": found.report,
        "sends": _facts(dict(found.sends)),
        "weeks": [{"begins": week.begins, "facts": _facts(week.counts)} for week in found.weeks],
        "contacts": [
            {
                "contact": story.contact,
                "facts": [{"at": show(at), **fact._asdict()} for fact, at in story.facts],
            }
            for story in found.stories
        ],
    }  # fmt: skip


def _facts(counts: Mapping[Fact, int]) -> list[dict[str, Any]]:
    return [{**fact._asdict(), "times": number} for fact, number in counts.items()]
