"""The log of a database, played again on an empty one: the same inputs at the same instants, delivering
nothing. Timers fire where the log says that they fired."""

from __future__ import annotations

import msgspec

from oncue.runtime.engine import commands
from oncue.runtime.engine.post_office import ALARM, LETTER
from oncue.runtime.errors import InputError
from oncue.runtime.hosts.intake import Intake
from oncue.runtime.kernel.entities.kept import RANK
from oncue.runtime.kernel.link import Program
from oncue.runtime.plans import adoption
from oncue.runtime.reading.admission import EVENT, FROM_OUTSIDE, SILENT, Refusal, Work, admit
from oncue.runtime.reading.inputs import Line
from oncue.runtime.stores.base import LogRow, Store


class Received:
    """`log`: the database that is read. `seq`: the last of its rows that was played."""

    def __init__(self, intake: Intake, log: Store) -> None:
        self.seq = 0
        self._intake = intake
        self._log = log
        plans, changes = log.plans(), sum(1 for _ in log.log_of_nobody(["plan"]))
        self._plans = iter(plans[len(plans) - changes - 1 :])  # a replayed log began with another one instead

    def play(self, before: int | None = None) -> None:
        """Plays the log by the plans that were in force; with `before`, only what came earlier than that."""
        engine, works = self._intake.engine, []
        _, _, body = next(self._plans, (0, "", b""))
        engine.replace_first_plan(adoption.read_plan(body))
        for row in self._log.log():
            if self._intake.stopped() or (before is not None and row.at >= before):
                break
            self.seq = row.seq
            if row.kind == LETTER:  # it follows from what came before
                continue
            if row.kind in FROM_OUTSIDE and row.body is not None:
                works.append(self._logged(row, row.body))
                if len(works) >= engine.batch:
                    self._intake.told(len(works))
                    engine.handle(works)
                    works = []
                continue
            if works:
                engine.handle(works)
                works = []
            if row.kind in FROM_OUTSIDE:  # erased since: nobody can say what it was
                engine.states.skip_to(row.contact)
            else:
                self._other(row)
        if not self._intake.stopped():
            engine.handle(works)

    def _logged(self, row: LogRow, body: bytes) -> Work:
        found = again(self._intake.engine.program, row, body)
        if isinstance(found, Refusal):
            raise InputError(f"the log's row {row.seq} cannot be replayed: {found.message}")
        return found

    def _other(self, row: LogRow) -> None:
        engine = self._intake.engine
        if row.kind == "wake":
            if row.entries is None:  # of a contact that was erased since
                return
            keys = self._log.keys([row.contact])
            engine.fire(row.at, (row.at, 0, keys.get(row.contact, "")))
            return
        if row.kind == ALARM:
            name = msgspec.json.decode(row.body or b"{}").get("entity", "")
            if name:
                engine.fire(row.at, (row.at, RANK[name.partition("/")[0]], name))
            return
        engine.fire(row.at - 1)
        engine.reach(row.at)
        if row.kind == "plan":
            adoption.take_effect(engine, adoption.read_plan(next(self._plans)[2]), row.at)
        else:
            commands.again(engine, row)


def again(program: Program, row: LogRow, body: bytes) -> Work | Refusal:
    """An input from outside, as it came in then."""
    line = Line("", 0, body, row=row.kind != EVENT)
    return admit(program, line, row.at, triggers=row.kind != SILENT)
