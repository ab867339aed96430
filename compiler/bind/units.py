"""Definitions to records: assets, emails, segments, campaigns, lists, users and teams.

One function per kind. A part that cannot be read is left out, the rest stands: `shape` has said what
is wrong with it, and whatever refers to the id still finds it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncue.compiler import model
from oncue.compiler.bind.batches import fulfillment_list
from oncue.compiler.bind.conditions import condition
from oncue.compiler.bind.declarations import KINDS, Declared, Unit
from oncue.compiler.bind.funnel import statuses
from oncue.compiler.bind.places import BIND_PLACES
from oncue.compiler.bind.reading import Reader
from oncue.compiler.bind.scenarios import scenario
from oncue.compiler.bind.settings import settings
from oncue.compiler.bind.steps import steps
from oncue.compiler.bind.triggers import trigger
from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar
from oncue.schemas.builtins import BEHAVIOURS


class Bound(model._Record, frozen=True):
    """The records, the texts of conditions as they were met, what was surely wrong, and what could not be
    read (see `reading`)."""

    workspace: model.Workspace
    conditions: list[str]
    errors: list[Diagnostic]
    problems: list[Diagnostic]


def bind(declared: Declared, files: tuple[str, ...]) -> Bound:
    """Makes the model of a workspace out of its definitions."""
    reader = Reader()
    units = {
        kind: {name: BIND[kind](reader, unit) for name, unit in members.items()}
        for kind, members in declared.units.items()
    }
    workspace = model.Workspace(
        settings=settings(reader, declared.settings),
        files=files,
        assets={kind: units[kind] for kind in BEHAVIOURS if kind != "emails"},
        **{kind: units[kind] for kind in KINDS if kind == "emails" or kind not in BEHAVIOURS},
    )
    return Bound(workspace, reader.conditions, reader.errors, reader.problems)


def _body(reader: Reader, unit: Unit) -> Mapping | None:
    """The definition's mapping; None if it is empty (bare, or nothing after the colon) or unreadable."""
    node = unit.node
    if node is None or (type(node) is Scalar and not node.text):
        return None
    return reader.mapping(node, "properties")


def _get(body: Mapping | None, key: str) -> Node | None:
    return None if body is None else body.get(key)


# --- people ---------------------------------------------------------------------------------------


def _list(reader: Reader, unit: Unit) -> model.List:
    body = _body(reader, unit)
    double = reader.choice(_get(body, "opt_in"), ("single", "double")) == "double"
    asking = _get(body, "confirm")
    return model.List(
        unit.key, "double" if double else "single", reader.ref("emails", asking), asking is not None
    )


def _user(reader: Reader, unit: Unit) -> model.User:
    body = _body(reader, unit)
    return model.User(
        key=unit.key,
        email=reader.address(_get(body, "email")) or "",
        manager=reader.ref("users", _get(body, "manager")),
        phone=reader.phone(_get(body, "phone")),
        active=reader.boolean(_get(body, "active"), default=True),
    )


def _team(reader: Reader, unit: Unit) -> model.Team:
    node = unit.node.get("users") if type(unit.node) is Mapping else unit.node
    return model.Team(unit.key, reader.refs("users", node))


# --- assets ---------------------------------------------------------------------------------------


def _behaviours(reader: Reader, kind: str, body: Mapping | None) -> tuple[model.Behaviour, ...]:
    found = []
    for name in BEHAVIOURS[kind]:
        key = None if body is None else body.key(f"on_{name}")
        if body is not None and key is not None:
            found.append(_behaviour(reader, name, key, body.get(key.text)))
    return tuple(found)


def _behaviour(reader: Reader, name: str, key: Scalar, node: Node | None) -> model.Behaviour:
    if type(node) is not Mapping:
        return model.Behaviour(name, key, steps(reader, node))
    return model.Behaviour(
        name=name,
        key=key,
        actions=steps(reader, node.get("actions")),
        active=reader.boolean(node.get("active"), default=True),
        start=reader.day(node.get("from")),
        until=reader.day(node.get("until")),
    )


def _asset(reader: Reader, unit: Unit) -> model.Asset:
    body = _body(reader, unit)
    return model.Asset(
        kind=unit.kind,
        key=unit.key,
        name=reader.text(_get(body, "name")),
        url=reader.text(_get(body, "url")),
        behaviours=_behaviours(reader, unit.kind, body),
        was=reader.text(_get(body, "was")),
    )


def _email(reader: Reader, unit: Unit) -> model.Email:
    body = _body(reader, unit)
    return model.Email(
        key=unit.key,
        subject=reader.scalar(_get(body, "subject")),
        body=reader.scalar(_get(body, "body"), "a file's path"),
        list=reader.ref("lists", _get(body, "list")),
        listed=_get(body, "list") is not None,
        operational=reader.boolean(_get(body, "operational"), default=False),
        from_=reader.address(_get(body, "from")),
        reply_to=reader.address(_get(body, "reply_to")),
        attachments=tuple(reader.scalars(_get(body, "attachments"), "a list of files")),
        behaviours=_behaviours(reader, "emails", body),
        was=reader.text(_get(body, "was")),
    )


def _segment(reader: Reader, unit: Unit) -> model.Segment:
    node = unit.node
    if type(node) is Mapping and node.get("when") is not None:
        return model.Segment(
            key=unit.key,
            condition=condition(reader, node.get("when")),
            description=reader.text(node.get("description")),
            was=reader.text(node.get("was")),
        )
    return model.Segment(unit.key, condition(reader, node))


# --- campaigns ------------------------------------------------------------------------------------


def _campaign(reader: Reader, unit: Unit) -> model.Campaign:
    body = _body(reader, unit)
    ways = _get(body, "starts_when")
    starts = [trigger(reader, item) for item in reader.items(ways, "a list of triggers")]
    runs = reader.choice(_get(body, "runs"), ("once", "every_time"))
    entries = reader.choice(_get(body, "entries"), ("one", "many"))
    return model.Campaign(
        key=unit.key,
        starts=tuple(start for start in starts if start is not None),
        ways_in=ways is not None,
        runs="every_time" if runs == "every_time" else "once",
        entries="many" if entries == "many" else "one",
        entry_key=reader.ref("properties", _get(body, "entry_key")),
        exit_when=condition(reader, _get(body, "exit_when")),
        steps=steps(reader, _get(body, "steps")),
        statuses=statuses(reader, _get(body, "statuses")),
        default_responded=reader.ref("statuses", _get(body, "default_responded")),
        exclude=_true(reader, body, "exclude_from_reactivation"),
        on_change="finish" if reader.choice(_get(body, "on_change"), ("finish",)) else None,
        description=reader.text(_get(body, "description")),
        was=reader.text(_get(body, "was")),
    )


def _true(reader: Reader, body: Mapping | None, key: str) -> Scalar | None:
    """The key, where its value is true."""
    return body.key(key) if body is not None and reader.boolean(body.get(key), default=False) else None


def _test(reader: Reader, unit: Unit) -> model.Test:
    return model.Test(unit.key, _body(reader, unit))


BIND: dict[str, Callable[[Reader, Unit], Any]] = {
    "tests": _test,
    "lists": _list,
    "users": _user,
    "teams": _team,
    "emails": _email,
    "segments": _segment,
    "campaigns": _campaign,
    "fulfillment_lists": fulfillment_list,
    "reactivation_scenarios": scenario,
    **BIND_PLACES,
    **{kind: _asset for kind in BEHAVIOURS if kind != "emails"},
}
