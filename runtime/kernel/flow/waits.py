"""When waits end. Every function gives the instant, or None where there is nothing to wait for.

A recurring time is the first such instant strictly after arrival. A date already past is nothing to wait
for. All calendar reckoning is in a time zone: the project's, a named one, or the contact's, which is the
project's where the contact has none or an unknown one.
"""

from __future__ import annotations

from datetime import date

from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas.actions import Action, Goal, WaitAt, WaitDate, WaitFor, WaitUntil
from oncue.schemas.triggers import OnDate
from oncue.schemas.values import DAY


def end_of(program: Program, state: ContactState, action: Action, arrived: int) -> int | None:
    """When a wait that began at `arrived` ends by itself: its due instant, or its limit. None: not by
    itself, or (a date without a value) not at all."""
    match action:
        case WaitFor():
            return arrived + action.micros
        case WaitAt():
            return next_time(zone_named(program, state, action.timezone), action, arrived)
        case WaitDate():
            return date_of(program, state, action)
        case WaitUntil():
            return None if action.at_most is None else arrived + action.at_most
        case Goal(unmet="wait", at_most=int(limit)):
            return arrived + limit
        case _:
            return None


def zone_named(program: Program, state: ContactState, name: str | None) -> Zone:
    """The zone that a wait names: ``contact``, an IANA name, or None for the project's."""
    if name is None:
        return program.zone
    if name != "contact":
        return program.zone_of(name)
    own = state.shown.get("timezone", state.fields.get("timezone"))
    return program.zone_of(own.strip()) if isinstance(own, str) and own.strip() else program.zone


def next_time(zone: Zone, action: WaitAt, after: int) -> int:
    """The first instant strictly after `after` at the local time on one of the weekdays."""
    day = zone.day(after)
    while True:
        if not action.days or (day + 6) % 7 in action.days:
            instant = zone.at(day, action.minutes)
            if instant > after:
                return instant
        day += 1


def date_of(program: Program, state: ContactState, action: WaitDate) -> int | None:
    """The instant that a date wait names for this contact; None if its field has no value."""
    zone = zone_named(program, state, action.timezone)
    return _instant(program, state, action.field, action.offset_micros, action.minutes, zone)


def due_of(program: Program, state: ContactState, trigger: OnDate, after: int) -> int | None:
    """When a date trigger fires next, at or after `after`; None: never, as things are."""
    if not trigger.yearly:
        instant = _instant(
            program, state, trigger.field, trigger.offset_micros, trigger.minutes, program.zone
        )
        return None if instant is None or instant < after else instant
    return _anniversary(program, state, trigger, after)


def _instant(
    program: Program, state: ContactState, field: str, offset: int, minutes: int | None, zone: Zone
) -> int | None:
    value = state.fields.get(field)
    if not isinstance(value, int):
        return None
    if program.fields[field].type == "date":
        return _at(zone, value + offset // DAY, minutes or 0)
    if minutes is None:
        return value + offset
    return _at(zone, zone.day(value + offset), minutes)


def _anniversary(program: Program, state: ContactState, trigger: OnDate, after: int) -> int | None:
    """The first anniversary, moved by the offset, at or after `after`; the day itself counts as the first."""
    value = state.fields.get(trigger.field)
    if not isinstance(value, int):
        return None
    zone = program.zone
    is_date = program.fields[trigger.field].type == "date"
    first = value if is_date else zone.day(value)
    minutes = trigger.minutes if trigger.minutes is not None else 0 if is_date else zone.minute(value)
    start = date.fromordinal(first)
    year = max(
        start.year, date.fromordinal(zone.day(after)).year - abs(trigger.offset_micros) // (365 * DAY) - 1
    )
    while year <= _LAST_YEAR:
        day = _same_day(start, year).toordinal()
        instant = _at(zone, day + trigger.offset_micros // DAY, minutes)
        if instant is not None and instant >= after:
            return instant
        year += 1
    return None


def _same_day(start: date, year: int) -> date:
    """The anniversary in `year`; 29 February counts as the 28th in other years."""
    try:
        return start.replace(year=year)
    except ValueError:
        return start.replace(year=year, day=28)


_LAST_YEAR = 2_199
_LAST_DAY = date(9998, 1, 1).toordinal()


def _at(zone: Zone, day: int, minutes: int) -> int | None:
    """The instant, None where the day lies outside the calendar."""
    return zone.at(day, minutes) if 1 < day < _LAST_DAY else None
