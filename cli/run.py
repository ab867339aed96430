"""`oncue run`: the plan at work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncue.cli import exits, output
from oncue.cli.checking import plan_of
from oncue.cli.options import database_of, database_option, workspace_option

if TYPE_CHECKING:
    from oncue.runtime.clock import ClockName
    from oncue.runtime.views.summary import Summary
    from oncue.schemas.plan import Plan


@click.command("run")
@click.argument("inputs", nargs=-1, metavar="[INPUTS]...")
@workspace_option
@database_option
@click.option(
    "--clock", type=click.Choice(["wall", "events", "received"]), default="wall",
    help="Live; a replay by the events' own times; a replay of what a live run logged.  [default: wall]",
)  # fmt: skip
@click.option("--until", metavar="TIME", help="In a replay by events: let time pass until then.")
@click.option("--follow", is_flag=True, help="Stay alive: take what is appended, fire timers on time.")
@click.option("--deliver", is_flag=True, help="Hand over to real connectors. Real people get what leaves.")
@click.option("--no-triggers", is_flag=True, help="Load contacts silently: they enter nothing by that.")
@click.option("--batch", type=click.IntRange(1, 100_000), default=4000, metavar="N",
              help="Events in one transaction at most.  [default: 4000; live 1000]")  # fmt: skip
def command(
    inputs: tuple[str, ...], workspace: Path, database: Path | None,
    clock: ClockName, until: str | None, follow: bool, deliver: bool, no_triggers: bool, batch: int,
) -> int:  # fmt: skip
    """Run the workspace's plan on INPUTS: files with events and contacts (.jsonl, .json, .csv, also .gz), or
    - for standard input. Without INPUTS: fire the timers that are due. With --clock received the one input is
    the database of a live run.

    Without --deliver nothing reaches a real person: messages go to the outbox folder beside the database.
    With it they go to the connectors that oncue.yaml configures, whose secrets stand in the environment.
    Lines that cannot be used go to the rejects file there, the run goes on, and the exit code is 1.

    \b
    Example:
      oncue run -w acme contacts.csv events.jsonl
      oncue run -w acme --clock events --until 2026-03-20 history.jsonl.gz
      tail -f events.jsonl | oncue run -w acme -
      oncue run -w acme --follow --deliver events.jsonl
    """
    check_usage(clock, until, follow, deliver)
    plan = plan_of(workspace)
    path = database_of(workspace, database)
    end = None if until is None else instant(until, plan)

    from oncue.cli.render.progress import Progress
    from oncue.runtime.hosts import local

    progress = Progress("lines")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        summary = local.run(
            plan, path, inputs, clock=clock, until=end, batch=batch, follow=follow,
            triggers=not no_triggers, progress=progress, deliver=deliver,
        )  # fmt: skip
    finally:
        progress.clear()
    return tell(summary, plan, path, endless=follow or "-" in inputs)


def check_usage(clock: str, until: str | None, follow: bool, deliver: bool) -> None:
    """Raises UsageError for options that do not go together."""
    if deliver and clock != "wall":
        raise click.UsageError("--deliver is for live runs: a replay reaches nobody (leave out --clock)")
    if follow and clock != "wall":
        raise click.UsageError("--follow waits on the wall clock; a replay has an end (leave out --clock)")
    if until is not None and clock != "events":
        raise click.UsageError("--until is for replays by the events' own times: add --clock events")


def instant(text: str, plan: Plan, option: str = "--until") -> int:
    """An instant from the command line, in the project's zone where it has no offset."""
    from oncue.runtime.kernel.values.forms import read_instant
    from oncue.runtime.kernel.values.zone import Zone

    found = read_instant(text, Zone(plan.settings.timezone))
    if found is None:
        raise click.UsageError(f"{option} {text} is no time; write 2026-03-20, or 2026-03-20T09:00")
    return found


def tell(summary: Summary, plan: Plan, database: Path, *, endless: bool) -> int:
    """Says what the run did; gives its exit code. `endless`: to be stopped is how such a run ends."""
    from oncue.cli.render import summary as drawn

    output.words(drawn.render(summary, plan.settings.timezone, database.parent / "rejects.jsonl"))
    if summary.stopped and not endless:
        output.words("Stopped before the end of the input. The same command goes on where it stopped.")
        return exits.FAILURE
    return exits.FOUND if summary.rejected else exits.OK
