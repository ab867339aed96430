"""What actions change that campaigns may start at: things, and how they become.

A thing is a kind and a name: a tag, a contact field, a list, a conversion, a stage, a goal, an event that an
action gives rise to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from oncue.compiler import model
from oncue.compiler.model import Act, Cond, Text
from oncue.compiler.nodes import Node, Scalar
from oncue.schemas.values import compared_text

Thing = tuple[str, str]  # kind and name

UP, DOWN, ANEW = "up", "down", "anew"  # of a field: more, less, something else each time
EVERY = "*"  # all lists


class Change(model._Record, frozen=True):
    """`how` the thing becomes: ``added``, ``removed``; of a field ``=VALUE``, or UP, DOWN, ANEW."""

    thing: Thing
    how: str
    place: Node


def changes(campaign: str, key: Scalar, act: Act) -> Iterator[Change]:
    """What an action of a campaign changes."""
    found = _CHANGES.get(type(act))
    if found is not None:
        for thing, how in found(campaign, act):
            yield Change(thing, how, key)


Found = Iterator[tuple[Thing, str]]


def _score(campaign: str, act: model.AdjustScore) -> Found:
    yield ("fields", "score"), f"={act.to}" if act.by is None else DOWN if act.by.startswith("-") else UP


def _update(campaign: str, act: model.UpdateContact) -> Found:
    for field, value in act.set:
        shown = value.text if isinstance(value, Scalar) else ""
        yield ("fields", field.name), f"={compared_text(shown)}"
    for field, source in act.copy:
        yield ("fields", field.name), f"copy of {source.name}"
    for field in act.clear:
        yield ("fields", field.name), "="


def _math(campaign: str, act: model.Math) -> Found:
    if act.target.of == "contact":
        literal = act.operand.number is not None or act.operand.micros is not None
        rises = {"add": UP, "subtract": DOWN}.get(act.operation, ANEW) if literal else ANEW
        yield ("fields", act.target.field.name), rises


def _owner(campaign: str, act: model.AssignOwner) -> Found:
    user = act.owner.user
    yield ("fields", "owner"), ANEW if user is None else f"={compared_text(user.name)}"


def _unsubscribe(campaign: str, act: model.Unsubscribe) -> Found:
    yield ("lists", EVERY if act.list is None else act.list.name), "removed"


def _convert(campaign: str, act: model.Convert) -> Found:
    yield ("conversions", act.conversion.name), "added"
    yield ("events", "converted"), "added"


def _add_deal(campaign: str, act: model.AddDeal) -> Found:
    if act.stage is not None:
        yield ("stages", act.stage.name), "added"
    yield ("events", "deal.stage"), "added"


def _update_deal(campaign: str, act: model.UpdateDeal) -> Found:
    if act.stage is not None:
        yield ("stages", act.stage.name), f"={act.stage.name}"


def _goal(campaign: str, act: model.Goal) -> Found:
    if not _later(act.when):
        yield ("goals", f"{campaign}/{act.name.text}/achieved"), "added"
    if act.unmet != "wait":
        yield ("goals", f"{campaign}/{act.name.text}/skipped"), "added"


def _send_email(campaign: str, act: model.SendEmail) -> Found:
    yield ("events", f"email.sent of {act.email.name}"), "added"
    yield ("events", "email.sent"), "added"


def _later(cond: Cond | None) -> bool:
    """Whether a condition asks for what comes after the entry, so that it holds at no entry."""
    if isinstance(cond, Text):
        return "since start" in cond.node.text or "of step" in cond.node.text
    return cond is None or any(_later(part) for part in cond.parts)


_CHANGES: dict[type, Callable[[str, Any], Found]] = {
    model.AddTag: lambda campaign, act: iter([(("tags", act.tag.text), "added")]),
    model.RemoveTag: lambda campaign, act: iter([(("tags", act.tag.text), "removed")]),
    model.AdjustScore: _score,
    model.UpdateContact: _update,
    model.Math: _math,
    model.AssignOwner: _owner,
    model.Subscribe: lambda campaign, act: iter([(("lists", act.list.name), "added")]),
    model.Unsubscribe: _unsubscribe,
    model.Convert: _convert,
    model.AddDeal: _add_deal,
    model.UpdateDeal: _update_deal,
    model.Goal: _goal,
    model.SendEmail: _send_email,
}
