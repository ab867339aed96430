"""`oncue init`: a small workspace that validates and runs, to be changed into one's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from oncue.cli import output


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
def command(folder: Path) -> None:
    """Start a workspace in FOLDER (default: here): settings, a form, a page, emails, two campaigns, and a
    little data to run them on. No file that is there already is changed.

    \b
    Example:
      oncue init acme
      oncue validate acme
    """
    starter = dict(walk(files("oncue.cli") / "starter"))
    taken = [name for name in starter if (folder / name).exists()]
    if taken:
        raise click.UsageError(f"{folder / taken[0]} is there already; choose a new folder")
    for name, content in starter.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.replace(b"PROJECT", project_id(folder).encode()))
        output.words(f"wrote {target}")
    output.words("\nNext:\n" + "\n".join(f"  {line}" for line in next_commands(folder)))


def walk(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    """The files below the folder: name relative to it, and content."""
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from walk(entry, f"{prefix}{entry.name}/")
        else:
            name = ".gitignore" if entry.name == "gitignore" else entry.name
            yield prefix + name, entry.read_bytes()


def project_id(folder: Path) -> str:
    """The folder's name as an id, else `my-project`."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    return name if re.match(r"[a-z]", name) else "my-project"


def next_commands(folder: Path) -> list[str]:
    workspace = "" if folder == Path() else f" -w {folder}"
    return [
        f"oncue validate{'' if folder == Path() else f' {folder}'}",
        f"oncue test{workspace}",
        f"oncue run{workspace} --clock events {folder / 'data/contacts.csv'} {folder / 'data/events.jsonl'}",
        f"oncue report{workspace}",
    ]
