"""A second process reads files and compiles conditions as this one does, and its death changes nothing."""

from __future__ import annotations

import io
import os
import signal
from typing import IO

import msgspec
import pytest

from oncue.compiler import ahead, beside
from oncue.compiler.beside import Work
from oncue.compiler.expr import compile as expr
from oncue.compiler.pipeline import compile_files
from tests.compiler.model.plans import example

FILES = {
    **example("quickstart"),
    "more.yaml": b"segments:\n"
    + b"".join(b'  s%d: score >= %d and tagged "t%d" or nope == 1\n' % (n, n, n) for n in range(20))
    + b"".join(b"  g%d: {all: [score >= %d, not in segment s%d]}\n" % (n, n, n) for n in range(20)),
}


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Second processes are started for the smallest workspace; gives their ids."""
    started: list[int] = []
    fork = os.fork
    monkeypatch.setattr(ahead, "BIG", 0)
    monkeypatch.setattr(ahead, "_can_fork", lambda: hasattr(os, "fork"))
    monkeypatch.setattr(os, "fork", lambda: started.append(fork()) or started[-1])
    return started


@pytest.mark.parametrize("files", [FILES, example("quickstart")], ids=["wrong", "right"])
def test_two_processes_find_what_one_finds(files: dict[str, bytes], forked: list[int]) -> None:
    two = compile_files(files)
    assert len(forked) == 3, "one that reads and compiles, one for the shapes, one that proves"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ahead, "BIG", 10**9)
        assert compile_files(files) == two
    assert len(forked) == 3


def test_a_second_process_that_dies_before_it_has_read_changes_nothing(
    forked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = compile_files(FILES)
    monkeypatch.setattr(ahead, "_read", lambda files, paths, answer: os.kill(os.getpid(), signal.SIGKILL))
    assert compile_files(FILES) == expected


def test_a_second_process_that_dies_while_it_hands_over_changes_nothing(
    forked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = compile_files(FILES)
    real = ahead._read

    def half(files: dict[str, bytes], paths: list[str], answer: IO[bytes]) -> None:
        whole = io.BytesIO()
        real(files, paths, whole)
        answer.write(whole.getvalue()[: whole.tell() // 2])
        answer.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(ahead, "_read", half)
    assert compile_files(FILES) == expected


@pytest.mark.parametrize("moment", ["before it is asked", "while it works"])
def test_a_second_process_that_dies_changes_nothing(
    moment: str, forked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = compile_files(FILES)
    ask = ahead.Ahead.ask

    def killed(self: ahead.Ahead, *given: object) -> None:
        if moment == "before it is asked":
            os.kill(forked[-1], signal.SIGKILL)
            ask(self, *given)  # type: ignore[arg-type]
        else:
            ask(self, *given)  # type: ignore[arg-type]
            os.kill(forked[-1], signal.SIGKILL)

    monkeypatch.setattr(ahead.Ahead, "ask", killed)
    assert compile_files(FILES) == expected


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_one_that_dies_while_it_works_beside_changes_nothing(
    share: float, forked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = compile_files(FILES)

    def half(work: Work, answer_end: int) -> None:
        whole = msgspec.msgpack.encode(work())
        os.write(answer_end, whole[: int(len(whole) * share)])
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(beside, "_do", half)
    assert compile_files(FILES) == expected


def test_what_depends_on_its_place_is_told_apart_as_the_language_tells_it() -> None:
    assert expr._PLACED.pattern == ahead.PLACED.pattern
