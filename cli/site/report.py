"""The report as one page that any browser shows, also without a network: its tables, with pictures."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from oncue.cli.render import funnel
from oncue.cli.render import report as words
from oncue.cli.render.moments import local_text
from oncue.cli.site import charts
from oncue.cli.site.charts import Part
from oncue.runtime.views.funnel_reports import OUTCOMES, FunnelReport, ScenarioReport
from oncue.runtime.views.outcomes import PipelineReport, SplitReport
from oncue.runtime.views.reports import CampaignReport, Report


def page(report: Report, timezone: str, *, whole: bool = True) -> str:
    """The page's HTML; `whole`: with the totals at its head. The same report gives the same bytes."""
    environment = Environment(
        loader=PackageLoader("oncue.cli.site"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["number"] = "{:,}".format
    environment.filters["local"] = lambda text: local_text(text, timezone) if text else "never"
    environment.filters["results"] = words.results
    style = environment.get_template("style.css").render() + charts.STYLE
    return environment.get_template(
        "report.html"
    ).render(
        report=report,
        style=Markup(style),  # noqa: S704 -- ours
        head=[line.split(None, 1) for line in words.head(report, timezone)][1:] if whole else [],
        timezone=timezone,
        campaigns=[_campaign(each) for each in report.campaigns if each.steps],
        segments=_segments(report),
        pipelines=[_pipeline(each) for each in report.pipelines],
        funnels=[_funnel(each) for each in report.funnels],
        scenarios=_scenarios(report.reactivation_scenarios),
    )


def _campaign(each: CampaignReport) -> dict[str, Any]:
    most = max((step.entered for step in each.steps), default=0)
    steps = [
        (step, charts.bar([Part("one", step.left, "left"), Part("two", step.waiting, "there now")], most))
        for step in each.steps
    ]
    return {"of": each, "told": words.campaign_told(each), "steps": steps, "splits": map(_split, each.splits)}


def _split(each: SplitReport) -> dict[str, Any]:
    taken = max((path.taken for path in each.paths), default=0)
    high = max((path.high or 0.0 for path in each.paths), default=0.0)
    rated = any(path.rate is not None for path in each.paths)
    paths = [
        (path, charts.rate(path.rate, path.low, path.high, high)
         if rated else charts.bar([Part("one", path.taken, "times")], taken))
        for path in each.paths
    ]  # fmt: skip
    return {"of": each, "paths": paths, "rated": rated}


def _segments(report: Report) -> list[tuple[Any, Markup]]:
    most = max((each.size for each in report.segments), default=0)
    return [(each, charts.bar([Part("one", each.size, "contacts")], most)) for each in report.segments]


def _pipeline(each: PipelineReport) -> dict[str, Any]:
    most = max((stage.open + stage.won + stage.lost for stage in each.stages), default=0)
    stages = [
        (
            stage,
            charts.bar(
                [
                    Part("two", stage.open, "open"),
                    Part("one", stage.won, "won"),
                    Part("four", stage.lost, "lost"),
                ],
                most,
            ),
        )
        for stage in each.stages
    ]
    return {"of": each, "stages": stages}


def _funnel(each: FunnelReport) -> dict[str, Any]:
    most = max((stage.reached for stage in each.stages), default=0)
    stages = [
        (stage, charts.bar([Part("four" if stage.stage == "lost" else "one", stage.reached, "came")], most),
         funnel.share(stage), funnel.mean(stage.mean))
        for stage in each.stages
    ]  # fmt: skip
    return {"of": each, "name": funnel.name(each), "told": funnel.told(each), "stages": stages}


def _scenarios(found: list[ScenarioReport]) -> list[tuple[Any, ...]]:
    """With a bar of what each came to: `one` to `three` made a response active."""
    most = max((sum(each.outcomes.values()) for each in found), default=0)
    colours = dict(zip(OUTCOMES, ("one", "two", "three"), strict=True))
    return [
        (
            each,
            charts.bar(
                [
                    Part(colours.get(name, "rest"), number, name.replace("_", " "))
                    for name, number in each.outcomes.items()
                ],
                most,
            ),
            funnel.counted(each.outcomes),
            funnel.mean(each.mean),
        )
        for each in found
    ]
