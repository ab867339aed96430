"""Two replays of one history at the same time: this process plays the old plan, another process the new.

The other process gets its task through a pipe and answers through another: a head, then its notes in order.
The first pipe stays open as long as this process lives; when it closes, the other one ends, also where this
one was killed. A short history is played by one process, one plan after the other.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from struct import Struct as Packing
from typing import IO

import msgspec
from msgspec import Struct

from oncue.runtime.backtest.comparison import Comparison, Each, Side, compare
from oncue.runtime.backtest.facts import Fact
from oncue.runtime.backtest.naming import naming, places
from oncue.runtime.backtest.playing import Played, Span, play_files
from oncue.runtime.backtest.witness import Witness
from oncue.runtime.errors import InputError, RunError
from oncue.runtime.hosts.intake import Progress
from oncue.runtime.hosts.signals import stopping
from oncue.runtime.reading import headings, inputs
from oncue.runtime.reading.sorting import Record
from oncue.schemas.plan import Plan

WORTH = 2 << 20  # bytes of history for which another process is worth its start

_SIZE = Packing("<Q")
_NOTE = Packing("<qI")
_BUFFER = 1 << 20


class Task(Struct):
    """What the other process is asked to play."""

    plan: Plan
    sources: list[str]
    span: Span
    who: str = ""


class Head(Struct):
    """How it went there: the play and how often each fact came about, or an error in words."""

    played: Played | None = None
    counts: list[tuple[Fact, int]] = []
    error: str = ""
    exit_code: int = 0


def compared(
    old: Plan, new: Plan, sources: Sequence[str | Path], *, until: int | None = None, samples: int = 0,
    who: str = "", each: Each | None = None, progress: Progress | None = None, beside: bool | None = None,
) -> Comparison:  # fmt: skip
    """Replays a history through both plans and compares what they do.

    until: let time pass until then. samples: how many contacts to show. who: the contact to show, by what
    people call it. each: gets every contact that differs. beside: in two processes, None: if that pays.
    Raises the errors of `runtime.errors`, KeyboardInterrupt if it was stopped.
    """
    if any(str(source) == inputs.STDIN for source in sources):
        raise InputError("the history is read twice: name a file instead of standard input")
    _check_headings(sources, old, new)
    span = Span(end=None if until is None else until + 1)
    apart = _pays(sources) if beside is None else beside
    witness = Witness(naming(old, new))
    try:
        with _other(Task(new, [str(source) for source in sources], span, who), apart) as other:
            with stopping() as stopped:
                played = play_files(
                    old, sources, witness, span=span, who=who, progress=progress, stopped=stopped
                )
            if stopped():
                raise KeyboardInterrupt
            second, notes = other()
            first, asked = Side(played, dict(witness.weeks[0])), played.who or second.played.who
            return compare(
                first, second, witness.notes(), notes, samples=samples, asked=asked, each=each,
                places=places(old, new),
            )  # fmt: skip
    finally:
        witness.close()


def _check_headings(sources: Sequence[str | Path], old: Plan, new: Plan) -> None:
    """Raises InputError for a column that one of the plans has no field for, and says which plan that is."""
    inputs.check(sources)
    for name, plan in (("old", old), ("new", new)):
        try:
            headings.check(sources, plan)
        except InputError as error:
            raise InputError(f"{error} (by the {name} plan)") from None


def _pays(sources: Sequence[str | Path]) -> bool:
    size = sum(Path(source).stat().st_size for source in sources if Path(source).is_file())
    return size >= WORTH and (os.cpu_count() or 1) > 1 and bool(sys.executable)


Other = Callable[[], tuple[Side, Iterator[Record]]]


@contextmanager
def _other(task: Task, apart: bool) -> Iterator[Other]:
    """The new plan's play: begun at once in another process, or done here when it is asked for."""
    if apart:
        with _process(task) as answers:
            yield lambda: _there(answers)
        return
    witness = Witness()
    try:
        yield lambda: _here(task, witness)
    finally:
        witness.close()


def _here(task: Task, witness: Witness) -> tuple[Side, Iterator[Record]]:
    with stopping() as stopped:
        played = play_files(task.plan, task.sources, witness, span=task.span, who=task.who, stopped=stopped)
    if stopped():
        raise KeyboardInterrupt
    return Side(played, dict(witness.weeks[0])), witness.notes()


# --- this end of the pipes


@contextmanager
def _process(task: Task) -> Iterator[IO[bytes]]:
    """The other process with its task; gives what it answers through. It is in a group of its own: a Ctrl-C
    is for this one, which then ends the other."""
    process = subprocess.Popen(  # noqa: S603 -- this very program
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=_BUFFER,
        start_new_session=True,
    )  # fmt: skip
    with process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("pipes were asked for")
        try:
            _send(process.stdin, msgspec.msgpack.encode(task))
            process.stdin.flush()
            yield process.stdout
        finally:
            process.stdin.close()


def _there(answers: IO[bytes]) -> tuple[Side, Iterator[Record]]:
    data = answers.read(_SIZE.size)
    if len(data) < _SIZE.size:
        raise RunError("the replay of the new plan ended before its time: is there enough memory?")
    head = msgspec.msgpack.decode(answers.read(*_SIZE.unpack(data)), type=Head)
    if head.played is None:
        error = RunError(head.error)
        error.exit_code = head.exit_code
        raise error
    return Side(head.played, dict(head.counts)), _notes(answers)


def _notes(answers: IO[bytes]) -> Iterator[Record]:
    order = 0
    while data := answers.read(_NOTE.size):
        place, size = _NOTE.unpack(data)
        order += 1
        yield place, order, answers.read(size)


def _send(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(_SIZE.pack(len(data)))
    pipe.write(data)


# --- the other end


def main() -> None:
    """Plays the task that comes through standard input, and answers through standard output."""
    task = msgspec.msgpack.decode(_exactly(*_SIZE.unpack(_exactly(_SIZE.size))), type=Task)
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    answers = open(1, "wb", buffering=_BUFFER, closefd=False)  # noqa: SIM115
    witness = Witness()
    try:
        played = play_files(task.plan, task.sources, witness, span=task.span, who=task.who)
        head = Head(played, list(witness.weeks[0].items()))
    except Exception as error:
        _send(answers, msgspec.msgpack.encode(_failed(error)))
    else:
        _send(answers, msgspec.msgpack.encode(head))
        for place, _, payload in witness.notes():
            answers.write(_NOTE.pack(place, len(payload)))
            answers.write(payload)
    answers.flush()


def _failed(error: Exception) -> Head:
    if isinstance(error, RunError):
        return Head(error=str(error), exit_code=error.exit_code)
    return Head(error=f"internal error: {type(error).__name__}: {error}", exit_code=3)


def _exactly(size: int) -> bytes:
    """So many bytes of standard input, read past Python's own buffers: the thread waits there later."""
    parts = []
    while size and (part := os.read(0, min(size, _BUFFER))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _end_with_the_first() -> None:
    os.read(0, 1)
    os._exit(3)


if __name__ == "__main__":
    main()
