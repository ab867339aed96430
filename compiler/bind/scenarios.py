"""Reactivation scenarios to records. What they do with an active response are steps like any other."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from oncue.compiler import model
from oncue.compiler.bind.conditions import condition
from oncue.compiler.bind.declarations import Unit
from oncue.compiler.bind.forms import BROKEN, get, line, prose
from oncue.compiler.bind.messages import OWNER, people
from oncue.compiler.bind.reading import Reader
from oncue.compiler.bind.steps import ACTIONS, chosen
from oncue.compiler.bind.triggers import trigger
from oncue.compiler.model import Ref, Step
from oncue.compiler.model.funnel import Eligible, Scenario
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar
from oncue.schemas.funnel import RESOLVED

TYPES = ("score", "response_prompt", "invocable", "active_status")


def scenario(reader: Reader, unit: Unit) -> Scenario:
    """The scenario's record; what cannot be read is left out."""
    body = reader.mapping(unit.node, "properties")
    if body is None:
        return Scenario(unit.key)
    on = body.get("on")
    return Scenario(
        key=unit.key,
        type=reader.choice(body.get("type"), TYPES),
        keys={key.text: key for key, _ in body},
        crosses=condition(reader, body.get("crosses")),
        field=reader.ref("fields", body.get("field_changes")),
        prompts=reader.refs("campaigns", body.get("prompts")),
        on=None if on is None else trigger(reader, on),
        when=condition(reader, body.get("when")),
        wait=reader.duration(body.get("wait")) or 0,
        look_back=reader.duration(body.get("look_back")),
        eligible=_eligible(reader, body.get("eligible")),
        non_responses=reader.boolean(body.get("consider_non_responses"), default=False),
        insert=_insert(reader, body),
        actions=_actions(reader, unit.key.text, body),
        description=reader.text(body.get("description")),
        was=reader.text(body.get("was")),
    )


def _eligible(reader: Reader, node: Node | None) -> Eligible | None:
    body = reader.mapping(node, "`any` or `all` with a list of criteria")
    if body is None or not body.entries:
        return None
    key, value = body.entries[0]
    mode: Any = reader.choice(key, ("any", "all"))
    if mode is None:
        return None
    found: dict[str, Node] = {}
    for item in reader.items(value, "a list of criteria"):
        for name, given in item if type(item) is Mapping else [(item, item)]:
            if type(name) is Scalar and found.setdefault(name.text, given) is not given:
                reader.error("S106", name, f"a second `{name.text}`", "write it once, with all that it needs")
    statuses = [reader.choice(each, RESOLVED) for each in reader.items(found.get("status"), "a list")]
    return Eligible(
        node=body,
        mode=mode,
        never_reactivated="never_reactivated" in found,
        statuses=tuple(dict.fromkeys(each for each in statuses if each is not None)),
        within=reader.duration(found.get("within")),
    )


def _actions(reader: Reader, name: str, body: Mapping) -> tuple[Step, ...]:
    """What is done with an active response: fields first, so that the others see them; then the owner, so
    that a notification can be for the new one."""
    found = (_sync(reader, body), _assign(reader, body), _notify(reader, name, body))
    return tuple(step for step in found if step is not None)


def _insert(reader: Reader, body: Mapping) -> Step | None:
    key, node = body.key("default_campaign"), body.get("default_campaign")
    if key is None or node is None:
        return None
    return chosen(reader, key, node, "record_response", ACTIONS["record_response"])


def _assign(reader: Reader, body: Mapping) -> Step | None:
    key, node = body.key("assign"), body.get("assign")
    if key is None or node is None:
        return None
    return chosen(reader, key, node, "assign_owner", ACTIONS["assign_owner"])


def _sync(reader: Reader, body: Mapping) -> Step | None:
    key, node = body.key("sync"), reader.mapping(body.get("sync"), "fields and their values")
    if key is None or node is None:
        return None
    values = tuple((Ref("fields", name.text, name), value) for name, value in node)
    return Step("update_contact", key, model.UpdateContact(set=values))


SUBJECT = "An active response, by {name}"
TEXT = (
    "{{{{ first_name | default('Somebody') }}}} {{{{ last_name | default('') }}}} "
    "({{{{ email | default('no email') }}}}, score {{{{ score }}}}) has an active response again, by the "
    "scenario {name}."
)


def _notify(reader: Reader, name: str, body: Mapping) -> Step | None:
    """Who is told, and what; with a text of our own where none is given."""
    key, node = body.key("notify"), body.get("notify")
    if key is None or node is None:
        return None
    told = people(reader, node.get("to") if type(node) is Mapping else node)
    if not told:
        return Step("send_notification", key, BROKEN)
    at = replace(told[0].node, style='"')
    subject = line(reader, get(node, "subject"), "a subject") or replace(at, text=SUBJECT.format(name=name))
    text = prose(reader, get(node, "text")) or replace(at, text=TEXT.format(name=name))
    named = tuple(ref for ref in told if ref.name != OWNER)
    act = model.SendNotification(subject, text, named, owner=len(named) < len(told))
    return Step("send_notification", key, act)
