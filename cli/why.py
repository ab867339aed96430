"""`oncue why`: why a contact got something, or why it did not."""

from __future__ import annotations

from pathlib import Path

import click

from oncue.cli import exits, output
from oncue.cli.options import Command, database_option, existing_database, format_option, workspace_option

# option -> (what stands for its value, help); a flag has no value
ASKED = {
    "email": ("ID", "Did it get this email?"),
    "campaign": ("ID", "Did it enter this campaign, and where is it?"),
    "step": ("CAMPAIGN/STEP", "Did it come to this step, and what did that do?"),
    "action": ("KIND/ID/on_X", "Did it set off this fulfillment action (or /ACTION, one of its actions)?"),
    "segment": ("ID", "Is it in this segment?"),
    "tag": ("TAG", "Does it have this tag?"),
    "score": ("", "What made its score?"),
    "list": ("ID", "Was it put on this fulfillment list; or is it subscribed to this list?"),
    "scenario": ("ID", "What did this reactivation scenario do for it?"),
}  # fmt: skip


def asked_options(function: Command) -> Command:
    """One option for each question."""
    for name, (value, text) in reversed(ASKED.items()):
        option = (
            click.option(f"--{name}", f"asked_{name}", help=text, metavar=value)
            if value
            else click.option(f"--{name}", f"asked_{name}", help=text, is_flag=True)
        )
        function = option(function)
    return function


@click.command("why")
@click.argument("who")
@asked_options
@click.option("--at", metavar="INSTANT", help="As of then.  [default: the database's last instant]")
@workspace_option
@database_option
@format_option
def command(
    who: str, at: str | None, workspace: Path, database: Path | None, form: str, **asked: str | bool | None
) -> int:
    """Say why WHO got something, or why not: what came, what decided, with the values that each part of a
    condition saw, and the YAML lines. Ask one question at a time. Nothing is changed.

    Exit code 1: the log does not say enough to answer.

    \b
    Example:
      oncue why ana@example.com --email invite-vip -w acme
      oncue why ana@example.com --step spring-launch/invite --at 2026-03-05T12:00 -w acme
    """
    questions = [(name.removeprefix("asked_"), value) for name, value in asked.items() if value]
    if len(questions) != 1:
        raise click.UsageError(f"ask one question: {', '.join(f'--{name}' for name in ASKED)}")
    from oncue.cli.render import why
    from oncue.runtime.why.ask import ask

    kind, name = questions[0]
    answer, timezone = ask(
        existing_database(workspace, database), who, kind, name if isinstance(name, str) else "", at
    )
    output.found(answer, form, lambda: why.render(answer, timezone))
    return exits.OK if answer.known else exits.FOUND
