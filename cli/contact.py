"""`oncue contact`: look at and change single contacts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from oncue.cli import exits, output
from oncue.cli.checking import plan_of, timezone_of
from oncue.cli.groups import Subcommands
from oncue.cli.options import (
    database_of,
    database_option,
    existing_database,
    format_option,
    workspace_option,
)


@click.group("contact", cls=Subcommands)
def command() -> None:
    """Look at and change single contacts. WHO is an id, an email, or a key such as email:ana@example.com or
    anon:7f.

    \b
    Example:
      oncue contact show ana@example.com -w acme
    """


@command.command("show", short_help="Show one contact, and all that happened to it.")
@click.argument("who")
@workspace_option
@database_option
@format_option
def show(who: str, workspace: Path, database: Path | None, form: str) -> None:
    """Show one contact: fields, tags, subscriptions, where it stands, and all that happened to it.

    \b
    Example:
      oncue contact show ana@example.com -w acme
      oncue contact show id:42 -w acme --format json
    """
    from oncue.runtime.views import profiles

    profile = profiles.profile(existing_database(workspace, database), who)
    if form == "json":
        from oncue.cli.render.documents import json_text

        output.document(json_text(profile))
    else:
        from oncue.cli.render import contact

        output.document(contact.render(profile, timezone_of(workspace)))


@command.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--no-triggers", is_flag=True, help="Load silently: nobody enters anything by that.")
@workspace_option
@database_option
def import_(files: tuple[str, ...], no_triggers: bool, workspace: Path, database: Path | None) -> int:
    """Load contact rows from FILEs (.csv, .jsonl, also .gz), now. Known contacts are updated.

    \b
    Example:
      oncue contact import contacts.csv -w acme --no-triggers
    """
    from oncue.cli.render import summary as drawn
    from oncue.cli.render.progress import Progress
    from oncue.runtime import operator

    plan, path = plan_of(workspace), database_of(workspace, database)
    path.parent.mkdir(parents=True, exist_ok=True)
    rejected = False
    for file in files:
        progress = Progress("rows")
        try:
            done = operator.import_(plan, path, file, triggers=not no_triggers, progress=progress)
        finally:
            progress.clear()
        rejected = rejected or done.rejected > 0
        rejects = path.parent / "rejects.jsonl"
        output.words(f"{file}: {drawn.render(done, plan.settings.timezone, rejects)}")
    return exits.FOUND if rejected else exits.OK


@command.command("enrol", short_help="Enter WHO into CAMPAIGN by hand.")
@click.argument("who")
@click.argument("campaign")
@workspace_option
@database_option
def enrol(who: str, campaign: str, workspace: Path, database: Path | None) -> int:
    """Enter WHO into CAMPAIGN by hand, under the campaign's own rules. Exit code 1 if they refuse.

    \b
    Example:
      oncue contact enrol ana@example.com welcome -w acme
    """
    from oncue.cli.render import contact
    from oncue.runtime import operator

    plan, path = plan_of(workspace), existing_database(workspace, database)
    name = campaign.removeprefix("campaigns/")
    entries = operator.enrol(plan, path, who, name)
    refused = [each for each in entries if each["what"] == "campaign.refused"]
    if refused:
        output.words(f"{who} does not enter {name}: {refused[0].get('why', '')}")
        return exits.FOUND
    output.words(f"{who} entered {name}")
    output.document(contact.entries(entries, plan.settings.timezone))
    return exits.OK


@command.command("reactivate")
@click.argument("who")
@click.option("--scenario", required=True, metavar="ID", help="An invocable reactivation scenario.")
@workspace_option
@database_option
def reactivate(who: str, scenario: str, workspace: Path, database: Path | None) -> int:
    """Set an invocable reactivation scenario off for WHO. Exit code 1 if it makes no response active now: it
    waits, it finds none, or WHO has an active one.

    \b
    Example:
      oncue contact reactivate ana@example.com --scenario call-done -w acme
    """
    from oncue.cli.render import contact
    from oncue.runtime import operator

    plan, path = plan_of(workspace), existing_database(workspace, database)
    name = scenario.removeprefix("reactivation_scenarios/")
    entries = operator.reactivate(plan, path, who, name)
    output.document(contact.entries(entries, plan.settings.timezone))
    done = any(each["what"] == "scenario.judged" and each.get("result") == "done" for each in entries)
    return exits.OK if done else exits.FOUND


@command.command("merge")
@click.argument("who")
@click.argument("other")
@workspace_option
@database_option
def merge(who: str, other: str, workspace: Path, database: Path | None) -> None:
    """Make one contact of WHO and OTHER. The one that was created earlier survives, and its key is printed.

    \b
    Example:
      oncue contact merge ana@example.com ana.ruiz@example.com -w acme
    """
    from oncue.runtime import operator

    plan, path = plan_of(workspace), existing_database(workspace, database)
    output.document(operator.merge(plan, path, who, other))


@command.command("suppress")
@click.argument("who")
@click.option("--lift", is_flag=True, help="End it: WHO may get messages again.")
@workspace_option
@database_option
def suppress(who: str, lift: bool, workspace: Path, database: Path | None) -> None:
    """Stop every message to WHO, until it is lifted.

    \b
    Example:
      oncue contact suppress ana@example.com -w acme
      oncue contact suppress ana@example.com -w acme --lift
    """
    from oncue.runtime import operator

    plan, path = plan_of(workspace), existing_database(workspace, database)
    operator.suppress(plan, path, who, lift=lift)
    output.words(f"{who}: {'may get messages again' if lift else 'suppressed'}")


@command.command("export")
@click.argument("who")
@workspace_option
@database_option
def export(who: str, workspace: Path, database: Path | None) -> None:
    """Print everything that is kept about WHO, as JSON.

    \b
    Example:
      oncue contact export ana@example.com -w acme > ana.json
    """
    from oncue.cli.render.documents import json_text
    from oncue.runtime.views import profiles

    output.document(json_text(profiles.export(existing_database(workspace, database), who)))


@command.command("erase", short_help="Remove WHO and everything about them.")
@click.argument("who")
@click.option("--yes", is_flag=True, help="Do not ask.")
@workspace_option
@database_option
def erase(who: str, yes: bool, workspace: Path, database: Path | None) -> None:
    """Remove WHO: state, history, audit details, undelivered messages. It cannot be undone.

    Whoever was merged into another contact is that one by now: it says whom it removes.
    Keyed hashes are kept of a suppressed address, so that it stays suppressed, and of each line that was
    handled, so that it does not count again.

    \b
    Example:
      oncue contact erase ana@example.com -w acme --yes
    """
    from oncue.runtime import operator

    plan, path = plan_of(workspace), existing_database(workspace, database)
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("there is no terminal at which to ask whether you are sure; add --yes")
    if not yes:
        click.confirm(f"Remove everything about {operator.whom(path, who)}?", abort=True, err=True)
    output.words(f"{operator.erase(plan, path, who)}: erased")


@command.command("clashes", short_help="List identifiers that two contacts claim.")
@workspace_option
@database_option
@format_option
def clashes(workspace: Path, database: Path | None, form: str) -> int:
    """List identifiers that came with one contact and belong to another. Exit code 1 if there are any.

    \b
    Example:
      oncue contact clashes -w acme
    """
    from oncue.cli.render import contact
    from oncue.cli.render.documents import json_text
    from oncue.runtime import operator

    found = operator.clashes(existing_database(workspace, database))
    output.document(json_text(found) if form == "json" else contact.clashes(found, timezone_of(workspace)))
    return exits.FOUND if found else exits.OK
