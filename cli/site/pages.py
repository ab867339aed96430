"""All pages of the site: path to text, the same for the same workspace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from oncue.cli.drawing import svg
from oncue.cli.drawing import workspace as whole
from oncue.cli.drawing.model import Box
from oncue.cli.render.moments import local_text
from oncue.cli.site import campaigns, emails, things
from oncue.cli.site.addresses import Mentions, address
from oncue.runtime.views.reports import Report
from oncue.schemas.plan import Plan

_KINDS = {one: kind for kind, one in whole.ONE.items()}


def pages(plan: Plan, report: Report | None = None) -> Iterator[tuple[str, str]]:
    """Every page as (path, HTML). Raises what `layout` raises."""
    environment = Environment(
        loader=PackageLoader("oncue.cli.site"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    style = environment.get_template("style.css").render() + svg.STYLE
    shared: dict[str, Any] = {"plan": plan, "report": report, "style": Markup(style), "address": address}  # noqa: S704 -- ours
    shared["until"] = local_text(report.now, plan.settings.timezone) if report and report.now else ""
    for path, template, shows in _all(plan, report):
        root = "../" * path.count("/")
        yield path, environment.get_template(template).render(**shared, **shows, root=root, path=path)


def _all(plan: Plan, report: Report | None) -> Iterator[tuple[str, str, dict[str, Any]]]:
    mentions = Mentions(plan)
    yield "index.html", "index.html", {"index": index(plan, report)}
    drawing = svg.render(whole.draw(plan, report), href=_href, style=False)
    yield "drawing.html", "drawing.html", {"drawing": _svg(drawing)}
    for name in sorted(plan.campaigns):
        shows = campaigns.page(plan, name, report) | {"used": mentions.of(("campaigns", name))}
        yield f"campaigns/{name}.html", "campaign.html", shows | {"drawing": _svg(shows["drawing"])}
    for name in sorted(plan.emails):
        yield f"emails/{name}.html", "email.html", emails.page(plan, name, mentions)
    yield "segments.html", "segments.html", things.segments(plan, mentions, report)
    yield "lists.html", "lists.html", things.lists(plan, mentions)
    shows = things.fulfillment_lists(plan, mentions)
    yield "fulfillment_lists.html", "fulfillment_lists.html", shows
    shows = things.scenarios(plan, mentions, report)
    yield "reactivation_scenarios.html", "reactivation_scenarios.html", shows
    yield "assets.html", "assets.html", things.assets(plan, mentions)
    yield "sales.html", "sales.html", things.sales(plan, mentions, report)
    yield "site_messages.html", "site_messages.html", things.site_messages(plan, mentions)
    yield "tasks.html", "tasks.html", things.tasks(plan)
    yield "people.html", "people.html", things.people(plan, mentions)
    yield "settings.html", "settings.html", things.settings(plan)


def _svg(text: str) -> Markup:
    """A drawing, which has escaped its texts by itself."""
    return Markup(text)  # noqa: S704


def _href(box: Box) -> str:
    return address((_KINDS[box.kind], box.name))


def index(plan: Plan, report: Report | None) -> dict[str, Any]:
    """What the first page lists."""
    counted = {each.id: each for each in report.campaigns} if report else {}
    return {
        "campaigns": [(name, spec, counted.get(name)) for name, spec in sorted(plan.campaigns.items())],
        "emails": sorted(plan.emails.items()),
    }
