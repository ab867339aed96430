"""Steps that steer a member: waits, jumps, splits, goals."""

from __future__ import annotations

from typing import Any

from oncue.compiler import model
from oncue.compiler.bind.conditions import condition
from oncue.compiler.bind.forms import BROKEN, Inner, Read, part
from oncue.compiler.bind.reading import Reader
from oncue.compiler.model import Act
from oncue.compiler.yaml import scalars
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar, Sequence

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


# --- waits ----------------------------------------------------------------------------------------


def _wait(reader: Reader, node: Node, inner: Inner) -> Act:
    if type(node) is Mapping:
        return _wait_form(reader, node, inner)
    micros = reader.duration(node)
    return BROKEN if micros is None or type(node) is not Scalar else model.WaitFor(micros, node)


def _wait_form(reader: Reader, node: Mapping, inner: Inner) -> Act:
    if node.get("until") is not None:
        until = condition(reader, node.get("until"))
        at_most = reader.duration(node.get("at_most"))
        return model.WaitUntil(until, at_most, inner(node.get("on_timeout")))
    if node.get("date") is not None:
        return _wait_date(reader, node)
    return _wait_at(reader, node)


def _wait_date(reader: Reader, node: Mapping) -> Act:
    field = reader.ref("fields", node.get("date"))
    offset = reader.duration(node.get("offset"), signed=True)
    if_past = reader.choice(node.get("if_past"), ("skip", "end"))
    if field is None:
        return BROKEN
    zone = reader.scalar(node.get("timezone"), "a time zone")
    minutes = reader.minutes(node.get("at"))
    return model.WaitDate(field, offset or 0, minutes, zone, "end" if if_past == "end" else "skip")


def _wait_at(reader: Reader, node: Mapping) -> Act:
    scalar = reader.scalar(node.get("at"), "a recurring time")
    found = None if scalar is None else recurring(scalar.text)
    if found is None:
        reader.wrong(scalar or node, 'a time such as "09:00" or "monday 09:00"')
        return BROKEN
    return model.WaitAt(found[1], found[0], reader.scalar(node.get("timezone"), "a time zone"))


def recurring(text: str) -> tuple[tuple[int, ...], int] | None:
    """``09:00``, ``monday 09:00``, ``monday, friday 09:00`` or ``weekdays 09:00`` -> (weekdays, minutes)."""
    *words, time = text.replace(",", " ").split() or [""]
    minutes = scalars.time_of_day(time)
    days: set[int] = set()
    for word in words:
        if word == "weekdays":
            days.update(range(5))
        elif word in DAYS:
            days.add(DAYS.index(word))
        else:
            return None
    return None if minutes is None else (tuple(sorted(days)), minutes)


# --- jumps and ends -------------------------------------------------------------------------------


def _goto(reader: Reader, node: Node, inner: Inner) -> Act:
    target = reader.ref("steps", part(reader, node, "step"))
    at_most = reader.whole(node.get("at_most")) if type(node) is Mapping else None
    return BROKEN if target is None else model.Goto(target, at_most)


def _end(reader: Reader, node: Node, inner: Inner) -> Act:
    bare = type(node) is Scalar and node.text in ("", "end")
    if not bare and (type(node) not in (Mapping, Sequence) or list(node)):  # type: ignore[call-overload]
        reader.wrong(node, "nothing, as in `- end`")
    return model.End()


# --- splits ---------------------------------------------------------------------------------------


def _split_paths(reader: Reader, node: Node, inner: Inner) -> Act:
    mapping = reader.mapping(node, "`paths`")
    if mapping is None:
        return BROKEN
    return model.SplitPaths(_paths(reader, mapping, inner))


def _split_test(reader: Reader, node: Node, inner: Inner) -> Act:
    mapping = reader.mapping(node, "`paths`, `match` and `decide`")
    if mapping is None:
        return BROKEN
    match, decide = condition(reader, mapping.get("match")), _decide(reader, mapping.get("decide"))
    return model.SplitTest(_paths(reader, mapping, inner), match, decide)


def _split_until(reader: Reader, node: Node, inner: Inner) -> Act:
    mapping = reader.mapping(node, "`until`, `before` and `after`")
    if mapping is None:
        return BROKEN
    return model.SplitUntil(
        decide=_decide(reader, mapping.get("until")),
        match=condition(reader, mapping.get("match")),
        before=inner(mapping.get("before")),
        after=inner(mapping.get("after")),
    )


def _paths(reader: Reader, node: Mapping, inner: Inner) -> tuple[model.Path, ...]:
    paths = reader.mapping(node.get("paths"), "ids and their paths")
    return tuple(_path(reader, name, value, inner) for name, value in paths or ())


def _path(reader: Reader, name: Scalar, node: Node, inner: Inner) -> model.Path:
    if type(node) is not Mapping:
        return model.Path(name, inner(node))
    percent = reader.scalar(node.get("percent"), "a percentage")
    return model.Path(name, inner(node.get("steps")), percent, reader.text(node.get("was"), "an id"))


def _decide(reader: Reader, node: Node | None) -> model.Decide | None:
    mapping = reader.mapping(node, "`contacts`, `matches` or `date`")
    if mapping is None:
        return None
    contacts, matches = reader.whole(mapping.get("contacts")), reader.whole(mapping.get("matches"))
    date = reader.day(mapping.get("date"))
    if contacts is None and matches is None and date is None:
        reader.wrong(mapping, "`contacts`, `matches` or `date`")
        return None
    return model.Decide(mapping, contacts, matches, date, reader.minutes(mapping.get("at")) or 0)


# --- goals ----------------------------------------------------------------------------------------


def _goal(reader: Reader, node: Node, inner: Inner) -> Act:
    mapping = reader.mapping(node, "`name` and `when`")
    name = None if mapping is None else reader.scalar(part(reader, mapping, "name"), "a name")
    if mapping is None or name is None:
        return BROKEN
    unmet: Any = reader.choice(mapping.get("unmet"), ("wait", "continue", "end")) or "wait"
    reach: Any = reader.choice(mapping.get("from"), ("ahead", "anywhere")) or "ahead"
    at_most = mapping.get("at_most")
    if at_most is not None and unmet != "wait":
        hint = "write `unmet: wait`, or leave `at_most` out"
        message = f"`at_most` bounds a wait, and with `unmet: {unmet}` nobody waits"
        reader.error("F119", mapping.key("at_most") or at_most, message, hint)
    return model.Goal(
        name, condition(reader, part(reader, mapping, "when")), unmet, reader.duration(at_most), reach
    )


FLOW: dict[str, Read] = {
    "wait": _wait,
    "split_paths": _split_paths,
    "split_test": _split_test,
    "split_until": _split_until,
    "goto": _goto,
    "goal": _goal,
    "end": _end,
}
