"""What actions change that campaigns may start at: things, and how they become.

A thing is a kind and a name: a tag, a contact field, a list, a conversion, a stage, a goal, an event that an
action gives rise to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from oncue.compiler import model
from oncue.compiler.model import Act, Cond, Text
from oncue.compiler.yaml.nodes import Node, Scalar
from oncue.schemas.values import compared_text

Thing = tuple[str, str]  # kind and name

ADDED, REMOVED = "added", "removed"
UP, DOWN, ANEW = "up", "down", "anew"  # of a field: more, less, something else each time
EVERY = "*"  # all lists
BROUGHT = frozenset({"converted", "deal.stage", "email.sent"})  # the events that actions give rise to


class Change(model._Record, frozen=True):
    """`how` the thing becomes: ADDED, REMOVED; of a field ``=VALUE``, or UP, DOWN, ANEW."""

    thing: Thing
    how: str
    place: Node


class Where(model._Record, frozen=True):
    """Whose action it is, and the pipelines that there are."""

    campaign: str
    pipelines: Mapping[str, model.Pipeline]


def changes(where: Where, key: Scalar, act: Act) -> Iterator[Change]:
    """What an action of a campaign changes."""
    found = _CHANGES.get(type(act))
    if found is not None:
        for thing, how in found(where, act):
            yield Change(thing, how, key)


Found = Iterator[tuple[Thing, str]]


def _score(where: Where, act: model.AdjustScore) -> Found:
    yield ("fields", "score"), f"={act.to}" if act.by is None else DOWN if act.by.startswith("-") else UP


def _update(where: Where, act: model.UpdateContact) -> Found:
    for field, value in act.set:
        shown = value.text if isinstance(value, Scalar) else ""
        yield ("fields", field.name), f"={compared_text(shown)}"
    for field, source in act.copy:
        yield ("fields", field.name), f"copy of {source.name}"
    for field in act.clear:
        yield ("fields", field.name), "="


def _math(where: Where, act: model.Math) -> Found:
    if act.target.of == "contact":
        literal = act.operand.number is not None or act.operand.micros is not None
        rises = {"add": UP, "subtract": DOWN}.get(act.operation, ANEW) if literal else ANEW
        yield ("fields", act.target.field.name), rises


def _owner(where: Where, act: model.AssignOwner) -> Found:
    user = act.owner.user
    yield ("fields", "owner"), ANEW if user is None else f"={compared_text(user.name)}"


def _unsubscribe(where: Where, act: model.Unsubscribe) -> Found:
    yield ("lists", EVERY if act.list is None else act.list.name), REMOVED


def _convert(where: Where, act: model.Convert) -> Found:
    yield ("conversions", act.conversion.name), ADDED
    yield ("events", "converted"), ADDED


def _add_deal(where: Where, act: model.AddDeal) -> Found:
    name = next(iter(where.pipelines), "") if act.pipeline is None else act.pipeline.name
    pipeline = where.pipelines.get(name)
    first = "" if pipeline is None or not pipeline.stages else pipeline.stages[0].text
    yield ("stages", first if act.stage is None else act.stage.name), ADDED
    yield ("events", "deal.stage"), ADDED


def _update_deal(where: Where, act: model.UpdateDeal) -> Found:
    if act.stage is not None:
        yield ("stages", act.stage.name), f"={act.stage.name}"


def _goal(where: Where, act: model.Goal) -> Found:
    if not _later(act.when):
        yield ("goals", f"{where.campaign}/{act.name.text}/achieved"), ADDED
    if act.unmet != "wait":
        yield ("goals", f"{where.campaign}/{act.name.text}/skipped"), ADDED


def turns_of(change: Change) -> tuple[str, ...]:
    """Which turns a change may give to its thing: ADDED, REMOVED; a field's UP, DOWN."""
    if change.how in (ADDED, REMOVED, UP, DOWN):
        return (change.how,)
    return (ADDED,) if change.thing[0] == "stages" else (UP, DOWN)


def _send_email(where: Where, act: model.SendEmail) -> Found:
    yield ("events", f"email.sent of {act.email.name}"), ADDED
    yield ("events", "email.sent"), ADDED


def _later(cond: Cond | None) -> bool:
    """Whether a condition asks for what comes after the entry, so that it holds at no entry."""
    if isinstance(cond, Text):
        return "since start" in cond.node.text or "of step" in cond.node.text
    return cond is None or any(_later(part) for part in cond.parts)


_CHANGES: dict[type, Callable[[Where, Any], Found]] = {
    model.AddTag: lambda where, act: iter([(("tags", act.tag.text), ADDED)]),
    model.RemoveTag: lambda where, act: iter([(("tags", act.tag.text), REMOVED)]),
    model.AdjustScore: _score,
    model.UpdateContact: _update,
    model.Math: _math,
    model.AssignOwner: _owner,
    model.Subscribe: lambda where, act: iter([(("lists", act.list.name), ADDED)]),
    model.Unsubscribe: _unsubscribe,
    model.Convert: _convert,
    model.AddDeal: _add_deal,
    model.UpdateDeal: _update_deal,
    model.Goal: _goal,
    model.SendEmail: _send_email,
}
