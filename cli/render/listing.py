"""What a workspace declares: a table for each kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oncue.cli.render.moments import local_text
from oncue.cli.render.table import draw
from oncue.runtime.views.reports import CampaignReport, FulfillmentReport, Report

NUMBERS = frozenset({1, 2, 3})


def render(report: Report, kinds: Sequence[str], timezone: str) -> str:
    """The tables of these kinds; a kind without any says so."""
    drawn = []
    for kind in kinds:
        table = _TABLES[kind](report, timezone)
        drawn.append(table or f"no {_NAMES[kind]}")
    return "\n\n".join(drawn)


def _campaigns(report: Report, timezone: str) -> str:
    rows = [
        [each.id, f"{len(each.steps):,}", f"{each.entered:,}", f"{each.inside:,}", _state(each), each.place]
        for each in report.campaigns
    ]
    return draw(["campaign", "steps", "entered", "inside", "state", "where"], rows, right=NUMBERS)


def _fulfillment(report: Report, timezone: str) -> str:
    rows = [
        [
            each.unit,
            f"{each.fired:,}",
            local_text(each.last, timezone) if each.last else "never",
            _state(each),
            each.place,
            ", ".join(action.id + (" (once)" if action.once else "") for action in each.actions),
        ]
        for each in report.fulfillment
    ]
    heads = ["fulfillment action", "fired", "last fired", "state", "where", "actions"]
    return draw(heads, rows, right=frozenset({1}))


def _state(each: CampaignReport | FulfillmentReport) -> str:
    if each.paused:
        return "paused"
    if isinstance(each, CampaignReport):
        return "active"
    if not each.active:
        return "not active"
    return f"active {each.window}" if each.window else "active"


def _segments(report: Report, timezone: str) -> str:
    rows = [[each.id, f"{each.size:,}", each.place, each.condition] for each in report.segments]
    return draw(["segment", "contacts", "where", "condition"], rows, right=frozenset({1}))


def _lists(report: Report, timezone: str) -> str:
    rows = [
        [each.id, "double" if each.double else "single", each.place, ", ".join(each.emails)]
        for each in report.lists
    ]
    return draw(["list", "opt-in", "where", "emails"], rows)


def _pipelines(report: Report, timezone: str) -> str:
    rows = [
        [
            each.id, f"{sum(stage.open for stage in each.stages):,}", each.place,
            ", ".join(stage.stage for stage in each.stages),
        ]
        for each in report.pipelines
    ]  # fmt: skip
    return draw(["pipeline", "open deals", "where", "stages"], rows, right=frozenset({1}))


def _conversions(report: Report, timezone: str) -> str:
    rows = [[each.id, f"{each.converted:,}", each.value, each.place] for each in report.conversions]
    return draw(["conversion", "times", "value", "where"], rows, right=frozenset({1, 2}))


def _audiences(report: Report, timezone: str) -> str:
    rows = [[each.id, each.place, each.says] for each in report.audiences]
    return draw(["audience", "where", "at Facebook"], rows)


def _site_messages(report: Report, timezone: str) -> str:
    rows = [[each.id, each.place, each.says] for each in report.site_messages]
    return draw(["site message", "where", "shown"], rows)


def _fulfillment_lists(report: Report, timezone: str) -> str:
    rows = [
        [
            each.id, f"paused ({each.schedule})" if each.paused else each.schedule,
            f"{each.waiting:,}", f"{each.batches:,}", f"{each.rows:,}",
            f"{each.skipped:,}", local_text(each.last, timezone) if each.last else "", each.place,
        ]
        for each in report.fulfillment_lists
    ]  # fmt: skip
    heads = ["fulfillment list", "schedule", "waiting", "batches", "contacts", "skipped", "last", "where"]
    return draw(heads, rows, right=frozenset({2, 3, 4, 5}))


def _scenarios(report: Report, timezone: str) -> str:
    rows = [
        [
            each.id, each.type, f"{each.waiting:,}",
            ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in each.outcomes.items()),
            "paused" if each.paused else "active", each.place,
        ]
        for each in report.reactivation_scenarios
    ]  # fmt: skip
    heads = ["reactivation scenario", "type", "waiting", "outcomes", "state", "where"]
    return draw(heads, rows, right=frozenset({2}))


_TABLES: dict[str, Callable[[Report, str], str]] = {
    "campaigns": _campaigns,
    "fulfillment": _fulfillment,
    "segments": _segments,
    "lists": _lists,
    "pipelines": _pipelines,
    "conversions": _conversions,
    "audiences": _audiences,
    "site_messages": _site_messages,
    "fulfillment_lists": _fulfillment_lists,
    "reactivation_scenarios": _scenarios,
}
_NAMES = {
    "campaigns": "campaigns",
    "fulfillment": "fulfillment actions",
    "segments": "segments",
    "lists": "lists",
    "pipelines": "pipelines",
    "conversions": "conversions",
    "audiences": "audiences",
    "site_messages": "site messages",
    "fulfillment_lists": "fulfillment lists",
    "reactivation_scenarios": "reactivation scenarios",
}
