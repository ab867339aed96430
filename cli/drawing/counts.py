"""How many members stand where and went where, from a report.

An arrow's number is shown only where the running totals tell it for certain: out of a step with one way
out, on a path of a split, and into a branch whose first step has no other way in. With an exit or goals in
the campaign members may leave between two steps, so nothing is worked out from differences there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from oncue.cli.words.steps import Way
from oncue.runtime.views.reports import CampaignReport, Report, StepReport
from oncue.schemas.actions import Goal
from oncue.schemas.plan import Campaign


def of_campaign(report: Report | None, name: str) -> CampaignReport | None:
    """A campaign's part of the report, if there is a report."""
    return next((each for each in report.campaigns if each.id == name), None) if report else None


def of_step(report: StepReport) -> str:
    """`12 came, 3 here`."""
    return f"{report.entered:,} came, {report.waiting:,} here"


class Passes:
    """How many members took each way out of each step of one campaign."""

    def __init__(self, campaign: Campaign, report: CampaignReport, ways: Mapping[str, list[Way]]) -> None:
        self._entered = {step.id: step for step in report.steps}
        self._taken = {split.step: {path.name: path.taken for path in split.paths} for split in report.splits}
        self._in = Counter(way.to for each in ways.values() for way in each)
        self._in[campaign.first] += 1
        self._goals = {step.id for step in campaign.steps if isinstance(step.default, Goal)}
        self._exact = campaign.exit_when is None and not self._goals

    def of(self, step: str, ways: list[Way]) -> list[int | None]:
        """One number for each way, None where it is not known."""
        report = self._entered.get(step)
        if report is None:
            return [None] * len(ways)
        if len(ways) == 1:
            return [report.released]
        found = [self._one(step, way) for way in ways]
        if self._exact and found.count(None) == 1:
            rest = report.released - sum(number for number in found if number is not None)
            return [(rest if rest >= 0 else None) if number is None else number for number in found]
        return found

    def _one(self, step: str, way: Way) -> int | None:
        if way.path and step in self._taken:
            return self._taken[step].get(way.path)
        only = way.branch and not way.jump and self._in[way.to] == 1 and way.to not in self._goals
        head = self._entered.get(way.to or "") if only else None
        return None if head is None else head.entered
