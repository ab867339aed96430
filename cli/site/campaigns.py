"""The page of a campaign: its drawing, and every step and rule in words."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from oncue.cli.drawing import campaign as drawings
from oncue.cli.drawing import counts, svg
from oncue.cli.drawing.model import Box
from oncue.cli.render.report import results
from oncue.cli.site.addresses import place
from oncue.cli.words.steps import clauses, remarks, ways
from oncue.cli.words.triggers import entering, starts
from oncue.cli.words.values import condition
from oncue.runtime.views.reports import Report, StepReport
from oncue.schemas.plan import Plan, Step


class Rule(Struct, frozen=True):
    """A behaviour of a step: `number` is empty for a step without rules."""

    number: str
    when: str
    does: str
    line: str


class Told(Struct, frozen=True):
    """A step, or an action of a fulfillment action, in words. `depth`: how many branches it stands in."""

    id: str
    kind: str
    line: str
    depth: int
    rules: list[Rule]
    remarks: list[str]
    ways: list[tuple[str, str]] = []
    count: str = ""
    results: str = ""


def told(plan: Plan, step: Step) -> Told:
    """A step by itself."""
    rules = [
        Rule("" if not step.rules else one.rule, one.when, one.does, place(plan, one.at))
        for one in clauses(plan, step)
    ]
    return Told(step.id, step.kind, place(plan, step.at), 0, rules, remarks(step))


def page(plan: Plan, name: str, report: Report | None) -> dict[str, Any]:
    """What the campaign's page shows."""
    campaign = plan.campaigns[name]
    counted = counts.of_campaign(report, name)
    by_step = {each.id: each for each in counted.steps} if counted else {}
    drawing = drawings.draw(plan, name, report)
    return {
        "name": name,
        "campaign": campaign,
        "line": place(plan, campaign.at),
        "starts": [(starts(plan, each), place(plan, each.at)) for each in campaign.starts],
        "entering": entering(campaign),
        "exit": None if campaign.exit_when is None else condition(plan, campaign.exit_when),
        "counted": counted,
        "drawing": svg.render(drawing, href=_href, style=False),
        "steps": _steps(plan, name, by_step),
    }


def _href(box: Box) -> str:
    return f"#step-{box.name}" if box.shape in ("step", "choice", "goal") else ""


def _steps(plan: Plan, name: str, counted: dict[str, StepReport]) -> list[Told]:
    campaign = plan.campaigns[name]
    parents = {step.id: step.parent for step in campaign.steps}
    found = []
    for step in campaign.steps:
        base, report = told(plan, step), counted.get(step.id)
        leads = [(way.label, way.to or "") for way in ways(plan, name, campaign, step)]
        found.append(
            Told(
                base.id, base.kind, base.line, _depth(parents, step.id), base.rules, base.remarks, leads,
                counts.of_step(report) if report else "", results(report.results) if report else "",
            )
        )  # fmt: skip
    return found


def _depth(parents: dict[str, str | None], step: str) -> int:
    depth, parent = 0, parents.get(step)
    while parent is not None and depth < len(parents):
        depth, parent = depth + 1, parents.get(parent)
    return depth
