"""The settings of oncue.yaml: zone, declared fields and events, connectors, lint levels."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from oncue.compiler.bind.connectors import connectors
from oncue.compiler.bind.funnel import funnel
from oncue.compiler.bind.migrations import migrations
from oncue.compiler.bind.policies import policies
from oncue.compiler.bind.reading import Reader
from oncue.compiler.expr.names import RESERVED
from oncue.compiler.model import Settings
from oncue.compiler.resolve.names import is_snake
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar
from oncue.schemas.builtins import CONTACT_FIELDS, DEAL_FIELDS, EVENTS
from oncue.schemas.plan import EventSpec, FieldSpec
from oncue.schemas.values import ValueType, format_number, parse_number

TYPES = ("text", "number", "boolean", "date", "datetime")
LEVELS = ("error", "warning", "note", "off")
# They mean something else in a contact row.
ROW_KEYS = frozenset({"tags", "subscribed", "suppressed", "at", "anonymous_id"})
ACCOUNT_KEYS = frozenset({"id", "email", "anonymous_id", "at"})
OWNERS = frozenset({"event", "entry", "deal", "account", "response"})  # they stand before a dot
_OTHER_NAME = "give the field another name"
DEFAULT_MAX_AGE = 7 * 86_400 * 1_000_000

Entries = dict[str, tuple[Scalar, Node]]


def settings(reader: Reader, entries: Entries) -> Settings:
    """Reads the settings; what is missing gets its default."""
    unknown_events = reader.choice(_value(entries, "unknown_events"), ("reject", "ignore"))
    unknown_contacts = reader.choice(_value(entries, "unknown_contacts"), ("create", "reject"))
    age = reader.duration(_value(entries, "trigger_max_age"))
    return Settings(
        project=reader.text(_value(entries, "project")) or "",
        timezone=reader.text(_value(entries, "timezone")) or "UTC",
        fields=_fields(reader, _value(entries, "fields")),
        account_fields=_account_fields(reader, _value(entries, "account_fields")),
        deal_fields=_deal_fields(reader, _value(entries, "deal_fields")),
        events=_events(reader, _value(entries, "events")),
        connectors=connectors(reader, _value(entries, "connectors")),
        unknown_events="ignore" if unknown_events == "ignore" else "reject",
        unknown_contacts="reject" if unknown_contacts == "reject" else "create",
        trigger_max_age=DEFAULT_MAX_AGE if age is None else age,
        migrate=migrations(reader, _value(entries, "migrate")),
        deliver_only_to=tuple(reader.scalars(_value(entries, "deliver_only_to"), "a list of patterns")),
        policies=policies(reader, _value(entries, "policies")),
        funnel=funnel(reader, *entries.get("funnel", (None, None))),
        zone=reader.scalar(_value(entries, "timezone")),
        levels=_levels(reader, _value(entries, "lint")),
    )


def _value(entries: Entries, key: str) -> Node | None:
    found = entries.get(key)
    return None if found is None else found[1]


def _named(reader: Reader, node: Node | None, what: str) -> list[tuple[Scalar, Node]]:
    """The entries of a mapping of names, each name checked."""
    mapping = reader.mapping(node, f"names of {what} and their types")
    for key, _ in mapping or ():
        if not is_snake(key.text):
            reader.wrong(key, f"a name of {what} such as `renewal_date`")
        elif key.text in RESERVED or (key.text in OWNERS and not _builtin(key.text, what)):
            message = f"`{key.text}` is a word of the condition language, so nothing could ask for it"
            reader.error("N109", key, message, f"give {what} another name")
    return [] if mapping is None else mapping.entries


def _builtin(name: str, what: str) -> bool:
    """`account` is a word before a dot, and a built-in contact field too."""
    return what == "a contact field" and name in CONTACT_FIELDS


# --- fields ---------------------------------------------------------------------------------------


def _fields(reader: Reader, node: Node | None) -> dict[str, FieldSpec]:
    fields = dict(CONTACT_FIELDS)
    for key, value in _named(reader, node, "a contact field"):
        if key.text in ROW_KEYS - RESERVED:
            message = f"`{key.text}` means something else in a contact row, so nothing could fill this field"
            reader.error("N109", key, message, _OTHER_NAME)
        fields[key.text] = _field(reader, key, value, CONTACT_FIELDS.get(key.text))
    return fields


def _account_fields(reader: Reader, node: Node | None) -> dict[str, FieldSpec]:
    fields = {}
    for key, value in _named(reader, node, "an account field"):
        if key.text in ACCOUNT_KEYS:
            message = f"`{key.text}` means something else in an account's row, so nothing could fill it"
            reader.error("N109", key, message, _OTHER_NAME)
        fields[key.text] = _spec(reader, value)
    return fields


def _deal_fields(reader: Reader, node: Node | None) -> dict[str, FieldSpec]:
    fields = {}
    for key, value in _named(reader, node, "a deal field"):
        if key.text in DEAL_FIELDS or key.text == "id":
            reader.error("N108", key, f"`{key.text}` is built in: every deal has it", _OTHER_NAME)
            continue
        fields[key.text] = _spec(reader, value)
    return fields


def _field(reader: Reader, key: Scalar, node: Node, builtin: FieldSpec | None) -> FieldSpec:
    """A declared field. A built-in one keeps its type and may get values and bounds."""
    spec = _spec(reader, node)
    if builtin is None:
        return spec
    written = node if type(node) is Scalar else node.get("type") if type(node) is Mapping else None
    if written is not None and spec.type != builtin.type:
        message = f"`{key.text}` is a built-in field of type {builtin.type}"
        reader.error(
            "N108", written, message, "a built-in field may get `values`, `min` and `max`, no other type"
        )
    return FieldSpec(builtin.type, spec.values, spec.min, spec.max)


def _spec(reader: Reader, node: Node) -> FieldSpec:
    if type(node) is Scalar:
        return FieldSpec(_type(reader, node))
    mapping = reader.mapping(node, "a type, or `{type: ...}`")
    if mapping is None:
        return FieldSpec("text")
    kind = _type(reader, mapping.get("type"))
    if reader.boolean(mapping.get("many"), default=False):
        if kind != "text":
            reader.error("N108", mapping.get("type") or mapping, "only a text field can be `many`")
        kind = "many"
    values = tuple(scalar.text for scalar in reader.scalars(mapping.get("values"), "a list of values"))
    low, high = _bound(reader, mapping, "min"), _bound(reader, mapping, "max")
    _fits(reader, mapping, kind)
    if low is not None and high is not None and Decimal(low) > Decimal(high):
        message = f"`min` ({low}) is above `max` ({high}), so no value fits"
        reader.error("N108", mapping.get("max") or mapping, message, "swap the two")
    return FieldSpec(kind, values, low, high)


def _fits(reader: Reader, mapping: Mapping, kind: str) -> None:
    """`values` are for texts, `min` and `max` for numbers."""
    for key in ("values",) if kind not in ("text", "many") else ():
        if mapping.get(key) is not None:
            reader.error("N108", mapping.key(key) or mapping, f"`{key}` is for texts, and this is a {kind}")
    for key in ("min", "max") if kind != "number" and mapping.get("type") is not None else ():
        if _bound(reader, mapping, key) is not None:
            reader.error("N108", mapping.key(key) or mapping, f"`{key}` is for numbers, and this is a {kind}")


def _type(reader: Reader, node: Node | None) -> ValueType:
    return cast(ValueType, reader.choice(node, TYPES) or "text")


def _bound(reader: Reader, mapping: Mapping, key: str) -> str | None:
    text = reader.number(mapping.get(key))
    number = None if text is None else parse_number(text)
    return None if number is None else format_number(number)


# --- events ---------------------------------------------------------------------------------------


def _events(reader: Reader, node: Node | None) -> dict[str, EventSpec]:
    events = dict(EVENTS)
    for key, value in _named(reader, node, "an event"):
        if key.text in EVENTS:
            reader.error("N108", key, f"`{key.text}` is a built-in event", "give your own event another name")
            continue
        events[key.text] = EventSpec(_properties(reader, value))
    return events


def _properties(reader: Reader, node: Node) -> dict[str, FieldSpec]:
    if type(node) is Scalar and not node.text:
        return {}
    return {key.text: _spec(reader, value) for key, value in _named(reader, node, "an event property")}


# --- lint -------------------------------------------------------------------------------------------


def _levels(reader: Reader, node: Node | None) -> tuple[tuple[Scalar, str], ...]:
    mapping = reader.mapping(node, "codes and their levels")
    entries = [] if mapping is None else mapping.entries
    found = [(key, reader.choice(value, LEVELS)) for key, value in entries]
    return tuple((key, level) for key, level in found if level is not None)
