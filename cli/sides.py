"""The two sides of a comparison: what OLD and NEW of the command line name, as plans.

    (nothing)       what the database runs    the workspace
    OLD             OLD                       the workspace
    A..B            revision A                revision B
    OLD NEW         OLD                       NEW

OLD and NEW are each a plan (a file made by `oncue compile`), a database, a folder, or a revision of git.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncue.cli import exits, output
from oncue.cli.checking import checked, tell
from oncue.cli.options import existing_database

if TYPE_CHECKING:
    from oncue.compiler.workspace import Checked
    from oncue.schemas.plan import Plan

_SQLITE = b"SQLite format 3\0"


class Side:
    """One side: `name` tells people what it is; `database` is the file whose plan in force it is, if so."""

    def __init__(self, name: str, plan: Plan, database: Path | None = None) -> None:
        self.name = name
        self.plan = plan
        self.database = database


def sides(names: Sequence[str], workspace: Path, database: Path | None) -> tuple[Side, Side]:
    """Both sides. Raises UsageError for what names nothing; one with mistakes is told and ends with 1."""
    if len(names) > 2:
        raise click.UsageError("there are two sides, OLD and NEW")
    if names and database is not None:
        raise click.UsageError(
            f"--db goes without OLD: the database is the old side (or write `oncue diff {database} NEW`)"
        )
    if not names:
        return of_database(existing_database(workspace, database)), of_folder(workspace)
    if len(names) == 1 and ".." in names[0] and not Path(names[0]).exists():
        return _both(names[0], workspace)
    return side(names[0], workspace), side(names[1], workspace) if names[1:] else of_folder(workspace)


def side(name: str, workspace: Path) -> Side:
    """What `name` names: a file, a folder, or a revision of the workspace's repository."""
    path = Path(name)
    if path.is_dir():
        return of_folder(path)
    if path.is_file():
        return of_database(path) if _is_database(path) else _of_plan(path)
    return _of_revision(name, workspace)


def of_database(path: Path) -> Side:
    """The plan that a database runs. Raises UsageError for one that has none."""
    from oncue.runtime.plans import adoption

    plan = adoption.plan_of_file(path)
    if plan is None:
        raise click.UsageError(f"no plan has taken effect in {path} yet")
    return Side(str(path), plan, path)


def of_folder(path: Path) -> Side:
    """A workspace's plan."""
    return Side(f"the workspace {path}", _plan(checked(path), str(path)))


def _both(text: str, workspace: Path) -> tuple[Side, Side]:
    before, _, after = text.partition("..")
    if after.startswith("."):
        raise click.UsageError(f"{text}: write A..B, two revisions with two dots between")
    return _of_revision(before or "HEAD", workspace), _of_revision(after or "HEAD", workspace)


def _of_revision(name: str, workspace: Path) -> Side:
    from oncue.cli import revisions

    commit = revisions.commit_of(workspace, name)
    if commit is None:
        raise click.UsageError(
            f"{name} is no file, no folder, and no revision of a git repository that holds {workspace}"
        )
    return Side(f"revision {name}", _plan(revisions.checked(workspace, commit), f"revision {name}"))


def _of_plan(path: Path) -> Side:
    from oncue.runtime.plans import adoption

    return Side(f"the plan {path}", adoption.read_plan(path.read_bytes(), str(path)))


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _plan(found: Checked, name: str) -> Plan:
    """Raises Exit where there are errors: they are told with the name of the side."""
    if found.plan is None:
        tell(found)
        output.words(f"{name} has errors, so there is no plan to compare")
        raise click.exceptions.Exit(exits.FOUND)
    return found.plan
