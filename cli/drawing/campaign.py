"""One campaign as a drawing: what starts it, its steps with their rules and ways out, its ends."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.cli.drawing import counts
from oncue.cli.drawing.model import Arrow, Box, Drawing, Shape
from oncue.cli.words.steps import Way, clauses, remarks, ways
from oncue.cli.words.triggers import entering, starts
from oncue.cli.words.values import condition
from oncue.runtime.views.reports import CampaignReport, Report
from oncue.schemas import actions as does
from oncue.schemas.plan import Campaign, Plan, Step

START, END, EXIT = "start", "over", "leaves"
_CHOICES = (does.If, does.SplitPaths, does.SplitTest, does.SplitUntil)


def draw(plan: Plan, name: str, report: Report | None = None) -> Drawing:
    """The drawing of a campaign; with a report, members are counted."""
    campaign = plan.campaigns[name]
    told = counts.of_campaign(report, name)
    ids = {step.id: f"s{number}" for number, step in enumerate(campaign.steps, 1)}
    out = {step.id: ways(plan, name, campaign, step) for step in campaign.steps}
    arrows = tuple(_arrows(campaign, ids, out, told))
    ending = any(arrow.head == END for arrow in arrows)
    boxes = [*_entrance(plan, name, campaign, told), *_steps(plan, campaign, ids, told)]
    boxes += [_end(told)] if ending else []
    return Drawing(name, tuple(boxes), arrows)


def _entrance(plan: Plan, name: str, campaign: Campaign, told: CampaignReport | None) -> Iterator[Box]:
    for number, trigger in enumerate(campaign.starts, 1):
        yield Box(f"t{number}", starts(plan, trigger), "trigger")
    count = "" if told is None else f"{told.entered:,} entered, {told.inside:,} inside"
    yield Box(START, name, "start", (entering(campaign),), count)
    if campaign.exit_when is not None:
        said = f"leaves as soon as {condition(plan, campaign.exit_when)}"
        yield Box(EXIT, said, "note", (), "" if told is None else f"{told.exited:,} left")


def _steps(plan: Plan, campaign: Campaign, ids: dict[str, str], told: CampaignReport | None) -> Iterator[Box]:
    counted = {each.id: counts.of_step(each) for each in told.steps} if told else {}
    for step in campaign.steps:
        lines = (*(clause.line for clause in clauses(plan, step)), *remarks(step))
        yield Box(ids[step.id], step.id, _shape(step), lines, counted.get(step.id, ""))


def _shape(step: Step) -> Shape:
    if isinstance(step.default, _CHOICES):
        return "choice"
    return "goal" if isinstance(step.default, does.Goal) else "step"


def _end(told: CampaignReport | None) -> Box:
    return Box(END, "end", "end", (), "" if told is None else f"{told.ended:,} ended")


def _arrows(
    campaign: Campaign, ids: dict[str, str], out: dict[str, list[Way]], told: CampaignReport | None
) -> Iterator[Arrow]:
    yield from (Arrow(f"t{number}", START) for number in range(1, len(campaign.starts) + 1))
    first = ids.get(campaign.first or "", END)
    yield Arrow(START, first, "", told.entered if told else None)
    if campaign.exit_when is not None:
        yield Arrow(START, EXIT, dashed=True)
    passes = counts.Passes(campaign, told, out) if told else None
    for step, found in out.items():
        numbers = passes.of(step, found) if passes else [None] * len(found)
        for way, number in zip(found, numbers, strict=True):
            yield Arrow(ids[step], ids.get(way.to or "", END), way.label, number, dashed=way.jump)
