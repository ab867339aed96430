"""Waits, branches, splits, goals and jumps in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from oncue.cli.render.moments import local
from oncue.cli.words.values import both, condition, count, duration, time_of_day, weekdays
from oncue.schemas import actions as does
from oncue.schemas.parts import Use
from oncue.schemas.plan import Plan


def date_of_field(field: str, offset: int, minutes: int | None, zone: str | None) -> str:
    """`7 days before renewal_date at 09:00 (contact's time)`."""
    said = field
    if offset:
        said = f"{duration(abs(offset))} {'before' if offset < 0 else 'after'} {field}"
    return said + ("" if minutes is None else f" at {time_of_day(minutes)}") + _zone(zone)


def _zone(zone: str | None) -> str:
    if zone is None:
        return ""
    return " (the contact's time)" if zone == "contact" else f" ({zone})"


def _wait_at(_: Plan, action: does.WaitAt) -> str:
    day = f"{weekdays(action.days)} " if action.days else ""
    return f"wait until {day}{time_of_day(action.minutes)}{_zone(action.timezone)}"


def _wait_date(_: Plan, action: does.WaitDate) -> str:
    said = date_of_field(action.field, action.offset_micros, action.minutes, action.timezone)
    return f"wait until {said}" + ("; if that is past, end" if action.if_past == "end" else "")


def _wait_until(plan: Plan, action: does.WaitUntil) -> str:
    limit = "" if action.at_most is None else f", at most {duration(action.at_most)}"
    return f"wait until {condition(plan, action.until)}{limit}"


def _paths(paths: Iterable[does.Path]) -> str:
    return both(path.name if path.percent is None else f"{path.name} {path.percent} %" for path in paths)


def decided(plan: Plan, decision: does.Decision, match: Use | None) -> str:
    """`after 200 contacts`, `after 20 matches`, `on 2026-05-01 09:00:00+02:00`."""
    if decision.contacts is not None:
        return f"after {count(decision.contacts, 'contact')}"
    if decision.matches is not None:
        of = "" if match is None else f" of {condition(plan, match)}"
        return f"after {decision.matches:,} match{'' if decision.matches == 1 else 'es'}{of}"
    return f"on {local(decision.at or 0, plan.settings.timezone)}"


def _split_test(plan: Plan, action: does.SplitTest) -> str:
    wins = f"most matches of {condition(plan, action.match)} wins"
    return f"test {_paths(action.paths)} against each other; {wins}, {decided(plan, action.decide, None)}"


def _split_until(plan: Plan, action: does.SplitUntil) -> str:
    return f"take one path before, another one {decided(plan, action.decide, action.match)}"


def _goto(_: Plan, action: does.Goto) -> str:
    limit = "" if action.at_most is None else f", at most {count(action.at_most, 'time')}, then end"
    return f"go to step {action.step}{limit}"


def _goal(plan: Plan, action: does.Goal) -> str:
    reach = " from anywhere" if action.reach == "anywhere" else ""
    said = f"goal {action.name}: members jump here{reach} once {condition(plan, action.when)}"
    if action.unmet == "wait":
        limit = "" if action.at_most is None else f" at most {duration(action.at_most)}"
        return f"{said}; who arrives without it waits{limit}"
    return f"{said}; who arrives without it {'ends' if action.unmet == 'end' else 'goes on'}"


FLOW: dict[str, Callable[[Plan, Any], str]] = {
    "wait_for": lambda _, action: f"wait {duration(action.micros)}",
    "wait_at": _wait_at,
    "wait_date": _wait_date,
    "wait_until": _wait_until,
    "if": lambda plan, action: f"ask whether {condition(plan, action.when)}",
    "split_paths": lambda _, action: f"split into {_paths(action.paths)}",
    "split_test": _split_test,
    "split_until": _split_until,
    "goto": _goto,
    "goal": _goal,
    "end": lambda *_: "end",
}
