"""Lines on their way into an engine: let in or refused, and counted for whoever looks on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from oncue.runtime.engine.engine import Engine
from oncue.runtime.reading import inputs
from oncue.runtime.reading.admission import Refusal, Work, admit
from oncue.runtime.reading.inputs import Line

Progress = Callable[[int, int | None], None]  # done so far, of how many if known


def quiet(done: int, total: int | None) -> None:
    """Nobody looks."""


class Intake:
    """Of one run. `triggers` False: contact rows are loaded silently. `stopped`: whether somebody asks for
    the end."""

    def __init__(
        self, engine: Engine, *, triggers: bool = True, progress: Progress | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        self.engine = engine
        self.triggers = triggers
        self.progress = progress or quiet
        self.stopped = stopped
        self._done = 0

    def admitted(self, lines: Sequence[Line], now: Callable[[], int] | None) -> list[Work]:
        """The lines that can be used. `now`: their arrival; None: in a replay, their own instants."""
        program, works = self.engine.program, []
        for line in lines:
            found = admit(program, line, None if now is None else now(), triggers=self.triggers)
            if type(found) is Work:
                works.append(found)
            elif isinstance(found, Refusal):
                self.refuse(line, found)
        return works

    def refuse(self, line: Line, refusal: Refusal) -> None:
        """Puts a line among the rejects, unless the plan says to pass over it."""
        if refusal.skip:
            self.engine.tally.ignored += 1
        else:
            self.engine.rejects.add(line.file, line.number, refusal.code, refusal.message, line.data)

    def told(self, number: int, total: int | None = None) -> None:
        """So many more are done."""
        self._done += number
        self.progress(self._done, total)

    def counted(self, sources: Sequence[str | Path]) -> Iterator[Line]:
        """The lines of all sources, until somebody asks for the end."""
        for source in sources:
            for number, line in enumerate(inputs.read(source)):
                if not number % 1000:
                    self.progress(0, None)
                    if self.stopped():
                        return
                yield line
