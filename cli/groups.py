"""Commands that have commands of their own."""

from __future__ import annotations

import click

from oncue.cli.main import refuse_unknown


class Subcommands(click.Group):
    """Names the nearest command for one that does not exist."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        refuse_unknown(ctx, args, self.list_commands(ctx))
        return super().resolve_command(ctx, args)
