"""`oncue report`: what has happened, added up, or entry by entry."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncue.cli import exits, output
from oncue.cli.checking import timezone_of
from oncue.cli.options import database_option, existing_database, format_option, workspace_option

if TYPE_CHECKING:
    from oncue.runtime.views.reports import Report


SCENARIOS = "reactivation_scenarios"


@click.command("report")
@click.argument("unit", required=False)
@workspace_option
@database_option
@format_option
@click.option(
    "--html", "page", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write it as one page with pictures, for any browser (-: to standard output).",
)  # fmt: skip
@click.option("--audit", is_flag=True, help="Every audit entry in order, as JSON Lines.")
@click.option("--contact", metavar="KEY", default="", help="With --audit: only this contact's (id:42).")
def command(
    unit: str | None, workspace: Path, database: Path | None, form: str, page: Path | None, audit: bool,
    contact: str,
) -> None:  # fmt: skip
    """Show what has happened: contacts, messages, tasks, each campaign step by step with its rules, splits
    and goals, fulfillment actions, segments, deals, conversions, the funnel, reactivation scenarios, and how
    long it took from event to hand-over. With UNIT (campaigns/ID, KIND/ID, segments/ID, ...) only that.

    \b
    Example:
      oncue report -w acme
      oncue report campaigns/spring-launch -w acme
      oncue report -w acme --html report.html
      oncue report -w acme --audit | grep campaign.entered
    """
    from oncue.runtime.views import reports

    if page is not None and (audit or form == "json"):
        raise click.UsageError("--html goes without --audit and --format")
    if contact and not audit:
        raise click.UsageError("--contact goes with --audit; `oncue contact show` shows one contact")
    path = existing_database(workspace, database)
    if audit:
        output.lines(audit_lines(path, contact))
        return
    found = reports.report(path)
    if unit is not None:
        found = only(found, unit)
    if page is not None:
        write_page(page, found, timezone_of(workspace), whole=unit is None)
    elif form == "json":
        from oncue.cli.render.documents import json_text

        output.document(json_text(found))
    else:
        from oncue.cli.render import report

        output.document(report.render(found, timezone_of(workspace), whole=unit is None))


def write_page(page: Path, found: Report, timezone: str, *, whole: bool) -> None:
    """The report as a page. Raises CommandError where the file cannot be written."""
    from oncue.cli.site import report

    if str(page) == "-":
        output.document(report.page(found, timezone, whole=whole))
        return
    try:
        page.write_text(report.page(found, timezone, whole=whole), encoding="utf-8")
    except OSError as error:
        raise exits.CommandError(f"{page} cannot be written: {(error.strerror or '').lower()}") from None
    output.words(f"the report is in {page}")


def audit_lines(path: Path, contact: str) -> Iterator[str]:
    """The audit as JSON Lines."""
    import msgspec

    from oncue.runtime.views import reports

    encoder = msgspec.json.Encoder()
    for entry in reports.audit(path, contact=contact):
        yield encoder.encode(entry).decode()


def only(report: Report, unit: str) -> Report:
    """The report of one unit. Raises UsageError for one that there is not."""
    import msgspec

    wanted = unit.strip("/")
    campaigns = [each for each in report.campaigns if f"campaigns/{each.id}" == wanted]
    fulfillment = [each for each in report.fulfillment if f"{each.unit}/".startswith(f"{wanted}/")]
    segments = [each for each in report.segments if f"segments/{each.id}" == wanted]
    pipelines = [each for each in report.pipelines if f"pipelines/{each.id}" == wanted]
    conversions = [each for each in report.conversions if f"conversions/{each.id}" == wanted]
    batches = [each for each in report.fulfillment_lists if f"fulfillment_lists/{each.id}" == wanted]
    scenarios = [each for each in report.reactivation_scenarios if f"{SCENARIOS}/{each.id}" == wanted]
    if not (campaigns or fulfillment or segments or pipelines or conversions or batches or scenarios):
        known = units(report)
        near = difflib.get_close_matches(wanted, known, n=2) or [each for each in known if wanted in each][:2]
        hint = f"; did you mean {' or '.join(near)}?" if near else "; `oncue list` shows what there is"
        raise click.UsageError(f"there is no unit {unit}{hint}")
    return msgspec.structs.replace(
        report, campaigns=campaigns, fulfillment=fulfillment, segments=segments, lists=[],
        pipelines=pipelines, conversions=conversions, audiences=[], site_messages=[],
        fulfillment_lists=batches, reactivation_scenarios=scenarios,
        funnels=[each for each in report.funnels if f"campaigns/{each.id}" == wanted],
    )  # fmt: skip


def units(report: Report) -> list[str]:
    """Every unit's name."""
    return [
        *(f"campaigns/{each.id}" for each in report.campaigns),
        *(each.unit for each in report.fulfillment),
        *(f"segments/{each.id}" for each in report.segments),
        *(f"pipelines/{each.id}" for each in report.pipelines),
        *(f"conversions/{each.id}" for each in report.conversions),
        *(f"fulfillment_lists/{each.id}" for each in report.fulfillment_lists),
        *(f"{SCENARIOS}/{each.id}" for each in report.reactivation_scenarios),
    ]
