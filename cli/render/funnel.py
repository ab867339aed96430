"""The funnel in tables: each campaign's stages, what responses are now, and what scenarios came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oncue.cli.render.moments import duration
from oncue.cli.render.table import draw
from oncue.runtime.views.funnel_reports import FunnelReport, FunnelStage, ScenarioReport


def tables(funnels: Sequence[FunnelReport], scenarios: Sequence[ScenarioReport]) -> list[str]:
    """A table for each campaign with statuses, and one of all scenarios."""
    found = [_funnel(each) for each in funnels]
    return [*found, _scenarios(scenarios)] if scenarios else found


def _funnel(each: FunnelReport) -> str:
    if not each.stages:
        return f"funnel of {name(each)}: no responses"
    rows = [[stage.stage, f"{stage.reached:,}", share(stage), mean(stage.mean)] for stage in each.stages]
    table = draw(
        [f"funnel of {name(each)}", "came", "of the stage before", "after, on average"], rows,
        right=frozenset({1, 2, 3}),
    )  # fmt: skip
    return f"{table}\n{told(each)}"


def name(each: FunnelReport) -> str:
    """Whose funnel it is."""
    return each.id or "all campaigns"


def told(each: FunnelReport) -> str:
    """`now: 2 active, 5 resolved_no_action; deals won: 1200`."""
    now = ", ".join(f"{number:,} {name}" for name, number in each.responses.items()) or "no responses"
    return f"now: {now}; deals won: {each.won_value}" if each.won_value != "0" else f"now: {now}"


def share(stage: FunnelStage) -> str:
    """How many of the stage before came here."""
    return "" if stage.share is None else f"{stage.share:.1%}"


def mean(seconds: int | None) -> str:
    """A mean time, or nothing; `at once` where there is none between the two."""
    if seconds is None:
        return ""
    return duration(seconds * 1_000_000) if seconds else "at once"


def counted(counts: Mapping[str, int]) -> str:
    """`3 reactivated, 1 no longer`."""
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in counts.items())


def _scenarios(found: Sequence[ScenarioReport]) -> str:
    rows = [
        [
            f"{each.id}{' (paused)' if each.paused else ''}", each.type, f"{each.waiting:,}",
            counted(each.outcomes), mean(each.mean),
        ]
        for each in found
    ]  # fmt: skip
    heads = ["reactivation scenario", "type", "waiting", "outcomes", "active after, on average"]
    return draw(heads, rows, right=frozenset({2, 4}))
