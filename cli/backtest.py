"""`oncue backtest`: what the workspace would have done."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncue.cli import exits, output
from oncue.cli.checking import plan_of
from oncue.cli.options import (
    contact_option,
    each_option,
    existing_database,
    format_option,
    sample_option,
    workspace_option,
)
from oncue.cli.run import instant
from oncue.cli.wanted import Wanted

if TYPE_CHECKING:
    from oncue.runtime.backtest.outcome import Outcome, Story
    from oncue.runtime.backtest.playing import Played, Span
    from oncue.schemas.plan import Plan


@click.command("backtest")
@click.argument("inputs", nargs=-1, metavar="[HISTORY]...")
@workspace_option
@click.option(
    "--db", "database", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Instead of HISTORY: the log of this database, which is only read.",
)  # fmt: skip
@click.option("--from", "start", metavar="TIME", help="What counts begins here.  [default: with the history]")
@click.option("--to", "end", metavar="TIME", help="And ends here, this instant not included.")
@click.option("--campaign", metavar="ID", help="Show only this campaign.")
@sample_option
@contact_option
@each_option
@format_option
def command(
    inputs: tuple[str, ...], workspace: Path, database: Path | None, start: str | None, end: str | None,
    campaign: str | None, samples: int, contact: str, every: bool, form: str,
) -> int:  # fmt: skip
    """Show what the workspace, as it stands, would have done with a HISTORY: files with events and contacts
    as for `oncue run`, or the log of the database that runs. Nothing is sent, and nothing is written.

    With --from the plan takes effect then: what came before only makes contacts what they were. Lines that
    cannot be used are told, and the exit code is 1.

    \b
    Example:
      oncue backtest -w acme history.jsonl contacts.csv
      oncue backtest -w acme --from 2026-01-01 --to 2026-04-01 --campaign welcome history.jsonl
      oncue backtest -w acme --db acme/.oncue/oncue.db --from 2026-01-01 --sample 5
    """
    if bool(inputs) == (database is not None):
        raise click.UsageError("name the history: files with events and contacts, or a database with --db")
    plan = plan_of(workspace)
    span = _span(start, end, plan)
    unit = _unit(campaign, plan)
    if database is not None:
        database = existing_database(workspace, database)
    found = _played(plan, inputs, database, span, unit, Wanted(form, samples, contact, every))
    if contact and not found.played.who:
        raise click.UsageError(f"the history knows nobody called {contact}")
    if not every:
        _show(found, form, plan, span)
    return _tell(found.played, plan)


def _span(start: str | None, end: str | None, plan: Plan) -> Span:
    from oncue.runtime.backtest.playing import Span

    first = None if start is None else instant(start, plan, "--from")
    last = None if end is None else instant(end, plan, "--to")
    if first is not None and last is not None and last <= first:
        raise click.UsageError(f"--to {end} is not later than --from {start}")
    return Span(first, last)


def _unit(campaign: str | None, plan: Plan) -> str:
    if campaign is None:
        return ""
    name = campaign.removeprefix("campaigns/")
    if name not in plan.campaigns:
        import difflib

        near = difflib.get_close_matches(name, plan.campaigns, n=1)
        raise click.UsageError(
            f"there is no campaign {name}" + (f"; did you mean {near[0]}?" if near else "")
        )
    return f"campaigns/{name}"


def _played(
    plan: Plan, inputs: tuple[str, ...], database: Path | None, span: Span, unit: str, wanted: Wanted
) -> Outcome:
    from oncue.cli.render.progress import Progress
    from oncue.runtime.backtest.outcome import calendar, outcome
    from oncue.runtime.backtest.playing import play_files, play_log
    from oncue.runtime.backtest.witness import Witness
    from oncue.runtime.hosts.signals import stopping
    from oncue.runtime.kernel.values.zone import Zone

    witness = Witness(week_of=calendar(Zone(plan.settings.timezone)))
    progress = Progress("lines")
    try:
        with stopping() as stopped:
            if database is not None:
                played = play_log(
                    plan, database, witness, span=span, who=wanted.contact, progress=progress, stopped=stopped
                )
            else:
                played = play_files(
                    plan, inputs, witness, span=span, who=wanted.contact, progress=progress, stopped=stopped
                )
        if stopped():
            raise KeyboardInterrupt
        return outcome(
            plan, played, witness.weeks, witness.notes(), unit=unit, samples=wanted.samples,
            each=_every() if wanted.every else None,
        )  # fmt: skip
    finally:
        progress.clear()
        witness.close()


def _every() -> Callable[[Story], None]:
    """Writes everything that is done to a contact as lines, contact by contact."""
    import msgspec

    from oncue.cli.render.backtest import lines_of

    encoder = msgspec.json.Encoder()

    def write(story: Story) -> None:
        for line in lines_of(story):
            sys.stdout.write(encoder.encode(line).decode() + "\n")

    return write


def _show(found: Outcome, form: str, plan: Plan, span: Span) -> None:
    from oncue.cli.render import backtest

    if form == "json":
        from oncue.cli.render.documents import json_text

        output.document(json_text(backtest.as_json(found, span)))
    else:
        output.document(backtest.as_text(found, plan.settings.timezone, span))


def _tell(played: Played, plan: Plan) -> int:
    """What was played, in words; gives the exit code."""
    from oncue.cli.render import replays
    from oncue.runtime.backtest.listeners import unheard

    if played.rejected:
        output.words(replays.rejects(played))
    silent = unheard(plan, played.types, played.rows)
    if silent is not None:
        output.words(replays.silence(silent))
    output.words(f"played {replays.history(played)}; nothing was sent")
    return exits.FOUND if played.rejected else exits.OK
