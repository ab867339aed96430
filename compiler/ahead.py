"""A big workspace on two cores.

Reading files and compiling conditions is what checking a big workspace spends most of its time on, and each
file and each text is a matter of its own. So for a big one a second process is forked before anything is
read, while there is little to share. It reads a part of the files meanwhile, and compiles a part of the
conditions as soon as they are known. Others come later for what needs nothing but what is known by then: the
shape of definitions, and what can be proven about conditions (see `beside`). Equal input gives equal outcomes
in whatever process. Where there is no second process (a small workspace, one core, a system without fork,
other threads that a fork would cut short, or a process that died) everything is done here.

Only texts that mean the same wherever they stand are compiled ahead.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, NoReturn

import msgspec

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.expr.catalog import Catalog, Issue
from oncue.compiler.expr.compile import Compiled, compile_condition, condition_id
from oncue.compiler.yaml.nodes import Node
from oncue.compiler.yaml.reader import read_bytes

BIG = 3_000_000  # bytes of all files: with less there is nothing to gain
FILES_SHARE = 0.45  # of the second process, which also has to hand over what it read
TEXTS_SHARE = 0.5  # of the second process; this one has other things to do meanwhile
_LENGTH = 8  # bytes of a number that says how many follow
PLACED = re.compile(r"\b(?:event|entry|step|start)\b")  # says something about where it stands

Document = tuple[Node | None, list[Diagnostic]]
Found = tuple[Compiled | None, tuple[Issue, ...], str]  # and the condition's id
_Job = tuple[Catalog, list[str]]


class Ahead:
    """A second process for the files at `paths` and the conditions in them, if they are worth one."""

    def __init__(self, files: Mapping[str, bytes], paths: Sequence[str]) -> None:
        self._files = files
        self._pid = 0
        self._catalog: Catalog | None = None
        self._our_paths, self._their_paths = paths, paths[:0]
        self._our_texts: Sequence[str] = ()
        self._their_texts: Sequence[str] = ()
        self.forks = sum(map(len, files.values())) >= BIG and _can_fork()  # more work may go to others, too
        if self.forks:
            half = len(paths) - int(len(paths) * FILES_SHARE)
            self._our_paths, self._their_paths = paths[:half], paths[half:]
            self._fork()

    def _fork(self) -> None:
        job_end, self._job = os.pipe()
        answer, answer_end = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._job)
            os.close(answer)
            _work(self._files, self._their_paths, job_end, answer_end)
        os.close(job_end)
        os.close(answer_end)
        self._answer = os.fdopen(answer, "rb")

    def documents(self) -> dict[str, Document]:
        """Every file's root node, and what is wrong with its YAML, in order of path."""
        found = {path: read_bytes(path, self._files[path]) for path in self._our_paths}
        if self._their_paths:
            found.update(self._theirs())
        return found

    def _theirs(self) -> Iterator[tuple[str, Document]]:
        import pickle  # small workspaces do without

        for path in self._their_paths:
            try:
                yield path, pickle.load(self._answer)  # noqa: S301  of this very process's child
            except (EOFError, pickle.UnpicklingError):  # it died
                yield path, read_bytes(path, self._files[path])

    def ask(self, conditions: Iterable[str], catalog: Catalog) -> None:
        """Gives the second process its part of the different texts that mean the same everywhere."""
        if self._pid == 0:
            return
        texts = [text for text in dict.fromkeys(conditions) if not PLACED.search(text)]
        half = int(len(texts) * TEXTS_SHARE)
        self._catalog, self._their_texts, self._our_texts = catalog, texts[:half], texts[half:]
        try:
            with os.fdopen(self._job, "wb") as pipe:
                job = msgspec.msgpack.encode((catalog, self._their_texts))
                pipe.write(len(job).to_bytes(_LENGTH, "little") + job)
        except OSError:  # it died; `outcomes` finds no answer
            pass

    def outcomes(self) -> dict[str, Found]:
        """What the second process found, by text; nothing if there is none. This one's part comes first,
        which `compile_condition` remembers."""
        if self._pid == 0 or self._catalog is None:
            return {}
        for text in self._our_texts:
            compile_condition(text, self._catalog)
        with self._answer as pipe:
            answer = pipe.read()
        os.waitpid(self._pid, 0)
        self._pid = 0
        try:
            return dict(zip(self._their_texts, msgspec.msgpack.decode(answer, type=list[Found]), strict=True))
        except (msgspec.MsgspecError, ValueError):  # it died half way
            return {}


def _work(files: Mapping[str, bytes], paths: Sequence[str], job_end: int, answer_end: int) -> NoReturn:
    """The second process: does its part, and is gone without a word whatever happens."""
    try:
        with os.fdopen(job_end, "rb") as job, os.fdopen(answer_end, "wb") as answer:
            _read(files, paths, answer)
            size = int.from_bytes(job.read(_LENGTH), "little")  # other processes may keep the pipe open
            _compile_all(job.read(size), answer)
    finally:
        os._exit(0)


def _read(files: Mapping[str, bytes], paths: Sequence[str], answer: IO[bytes]) -> None:
    """All of them before the first is written: a full pipe would stop the work."""
    import pickle

    documents = [pickle.dumps(read_bytes(path, files[path]), pickle.HIGHEST_PROTOCOL) for path in paths]
    answer.write(b"".join(documents))
    answer.flush()


def _compile_all(job: bytes, answer: IO[bytes]) -> None:
    if job:
        catalog, texts = msgspec.msgpack.decode(job, type=_Job)
        answer.write(msgspec.msgpack.encode([_compile(text, catalog) for text in texts]))


def _compile(text: str, catalog: Catalog) -> Found:
    compiled, issues = compile_condition(text, catalog)
    return compiled, issues, "" if compiled is None else condition_id(compiled.node)


def _can_fork() -> bool:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return hasattr(os, "fork") and cores > 1 and threading.active_count() == 1
