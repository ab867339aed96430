"""The ways in which a contact's own data change. Each keeps the round's edges and watches right, says
whether anything changed, and does nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from oncue.runtime.kernel.contact import deals
from oncue.runtime.kernel.funnel.stages import status_changed
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.letters import Join, Leave
from oncue.runtime.kernel.state import ContactState, Deal
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.builtins import DEAL_FIELDS
from oncue.schemas.values import Value

Shown = str | list[str]


def set_field(turn: Turn, name: str, value: Value, shown: Shown | None = None) -> bool:
    """Gives a field a value, in compared form and, where it differs, shown form. True if either changed."""
    state = turn.state
    old = state.fields.get(name)
    if old == value:
        return _show(state, name, shown)
    turn.fields_before.setdefault(name, old)
    turn.touched.add(f"field:{name}")
    state.fields[name] = value
    _show(state, name, shown)
    if name == "account":
        _move(turn, old, value)
    elif name == "email":
        state.bounces.clear()  # they were another address's
    elif name == "status" and state.funnel is not None:
        status_changed(turn, old, value)
    return True


def clear_field(turn: Turn, name: str) -> bool:
    """Makes a field's value missing; the score, which never is, becomes 0 again."""
    if name == "score":
        return set_field(turn, name, 0)
    old = turn.state.fields.pop(name, None)
    turn.state.shown.pop(name, None)
    if old is None:
        return False
    turn.fields_before.setdefault(name, old)
    turn.touched.add(f"field:{name}")
    if name == "account":
        _move(turn, old, None)
    return True


def _move(turn: Turn, old: Value | None, new: Value | None) -> None:
    """The contact belongs to another account, or to none: it forgets the old one's fields there and then, and
    hears the new one's by a letter at the same instant."""
    if old is not None:
        turn.post(f"account/{old}", Leave())
    if new is not None:
        turn.post(f"account/{new}", Join(quiet=turn.mute == "all"))
    set_account(turn, {}, {})


def set_account(turn: Turn, fields: dict[str, Value], shown: dict[str, Shown]) -> bool:
    """What the contact's account says now. True if that is something new."""
    state = turn.state
    if state.account == fields and state.account_shown == shown:
        return False
    if state.account != fields:
        turn.touched.add("account")
    state.account, state.account_shown = fields, shown
    return True


def _show(state: ContactState, name: str, shown: Shown | None) -> bool:
    if state.shown.get(name) == shown:
        return False
    if shown is None:
        del state.shown[name]
    else:
        state.shown[name] = shown
    return True


def add_deal(turn: Turn, deal: Deal) -> None:
    """Gives the contact one more deal."""
    turn.state.deals = [*turn.state.deals, deal]
    turn.state.deals_made += 1
    turn.touched.add("deal")


def set_deal(turn: Turn, deal: Deal, name: str, value: Value | None, shown: Shown | None = None) -> bool:
    """Gives a field of a deal of this turn's contact a value; None makes it missing. True if anything
    changed."""
    if deals.value_of(deal, name) == value and deal.shown.get(name) == shown:
        return False
    turn.touched.add("deal")
    if name not in DEAL_FIELDS:
        deal.fields = _with(deal.fields, name, value)
    else:
        setattr(deal, name, "" if value is None and name != "value" else value)
    deal.shown = _with(deal.shown, name, shown)
    return True


_T = TypeVar("_T")


def _with(table: dict[str, _T], name: str, value: _T | None) -> dict[str, _T]:
    """A copy of the table in which the name has the value, or (None) is not there."""
    rest = {other: kept for other, kept in table.items() if other != name}
    return rest if value is None else {**rest, name: value}


def add_tag(turn: Turn, tag: str) -> bool:
    """Adds a tag; False if it was there."""
    return _tag(turn, tag, there=True)


def remove_tag(turn: Turn, tag: str) -> bool:
    """Takes a tag away; False if it was not there."""
    return _tag(turn, tag, there=False)


def _tag(turn: Turn, tag: str, *, there: bool) -> bool:
    state = turn.state
    if (tag in state.tags) is there:
        return False
    turn.tags_before.setdefault(tag, not there)
    turn.touched.add(f"tag:{tag}")
    state.tags = state.tags | {tag} if there else state.tags - {tag}
    return True


def subscribe(turn: Turn, name: str, channels: Iterable[str], status: str) -> tuple[str, ...]:
    """Sets the status (subscribed | pending | unsubscribed) of the list's channels; which ones changed."""
    state = turn.state
    old = state.subscriptions.get(name, {})
    changed = tuple(channel for channel in channels if old.get(channel) != status)
    if changed:
        turn.lists_before.setdefault(name, "subscribed" in old.values())
        turn.touched.add(f"list:{name}")
        state.subscriptions[name] = {**old, **dict.fromkeys(changed, status)}
        turn.write("subscription", f"lists/{name}", result=status, data={"channels": list(changed)})  # type: ignore[arg-type]
    return changed


def suppress(turn: Turn, why: str) -> bool:
    """Stops all messages to the contact, for good. The first reason stays."""
    if turn.state.suppressed:
        return False
    turn.state.suppressed = why
    turn.write("suppressed", why=why)
    return True


def remember(turn: Turn, event: Event) -> None:
    """Lets an event enter the contact's history."""
    for track in turn.program.history.enter(turn.state, event, turn.now):
        turn.touched.add(f"track:{track}")


def raise_event(turn: Turn, event: Event) -> None:
    """An event that oncue itself makes: it enters history and, in the next round, may start campaigns.

    It gets a number of its own in the contact's order of inputs: it comes after whatever caused it. What it
    carries stands in the audit, from which a changed plan makes up history."""
    turn.state.seq += 1
    data: dict[str, Value] = {"id": event.id, "at": event.at}
    if event.assets:
        data["assets"] = list(event.assets)
    for name, value in event.props.items():
        if value != event.id:
            data[f"{name}_" if name in data else name] = event.shown.get(name, value)
    turn.write("event", event.type, data=data)
    remember(turn, event)
    turn.raised.append(event)
