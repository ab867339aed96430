"""The file of the embedded store: how it is opened, what may be wrong with it, the statements for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from oncue.runtime.errors import (
    DatabaseBusyError,
    DatabaseError,
    DatabaseFullError,
    DatabaseReadOnlyError,
    NoDatabaseError,
    NotADatabaseError,
)

_HEADER = b"SQLite format 3\0"


def statements() -> dict[str, str]:
    """The blocks of `sqlite.sql` by their names."""
    text = resources.files("oncue.runtime.stores").joinpath("sqlite.sql").read_text("utf-8")
    blocks = (block.partition("\n") for block in text.split("-- name: ")[1:])
    return {name.strip(): body.strip() for name, _, body in blocks}


SQL = statements()


@contextmanager
def said(path: Path) -> Iterator[None]:
    """Turns SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise problem(path, error) from error


def problem(path: Path, error: sqlite3.Error) -> DatabaseError:
    """One of SQLite's errors in our words."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name == "SQLITE_FULL":
        return DatabaseFullError(
            f"there is no room left for {path}: free some space and run again; everything up to the last "
            "commit is safe"
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return DatabaseBusyError(f"{path} is being used by another program: wait until it has ended")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return DatabaseReadOnlyError(f"{path} cannot be written ({error}): check the rights on its folder")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return NotADatabaseError(f"{path} is no database, or a damaged one ({error}): name another with --db")
    return DatabaseError(f"the database {path} failed: {error}")


def check_file(path: Path, write: bool) -> None:
    """Raises DatabaseError where the file is something else, or not there for somebody who only reads."""
    try:
        with path.open("rb") as file:
            header = file.read(len(_HEADER))
    except FileNotFoundError:
        if not write:
            raise NoDatabaseError(f"there is no database at {path}: `oncue run` makes one") from None
        return
    except IsADirectoryError:
        raise NotADatabaseError(f"{path} is a folder: name a file with --db") from None
    except OSError as error:
        raise DatabaseReadOnlyError(f"{path} cannot be read ({error.strerror})") from None
    if header and header != _HEADER:
        raise NotADatabaseError(f"{path} is no database: name another file with --db")


def make_folder(folder: Path) -> None:
    """Raises DatabaseReadOnlyError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseReadOnlyError(f"the folder {folder} cannot be made ({error.strerror})") from None


def connect(path: Path, write: bool) -> sqlite3.Connection:
    """Opens the file; transactions are begun and ended by hand."""
    mode = "rwc" if write else "ro"
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=5.0,
        cached_statements=256, check_same_thread=False,
    )  # fmt: skip
