"""Where a condition's value may change by time alone: every instant that its parts and the history name,
every sum and difference of such an instant and a duration, midnights and times of day around, each with the
microsecond before and after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from tests.oracle.conditions import InSegment, NowBetween
from tests.oracle.forms import Case
from tests.oracle.tree import Duration, Test, walk
from tests.oracle.values import Day
from tests.oracle.world import DAY, World, at, day_of


def probes(case: Case, begin: int, end: int | None) -> list[int]:
    """The instants in [begin, end) at which to look (end None: for ever), in order."""
    instants = {near for edge in edges(case) for near in (edge - 1, edge, edge + 1)}
    far = begin + 400 * DAY
    instants |= {begin + 1, far}
    if end is not None:
        instants |= {begin + (end - begin) // 3, end - 1}
    return sorted(i for i in instants if begin <= i and (end is None or i < end))


def edges(case: Case) -> set[int]:
    zone = case.world.zone
    durations, days, minutes = constants(case.condition)
    named = {i + sign * span for i in instants(case.world) for span in (0, *durations) for sign in (1, -1)}
    near = {day_of(zone, case.now) + timedelta(days=n) for n in (-1, 0, 1, 2, 3)}
    named_days = near | days | set(dates(case.world)) | {day_of(zone, i) for i in instants(case.world)}
    shifts = {0, 1, -1, *(span // DAY + extra for span in durations for extra in (0, 1))}
    moved = {d + timedelta(days=sign * shift) for d in named_days for shift in shifts for sign in (1, -1)}
    named |= {at(zone, day) for day in moved}
    named |= {at(zone, day, m) for day in near | days for m in minutes}
    return named | {begin + span for day in days for span in durations for begin in [at(zone, day)]}


def constants(condition: Test) -> tuple[set[int], set[date], set[int]]:
    """Durations, dates and times of day in the text of a condition and its segments."""
    durations, days, minutes = set(), set(), set()
    for node in walk(condition):
        if isinstance(node, Duration):
            durations.add(node.micros)
        elif isinstance(node, Day):
            minutes.add(node.minutes or 0)
            if not isinstance(node.which, str):
                days.add(node.which)
        elif isinstance(node, NowBetween):
            minutes |= {node.start, node.end}
        elif isinstance(node, InSegment):
            for mine, theirs in zip((durations, days, minutes), constants(node.condition), strict=True):
                mine |= theirs
    return durations, days, minutes


def instants(world: World) -> set[int]:
    assert world.stay is not None
    found = {world.stay.at} | {happening.at for happening in world.happenings}
    return found | {v for v in values(world) if type(v) is int}


def dates(world: World) -> Iterator[date]:
    return (value for value in values(world) if isinstance(value, date))


def values(world: World) -> Iterator[object]:
    assert world.stay is not None
    yield from world.fields.values()
    yield from world.stay.props.values()
    yield from world.account.values()
    for deal in world.deals:
        yield from deal.values.values()
    for happening in (*world.happenings, world.event):
        if happening is not None:
            yield from happening.props.values()
