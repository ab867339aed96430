"""A piece of work that a second process does meanwhile.

It is forked with all that this one knows by then, does its work and hands over what it found. Where there is
to be none, or where it dies, the work is done here, when its outcome is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NoReturn

import msgspec

from oncue.compiler.diagnostics import Diagnostic

Work = Callable[[], list[Diagnostic]]


def beside(work: Work, forks: bool) -> Work:
    """Begins the work, if a second process may be forked for it. What is given back waits for its outcome."""
    if not forks:
        return work
    answer, answer_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        _do(work, answer_end)
    os.close(answer_end)

    def outcome() -> list[Diagnostic]:
        with os.fdopen(answer, "rb") as pipe:
            found = pipe.read()
        os.waitpid(pid, 0)
        try:
            return msgspec.msgpack.decode(found, type=list[Diagnostic])
        except msgspec.MsgspecError:  # it died
            return work()

    return outcome


def _do(work: Work, answer_end: int) -> NoReturn:
    """The second process: does the work, and is gone without a word whatever happens."""
    try:
        with os.fdopen(answer_end, "wb") as pipe:
            pipe.write(msgspec.msgpack.encode(work()))
    finally:
        os._exit(0)
