"""The four exit codes, and how each way of ending becomes one of them.

0  nothing to report
1  something found: mistakes in the workspace, rejected lines, clashes
2  wrong usage
3  internal or I/O failure
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from typing import IO

import click

OK, FOUND, USAGE, FAILURE = 0, 1, 2, 3


class CommandError(Exception):
    """An I/O or internal failure that is told in one line. Exit code 3."""


def guard(work: Callable[[], object]) -> int:
    """Does the work and turns its end into an exit code; words go to stderr, one line where possible."""
    try:
        result = work()
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_left()
    except click.UsageError as error:
        error.show()
        return USAGE
    except (KeyboardInterrupt, click.Abort):
        return _say("stopped", FAILURE)
    except click.ClickException as error:
        return _say(error.format_message(), FAILURE)
    except CommandError as error:
        return _say(str(error), FAILURE)
    except OSError as error:
        return _say(os_message(error), FAILURE)
    except Exception as error:
        code = getattr(error, "exit_code", None)  # a problem that the runtime has put into words
        if isinstance(code, int):
            return _say(str(error), code)
        if os.environ.get("ONCUE_TRACEBACK"):
            raise
        return _say(internal_message(error), FAILURE)
    return result if isinstance(result, int) else OK


def os_message(error: OSError) -> str:
    """What the system said, with the file's name where there is one."""
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    return f"{error.filename}: {reason}" if error.filename else reason


def internal_message(error: Exception) -> str:
    first = (str(error).splitlines() or [""])[0]
    return (
        f"internal error: {type(error).__name__}{': ' if first else ''}{first}\n"
        "This is a fault in oncue, not in your files. ONCUE_TRACEBACK=1 shows where it happened."
    )


def _say(message: str, code: int) -> int:
    click.echo(f"oncue: {message}", err=True)
    return code


def _reader_left() -> int:
    """Whoever read our output has had enough (`oncue list | head`): nothing to say about that."""
    silence(sys.stdout)
    return OK


def silence(stream: IO[str]) -> None:
    """Sends what is still to be written nowhere, so that closing the stream cannot fail."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
