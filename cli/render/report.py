"""The report: totals, then campaigns step by step, fulfillment actions, segments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oncue.cli.output import plural
from oncue.cli.render import outcomes
from oncue.cli.render.moments import duration, local_text
from oncue.cli.render.table import draw
from oncue.runtime.engine.latency import Latency
from oncue.runtime.views.reports import CampaignReport, FulfillmentReport, Report, SegmentReport
from oncue.runtime.views.tasks import TaskTotals

_NUMBERS = frozenset({1, 2, 3, 4})


def render(report: Report, timezone: str, *, whole: bool = True) -> str:
    """The report as text; `whole`: with the totals at its head."""
    parts = ["\n".join(head(report, timezone))] if whole else []
    parts += [_campaign(each, timezone) for each in report.campaigns if each.steps]
    parts += [_fulfillment(report.fulfillment, timezone)] if report.fulfillment else []
    parts += [_segments(report.segments)] if report.segments else []
    parts += outcomes.tables(report)
    return "\n\n".join(parts)


def head(report: Report, timezone: str) -> Iterator[str]:
    """The project, then a line for each total: its name, spaces, what there is."""
    until = f", up to {local_text(report.now, timezone)}" if report.now else ""
    yield f"{report.project}{until}"
    yield f"contacts   {report.contacts:,}"
    yield f"messages   {_counted(report.messages) or 'none'}"
    if report.refusals:
        yield f"refused    {_counted(report.refusals)}"
    if report.failures:
        yield f"failed     {_counted(report.failures)}"
    if report.daily_limit:
        yield f"stopped    {plural(report.daily_limit, 'message')} by the daily limit"
    if report.tasks != TaskTotals():
        yield f"tasks      {outcomes.of_tasks(report.tasks)}"
    if report.latency.number:
        yield f"hand-over  {_latency(report.latency)}"


def _latency(latency: Latency) -> str:
    """How long it took from an event's arrival until its messages left."""
    shares = [("half", latency.p50), ("95 %", latency.p95), ("99 %", latency.p99), ("all", latency.max)]
    within = ", ".join(f"{name} within {duration(micros)}" for name, micros in shares)
    return f"{within} after the event ({plural(latency.number, 'message')})"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)


def _campaign(each: CampaignReport, timezone: str) -> str:
    head = f"campaigns/{each.id}{' (paused)' if each.paused else ''}: {campaign_told(each)}"
    rows = [
        [
            step.id, f"{step.entered:,}", f"{step.waiting:,}", f"{step.left:,}", f"{step.no_action:,}",
            results(step.results),
        ]
        for step in each.steps
    ]  # fmt: skip
    table = draw(["step", "entered", "waiting", "left", "no action", "done by rule"], rows, right=_NUMBERS)
    more = [outcomes.split(one, timezone) for one in each.splits] + [outcomes.goals(each.goals)]
    return "\n".join(part for part in (head, table, *more) if part)


def campaign_told(each: CampaignReport) -> str:
    """`5 entered, 2 inside, 1 exited, 2 ended; 1 entry refused (runs once)`."""
    older = f" ({each.finishing:,} on an older version)" if each.finishing else ""
    inside = f"{each.entered:,} entered, {each.inside:,} inside{older}"
    told = f"{inside}, {each.exited:,} exited, {each.ended:,} ended"
    return f"{told}; {_refused(each.refused)}" if each.refused else told


def _refused(reasons: Mapping[str, int]) -> str:
    """`2 entries refused (runs once)`."""
    known = _counted({why: number for why, number in reasons.items() if why != "refused"})
    return f"{plural(sum(reasons.values()), 'entry')} refused{f' ({known})' if known else ''}"


def results(found: Mapping[str, Mapping[str, int]]) -> str:
    """`rule 1: 3 done; default: 2 done, 1 refused (consent)`; the default alone goes without its name."""
    if list(found) == ["default"]:
        return _by_result(found["default"])
    rules = sorted(found, key=lambda rule: (rule == "default", len(rule), rule))
    return "; ".join(f"{rule}: {_by_result(found[rule])}" for rule in rules)


def _by_result(results: Mapping[str, int]) -> str:
    parts = []
    for result, number in results.items():
        name, _, why = result.partition(": ")
        parts.append(f"{number:,} {name}{f' ({why})' if why else ''}")
    return ", ".join(parts)


def _fulfillment(units: list[FulfillmentReport], timezone: str) -> str:
    rows = []
    for unit in units:
        last = local_text(unit.last, timezone) if unit.last else "never"
        rows.append([f"{unit.unit}{' (paused)' if unit.paused else ''}", f"{unit.fired:,}", last, "", ""])
        rows += [
            [f"  {action.id}", "", "", f"{action.no_action:,}" if action.no_action else "",
             results(action.results)]
            for action in unit.actions
        ]  # fmt: skip
    heads = ["fulfillment action", "fired", "last fired", "no action", "done by rule"]
    return draw(heads, rows, right=frozenset({1, 3}))


def _segments(segments: list[SegmentReport]) -> str:
    rows = [[each.id, f"{each.size:,}", each.condition] for each in segments]
    return draw(["segment", "contacts", "condition"], rows, right=frozenset({1}))
