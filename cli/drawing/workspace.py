"""A whole workspace as a drawing: which campaign starts which, and what each one touches."""

from __future__ import annotations

from oncue.cli.drawing.links import Thing, links
from oncue.cli.drawing.model import Arrow, Box, Drawing
from oncue.runtime.views.reports import Report
from oncue.schemas.plan import Plan

ONE = {
    "campaigns": "campaign", "segments": "segment", "lists": "list", "emails": "email",
    "pipelines": "pipeline", "conversions": "conversion", "audiences": "audience",
    "site_messages": "site message", "users": "user", "teams": "team", "landing_pages": "landing page",
    "trackable_content": "trackable content", "videos": "video", "web_forms": "web form",
    "web_pages": "web page", "fulfillment_lists": "fulfillment list",
    "reactivation_scenarios": "reactivation scenario",
}  # fmt: skip
_LEFT_OUT = frozenset({"users", "teams"})  # who does the work is no part of the flow


def draw(plan: Plan, report: Report | None = None) -> Drawing:
    """The drawing of a workspace; with a report, campaigns and segments are counted. Campaigns are always
    there, other things where something has to do with them."""
    pairs: dict[tuple[Thing, Thing], list[str]] = {}
    for link in links(plan):
        if link.source[0] not in _LEFT_OUT and link.target[0] not in _LEFT_OUT:
            verbs = pairs.setdefault((link.source, link.target), [])
            if link.verb not in verbs:
                verbs.append(link.verb)
    things = {("campaigns", name) for name in plan.campaigns} | {thing for pair in pairs for thing in pair}
    order = {thing: f"n{number}" for number, thing in enumerate(sorted(things), 1)}
    counted = _counted(report)
    boxes = tuple(
        Box(order[each], each[1], "thing", (), counted.get(each, ""), ONE[each[0]]) for each in order
    )
    arrows = tuple(
        Arrow(order[source], order[target], ", ".join(verbs), dashed=set(verbs) == {"asks about"})
        for (source, target), verbs in sorted(pairs.items())
    )
    return Drawing(plan.project, boxes, arrows, across=True)


def _counted(report: Report | None) -> dict[Thing, str]:
    if report is None:
        return {}
    found: dict[Thing, str] = {
        ("campaigns", each.id): f"{each.entered:,} entered, {each.inside:,} inside"
        for each in report.campaigns
    }
    found |= {("segments", each.id): f"{each.size:,} inside" for each in report.segments}
    found |= {("conversions", each.id): f"{each.converted:,} converted" for each in report.conversions}
    return found
