"""Everything that stops the runtime, as one small tree. Each says what is wrong, why and what to do next;
the command line prints the text and leaves with `exit_code`.

    RunError                         3
    ├── DatabaseError                3   the database cannot be used
    │   ├── NotADatabaseError        3   the file is something else
    │   ├── NewerDatabaseError       3   written by a newer version of oncue
    │   ├── DatabaseBusyError        3   another process is writing to it
    │   ├── DatabaseFullError        3   the disk (or a quota) is full
    │   ├── DatabaseReadOnlyError    3   the file or its folder may not be written
    │   ├── LiveDatabaseError        2   a replay was asked for, and it runs by the wall clock
    │   └── NoDatabaseError          2   there is none yet
    ├── InputError                   2   an input file cannot be read
    ├── OutputError                  3   the outbox or the rejects file cannot be written
    ├── PlanError                    2   the plan cannot take effect on this database
    ├── MissingSecretError           2   real delivery needs a variable of the environment that is not set
    ├── NothingToDeliverError        2   real delivery was asked for, and no connector is configured
    └── CommandError                 2   an operator's command names what is not there

A mistake in one line of input is no error of this tree: it becomes a row of the rejects file.
"""

from __future__ import annotations


class RunError(Exception):
    """The base: `str(error)` is the message for the user."""

    exit_code = 3


class DatabaseError(RunError):
    """The database cannot be used."""


class NotADatabaseError(DatabaseError):
    """The file is no database, or another program's."""


class NewerDatabaseError(DatabaseError):
    """A newer oncue wrote the database."""


class DatabaseBusyError(DatabaseError):
    """Another process holds the database for writing."""


class DatabaseFullError(DatabaseError):
    """There is no room left. Everything committed before is safe."""


class DatabaseReadOnlyError(DatabaseError):
    """The database or its folder may not be written."""


class LiveDatabaseError(DatabaseError):
    """A replay would move the time of a live database."""

    exit_code = 2


class NoDatabaseError(DatabaseError):
    """A command that only reads found no database."""

    exit_code = 2


class InputError(RunError):
    """An input file is missing, unreadable or of an unknown kind."""

    exit_code = 2


class OutputError(RunError):
    """The outbox folder or the rejects file cannot be written; what was due to go there stays queued."""


class PlanError(RunError):
    """The plan cannot take effect."""

    exit_code = 2


class MissingSecretError(RunError):
    """A variable that a connector names is not set."""

    exit_code = 2


class NothingToDeliverError(RunError):
    """Every connector is the outbox folder."""

    exit_code = 2


class CommandError(RunError):
    """An operator's command cannot be carried out."""

    exit_code = 2
