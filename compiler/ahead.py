"""Many conditions at once, on two cores.

Parsing conditions is what checking a big workspace spends most of its time on, and each text is a matter of
its own. So for a big one a second process is forked before anything is read, while there is little to
share; it gets a part of the texts as soon as they are known, and answers while this process does its own
part. Equal texts give equal outcomes in whatever process. Where there is no second process (a small
workspace, one core, a system without fork, other threads that a fork would cut short, or a process that
died) everything is compiled here, when asked for.

Only texts that mean the same wherever they stand are compiled ahead.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Sequence
from typing import NoReturn

import msgspec
from oncue.compiler.expr.catalog import Catalog, Issue
from oncue.compiler.expr.compile import Compiled, compile_condition, condition_id
from oncue.compiler.flow import acts, siblings
from oncue.compiler.model import Cond, Group, If, Step, WaitUntil, Workspace

BIG = 3_000_000  # bytes of all files: with less there is nothing to gain
SHARE = 0.6  # of the second process; this one has other things to do meanwhile
PLACED = re.compile(r"\b(?:event|entry|step|start)\b")  # says something about where it stands

Found = tuple[Compiled | None, tuple[Issue, ...], str]  # and the condition's id
_Job = tuple[Catalog, list[str]]


class Ahead:
    """A second process that compiles conditions, if `size` bytes of files make it worth one."""

    def __init__(self, size: int) -> None:
        self._pid = 0
        self._catalog: Catalog | None = None
        self._ours: Sequence[str] = ()
        self._theirs: Sequence[str] = ()
        if size >= BIG and _can_fork():
            self._fork()

    def _fork(self) -> None:
        job_end, self._job = os.pipe()
        self._answer, answer_end = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._job)
            os.close(self._answer)
            _work(job_end, answer_end)
        os.close(job_end)
        os.close(answer_end)

    def ask(self, texts: Sequence[str], catalog: Catalog) -> None:
        """Gives the second process its part of the texts."""
        if self._pid == 0:
            return
        half = int(len(texts) * SHARE)
        self._catalog, self._theirs, self._ours = catalog, texts[:half], texts[half:]
        try:
            with os.fdopen(self._job, "wb") as pipe:
                pipe.write(msgspec.msgpack.encode((catalog, self._theirs)))
        except OSError:  # it died; `outcomes` finds no answer
            pass

    def outcomes(self) -> dict[str, Found]:
        """What the second process found, by text; nothing if there is none. This one's part comes first,
        which `compile_condition` remembers."""
        if self._pid == 0 or self._catalog is None:
            return {}
        for text in self._ours:
            compile_condition(text, self._catalog)
        with os.fdopen(self._answer, "rb") as pipe:
            answer = pipe.read()
        os.waitpid(self._pid, 0)
        self._pid = 0
        try:
            return dict(zip(self._theirs, msgspec.msgpack.decode(answer, type=list[Found]), strict=True))
        except (msgspec.MsgspecError, ValueError):  # it died half way
            return {}


def _work(job_end: int, answer_end: int) -> NoReturn:
    """The second process: reads its job, does it, answers, and is gone without a word whatever happens."""
    try:
        with os.fdopen(job_end, "rb") as pipe:
            job = pipe.read()
        if job:
            catalog, texts = msgspec.msgpack.decode(job, type=_Job)
            answer = msgspec.msgpack.encode([_compile(text, catalog) for text in texts])
            with os.fdopen(answer_end, "wb") as pipe:
                pipe.write(answer)
    finally:
        os._exit(0)


def _compile(text: str, catalog: Catalog) -> Found:
    compiled, issues = compile_condition(text, catalog)
    return compiled, issues, "" if compiled is None else condition_id(compiled.node)


def _can_fork() -> bool:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return hasattr(os, "fork") and cores > 1 and threading.active_count() == 1


def texts(workspace: Workspace) -> list[str]:
    """The different texts that may be compiled ahead, in the order in which they are met."""
    found = dict.fromkeys(text for cond in _conditions(workspace) for text in _texts(cond))
    return [text for text in found if not PLACED.search(text)]


def _texts(cond: Cond | None) -> Iterator[str]:
    if isinstance(cond, Group):
        for part in cond.parts:
            yield from _texts(part)
    elif cond is not None:
        yield cond.node.text


def _conditions(workspace: Workspace) -> Iterator[Cond | None]:
    """The conditions of segments and campaigns, which are where big workspaces have theirs."""
    for segment in workspace.segments.values():
        yield segment.condition
    for campaign in workspace.campaigns.values():
        yield campaign.exit_when
        for start in campaign.starts:
            yield start.when
        for steps in siblings(campaign.steps):
            for step in steps:
                for rule in step.rules:
                    yield rule.when
                if step.kind in ("if", "wait"):
                    yield from _of_acts(step)


def _of_acts(step: Step) -> Iterator[Cond | None]:
    for act in acts(step):
        if isinstance(act, If):
            yield act.when
        elif isinstance(act, WaitUntil):
            yield act.until
