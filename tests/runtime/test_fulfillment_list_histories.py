"""Histories of a fulfillment list with everything that may come between: held, released and removed contacts,
merges, erasures, pauses, other schedules. Against a slow model of SPEC's section 7, which looks at everybody
at every run and knows its runs by looking at every day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.runtime import operator
from oncue.runtime.stores.sqlite import SqliteStore
from tests.oracle.world import HOUR, at, day_of
from tests.runtime import shop
from tests.runtime.mailroom import Mailroom, person, plan

ZONE = ZoneInfo("America/New_York")
BEGIN = at(ZONE, date(2026, 2, 20))  # the clocks change on March the 8th, at 2
HOURS = 45 * 24
PEOPLE = "abcd"
# What is written, and of a day: is there a run, and at which minute?
SCHEDULES = {
    "daily at 02:30": (lambda day: True, 150),
    "weekdays at 09:00": (lambda day: day.weekday() < 5, 540),
    "weekly on sunday, wednesday at 02:00": (lambda day: day.weekday() in (2, 6), 120),
    "monthly on 31 at 23:00": (lambda day: (day + timedelta(days=1)).day == 1, 1380),
}
KINDS = (
    "join", "join", "join", "hold", "lose", "find", "release", "remove", "merge", "erase", "pause",
    "resume", "schedule",
)  # fmt: skip
ROWS = ("join", "hold", "lose", "find")

Move = tuple[int, str, str, str]  # hour, kind, who, and whom else or which schedule


@dataclass(eq=False)  # two people may look alike
class Somebody:
    """A contact: what its row says, whether it was let through, and whether it has a tag of the campaigns."""

    name: str
    address: bool = True
    released: bool = False
    tagged: bool = False


@dataclass
class Model:
    schedule: str
    keep: bool
    now: int = BEGIN
    paused: bool = False
    who: dict[str, Somebody] = field(default_factory=dict)  # by the name in their address
    waiting: list[Somebody] = field(default_factory=list)  # in order of joining
    batches: list[list[Somebody]] = field(default_factory=list)
    names: list[list[str]] = field(default_factory=list)

    def go(self, until: int) -> None:
        """The runs in ``(now, until]``."""
        matches, minutes = SCHEDULES[self.schedule]
        first, last = day_of(ZONE, self.now), day_of(ZONE, until)
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        for moment in (at(ZONE, day, minutes) for day in days if matches(day)):
            if self.now < moment <= until and not self.paused:
                self.run()
        self.now = until

    def run(self) -> None:
        ready = [one for one in self.waiting if one.address or one.released]
        if ready:
            self.batches.append(ready)
            self.names.append([one.name for one in ready])
        for one in ready:
            one.released = False
        if not self.keep:
            self.waiting = [one for one in self.waiting if one not in ready]

    def do(self, kind: str, name: str, other: str) -> bool:
        """Whether it can be done."""
        one = self.who.get(name)
        if kind in ROWS:
            self.row(kind, name)
        elif kind in ("pause", "resume"):
            changed, self.paused = self.paused != (kind == "pause"), kind == "pause"
            return changed
        elif kind == "schedule":
            self.schedule = other
        elif kind == "merge":
            two = self.who.get(other)
            if one is None or two is None or one is two:
                return False
            self.merge(one, two)
        elif one is None or (kind != "erase" and one not in self.waiting):
            return False
        elif kind == "release":
            if one.address or one.released:
                return False
            one.released = True
        else:
            self.waiting = [each for each in self.waiting if each is not one]
            if kind == "erase":
                self.forget(one)
        return True

    def row(self, kind: str, name: str) -> None:
        one = self.who.setdefault(name, Somebody(name))
        one.name, one.address = name, kind != "lose"
        if kind in ("join", "hold"):
            one.tagged = True
            self.join(one)

    def join(self, one: Somebody) -> None:
        if one not in self.waiting:
            self.waiting.append(one)

    def merge(self, one: Somebody, two: Somebody) -> None:
        """The older survives (`who` is in order of birth); the earlier place stays. What the younger's tags
        are to the older is an edge, as of any input (SPEC section 10): its campaigns put it on the list."""
        older = next(each for each in self.who.values() if each in (one, two))
        younger = two if older is one else one
        older.address |= younger.address
        older.released |= younger.released
        for name in [name for name, each in self.who.items() if each is younger]:
            self.who[name] = older
        places = [older if each is younger else each for each in self.waiting]
        self.waiting = list({id(each): each for each in places}.values())
        self.batches = [[older if each is younger else each for each in batch] for batch in self.batches]
        if younger.tagged:
            older.tagged = True
            self.join(older)

    def forget(self, one: Somebody) -> None:
        self.who = {name: each for name, each in self.who.items() if each is not one}
        for place, batch in enumerate(self.batches):
            left = [
                (each, name) for each, name in zip(batch, self.names[place], strict=True) if each is not one
            ]
            self.batches[place] = [each for each, _ in left]
            self.names[place] = [name for _, name in left]


@dataclass
class Real:
    """The same on a database."""

    folder: Path
    keep: bool
    schedule: str
    place: int = 0

    def __post_init__(self) -> None:
        self.room = Mailroom(self.folder, **self.box())
        self.room.play(person("z", shop.show(BEGIN), tag=""), until=BEGIN_TEXT)

    def box(self) -> dict[str, Any]:
        tags = {
            name: ", ".join(f"{{tag_added: {name}{n}}}" for n in range(MOVES)) for name in ("join", "hold")
        }
        campaigns = "campaigns:\n" + "".join(
            f"  {name}:\n    starts_when: [{tags[name]}]\n    runs: every_time\n"
            f"    steps: [add_to_fulfillment_list: {{list: box, hold: {str(name == 'hold').lower()}}}]\n"
            for name in ("join", "hold")
        )
        return {
            "campaigns": campaigns,
            "require": "[address]",
            "schedule": self.schedule,
            "after_send": "keep" if self.keep else "leave",
        }

    def go(self, until: int) -> None:
        self.room.play(until=shop.show(until))

    def do(self, moment: int, kind: str, name: str, other: str) -> None:
        """At that instant, after everything else of it."""
        self.place += 1
        if kind in ROWS:
            row = person(
                name, shop.show(moment), tag=f"{kind}{self.place}" if kind in ("join", "hold") else ""
            )
            self.room.play({**row, "address": "" if kind == "lose" else "somewhere"}, until=shop.show(moment))
            return
        self.go(moment)
        given = (self.room.plan, self.room.database)
        if kind == "pause":
            operator.pause(*given, "fulfillment_lists/box")
        elif kind == "resume":
            operator.resume(*given, "fulfillment_lists/box")
        elif kind == "schedule":
            self.schedule = other
            self.room.plan = plan(**self.box())
            self.go(moment)
        elif kind == "merge":
            operator.merge(*given, f"{name}@x.test", f"{other}@x.test")
        elif kind == "erase":
            operator.erase(*given, f"{name}@x.test")
        else:
            act = operator.release if kind == "release" else operator.take_off
            act(*given, "box", f"{name}@x.test")

    def names(self, until: int) -> list[list[str]]:
        """The first column of every batch, as it is now."""
        self.go(until)
        store = SqliteStore(self.room.database, write=False)
        try:
            return [list(first_cells(b"".join(store.file(each.name)))) for each in store.batches("box")]
        finally:
            store.close()


def first_cells(file: bytes) -> Iterator[str]:
    for line in file.decode().splitlines()[1:]:
        yield line.partition(",")[0]


BEGIN_TEXT = shop.show(BEGIN)
MOVES = 14
_moves = st.lists(
    st.tuples(
        st.integers(1, HOURS - 1) | st.integers(1, HOURS // 24 - 1).map(lambda day: day * 24 + 2),
        st.sampled_from(KINDS),
        st.sampled_from(PEOPLE),
        st.sampled_from(PEOPLE),
        st.sampled_from(sorted(SCHEDULES)),
    ),
    min_size=4,
    max_size=MOVES - 1,
)


def live(
    moves: list[Any], keep: bool, schedule: str, folder: Path
) -> tuple[list[list[str]], list[list[str]]]:
    """What the batches are at the end, and what the model says."""
    model, real = Model(schedule, keep), Real(folder, keep, schedule)
    for hour, kind, name, other, changed in sorted(moves, key=lambda move: move[0]):
        moment = BEGIN + hour * HOUR
        extra = changed if kind == "schedule" else other
        if kind in ROWS:  # a row comes before a run of its instant, a command after it
            model.go(max(model.now, moment - 1))
            model.do(kind, name, extra)
            model.go(moment)
            real.do(moment, kind, name, extra)
            continue
        model.go(moment)
        if model.do(kind, name, extra):
            real.do(moment, kind, name, extra)
        else:
            real.go(moment)
    end = BEGIN + HOURS * HOUR
    model.go(end)
    return real.names(end), model.names


HISTORIES = {"moves": _moves, "keep": st.booleans(), "schedule": st.sampled_from(sorted(SCHEDULES))}


@settings(max_examples=40, deadline=None)
@given(**HISTORIES)
def test_whatever_comes_between_everybody_is_in_the_batches_that_the_model_says(
    tmp_path_factory, moves, keep, schedule
):
    found, expected = live(moves, keep, schedule, tmp_path_factory.mktemp("list"))
    assert found == expected


@pytest.mark.soak
@settings(max_examples=2_000, deadline=None)
@given(**HISTORIES)
def test_many_more_histories_of_a_list(tmp_path_factory, moves, keep, schedule):
    found, expected = live(moves, keep, schedule, tmp_path_factory.mktemp("list"))
    assert found == expected
