"""`oncue explain`: the page of an error code."""

from __future__ import annotations

import difflib

import click

from oncue.cli import output


@click.command("explain")
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Explain an error CODE: what is wrong, and how it is right. Without CODE: all codes.

    \b
    Example:
      oncue explain Y103
    """
    from oncue.compiler import codes

    known = codes.titles()
    if code is None:
        output.document("\n".join(f"{name}  {title}" for name, title in sorted(known.items())))
        return
    wanted = code.strip().strip("[]").upper()
    if wanted not in known:
        near = difflib.get_close_matches(wanted, list(known), n=3)
        hint = f"; near it are {', '.join(near)}" if near else "; `oncue explain` lists them all"
        raise click.UsageError(f"there is no code {code}{hint}")
    output.document(codes.page(wanted))
