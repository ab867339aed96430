"""`oncue graph`: a campaign, or the whole workspace, drawn."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from oncue.cli import exits, output
from oncue.cli.checking import plan_of
from oncue.cli.compile import write_whole
from oncue.cli.options import database_option, existing_database, workspace_option

if TYPE_CHECKING:
    from oncue.cli.drawing.model import Drawing
    from oncue.runtime.views.reports import Report
    from oncue.schemas.plan import Plan


@click.command("graph")
@click.argument("campaign", required=False)
@workspace_option
@click.option(
    "--format", "form", type=click.Choice(["mermaid", "dot", "svg"]), default="mermaid",
    help="Text for Mermaid or Graphviz, or a picture.  [default: mermaid]",
)  # fmt: skip
@click.option("--counts", is_flag=True, help="Show how many members came along and are there.")
@database_option
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write it there instead of to standard output.",
)  # fmt: skip
def command(
    campaign: str | None, workspace: Path, form: str, counts: bool, database: Path | None, out: Path | None
) -> None:
    """Draw CAMPAIGN: what starts it, its steps with their rules, branches and ends. Without CAMPAIGN: the
    whole workspace, which campaign starts which, and the segments, lists, emails and deals they touch.

    \b
    Example:
      oncue graph spring-launch -w acme
      oncue graph spring-launch -w acme --format svg --out spring.svg --counts
    """
    if database is not None and not counts:
        raise click.UsageError("--db goes with --counts: without it nothing is counted")
    plan = plan_of(workspace)
    drawing = drawn(plan, campaign, counted(plan, workspace, database) if counts else None)
    text = rendered(drawing, form)
    if out is None:
        output.document(text)
    else:
        write_whole(out, text.encode())


def counted(plan: Plan, workspace: Path, database: Path | None) -> Report:
    """What the database counts, by the workspace's own plan."""
    from oncue.runtime.views import reports

    return reports.report(existing_database(workspace, database), plan=plan)


def drawn(plan: Plan, campaign: str | None, report: Report | None) -> Drawing:
    """The drawing that is asked for. Raises UsageError for a campaign that there is not."""
    from oncue.cli.drawing import campaign as one
    from oncue.cli.drawing import workspace as whole

    if campaign is None:
        return whole.draw(plan, report)
    name = campaign.removeprefix("campaigns/")
    if name not in plan.campaigns:
        near = difflib.get_close_matches(name, plan.campaigns, n=1)
        hint = f"; did you mean {near[0]}?" if near else "; `oncue list campaigns` shows what there is"
        raise click.UsageError(f"there is no campaign {campaign}{hint}")
    return one.draw(plan, name, report)


def rendered(drawing: Drawing, form: str) -> str:
    """The drawing as text of a format. Raises UsageError where the picture's extra is missing."""
    from oncue.cli.drawing import dot, mermaid, svg

    render = {"mermaid": mermaid.render, "dot": dot.render, "svg": svg.render}[form]
    return laid_out(lambda: render(drawing), drawing.title)


Made = TypeVar("Made")


def laid_out(make: Callable[[], Made], title: str) -> Made:
    """Makes what holds pictures, with what may be wrong put into words."""
    from oncue.cli.drawing.layout import TooLargeError, UnavailableError

    try:
        return make()
    except UnavailableError:
        raise click.UsageError(
            "pictures need the extra `draw`: pip install 'oncue[draw]' "
            "(`oncue graph` as mermaid or dot needs nothing)"
        ) from None
    except TooLargeError:
        raise exits.CommandError(f"{title} cannot be laid out; `oncue graph --format dot` works") from None
