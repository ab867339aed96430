"""The `oncue` command: its group and its one way out.

Commands are imported when they are called, so that start-up stays small. Whatever happens ends in one of
four exit codes (see `exits`), and no traceback reaches anybody who did not ask for one.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import sys

import click

from oncue.cli import exits
from oncue.cli.output import settle_streams

COMMANDS = {
    "init": "Start a workspace.",
    "validate": "Check a workspace and show every mistake.",
    "compile": "Write the plan, one canonical JSON document.",
    "diff": "Show what a changed plan does otherwise, and to whom.",
    "test": "Run the workspace's own tests.",
    "run": "Run the plan on events and contacts.",
    "why": "Say why a contact got something, or why not.",
    "backtest": "Show what the workspace would have done with a history.",
    "preview": "Write an email as it would leave.",
    "list": "Show what the workspace declares and what it has done.",
    "report": "Show what has happened.",
    "graph": "Draw a campaign, or the whole workspace.",
    "docs": "Write the workspace as a site.",
    "contact": "Look at and change single contacts.",
    "account": "Look at the accounts that contacts share.",
    "tasks": "Show, complete and reopen tasks.",
    "lists": "Show fulfillment lists, preview and re-issue batches.",
    "outbox": "Look at what leaves, and decide about what did not.",
    "pause": "Hold a campaign, a list, a scenario or a fulfillment action.",
    "resume": "Let a paused unit go on.",
    "schema": "Print the JSON Schema of a kind.",
    "explain": "Explain an error code.",
}
_YOUNG = 50_000  # objects, before garbage is looked for: a command's modules make many, and no garbage
OF_CONTACTS = ("show", "import", "enrol", "reactivate", "merge", "suppress", "export", "erase", "clashes")


class Commands(click.Group):
    """Loads `oncue.cli.NAME` when command NAME is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        loaded: click.Command = importlib.import_module(f"oncue.cli.{cmd_name}").command
        return loaded

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        refuse_unknown(ctx, args, list(COMMANDS))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def refuse_unknown(ctx: click.Context, args: list[str], known: list[str]) -> None:
    """Raises UsageError for a command that does not exist, with the nearest one that does."""
    if not args or args[0] in known or args[0].startswith("-"):
        return
    import difflib

    near = difflib.get_close_matches(args[0], known, n=1)
    if args[0] in OF_CONTACTS and "contact" in known:
        near = [f"contact {args[0]}"]
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise click.UsageError(f"there is no command '{args[0]}'{hint}", ctx)


def print_version(ctx: click.Context, _param: click.Parameter, asked: bool) -> None:
    if not asked or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    click.echo(f"oncue {version('oncue')}")
    ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=print_version,
    help="Print the version.",
)  # fmt: skip
def command() -> None:
    """Marketing automation as code: campaigns in YAML, compiled to a plan and run exactly on time.

    \b
    Example:
      oncue init acme
      oncue validate acme
      oncue run -w acme --clock events acme/data/contacts.csv acme/data/events.jsonl
      oncue report -w acme
    """


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and gives its exit code."""
    gc.set_threshold(_YOUNG)
    atexit.register(gc.freeze)  # else the interpreter looks through everything once more before it ends
    settle_streams()
    return exits.guard(lambda: call(arguments))


def call(arguments: list[str] | None) -> object:
    return command.main(args=arguments, prog_name="oncue", standalone_mode=False)


if __name__ == "__main__":
    sys.exit(main())
