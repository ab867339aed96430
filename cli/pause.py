"""`oncue pause`: an operator's switch that survives restarts."""

from __future__ import annotations

from pathlib import Path

import click

from oncue.cli import output
from oncue.cli.checking import plan_of
from oncue.cli.options import database_option, existing_database, workspace_option


@click.command("pause")
@click.argument("unit")
@workspace_option
@database_option
def command(unit: str, workspace: Path, database: Path | None) -> None:
    """Hold UNIT: a campaign (campaigns/ID), a fulfillment list (fulfillment_lists/ID) a reactivation
    scenario (reactivation_scenarios/ID) or a fulfillment action (KIND/ID/on_X; KIND/ID: all of that asset's).

    In a paused campaign contacts still enter and may exit, nobody takes a step, waits go on elapsing. Of a
    paused fulfillment action the messages are held and the other actions still run. Onto a paused
    fulfillment list contacts still come; it has no runs. A paused scenario does not listen; what waits
    already goes on.

    \b
    Example:
      oncue pause campaigns/spring-launch -w acme
      oncue pause web_forms/demo-request/on_submission -w acme
    """
    from oncue.runtime import operator

    changed = operator.pause(plan_of(workspace), existing_database(workspace, database), unit)
    output.words(f"{unit}: {'paused' if changed else 'was paused already'}")
