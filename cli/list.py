"""`oncue list`: everything that is declared, in one view."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncue.cli import output
from oncue.cli.checking import plan_of
from oncue.cli.options import database_of, database_option, format_option, workspace_option

if TYPE_CHECKING:
    from oncue.runtime.views.reports import Report

KINDS = (
    "campaigns", "fulfillment", "segments", "lists", "pipelines", "conversions", "audiences", "site_messages",
    "fulfillment_lists", "reactivation_scenarios",
)  # fmt: skip
ALWAYS = frozenset({"campaigns", "fulfillment", "segments", "lists"})  # the rest is shown where there is any


@click.command("list")
@click.argument("kind", required=False, type=click.Choice(KINDS), metavar="[KIND]")
@workspace_option
@database_option
@format_option
def command(kind: str | None, workspace: Path, database: Path | None, form: str) -> None:
    """Show what the workspace declares, with file and line, whether it is active or paused, and what it has
    done, or only those of KIND: campaigns, fulfillment (fulfillment actions), segments, lists, pipelines,
    conversions, audiences, site_messages, fulfillment_lists, reactivation_scenarios.

    \b
    Example:
      oncue list -w acme
      oncue list fulfillment -w acme
    """
    from oncue.runtime.views import reports

    plan = plan_of(workspace)
    report = reports.listing(plan, database_of(workspace, database))
    kinds = (kind,) if kind is not None else shown(report)
    if form == "json":
        from oncue.cli.render.documents import json_text

        output.document(json_text({name: getattr(report, name) for name in kinds}))
    else:
        from oncue.cli.render import listing

        output.document(listing.render(report, kinds, plan.settings.timezone))


def shown(report: Report) -> tuple[str, ...]:
    """The kinds to show where none is asked for."""
    return tuple(kind for kind in KINDS if kind in ALWAYS or getattr(report, kind))
