"""Where words and documents go: machine output to stdout, words to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import IO

import click

from oncue.cli.exits import silence


def settle_streams() -> None:
    """A character that the terminal cannot show is escaped instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def coloured(stream: IO[str]) -> bool:
    """Whether to colour what goes to `stream`: at a terminal that can, unless NO_COLOR is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def words(text: str) -> None:
    """Tells a person something."""
    click.echo(text, err=True, color=coloured(sys.stderr))


def document(text: str) -> None:
    """Writes a whole document to stdout. That nobody reads it to the end changes nothing."""
    try:
        sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)


def found(what: object, form: str, draw: Callable[[], str], nothing: str = "") -> None:
    """What a command has found: as JSON (`form` ``json``), or drawn for a person; `nothing`: what to tell
    that person where there is none."""
    if form == "json":
        from oncue.cli.render.documents import json_text

        document(json_text(what))
    elif nothing and not what:
        words(nothing)
    else:
        document(draw())


def lines(items: Iterable[str]) -> None:
    """Streams lines to stdout; ends the command quietly when nobody reads them any more."""
    for item in items:
        sys.stdout.write(item + "\n")
    sys.stdout.flush()


def plural(number: int, noun: str) -> str:
    """`1 error`, `2 errors`, `0 errors`; `2 entries`."""
    many = f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"
