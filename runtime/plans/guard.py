"""Refuses a changed plan that leaves open what becomes of contacts, and says what to write.

`kernel.doubts` says what is open between the two plans; only if there is anything, one pass over the contacts
finds out whether it concerns anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from oncue.runtime.engine.states import decode
from oncue.runtime.errors import PlanError
from oncue.runtime.kernel.adoption.doubts import Doubt, Why, doubts
from oncue.runtime.kernel.adoption.named import lacking
from oncue.runtime.kernel.adoption.renames import renames_of
from oncue.runtime.kernel.adoption.versions import base
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.stores.base import Store
from oncue.schemas.parts import Position
from oncue.schemas.plan import Plan

SHOWN = 10  # doubts in one message
_OTHER_PROJECT = (
    "the database belongs to the project {old}, the plan to {new}: name another database with --db"
)

Place = tuple[str, str]  # unit and name, as in a Doubt


def check(store: Store, old: Plan, new: Plan) -> None:
    """Raises PlanError where a doubt concerns a contact. Reads what is committed; changes nothing."""
    if old.project != new.project:
        raise PlanError(_OTHER_PROJECT.format(old=old.project, new=new.project))
    told = objections(store, old, new)
    if told:
        more = [f"and {len(told) - SHOWN} more like these"] if len(told) > SHOWN else []
        raise PlanError("\n".join(["the changed plan cannot take effect yet", *told[:SHOWN], *more]))


def objections(store: Store, old: Plan, new: Plan) -> list[str]:
    """Each doubt that concerns contacts, with their number and what to write."""
    if old.project != new.project:
        return [_OTHER_PROJECT.format(old=old.project, new=new.project)]
    told = [*_of_lists(store, old, new), *_of_versions(store, old, new)]
    found = doubts(old, new)
    if found:
        states = (decode(row.state) for row in store.contacts() if row.state is not None)
        told += [
            _WORDS[each.why](each, _contacts(number), old, new) for each, number in holders_of(found, states)
        ]
    return told


def _of_lists(store: Store, old: Plan, new: Plan) -> Iterator[str]:
    """Fulfillment lists that are gone, and contacts wait on them."""
    renamed = renames_of(old, new).fulfillment_lists
    for name, spec in old.fulfillment_lists.items():
        goes_on = name in new.fulfillment_lists or name in renamed
        settled = goes_on or f"fulfillment_lists/{name}" in new.migrate
        number = 0 if settled else store.number_waiting(name)
        if number:
            verb = "waits" if number == 1 else "wait"
            yield (
                f"fulfillment list {name} (it stood at {_place(old, spec.at)}) is gone, and "
                f"{_contacts(number)} {verb} on it. Keep it until they have been sent, or take them off with "
                f"`oncue lists remove {name} --all`; if it has another id now, write "
                f"`was: {name}` in that list; or say in oncue.yaml where they go: "
                f"{_entry(f'fulfillment_lists/{name}', 'or fulfillment_lists/ID')}."
            )


def _of_versions(store: Store, old: Plan, new: Plan) -> Iterator[str]:
    """What members on older versions of a campaign need, and the plan has no more."""
    for flow, things in lacking(new, old).items():
        name = base(flow)
        some = ", ".join(things[:3]) + (f" and {len(things) - 3} more" if len(things) > 3 else "")
        yield (
            f"{_place(new, new.campaigns[name].at)}: campaign {name}: by `on_change: finish` those inside "
            f"finish on steps that name {some}, which is gone or of another type. Keep it until they have "
            "left, or take `on_change` out: then they go on by the new steps."
        )


def holders_of(found: Sequence[Doubt], states: Iterable[ContactState]) -> list[tuple[Doubt, int]]:
    """The doubts that concern contacts, each with their number."""
    wanted = [frozenset((each.unit, name) for name in each.inside or (each.name,)) for each in found]
    numbers: Counter[int] = Counter()
    for state in states:
        places = set(_places(state))
        numbers.update(which for which, some in enumerate(wanted) if not some.isdisjoint(places))
    return [(each, numbers[which]) for which, each in enumerate(found) if numbers[which]]


def _places(state: ContactState) -> Iterator[Place]:
    """Everything that a contact holds by a name of the plan."""
    for member in state.members:
        yield f"campaigns/{member.campaign}", ""
        yield f"campaigns/{member.flow}", member.step
    for mark in state.once:
        unit, _, action = mark.rpartition("/")
        yield unit, action
    for name, channels in state.subscriptions.items():
        if not {"subscribed", "pending"}.isdisjoint(channels.values()):
            yield f"lists/{name}", ""


# --- words ----------------------------------------------------------------------------------------


def _contacts(number: int) -> str:
    return "1 contact" if number == 1 else f"{number} contacts"


def _entry(key: str, other: str) -> str:
    """What may be written in oncue.yaml."""
    return f"`migrate: {{{key}: end}}`, {other} instead of `end`"


def _place(plan: Plan, at: Position) -> str:
    return f"{plan.files[at.file]}:{at.line}"


def _held(doubt: Doubt, contacts: str) -> str:
    """Who holds what; the sentence that every message on a step begins with."""
    kind, _, name = doubt.unit.partition("/")
    one = contacts.startswith("1 ")
    if kind == "campaigns":
        version = ", in an earlier version" if name != base(name) else ""
        stand = "stands" if one else "stand"
        return f"campaign {base(name)}: {contacts} {stand} at step {doubt.name}{version}"
    return f"{doubt.unit}: {contacts} {'has' if one else 'have'} used up the `once` of action {doubt.name}"


def _moved(doubt: Doubt, contacts: str, old: Plan, new: Plan) -> str:
    same = f"write `was: {doubt.name}` beside it, best with an `id` too"
    if doubt.holder is None:
        other = "if it is new, write an `id` and `was:` with that same id"
    else:
        other = f"if {_place(new, doubt.holder)} takes its place instead, write `was: {doubt.name}` there"
    return (
        f"{_place(new, doubt.at)}: {_held(doubt, contacts)}; what had that name is {doubt.to} now. "
        f"If this is still the same, {same}; {other}."
    )


def _taken(doubt: Doubt, contacts: str, old: Plan, new: Plan) -> str:
    return (
        f"{_place(new, doubt.at)}: {_held(doubt, contacts)}, which is gone; what was {doubt.source} is "
        f"{doubt.to} now. If this is still what was {doubt.source}, write `was: {doubt.source}` beside it, "
        f"best with an `id` too; if it takes the place of what is gone, write `was: {doubt.name}`."
    )


def _kind(doubt: Doubt, contacts: str, old: Plan, new: Plan) -> str:
    follow = "they begin it" if doubt.unit.startswith("campaigns/") else "it counts as used up"
    before, now = doubt.kinds
    return (
        f"{_place(new, doubt.at)}: {_held(doubt, contacts)}, which was {before} and is {now} "
        f"now. If this is something new, give it another `id`; if it goes on for the old one, write "
        f"`was: {doubt.name}` beside it: {follow}{_or_migrate(doubt)}."
    )


def _or_migrate(doubt: Doubt) -> str:
    """What `migrate` can do, which is about members only."""
    if not doubt.unit.startswith("campaigns/"):
        return ""
    entry = _entry(f"{base(doubt.unit)}/{doubt.name}", "or campaigns/ID/STEP")
    return f"; or say in oncue.yaml where they go: {entry}"


def _path(doubt: Doubt, contacts: str, old: Plan, new: Plan) -> str:
    name, stand = base(doubt.unit).partition("/")[2], "stands" if contacts.startswith("1 ") else "stand"
    steps = ", ".join(doubt.inside[:3])
    entry = _entry(f"{base(doubt.unit)}/{doubt.name}/{doubt.to}", "or campaigns/ID/STEP")
    return (
        f"{_place(new, doubt.at)}: campaign {name}: {contacts} {stand} in path {doubt.to} of {doubt.name}, "
        f"which is gone. Keep the path until they have left it, or write `was:` with its name in the path "
        f"that takes its place, or with the names of its steps ({steps}) beside those that take theirs; or "
        f"say in oncue.yaml where they go: {entry}."
    )


def _campaign(doubt: Doubt, contacts: str, old: Plan, new: Plan) -> str:
    name, place = doubt.unit.partition("/")[2], _place(old, doubt.at)
    verb = "is" if contacts.startswith("1 ") else "are"
    here = f"campaign {name} (it stood at {place}) is gone, and {contacts} {verb} in it."
    return (
        f"{here} Keep it until they have left, with `starts_when: [manual]`, so that nobody else enters; "
        f"if it has another id now, write `was: {name}` in that campaign; or say in oncue.yaml where they "
        f"go: {_entry(doubt.unit, 'or campaigns/ID/STEP')}."
    )


def _list(doubt: Doubt, contacts: str, old: Plan, new: Plan) -> str:
    name, place = doubt.unit.partition("/")[2], _place(old, doubt.at)
    verb = "is" if contacts.startswith("1 ") else "are"
    return (
        f"list {name} (it stood at {place}) is gone, and {contacts} {verb} subscribed to it. Keep the "
        f"list; or say in oncue.yaml where they go: {_entry(doubt.unit, 'or lists/ID')}."
    )


_WORDS: dict[Why, Callable[[Doubt, str, Plan, Plan], str]] = {
    "moved": _moved, "taken": _taken, "kind": _kind, "path": _path, "campaign": _campaign, "list": _list,
}  # fmt: skip
