"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

DATABASE = Path(".oncue", "oncue.db")  # below the workspace


class Folder(click.ParamType[Path]):
    """A workspace's folder. Its `oncue.yaml` is taken for the folder, since that is what people type."""

    name = "folder"

    def convert(self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(value)
        if path.name == "oncue.yaml" and path.is_file():
            return path.parent
        if path.is_file():
            self.fail(f"{path} is a file; a workspace is the folder that holds oncue.yaml", param, ctx)
        if not path.is_dir():
            self.fail(f"there is no folder {path}", param, ctx)
        return path


def workspace_option(function: Command) -> Command:
    return click.option(
        "-w", "--workspace", type=Folder(), default=".", metavar="DIR",
        help="The workspace: a folder with oncue.yaml.  [default: .]",
    )(function)  # fmt: skip


def database_option(function: Command) -> Command:
    return click.option(
        "--db", "database", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
        help="The database.  [default: .oncue/oncue.db in the workspace]",
    )(function)  # fmt: skip


def format_option(function: Command) -> Command:
    return click.option(
        "--format", "form", type=click.Choice(["text", "json"]), default="text",
        help="How to print it.  [default: text]",
    )(function)  # fmt: skip


def sample_option(function: Command) -> Command:
    return click.option(
        "--sample", "samples", type=click.IntRange(0, 10_000), default=0, metavar="N",
        help="Show so many contacts as examples.",
    )(function)  # fmt: skip


def contact_option(function: Command) -> Command:
    return click.option("--contact", metavar="WHO", default="", help="Show this contact.")(function)


def each_option(function: Command) -> Command:
    return click.option(
        "--all", "every", is_flag=True, help="Instead of sums: every single one, as JSON Lines."
    )(function)  # fmt: skip


def database_of(workspace: Path, database: Path | None) -> Path:
    """The database file: the one given, else the workspace's own."""
    return database if database is not None else workspace / DATABASE


def existing_database(workspace: Path, database: Path | None) -> Path:
    """The same, for commands that only make sense after a run."""
    path = database_of(workspace, database)
    if not path.exists():
        raise click.UsageError(
            f"there is no database {path} yet; `oncue run -w {workspace}` makes it "
            "(or name another one with --db, another workspace with -w)"
        )
    return path
